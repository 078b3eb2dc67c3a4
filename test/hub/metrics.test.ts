import { ChatError, type HubMetrics } from 'chathub';
import { describe, expect, test } from 'vitest';
import { byToken, chat, twoNodes } from './set-up.js';

const observed = ({ counts }: HubMetrics['append']) => counts.reduce((sum, count) => sum + count, 0);

describe('a hub counts', () => {
  test('nothing before anybody came', async () => {
    const { hub } = await chat();
    expect(hub.metrics()).toMatchObject({
      connections: {},
      sessions: { connected: 0, waiting: 0, begun: 0, ended: 0, resumed: 0, missed: 0 },
      rooms: { rooms: 0, inboxes: 0, memberships: 0 },
      commands: {},
      errors: {},
      messages: { room: 0, direct: 0, application: 0 },
      deliveries: 0,
    });
  });

  test('connections by transport, sessions and memberships', async () => {
    const { hub, connect, clock } = await chat();
    const [alice, bob] = [await connect('alice'), await connect('bob')];
    await alice.join('lobby');
    await alice.join('kitchen');
    await bob.join('lobby');
    expect(hub.metrics()).toMatchObject({
      connections: { memory: { open: 2, opened: 2 } },
      sessions: { connected: 2, waiting: 0, begun: 2, ended: 0 },
      rooms: { rooms: 2, inboxes: 2, memberships: 3 },
      commands: { hello: 2, join: 3 },
    });
    alice.peer.cut();
    bob.tell({ type: 'quit' });
    await clock.advance(0);
    expect(hub.metrics()).toMatchObject({
      connections: { memory: { open: 0, opened: 2 } },
      sessions: { connected: 0, waiting: 1, ended: 1 },
      rooms: { rooms: 2, memberships: 2 },
    });
  });

  test('messages by who said them, and how many were given them', async () => {
    const { hub, connect, clock } = await chat();
    const clients = [await connect('alice'), await connect('bob'), await connect('carol')] as const;
    for (const client of clients) await client.join('lobby');
    const [alice] = clients;
    await clock.advance(2_000);
    const before = hub.metrics().deliveries;
    await alice.say('lobby', 'one');
    await alice.say('lobby', 'two', { key: 'k' });
    await alice.say('lobby', 'two', { key: 'k' });
    await hub.room('lobby').send('three');
    await alice.request({ type: 'direct', to: 'bob', text: 'psst' });
    await clock.advance(0);
    const { messages, repeats, deliveries, append, fanOut } = hub.metrics();
    expect(messages).toEqual({ room: 2, direct: 1, application: 1 });
    expect(repeats).toBe(1);
    // Three messages to three in the lobby; the direct one to both inboxes.
    expect(deliveries - before).toBe(3 * 3 + 2);
    expect(append.count).toBe(5);
    expect(observed(append)).toBe(append.count);
    expect(fanOut.count).toBeGreaterThan(0);
    expect(observed(fanOut)).toBe(fanOut.count);
  });

  test('what clients were told that went wrong, by code', async () => {
    const { hub, connect } = await chat();
    const alice = await connect('alice');
    await alice.ask({ type: 'send', room: 'nowhere', text: 'x' });
    await alice.ask({ type: 'join', room: '' });
    expect(hub.metrics().errors).toEqual({ NOT_A_MEMBER: 1, BAD_ROOM: 1 });
  });

  test('what the authenticate policy said', async () => {
    const authenticate = ({ token }: { readonly token: string | undefined }) => {
      if (token === 'bad') throw new ChatError('UNAUTHENTICATED');
      return byToken({ token });
    };
    const { hub, connect, dial } = await chat({ policies: { authenticate } });
    await connect('guest');
    await connect(undefined, { token: 'ali' });
    await dial().ask({ type: 'hello', token: 'bad' });
    expect(hub.metrics().logIns).toEqual({ user: 1, guest: 1, refused: 1 });
  });

  test('sessions that were resumed, and that were to be', async () => {
    const { hub, connect } = await chat();
    const alice = await connect('alice');
    const { session } = await alice.next('welcome');
    alice.peer.cut();
    await connect(undefined, { session });
    await connect(undefined, { session: 'x'.repeat(24) });
    expect(hub.metrics().sessions).toMatchObject({ begun: 2, resumed: 1, missed: 1 });
  });

  test('connections that it refused, and that it ended, by why', async () => {
    const { hub, connect, dial, clock } = await chat({ limits: { connections: 1, connectionsPerAddress: 1 } });
    const alice = await connect('alice');
    await dial().peer.closed;
    await hub.member((await alice.next('welcome')).member.id).then((member) => member?.disconnect());
    await clock.advance(0);
    const { refused, closed } = hub.metrics();
    expect(refused).toEqual({ RATE_LIMITED: 1 });
    expect(closed).toEqual({ KICKED: 1 });
  });

  test('what was left out for a slow reader', async () => {
    const limits = { outboxBytes: 20_000, messageBytes: 4_096, sendBurst: 1_000, commandBurst: 1_000 };
    const { hub, connect, clock } = await chat({ limits }, { slowConsumer: 'skip', highWaterMark: 1_000 });
    const [alice, bob] = [await connect('alice'), await connect('bob')];
    await alice.join('lobby');
    await bob.join('lobby');
    bob.peer.stall();
    for (let number = 0; number < 20; number++) {
      await hub.room('lobby').send('x'.repeat(4_000));
      await clock.advance(0);
    }
    const { leftOut, outboxes } = hub.metrics();
    expect(leftOut.entry).toBeGreaterThan(5);
    expect(outboxes.blocked).toBe(1);
    expect(outboxes.bytes).toBeGreaterThan(10_000);
    bob.peer.resume();
    await clock.advance(0);
    expect(hub.metrics().outboxes).toEqual({ bytes: 0, blocked: 0 });
  });

  test('times that somebody who is too fast had to wait', async () => {
    const { hub, connect, clock } = await chat({ limits: { sendBurst: 1, sendsPerSecond: 1 } });
    const alice = await connect('alice');
    await alice.join('lobby');
    for (const text of ['one', 'two', 'three']) alice.tell({ type: 'send', room: 'lobby', text });
    await clock.advance(5_000);
    expect(hub.metrics().heldBack).toBe(2);
    expect(hub.metrics().messages.room).toBe(3);
  });

  test('for its node alone', async () => {
    const { first, second } = await twoNodes();
    const [alice, bob] = [await first.connect('alice'), await second.connect('bob')];
    await alice.join('lobby');
    await bob.join('lobby');
    await alice.say('lobby', 'hi');
    await bob.next('message');
    expect(first.hub.metrics()).toMatchObject({ messages: { room: 1 }, rooms: { memberships: 1 } });
    expect(second.hub.metrics()).toMatchObject({ messages: { room: 0 }, rooms: { memberships: 1 } });
  });
});

describe('who looks after a server', () => {
  test('sees each session with what it is in, and how its connection does', async () => {
    const { hub, connect, clock } = await chat({ policies: { authenticate: byToken } });
    const alice = await connect(undefined, { token: 'ali' }, { remoteAddress: '192.0.2.7' });
    const { member } = await alice.next('welcome');
    await alice.join('lobby');
    expect([...hub.sessions()]).toEqual([
      {
        member: member.id,
        user: 'ali',
        name: 'ali',
        guest: false,
        rooms: ['lobby'],
        transport: 'memory',
        remoteAddress: '192.0.2.7',
        secure: false,
        connection: expect.objectContaining({ since: clock.now(), received: 2, unsentBytes: 0, blocked: false }),
      },
    ]);
    alice.peer.cut();
    expect([...hub.sessions()]).toEqual([expect.objectContaining({ name: 'ali', connection: undefined })]);
  });

  test('sees the rooms of this node, and of all', async () => {
    const { first, second } = await twoNodes();
    const [alice, bob] = [await first.connect('alice'), await second.connect('bob')];
    await alice.join('lobby');
    await bob.join('lobby');
    await bob.join('kitchen');
    await alice.say('lobby', 'hi');
    await bob.next('message');
    expect([...first.hub.localRooms()]).toEqual([
      { name: 'lobby', members: 1, count: 2, position: expect.objectContaining({ offset: 1 }) },
    ]);
    expect(await first.hub.rooms()).toEqual({
      rooms: [
        { name: 'kitchen', count: 1 },
        { name: 'lobby', count: 2 },
      ],
      more: false,
    });
    expect(await first.hub.rooms({ after: 'kitchen', limit: 1 })).toMatchObject({ rooms: [{ name: 'lobby' }] });
  });

  test('sees nothing of a hub that has not begun', async () => {
    const { hub } = await chat();
    expect([...hub.sessions(), ...hub.localRooms()]).toEqual([]);
  });
});
