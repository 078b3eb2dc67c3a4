import { ChatHub, type Engine, memory, plainText, type Transport } from 'chathub';
import { connectClient, memoryTransport, objectProtocol, virtualClock } from 'chathub/testing';
import { describe, expect, test } from 'vitest';
import { LogStore } from '../../src/engines/memory/log.js';
import { resolveLimits } from '../../src/model/limits.js';
import { byToken, chat, deferred, gatedEngine, host, stillClock, textsIn } from './set-up.js';

const unlimited = {
  sendsPerSecond: Number.POSITIVE_INFINITY,
  commandsPerSecond: Number.POSITIVE_INFINITY,
};

const times = (count: number) => Array.from({ length: count }, (_, index) => index);

describe('who reads is not slow', () => {
  test('an echo client that sends megabytes at once while it reads gets all of it back', async () => {
    // What was queued in one turn counted as unread: the echo example closed its client as a slow consumer after a megabyte.
    const clock = stillClock();
    const transport = memoryTransport({ protocol: plainText() });
    const { hub } = await host({ clock, limits: { ...unlimited, outboxBytes: 100_000 } }, transport);
    hub.on('message', ({ member, text }) => member.send(text));
    const peer = transport.connect();
    const said = times(3_000).map((number) => `${number} ${'x'.repeat(1_000)}`);
    for (const text of said) peer.send(text);
    for (const _ of times(20)) await clock.advance(0);
    expect(peer.isOpen).toBe(true);
    expect(peer.received).toEqual(said);
  });

  test.each(['disconnect', 'skip'] as const)(
    'an application that posts much in a row costs no reading member anything, with the policy "%s"',
    async (slowConsumer) => {
      // 300 awaited sends fall into one turn: nothing was written before the outbox was "full", and readers were cut off or skipped.
      const { hub, connect, clock } = await chat({}, { slowConsumer });
      const alice = await connect('alice');
      await alice.join('lobby');
      for (const _ of times(300)) await hub.room('lobby').send('x'.repeat(4_000));
      for (const _ of times(5)) await clock.advance(0);
      expect(alice.peer.isOpen).toBe(true);
      expect(textsIn(alice, 'lobby')).toHaveLength(300);
      expect(alice.events.some(({ type }) => type === 'gap')).toBe(false);
    },
  );
});

describe('what a client asks for', () => {
  test('is not worked out for a peer that reads nothing', async () => {
    // All hundred pages were read and encoded for a peer that took none: memory as large as the peer liked.
    const { engine, gates } = gatedEngine();
    const { hub, connect, clock } = await chat({ engine });
    const alice = await connect('alice');
    await alice.join('lobby');
    for (const _ of times(300)) await hub.room('lobby').send('x'.repeat(4_000));
    for (const _ of times(5)) await clock.advance(0);
    let replies = 0;
    gates.set('log.read', (call) => {
      replies++;
      return call();
    });
    alice.peer.stall();
    for (const _ of times(100)) alice.tell({ type: 'history', room: 'lobby', limit: 200 });
    for (const _ of times(20)) await clock.advance(0);
    expect(replies).toBeGreaterThan(0);
    // A reply has about 128 kB here, and half of a megabyte may wait; the one over it says that it is half a megabyte.
    expect(replies).toBeLessThanOrEqual(5);
    alice.peer.cut();
  });

  test('runs at commandsPerSecond when it is held back, not faster', async () => {
    // A command that had been held was let through without taking a token: every second one was free.
    const { connect, clock } = await chat();
    const alice = await connect('alice');
    const pongs = () => alice.events.filter(({ type }) => type === 'pong').length;
    for (const _ of times(1_000)) alice.tell({ type: 'ping' });
    await clock.advance(0);
    const burst = pongs();
    await clock.advance(5_000);
    expect(Math.abs(pongs() - burst - 250)).toBeLessThanOrEqual(1);
  });

  test('is answered in the order in which it was asked, from the greeting on', async () => {
    // `sent` may overtake a room's batches, and overtook `welcome` and `joined` of the same turn, too.
    const { dial, clock } = await chat();
    const alice = dial();
    alice.tell({ type: 'hello', id: 1, name: 'alice' });
    alice.tell({ type: 'join', id: 2, room: 'lobby' });
    alice.tell({ type: 'send', id: 3, room: 'lobby', text: 'one' });
    alice.tell({ type: 'send', id: 4, room: 'lobby', text: 'two' });
    await clock.advance(0);
    const replies = alice.events.flatMap((event) => ('re' in event ? [`${event.type} ${event.re}`] : []));
    expect(replies).toEqual(['welcome 1', 'joined 2', 'sent 3', 'sent 4']);
  });
});

describe('the past', () => {
  test('loses nothing of a log that began anew while a page of the old one was read', async () => {
    // The old page moved the position on in the new epoch: its first messages were taken for known.
    const { engine, gates } = gatedEngine();
    const opened: Awaited<ReturnType<Engine['open']>>[] = [];
    const kept: Engine = {
      name: 'kept',
      async open(context) {
        const open = await engine.open(context);
        opened.push(open);
        return open;
      },
    };
    const { hub, connect, clock } = await chat({ engine: kept, limits: { recoverBytes: 2_000 } });
    const alice = await connect('alice');
    const { epoch } = await alice.join('lobby');
    for (const number of times(50)) await hub.room('lobby').send(`old${number}`);
    const bob = await connect('bob');
    const [slow, reached] = [deferred(), deferred()];
    let reads = 0;
    gates.set('log.read', async (call) => {
      const page = await call();
      if (++reads !== 2) return page;
      reached.resolve();
      await slow.promise;
      return page;
    });
    bob.tell({ type: 'join', room: 'lobby', after: { epoch, offset: 0 } });
    await reached.promise;
    await opened[0]?.log.remove('lobby');
    await clock.advance(0);
    for (const text of ['new1', 'new2']) await hub.room('lobby').send(text);
    await clock.advance(0);
    slow.resolve();
    await clock.advance(0);
    await hub.room('lobby').send('new3');
    await clock.advance(0);
    expect(textsIn(bob, 'lobby').filter((text) => text.startsWith('new'))).toEqual(['new1', 'new2', 'new3']);
  });

  test('with somebody is shown without repeats to a client that asks with a stale epoch', async () => {
    // The stale epoch counted for each further page of the inbox, too: the newest was searched again, ten times.
    const { connect } = await chat({ policies: { authenticate: byToken }, limits: unlimited });
    const [ann, ben, cyn] = [
      await connect(undefined, { token: 'ann' }),
      await connect(undefined, { token: 'ben' }),
      await connect(undefined, { token: 'cyn' }),
    ];
    for (const _ of times(300)) await cyn.request({ type: 'direct', to: 'ann', text: 'noise' });
    await ben.request({ type: 'direct', to: 'ann', text: 'hello' });
    const { messages } = await ann.request({ type: 'history', with: 'ben', epoch: 'another' });
    expect(messages.map(({ text }) => text)).toEqual(['hello']);
  });

  test('of idle rooms runs out while a room that nobody follows is busy', async () => {
    // Only the idle log in front was looked at: a busy one that stood there kept all the others alive.
    const clock = virtualClock();
    const logs = new LogStore(clock, resolveLimits({ historyAge: 1_000, keyWindow: 0 }));
    const say = (room: string, id: string) =>
      logs.append(room, { type: 'message', room, id, from: { id: 'a', user: 'a', name: 'a' }, text: 'hi' }, undefined);
    say('busy', 'first');
    for (const number of times(100)) say(`room${number}`, 'only');
    for (const number of times(300)) {
      await clock.advance(500);
      say('busy', String(number));
    }
    expect(logs.size).toBe(1);
  });
});

describe('a fault', () => {
  /** A transport whose connections are as the test likes. */
  const faulty = (spoil: (connection: Parameters<Parameters<Transport['start']>[0]>[0]) => void) => {
    const inner = memoryTransport({ name: 'faulty', protocol: objectProtocol() });
    const transport: Transport = {
      name: 'faulty',
      addresses: [],
      start: (accept, context) =>
        inner.start((connection) => {
          spoil(connection);
          return accept(connection);
        }, context),
      stop: (options) => inner.stop(options),
    };
    return { inner, transport };
  };
  const broken = () => {
    throw new Error('broken');
  };

  test.each([
    ['a write', (connection: object) => Object.assign(connection, { write: broken })],
    [
      'a framing',
      (connection: object) => Object.defineProperty(connection, 'framing', { value: { name: 'x', frame: broken } }),
    ],
  ])('of %s that throws costs that connection alone', async (_, spoil) => {
    // It unwound through the flusher: an uncaught exception, and what the others of the turn were to be sent was lost.
    const clock = stillClock();
    const sound = memoryTransport({ protocol: objectProtocol() });
    const { inner, transport } = faulty(spoil);
    const { hub, errors } = await host({ clock }, sound, transport);
    const alice = await connectClient(sound, { name: 'alice' });
    await alice.join('lobby');
    const peer = inner.connect();
    peer.send(JSON.stringify({ type: 'hello', name: 'bob' }));
    await clock.advance(0);
    await hub.room('lobby').send('still here');
    await clock.advance(0);
    expect(peer.isOpen).toBe(false);
    expect(textsIn(alice, 'lobby')).toEqual(['still here']);
    expect(errors.splice(0)).toMatchObject([{ stage: 'faulty', error: { message: 'broken' } }]);
    await clock.advance(30_000);
  });
});

test('an engine whose first subscription fails is closed again, and opened anew', async () => {
  // Each failing listen() left an open engine behind, with its sockets and timers.
  const inner = memory();
  let [opens, closes] = [0, 0];
  const engine: Engine = {
    name: 'flaky',
    async open(context) {
      const open = await inner.open(context);
      const first = ++opens === 1;
      const subscribe: typeof open.signals.subscribe = (...args) =>
        first ? Promise.reject(new Error('away')) : open.signals.subscribe(...args);
      const signals = { subscribe, publish: open.signals.publish.bind(open.signals) };
      return { ...open, signals, close: () => Promise.resolve(void closes++).then(() => open.close()) };
    },
  };
  const hub = new ChatHub({ clock: stillClock(), engine });
  await expect(hub.listen(memoryTransport())).rejects.toThrow('away');
  expect([opens, closes]).toEqual([1, 1]);
  await hub.listen(memoryTransport());
  await hub.close();
  expect([opens, closes]).toEqual([2, 2]);
});
