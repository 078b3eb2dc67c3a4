import {
  ChatHub,
  type Engine,
  type HubOptions,
  lines,
  memory,
  type OpenEngine,
  type ServerEvent,
  type Transport,
} from 'chathub';
import {
  connectClient,
  type HelloOptions,
  type MemoryConnectOptions,
  type MemoryPeer,
  type MemoryTransportOptions,
  memoryTransport,
  type ObjectProtocolOptions,
  objectProtocol,
  type TestClient,
  testClient,
  type VirtualClock,
  virtualClock,
} from 'chathub/testing';
import { expect, onTestFinished } from 'vitest';

type AnyUser = { readonly id: string };

/** What a test likes different about its transport, and the protocol of its clients. */
export interface Wire extends Omit<MemoryTransportOptions, 'protocol'> {
  readonly protocol?: ObjectProtocolOptions;
}

/** A reported failure, as the `error` event has it. */
interface Failure {
  readonly error: unknown;
  readonly stage: string;
}

/**
 * A hub with clients in this process and time that stands still. When the test is over it is closed, and must leave no timer
 * and have reported nothing but what the test took out of `errors`.
 */
export async function chat<User extends AnyUser = AnyUser>(options: HubOptions<User> = {}, wire: Wire = {}) {
  const clock = stillClock();
  return { clock, ...(await node({ clock, ...options }, wire)) };
}

/** A hub with clients, whose time the test brings. */
async function node<User extends AnyUser = AnyUser>(options: HubOptions<User>, wire: Wire = {}) {
  const transport = memoryTransport({ ...wire, protocol: objectProtocol(wire.protocol) });
  return {
    ...(await host(options, transport)),
    transport,
    /** A client that has greeted. */
    connect: (name?: string, hello: HelloOptions = {}, from: MemoryConnectOptions = {}) =>
      connectClient(transport, name === undefined ? hello : { name, ...hello }, from),
    /** A client that has said nothing yet. */
    dial: (from: MemoryConnectOptions = {}) => testClient(transport.connect(from)),
  };
}

/** A hub for people at terminals, and time that stands still. */
export async function lineChat<User extends AnyUser = AnyUser>(
  options: HubOptions<User> = {},
  wire: Omit<MemoryTransportOptions, 'protocol'> = {},
) {
  const clock = stillClock();
  const transport = memoryTransport({ ...wire, protocol: lines() });
  return { clock, transport, ...(await host({ clock, ...options }, transport)) };
}

/** A hub that listens, and is closed when the test is over. */
export async function host<User extends AnyUser = AnyUser>(options: HubOptions<User>, ...transports: Transport[]) {
  const hub = new ChatHub<User>(options);
  const errors: Failure[] = [];
  hub.on('error', (failure) => errors.push(failure));
  await hub.listen(...transports);
  onTestFinished(async () => {
    await hub.close({ signal: AbortSignal.abort() });
    expect(errors, 'errors that the test did not expect').toEqual([]);
  });
  return { hub, errors };
}

/** A clock that must have no timer left when the test is over. */
export function stillClock(): VirtualClock {
  const clock = virtualClock();
  onTestFinished(() => expect(clock.pending, 'timers left').toBe(0));
  return clock;
}

/** Two nodes of one chat. */
export async function twoNodes<User extends AnyUser = AnyUser>(options: HubOptions<User> = {}, wire: Wire = {}) {
  const clock = stillClock();
  const shared = { clock, engine: memory(), ...options };
  return { clock, engine: shared.engine, first: await node(shared, wire), second: await node(shared, wire) };
}

/** Whoever brings a token is the user of that id and name; others are guests. */
export const byToken = ({ token }: { readonly token: string | undefined }) =>
  token === undefined ? null : { id: token, name: token };

/** The texts of a room's messages in the order in which a client was given them, past ones included. */
export function textsIn(client: TestClient, room: string): string[] {
  return client.events.flatMap((event) => entriesOf(event, room)).map(({ text }) => text);
}

/** The offsets of a room's messages as a client was given them. */
export function offsetsIn(client: TestClient, room: string): number[] {
  return client.events.flatMap((event) => entriesOf(event, room)).map(({ offset }) => offset);
}

function entriesOf(event: ServerEvent, room: string) {
  if (event.type === 'joined' && event.room === room) return event.entries.filter((entry) => entry.type === 'message');
  if (event.type === 'welcome') return (event.rooms[room]?.entries ?? []).filter((entry) => entry.type === 'message');
  return event.type === 'message' && event.room === room ? [event] : [];
}

/** The names of those in a room, as a client knows from what it was told. */
export function peopleIn(client: TestClient, room: string): string[] {
  const people = new Map<string, string>();
  for (const event of client.events) {
    if (event.type === 'joined' && event.room === room) begin(event.members);
    else if (event.type === 'welcome' && event.rooms[room] !== undefined) begin(event.rooms[room].members);
    else if (event.type === 'presence' && event.room === room) {
      if (event.members !== undefined) begin(event.members);
      for (const { id } of event.left) people.delete(id);
      for (const { id, name } of [...event.joined, ...event.renamed]) people.set(id, name);
    }
  }
  return [...people.values()].sort();

  function begin(members: readonly { readonly id: string; readonly name: string }[] = []) {
    people.clear();
    for (const { id, name } of members) people.set(id, name);
  }
}

/** The next frame of a peer that matches; what comes before is skipped. */
export async function frameLike(peer: MemoryPeer, pattern: RegExp): Promise<string> {
  for (;;) {
    const frame = await peer.next();
    if (pattern.test(frame)) return frame;
  }
}

/** The types of the events that a client was given after so many. */
export const typesAfter = (client: TestClient, count: number) => client.events.slice(count).map(({ type }) => type);

/** A promise and the means to settle it. */
export function deferred<T = void>() {
  let resolve!: (value: T) => void;
  let reject!: (error: unknown) => void;
  const promise = new Promise<T>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}

/** Called instead of an engine's method. `call` does what the method does. */
export type Gate = (call: () => Promise<unknown>, ...args: readonly unknown[]) => Promise<unknown>;

/** The `memory()` engine, but calls for which there is a gate, such as `log.append`, go through that. */
export function gatedEngine(inner: Engine = memory()) {
  const gates = new Map<string, Gate>();
  const part = <T extends object>(name: string, target: T): T =>
    new Proxy(target, {
      get(object, key) {
        const method = Reflect.get(object, key) as (...args: readonly unknown[]) => Promise<unknown>;
        return (...args: readonly unknown[]) => {
          const call = () => method.apply(object, [...args]);
          const gate = gates.get(`${name}.${String(key)}`);
          return gate === undefined ? call() : gate(call, ...args);
        };
      },
    });
  const engine: Engine = {
    name: inner.name,
    async open(context): Promise<OpenEngine> {
      const opened = await inner.open(context);
      return {
        durability: opened.durability,
        log: part('log', opened.log),
        presence: part('presence', opened.presence),
        signals: part('signals', opened.signals),
        state: part('state', opened.state),
        close: () => opened.close(),
      };
    },
  };
  return { engine, gates };
}

/** A gate at which calls wait, in order, until the test lets one through. */
export function barrier() {
  const waiting: (() => void)[] = [];
  const arrivals: (() => void)[] = [];
  const gate: Gate = (call) =>
    new Promise((resolve, reject) => {
      waiting.push(() => void call().then(resolve, reject));
      arrivals.shift()?.();
    });
  return {
    gate,
    get waiting() {
      return waiting.length;
    },
    /** Resolves when a call waits. */
    arrival: () => (waiting.length > 0 ? Promise.resolve() : new Promise<void>((resolve) => arrivals.push(resolve))),
    /** Lets the call through that has waited longest, or the one at an index. */
    pass: (index = 0) => waiting.splice(index, 1)[0]?.(),
  };
}
