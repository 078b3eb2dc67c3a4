import type { Clock, Connection, Framing, HubOptions, Protocol, Scheduler, Transport } from 'chathub';
import { connectClient, lengthPrefixedFraming, memoryTransport, objectProtocol } from 'chathub/testing';
import { describe, expect, test, vi } from 'vitest';
import { chat, host, stillClock, textsIn, typesAfter } from './set-up.js';

/** A protocol that counts what it encodes. */
function spyingProtocol(options: Parameters<typeof objectProtocol>[0] = {}) {
  const encode = vi.fn(objectProtocol().encode);
  const protocol: Protocol = { ...objectProtocol(options), encode };
  const messages = () => encode.mock.calls.filter(([event]) => event.type === 'message').length;
  return { protocol, messages };
}

/** A framing that counts what it frames. */
function spyingFraming() {
  const inner = lengthPrefixedFraming();
  const frame = vi.fn((payloads: readonly string[]) => inner.frame(payloads));
  const framing: Framing = { frame };
  const framed = (text: string) =>
    frame.mock.calls.filter(([payloads]) => payloads.some((payload) => payload.includes(text)));
  return { framing, framed };
}

/** Ends turns when the test says so; until then, as usual. */
function manualTurns() {
  const waiting: (() => void)[] = [];
  let manual = false;
  const schedule: Scheduler = (run) => (manual ? waiting.push(run) : setImmediate(run));
  return {
    schedule,
    hold: () => {
      manual = true;
    },
    release: () => {
      manual = false;
    },
    /** Ends the turn; says whether something was to be written. */
    end: () => {
      const run = waiting.shift();
      run?.();
      return run !== undefined;
    },
    get waiting() {
      return waiting.length;
    },
  };
}

/** A transport that tells of each write in order. */
function watched(inner: ReturnType<typeof memoryTransport>, onWrite: (connection: number) => void): Transport {
  let count = 0;
  return {
    name: inner.name,
    get addresses() {
      return inner.addresses;
    },
    start: (accept, context) =>
      inner.start((connection) => {
        const number = count++;
        return accept(watchedConnection(connection, () => onWrite(number)));
      }, context),
    stop: () => inner.stop(),
  };
}

function watchedConnection(connection: Connection, onWrite: () => void): Connection {
  return new Proxy(connection, {
    get(target, key) {
      const value: unknown = Reflect.get(target, key, target);
      if (key === 'write') {
        return (bytes: Uint8Array) => {
          onWrite();
          target.write(bytes);
        };
      }
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

const clients = (count: number, connect: (name: string) => ReturnType<typeof connectClient>) =>
  Promise.all(Array.from({ length: count }, (_, index) => connect(`m${index}`)));

describe('a message', () => {
  test('is encoded once for each protocol, and framed once for each framing, however many members', async () => {
    const [first, second] = [spyingProtocol(), spyingProtocol()];
    const [a, b] = [spyingFraming(), spyingFraming()];
    const transports = [
      memoryTransport({ name: 'first', protocol: first.protocol }),
      memoryTransport({ name: 'second', protocol: second.protocol }),
    ] as const;
    const { hub } = await host({ clock: stillClock() }, ...transports);
    const members = await Promise.all(
      transports.flatMap((transport) =>
        [a, b, a, b, a].map(({ framing }) => connectClient(transport, {}, { framing })),
      ),
    );
    for (const member of members) await member.join('lobby');
    await hub.room('lobby').send('hello everybody');
    for (const member of members) expect(await member.next('message')).toMatchObject({ text: 'hello everybody' });
    expect([first.messages(), second.messages()]).toEqual([1, 1]);
    // Once for each protocol, each of which has its own bytes.
    for (const { framed } of [a, b]) {
      const payloads = framed('hello').map(([batch]) => batch.filter((payload) => payload.includes('hello')).length);
      expect(payloads).toEqual([1, 1]);
    }
  });

  test('that nobody is there for is not encoded', async () => {
    const { protocol, messages } = spyingProtocol();
    const transport = memoryTransport({ protocol });
    const { hub } = await host({ clock: stillClock() }, transport);
    await connectClient(transport);
    await hub.room('lobby').send('hello');
    expect(messages()).toBe(0);
  });

  test('that is nobody’s but the sender’s is not encoded where senders get no echo', async () => {
    const { protocol, messages } = spyingProtocol({ echo: false });
    const transport = memoryTransport({ protocol });
    await host({ clock: stillClock() }, transport);
    const alice = await connectClient(transport);
    await alice.join('lobby');
    await alice.say('lobby', 'hello');
    expect(messages()).toBe(0);
  });

  test('a protocol has nothing to say of is written to nobody', async () => {
    const protocol: Protocol = {
      ...objectProtocol(),
      encode: (event) => (event.type === 'message' ? null : JSON.stringify(event)),
    };
    const transport = memoryTransport({ protocol });
    const clock = stillClock();
    const { hub } = await host({ clock }, transport);
    const alice = await connectClient(transport);
    await alice.join('lobby');
    const { writes } = alice.peer;
    await hub.room('lobby').send('hello');
    await clock.advance(0);
    expect(alice.peer.writes).toBe(writes);
  });
});

describe('a burst', () => {
  test('is one write for each member, framed once', async () => {
    const { framing, framed } = spyingFraming();
    const { hub, connect, clock } = await chat({}, { framing });
    const members = await clients(5, connect);
    for (const member of members) await member.join('lobby');
    await clock.advance(0);
    const writes = members.map(({ peer }) => peer.writes);
    await Promise.all(Array.from({ length: 10 }, (_, index) => hub.room('lobby').send(`burst ${index}`)));
    await clock.advance(0);
    expect(members.map(({ peer }, index) => peer.writes - writes[index]!)).toEqual([1, 1, 1, 1, 1]);
    expect(framed('burst')).toHaveLength(1);
    for (const member of members) {
      expect(textsIn(member, 'lobby')).toEqual(Array.from({ length: 10 }, (_, index) => `burst ${index}`));
    }
  });

  test('over several rooms and a notice is one write, too', async () => {
    const members: { send(text: string): void }[] = [];
    const { hub, connect, clock } = await chat();
    hub.on('connect', ({ member }) => members.push(member));
    const alice = await connect('alice');
    for (const room of ['one', 'two']) await alice.join(room);
    await clock.advance(0);
    const { writes } = alice.peer;
    const before = alice.events.length;
    await hub.room('one').send('a');
    members[0]!.send('b');
    await hub.room('two').send('c');
    await hub.room('one').send('d');
    await clock.advance(0);
    expect(alice.peer.writes - writes).toBe(1);
    expect(alice.events.slice(before).map((event) => ('text' in event ? event.text : ''))).toEqual([
      'a',
      'b',
      'c',
      'd',
    ]);
  });

  test('of one who gets no echo comes to the others whole, with the answers of others between', async () => {
    const { connect, clock } = await chat({}, { protocol: { echo: false } });
    const [alice, bob, carol] = [await connect('alice'), await connect('bob'), await connect('carol')];
    for (const member of [alice, bob, carol]) await member.join('lobby');
    await clock.advance(0);
    const writes = [alice, bob, carol].map(({ peer }) => peer.writes);
    for (const text of ['a1', 'a2']) alice.tell({ type: 'send', room: 'lobby', text });
    bob.tell({ type: 'send', room: 'lobby', text: 'b1' });
    alice.tell({ type: 'send', room: 'lobby', text: 'a3' });
    await clock.advance(0);
    expect(textsIn(alice, 'lobby')).toEqual(['b1']);
    expect(textsIn(bob, 'lobby')).toEqual(['a1', 'a2', 'a3']);
    expect(textsIn(carol, 'lobby')).toEqual(['a1', 'a2', 'b1', 'a3']);
    expect([alice, bob, carol].map(({ peer }, index) => peer.writes - writes[index]!)).toEqual([1, 1, 1]);
  });

  test('is acknowledged in front of the batch that it is in, in the same write', async () => {
    const { connect, clock } = await chat();
    const alice = await connect('alice');
    await alice.join('lobby');
    await clock.advance(0);
    const { writes } = alice.peer;
    const before = alice.events.length;
    for (const id of [1, 2, 3]) alice.tell({ type: 'send', room: 'lobby', text: `m${id}`, id });
    await clock.advance(0);
    expect(alice.peer.writes - writes).toBe(1);
    expect(typesAfter(alice, before)).toEqual(['sent', 'sent', 'sent', 'message', 'message', 'message']);
  });

  test('of more than 64 KB is cut into tapes, and comes whole and in order', async () => {
    const { framing, framed } = spyingFraming();
    const { hub, connect, clock } = await chat({}, { framing });
    const [alice, bob] = [await connect('alice'), await connect('bob')];
    for (const member of [alice, bob]) await member.join('lobby');
    await clock.advance(0);
    const { writes } = alice.peer;
    const texts = Array.from({ length: 60 }, (_, index) => `burst ${index} ${'x'.repeat(4_000)}`);
    await Promise.all(texts.map((text) => hub.room('lobby').send(text)));
    await clock.advance(0);
    for (const member of [alice, bob]) expect(textsIn(member, 'lobby')).toEqual(texts);
    // 60 x 4.1 KB are four tapes, written two at a time.
    expect(framed('burst')).toHaveLength(4);
    expect(alice.peer.writes - writes).toBeLessThanOrEqual(3);
  });

  test('of more than outboxBytes in one turn is nobody’s fault who reads', async () => {
    const { hub, connect, clock } = await chat({ limits: { outboxBytes: 200_000 } });
    const [alice] = [await connect('alice')];
    await alice.join('lobby');
    const texts = Array.from({ length: 45 }, (_, index) => `${index} ${'x'.repeat(4_000)}`);
    await Promise.all(texts.map((text) => hub.room('lobby').send(text)));
    await clock.advance(0);
    expect(textsIn(alice, 'lobby')).toEqual(texts);
  });
});

describe('a frame', () => {
  test('is answered in its own framing, whatever the others came in', async () => {
    const [a, b] = [spyingFraming(), spyingFraming()];
    const { connect, clock } = await chat();
    const alice = await connect('alice');
    await alice.join('lobby');
    await clock.advance(0);
    for (const [id, { framing }] of [a, b, a].entries()) {
      alice.peer.send(JSON.stringify({ type: 'send', room: 'lobby', text: `m${id}`, id }), framing);
      alice.peer.send(JSON.stringify({ type: 'ping', id: `p${id}` }), framing);
    }
    await clock.advance(0);
    expect(a.framed('"re":"p0"')).toHaveLength(1);
    expect(a.framed('"re":"p1"')).toHaveLength(0);
    expect(b.framed('"re":"p1"')).toHaveLength(1);
    expect(alice.events.flatMap((event) => (event.type === 'sent' ? [event.re] : []))).toEqual([0, 1, 2]);
    expect(alice.events.flatMap((event) => (event.type === 'pong' ? [event.re] : []))).toEqual(['p0', 'p1', 'p2']);
    expect(textsIn(alice, 'lobby')).toEqual(['m0', 'm1', 'm2']);
  });
});

describe('within one turn', () => {
  /** Three members in the lobby, whose turns a test ends. */
  async function held(options: HubOptions<{ readonly id: string }> = {}) {
    const turns = manualTurns();
    const chatting = await chat({ schedule: turns.schedule, ...options });
    const [alice, bob] = [await chatting.connect('alice'), await chatting.connect('bob')];
    await alice.join('lobby');
    await chatting.clock.advance(0);
    turns.hold();
    const endTurn = async () => {
      while (turns.end());
      await chatting.clock.advance(0);
    };
    return { ...chatting, alice, bob, endTurn };
  }

  test('a member who joins in mid-burst sees nothing from before', async () => {
    const { hub, alice, bob, clock, endTurn } = await held();
    await hub.room('lobby').send('before');
    bob.tell({ type: 'join', room: 'lobby' });
    await clock.advance(0);
    await hub.room('lobby').send('after');
    await endTurn();
    expect(textsIn(bob, 'lobby')).toEqual(['after']);
    expect(typesAfter(bob, 1)).toEqual(['joined', 'message']);
    expect(typesAfter(alice, 2)).toEqual(['message', 'presence', 'message']);
  });

  test('a member who leaves in mid-burst sees nothing from after', async () => {
    const { hub, alice, clock, endTurn } = await held();
    await hub.room('lobby').send('before');
    alice.tell({ type: 'leave', room: 'lobby' });
    await clock.advance(0);
    await hub.room('lobby').send('after');
    await endTurn();
    expect(typesAfter(alice, 2)).toEqual(['message', 'left']);
    expect(textsIn(alice, 'lobby')).toEqual(['before']);
  });

  test('a member who is disconnected in mid-burst gets what was said before, and nothing after', async () => {
    const { hub, alice, clock, endTurn } = await held();
    const { member } = await alice.next('welcome');
    await hub.room('lobby').send('before');
    await (await hub.member(member.id))!.disconnect();
    await hub.room('lobby').send('after');
    await clock.advance(0);
    await endTurn();
    expect(typesAfter(alice, 2)).toEqual(['message', 'error']);
    expect(textsIn(alice, 'lobby')).toEqual(['before']);
    expect(alice.peer.isOpen).toBe(false);
  });

  test('a member who is kicked in mid-burst sees nothing from after, and the others see it leave in between', async () => {
    const { hub, alice, bob, clock, endTurn } = await held({ policies: { moderate: () => true } });
    bob.tell({ type: 'join', room: 'lobby' });
    await clock.advance(0);
    await endTurn();
    const [ofAlice, ofBob] = [alice.events.length, bob.events.length];
    await hub.room('lobby').send('before');
    alice.tell({ type: 'kick', room: 'lobby', member: 'bob' });
    await clock.advance(0);
    await hub.room('lobby').send('after');
    await endTurn();
    expect(typesAfter(bob, ofBob)).toEqual(['message', 'left']);
    expect(typesAfter(alice, ofAlice)).toEqual(['ok', 'message', 'presence', 'message']);
  });

  test('a member who comes, goes and comes again sees what fell into its time', async () => {
    const { hub, bob, clock, endTurn } = await held();
    for (const [index, type] of (['join', 'leave', 'join'] as const).entries()) {
      await hub.room('lobby').send(`before ${index}`);
      bob.tell({ type, room: 'lobby' });
      await clock.advance(0);
    }
    await hub.room('lobby').send('last');
    await endTurn();
    expect(typesAfter(bob, 1)).toEqual(['joined', 'message', 'left', 'joined', 'message']);
    expect(textsIn(bob, 'lobby')).toEqual(['before 1', 'last']);
  });

  test('whoever awaits room.send() before member.send() gets that order', async () => {
    const members: { send(text: string): void }[] = [];
    const { hub, alice, endTurn } = await held();
    hub.on('join', ({ member }) => members.push(member));
    alice.tell({ type: 'join', room: 'other' });
    await endTurn();
    await endTurn();
    const before = alice.events.length;
    await hub.room('lobby').send('1');
    members[0]!.send('2');
    await hub.room('other').send('3');
    members[0]!.send('4');
    await endTurn();
    expect(alice.events.slice(before).map((event) => ('text' in event ? event.text : ''))).toEqual([
      '1',
      '2',
      '3',
      '4',
    ]);
  });

  test('a member who is gone costs the others nothing', async () => {
    const { hub, alice, bob, clock, endTurn } = await held();
    bob.tell({ type: 'join', room: 'lobby' });
    await endTurn();
    await hub.room('lobby').send('one');
    bob.peer.cut();
    await hub.room('lobby').send('two');
    await clock.advance(0);
    await endTurn();
    expect(textsIn(alice, 'lobby')).toEqual(['one', 'two']);
  });
});

describe('a hot room', () => {
  test('does not make another wait: rooms take turns', async () => {
    const order: number[] = [];
    const inner = memoryTransport({ protocol: objectProtocol() });
    const turns = manualTurns();
    const { hub } = await host(
      { clock: stillClock(), schedule: turns.schedule },
      watched(inner, (n) => order.push(n)),
    );
    const members = await clients(201, (name) => connectClient(inner, { name }));
    const [last, ...hot] = members.reverse();
    await Promise.all(hot.map((member) => member.join('hot')));
    await last!.join('quiet');
    await new Promise((resolve) => setImmediate(resolve));
    turns.hold();
    order.length = 0;
    for (let count = 0; count < 20; count++) await hub.room('hot').send('x');
    await hub.room('quiet').send('hello');
    while (turns.end());
    expect(order).toHaveLength(201);
    expect(order.indexOf(200)).toBeLessThanOrEqual(64);
  });

  test('lets the event loop go round after a while', async () => {
    const { hub, order, members, turns } = await slowWrites(0.01, 'hot', 700);
    await hub.room('hot').send('x');
    turns.end();
    expect(order.length).toBeGreaterThanOrEqual(200);
    expect(order.length).toBeLessThan(300);
    // What comes meanwhile does not reach into what is half written.
    await hub.room('hot').send('y');
    while (turns.end());
    for (const member of members) expect(member.peer.received.slice(-2).join()).toMatch(/"text":"x".*"text":"y"/);
  });

  test('has no turn of the event loop more than another one', async () => {
    const { hub, order, members, turns, join } = await slowWrites(0.1, 'hot', 200);
    await join('hotter', 200);
    await hub.room('hot').send('x');
    await hub.room('hotter').send('x');
    const written = () => [order.filter((n) => n < members.length), order.filter((n) => n >= members.length)];
    for (let turn = 0; turn < 4; turn++) turns.end();
    for (const of of written()) expect(of.length).toBe(128);
    while (turns.end());
    for (const of of written()) expect(of.length).toBe(200);
  });
});

/** A hub for which each write takes so many milliseconds, with so many members in a room; turns end when they are told to. */
async function slowWrites(ms: number, room: string, count: number) {
  const order: number[] = [];
  const still = stillClock();
  const clock: Clock = {
    now: () => still.now(),
    monotonic: () => still.monotonic() + order.length * ms,
    after: (delay, run) => still.after(delay, run),
  };
  const inner = memoryTransport({ protocol: objectProtocol() });
  const turns = manualTurns();
  const transport = watched(inner, (n) => order.push(n));
  const { hub } = await host({ clock, schedule: turns.schedule }, transport);
  const join = async (name: string, many: number) => {
    turns.release();
    const members = await clients(many, (member) => connectClient(inner, { name: `${name}-${member}` }));
    await Promise.all(members.map((member) => member.join(name)));
    for (let times = 0; times < 5; times++) await new Promise((resolve) => setImmediate(resolve));
    turns.hold();
    order.length = 0;
    return members;
  };
  return { hub, order, turns, join, members: await join(room, count) };
}
