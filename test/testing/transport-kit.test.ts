import type { Connection, ConnectionHandler, Framing, Transport } from 'chathub';
import { type MemoryTransport, memoryTransport, transportConformance } from 'chathub/testing';
import { beforeAll, describe, expect, test } from 'vitest';

type Changes<T> = (original: T) => Partial<T>;

interface Fault {
  readonly connection?: Changes<Connection>;
  readonly handler?: Changes<ConnectionHandler>;
  readonly transport?: (original: MemoryTransport, connections: readonly Connection[]) => Partial<Transport>;
}

/** A memory transport that does one thing wrong. */
function faulty({ connection = () => ({}), handler = () => ({}), transport = () => ({}) }: Fault) {
  return transportConformance({
    leave: true,
    create(protocol) {
      const memory = memoryTransport({ protocol });
      const connections: Connection[] = [];
      const right: Transport = {
        name: memory.name,
        get addresses() {
          return memory.addresses;
        },
        start: (accept, context) =>
          memory.start((original) => {
            connections.push(original);
            const given = accept(withChanges(original, connection(original)));
            return given && handlerWith(given, handler(given));
          }, context),
        stop: () => memory.stop(),
      };
      const connect = async () => memory.connect();
      return { transport: Object.defineProperties(right, descriptors(transport(memory, connections))), connect };
    },
  });
}

const descriptors = (changes: object) => Object.getOwnPropertyDescriptors(changes);

function withChanges(original: Connection, changes: Partial<Connection>): Connection {
  const { transport, protocol, remoteAddress, secure, framing } = original;
  const same: Connection = {
    ...{ transport, protocol, remoteAddress, secure, framing },
    get bufferedBytes() {
      return original.bufferedBytes;
    },
    get blocked() {
      return original.blocked;
    },
    write: (bytes) => original.write(bytes),
    pause: () => original.pause(),
    resume: () => original.resume(),
    close: (reason) => original.close(reason),
    terminate: () => original.terminate(),
  };
  return Object.defineProperties(same, descriptors(changes));
}

const handlerWith = (original: ConnectionHandler, changes: Partial<ConnectionHandler>): ConnectionHandler => ({
  receive: (frame, framing) => original.receive(frame, framing),
  drained: () => original.drained(),
  ended: () => original.ended(),
  closed: (how) => original.closed(how),
  ...changes,
});

/** What is wrong, and the check that has to find it. */
const faults: Record<string, readonly [check: string, fault: Fault]> = {
  'has an address before it listens': [
    'addresses are empty before start(), and URLs after it',
    { transport: () => ({ addresses: ['memory://memory'] }) },
  ],
  'has an address that is no URL': [
    'addresses are empty before start(), and URLs after it',
    {
      transport: (memory) => ({
        get addresses() {
          return memory.addresses.map(() => 'here');
        },
      }),
    },
  ],
  'lets peers in after stop()': [
    'stop() lets nobody in, and leaves those alone who are in',
    { transport: () => ({ stop: async () => undefined }) },
  ],
  'ends connections at stop()': [
    'stop() lets nobody in, and leaves those alone who are in',
    {
      transport: (memory, connections) => ({
        stop() {
          for (const connection of connections) connection.terminate();
          return memory.stop();
        },
      }),
    },
  ],
  'can be stopped once only': [
    'stop() may be called before start(), and more than once',
    {
      transport: (memory) => ({
        stop: () => (memory.addresses.length > 0 ? memory.stop() : Promise.reject(new Error('not listening'))),
      }),
    },
  ],
  'loses a frame': [
    'frames come in the order in which they were sent',
    {
      handler: (original) => ({
        receive: (frame, framing) => frame !== 'frame 1000' && original.receive(frame, framing),
      }),
    },
  ],
  'trims frames': [
    'frames come whole and unchanged, whatever text they hold',
    {
      handler: (original) => ({
        receive: (frame, framing) => original.receive(typeof frame === 'string' ? frame.trim() : frame, framing),
      }),
    },
  ],
  'refuses the longest frame': [
    'a frame of as many bytes as frameBytes comes whole',
    {
      handler: (original) => ({
        receive: (frame, framing) =>
          original.receive(String(frame).length > 20_000 ? { bad: 'TOO_LONG' } : frame, framing),
      }),
    },
  ],
  'cuts a frame that is too long': [
    'a frame of more bytes than frameBytes never comes as text, and costs its sender only',
    {
      handler: (original) => ({
        receive: (frame, framing) => original.receive(typeof frame === 'string' ? frame : 'the first part', framing),
      }),
    },
  ],
  'does not pause': [
    'a paused connection brings nothing, and everything in order when it is resumed',
    { connection: () => ({ pause: () => undefined }) },
  ],
  'loses what was written before accept returned': [
    'what is written arrives whole and in order, from accept on',
    {
      connection(original) {
        let accepted = false;
        queueMicrotask(() => {
          accepted = true;
        });
        return { write: (bytes) => accepted && original.write(bytes) };
      },
    },
  ],
  'writes out of order': [
    'what is written arrives whole and in order, from accept on',
    {
      connection: (original) => ({
        write: (bytes) => (bytes.length > 20 ? original.write(bytes) : queueMicrotask(() => original.write(bytes))),
      }),
    },
  ],
  'spoils the bytes that it is given': [
    'a part of a framed batch can be written alone, and is left as it was',
    {
      connection: (original) => ({
        write(bytes) {
          original.write(bytes.slice());
          bytes.fill(0);
        },
      }),
    },
  ],
  'has a framing for each connection': [
    'connections that frame alike share one framing',
    { connection: ({ framing }) => ({ framing: { ...framing } }) },
  ],
  'counts where frames end in characters': [
    'payloads that are framed together are the bytes of each, one after the other',
    { connection: ({ framing }) => ({ framing: counting(framing) }) },
  ],
  'is never blocked': [
    'a peer that does not read blocks its connection; drained() follows when it reads',
    { connection: () => ({ blocked: false }) },
  ],
  'does not say that it drained': [
    'a peer that does not read blocks its connection; drained() follows when it reads',
    { handler: () => ({ drained: () => undefined }) },
  ],
  'is late with what was written': [
    'close() lets what was written arrive first',
    {
      connection(original) {
        const waiting: Uint8Array[] = [];
        const flush = () => {
          for (const bytes of waiting.splice(0)) original.write(bytes);
        };
        return { write: (bytes) => waiting.push(bytes) === 1 && setImmediate(flush) };
      },
    },
  ],
  'throws when it is written to after close()': [
    'after close() nothing that the hub calls throws, or writes',
    {
      connection(original) {
        let open = true;
        return {
          write(bytes) {
            if (!open) throw new Error('write after end');
            original.write(bytes);
          },
          close(reason) {
            open = false;
            original.close(reason);
          },
        };
      },
    },
  ],
  'says that it closed within close()': ['closed() is not called within close() or terminate()', closingAtOnce()],
  'says twice that it closed': [
    'a peer that breaks off is lost',
    {
      handler: (original) => ({
        closed(how) {
          original.closed(how);
          original.closed(how);
        },
      }),
    },
  ],
  'takes every end for a loss': [
    'a peer that sends no more still reads until the hub closes, and has ended then',
    { handler: (original) => ({ closed: () => original.closed('lost') }) },
  ],
  'closes when a peer sends no more': [
    'a peer that sends no more still reads until the hub closes, and has ended then',
    { handler: (original) => ({ ended: () => original.closed('ended') }) },
  ],
  'takes leaving for a loss': [
    'a peer that leaves is gone in good order, after its frames',
    { handler: (original) => ({ closed: (how) => original.closed(how === 'normal' ? 'lost' : how) }) },
  ],
};

function counting(framing: Framing): Framing {
  return {
    frame(payloads) {
      let end = 0;
      return {
        bytes: framing.frame(payloads).bytes,
        ends: payloads.map((payload) => {
          end += payload.length + 4;
          return end;
        }),
      };
    },
  };
}

function closingAtOnce(): Fault {
  const handlers = new WeakMap<object, ConnectionHandler>();
  let latest: object = {};
  return {
    connection(original) {
      const key = {};
      latest = key;
      return {
        close(reason) {
          handlers.get(key)?.closed('lost');
          original.close(reason);
        },
      };
    },
    handler(original) {
      handlers.set(latest, original);
      return {};
    },
  };
}

describe('transportConformance notices a transport that', () => {
  const outcomes = new Map<string, Promise<unknown>>();

  // All at once: some are noticed by what does not come within 5 s.
  beforeAll(() => {
    for (const [description, [name, fault]] of Object.entries(faults)) {
      const check = faulty(fault).find((candidate) => candidate.name === name);
      const outcome = check === undefined ? 'there is no such check' : check.run().catch((error: unknown) => error);
      outcomes.set(description, Promise.resolve(outcome));
    }
  });

  test.each(Object.keys(faults))('%s', async (description) => {
    expect(await outcomes.get(description)).toBeInstanceOf(Error);
  });
});

test('the same transport without a fault passes', async () => {
  await Promise.all(faulty({}).map(({ run }) => run()));
});

test('checks are named once each', () => {
  const names = faulty({}).map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
});
