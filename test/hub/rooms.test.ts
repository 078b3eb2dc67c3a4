import { describe, expect, test, vi } from 'vitest';
import { barrier, chat, gatedEngine, peopleIn, typesAfter } from './set-up.js';

describe('a member who joins', () => {
  test('is told the position of the room, who is there, and nothing of the past', async () => {
    const { hub, connect } = await chat();
    const alice = await connect('alice');
    await alice.join('lobby');
    const said = await hub.room('lobby').send('before');
    const bob = await connect('bob');
    const joined = await bob.join('lobby');
    expect(joined).toMatchObject({ room: 'lobby', offset: said.offset, recovered: false, more: false, entries: [] });
    expect(joined.members?.map(({ name }) => name)).toEqual(['alice', 'bob']);
    expect(joined.count).toBe(2);
  });

  test('is told to the application once, and has the room among its rooms', async () => {
    const { hub, connect } = await chat();
    const joins = vi.fn();
    hub.on('join', joins);
    const alice = await connect('alice');
    await alice.join('lobby');
    expect(joins).toHaveBeenCalledExactlyOnceWith({
      member: expect.objectContaining({ name: 'alice' }),
      room: 'lobby',
    });
    expect(joins.mock.calls[0]![0].member.rooms).toEqual(['lobby']);
  });

  test('twice is shown the room again, and joined once for everybody else', async () => {
    const { hub, connect } = await chat();
    const joins = vi.fn();
    hub.on('join', joins);
    const [alice, bob] = [await connect('alice'), await connect('bob')];
    await bob.join('lobby');
    await alice.join('lobby');
    await alice.say('lobby', 'one');
    const again = await alice.join('lobby', { history: 5 });
    expect(again).toMatchObject({ offset: 1, count: 2, entries: [{ text: 'one' }] });
    await alice.say('lobby', 'two');
    expect(joins).toHaveBeenCalledTimes(2);
    expect(bob.events.filter(({ type }) => type === 'presence')).toHaveLength(1);
    await bob.next('message');
    expect(await bob.next('message')).toMatchObject({ text: 'two' });
    expect(alice.events.filter(({ type }) => type === 'message')).toHaveLength(2);
  });

  test('twice at once is joined once', async () => {
    const { hub, connect } = await chat();
    const joins = vi.fn();
    hub.on('join', joins);
    const alice = await connect('alice');
    await Promise.all([alice.join('lobby'), alice.join('lobby')]);
    expect(joins).toHaveBeenCalledOnce();
    expect(await hub.room('lobby').members()).toHaveLength(1);
  });

  test('gives any form of the name, and is told the normal one', async () => {
    const { hub, connect } = await chat();
    const alice = await connect('alice');
    expect((await alice.join('LOBBY')).room).toBe('lobby');
    expect((await alice.join('CAFÉ')).room).toBe('café');
    await hub.room('Lobby').send('hello');
    expect(await alice.next('message')).toMatchObject({ room: 'lobby', text: 'hello' });
    expect(await alice.say('Lobby', 'hi')).toMatchObject({ room: 'lobby' });
    expect((await alice.request({ type: 'leave', room: 'Café' })).room).toBe('café');
  });

  test.each(['', ' ', 'a b', '@alice', '#lobby', '-x', 'x\n', 'a/b', '*', 'x'.repeat(65), '\0'])(
    'a room of the bad name %j is refused with BAD_ROOM',
    async (room) => {
      const { connect, hub } = await chat();
      const alice = await connect('alice');
      expect(await alice.ask({ type: 'join', room })).toMatchObject({ type: 'error', code: 'BAD_ROOM' });
      expect(await alice.ask({ type: 'leave', room })).toMatchObject({ type: 'error', code: 'BAD_ROOM' });
      expect(await alice.ask({ type: 'send', room, text: 'x' })).toMatchObject({ type: 'error', code: 'BAD_ROOM' });
      expect(hub.status().rooms).toBe(1);
    },
  );

  test.each(['__proto__', 'constructor', 'toString', 'hasownproperty'])(
    'finds nothing special about the name %j, where it is one',
    async (room) => {
      const { connect } = await chat();
      const alice = await connect('alice');
      const reply = await alice.ask({ type: 'join', room });
      if (room.startsWith('_')) return expect(reply).toMatchObject({ code: 'BAD_ROOM' });
      expect(reply).toMatchObject({ type: 'joined', room: room.toLowerCase(), count: 1 });
      expect(await alice.say(room, 'hi')).toMatchObject({ type: 'sent', offset: 1 });
    },
  );
});

describe('a member who leaves', () => {
  test('is told so, gets nothing more of the room, and may say nothing there', async () => {
    const { hub, connect } = await chat();
    const alice = await connect('alice');
    await alice.join('lobby');
    expect(await alice.request({ type: 'leave', room: 'lobby' })).toEqual({ type: 'left', room: 'lobby', re: 3 });
    const before = alice.events.length;
    await hub.room('lobby').send('after');
    expect(await alice.ask({ type: 'send', room: 'lobby', text: 'x' })).toMatchObject({
      code: 'NOT_A_MEMBER',
      room: 'lobby',
    });
    expect(typesAfter(alice, before)).toEqual(['error']);
  });

  test('is told to the application without a code', async () => {
    const { hub, connect } = await chat();
    const leaves = vi.fn();
    hub.on('leave', leaves);
    const alice = await connect('alice');
    await alice.join('lobby');
    await alice.request({ type: 'leave', room: 'lobby' });
    const member = expect.objectContaining({ name: 'alice', rooms: [] });
    expect(leaves).toHaveBeenCalledExactlyOnceWith({ member, room: 'lobby', code: undefined });
  });

  test('a room that it is not in is told NOT_A_MEMBER', async () => {
    const { connect } = await chat();
    const alice = await connect('alice');
    expect(await alice.ask({ type: 'leave', room: 'Lobby' })).toMatchObject({ code: 'NOT_A_MEMBER', room: 'lobby' });
  });
});

describe('a room', () => {
  test('costs nothing once its last member has left', async () => {
    const { hub, connect } = await chat();
    const [alice, bob] = [await connect('alice'), await connect('bob')];
    const inboxes = hub.status().rooms;
    for (const room of ['one', 'two', 'three']) await alice.join(room);
    await bob.join('one');
    expect(hub.status().rooms).toBe(inboxes + 3);
    for (const room of ['one', 'two', 'three']) await alice.request({ type: 'leave', room });
    expect(hub.status().rooms).toBe(inboxes + 1);
    await bob.request({ type: 'leave', room: 'one' });
    expect(hub.status().rooms).toBe(inboxes);
    expect((await alice.request({ type: 'rooms' })).rooms).toEqual([]);
  });

  test('costs nothing once everybody has quit', async () => {
    const { hub, connect, clock } = await chat();
    for (const name of ['alice', 'bob']) {
      const client = await connect(name);
      await client.join('lobby');
      client.tell({ type: 'quit' });
      await client.peer.closed;
    }
    await clock.advance(0);
    expect(hub.status()).toMatchObject({ connections: 0, members: 0, rooms: 0 });
    expect(hub.room('lobby').size).toBe(0);
  });

  test('that somebody was refused costs nothing', async () => {
    const { hub, connect } = await chat({ limits: { membersPerRoom: 1 } });
    const [alice, bob] = [await connect('alice'), await connect('bob')];
    await alice.join('lobby');
    const rooms = hub.status().rooms;
    expect(await bob.ask({ type: 'join', room: 'lobby' })).toMatchObject({ code: 'ROOM_FULL', retryable: true });
    expect(hub.status().rooms).toBe(rooms);
    await alice.request({ type: 'leave', room: 'lobby' });
    expect(hub.status().rooms).toBe(2);
  });

  test('that the engine could not open is tried anew by the next who asks', async () => {
    const { engine, gates } = gatedEngine();
    const { hub, connect, errors } = await chat({ engine });
    const alice = await connect('alice');
    gates.set('log.follow', () => Promise.reject(new Error('ECONNREFUSED 10.1.2.3')));
    expect(await alice.ask({ type: 'join', room: 'lobby' })).toMatchObject({
      code: 'INTERNAL',
      message: expect.not.stringContaining('10.1'),
    });
    expect(errors.splice(0)).toMatchObject([{ stage: 'join', error: { message: 'ECONNREFUSED 10.1.2.3' } }]);
    expect(hub.status().rooms).toBe(1);
    gates.clear();
    expect(await alice.join('lobby')).toMatchObject({ count: 1 });
  });

  test('is opened once for all who join while it opens', async () => {
    const { engine, gates } = gatedEngine();
    const { connect } = await chat({ engine });
    const clients = [await connect('a'), await connect('b'), await connect('c')];
    const open = barrier();
    gates.set('log.follow', open.gate);
    const joins = clients.map((client) => client.join('lobby'));
    await open.arrival();
    open.pass();
    await Promise.all(joins);
    expect(open.waiting).toBe(0);
    expect(peopleIn(clients[0]!, 'lobby')).toEqual(['a', 'b', 'c']);
  });

  test('is listed while it has members, with how many there are', async () => {
    const { connect } = await chat();
    const [alice, bob] = [await connect('alice'), await connect('bob')];
    await alice.join('two');
    await bob.join('two');
    await bob.join('one');
    expect((await alice.request({ type: 'rooms' })).rooms).toEqual([
      { name: 'one', count: 1 },
      { name: 'two', count: 2 },
    ]);
  });

  test('shows its members to its members only', async () => {
    const { connect } = await chat();
    const [alice, bob] = [await connect('alice'), await connect('bob')];
    await alice.join('lobby');
    const { members, count, complete } = await alice.request({ type: 'members', room: 'Lobby' });
    expect(members).toMatchObject([{ name: 'alice' }]);
    expect({ count, complete }).toEqual({ count: 1, complete: true });
    expect(await bob.ask({ type: 'members', room: 'lobby' })).toMatchObject({ code: 'NOT_A_MEMBER', room: 'lobby' });
  });
});

describe('the limits of rooms', () => {
  test('roomsPerMember refuses one more, and not a room that the member is in', async () => {
    const { connect } = await chat({ limits: { roomsPerMember: 2 } });
    const alice = await connect('alice');
    await alice.join('one');
    await alice.join('two');
    expect(await alice.ask({ type: 'join', room: 'three' })).toMatchObject({ code: 'TOO_MANY_ROOMS' });
    expect(await alice.ask({ type: 'join', room: 'two' })).toMatchObject({ type: 'joined' });
    await alice.request({ type: 'leave', room: 'one' });
    expect(await alice.ask({ type: 'join', room: 'three' })).toMatchObject({ type: 'joined' });
  });

  test('membersPerRoom refuses one more until somebody leaves', async () => {
    const { connect } = await chat({ limits: { membersPerRoom: 1 } });
    const [alice, bob] = [await connect('alice'), await connect('bob')];
    await alice.join('lobby');
    expect(await bob.ask({ type: 'join', room: 'lobby' })).toMatchObject({ code: 'ROOM_FULL', room: 'lobby' });
    await alice.request({ type: 'leave', room: 'lobby' });
    expect(await bob.ask({ type: 'join', room: 'lobby' })).toMatchObject({ type: 'joined' });
  });

  test('rooms counts rooms, not the inboxes of members', async () => {
    const { connect } = await chat({ limits: { rooms: 1 } });
    const [alice, bob] = [await connect('alice'), await connect('bob')];
    await alice.join('one');
    await bob.join('one');
    expect(await bob.ask({ type: 'join', room: 'two' })).toMatchObject({ code: 'ROOM_FULL', retryable: true });
    await alice.request({ type: 'leave', room: 'one' });
    await bob.request({ type: 'leave', room: 'one' });
    expect(await bob.ask({ type: 'join', room: 'two' })).toMatchObject({ type: 'joined' });
  });
});

describe('a member who disconnects', () => {
  test('while its join is pending in the engine leaves nothing behind, and the application hears of no join', async () => {
    const { engine, gates } = gatedEngine();
    const { hub, connect, clock } = await chat({ engine }, { protocol: { resumable: [] } });
    const told: string[] = [];
    hub.on('join', () => told.push('join'));
    hub.on('leave', () => told.push('leave'));
    for (const step of ['log.follow', 'presence.enter', 'log.read']) {
      const alice = await connect('alice');
      const pending = barrier();
      gates.set(step, pending.gate);
      alice.tell({ type: 'join', room: 'lobby', history: 5 });
      await pending.arrival();
      alice.peer.cut();
      await clock.advance(0);
      gates.clear();
      while (pending.waiting > 0) pending.pass();
      await clock.advance(0);
      expect(hub.status(), step).toMatchObject({ connections: 0, members: 0, rooms: 0 });
      expect(await hub.room('lobby').members(), step).toEqual([]);
      expect(told, step).toEqual([]);
    }
  });

  test('while its join is pending joins all the same when it may come back', async () => {
    const { engine, gates } = gatedEngine();
    const { hub, connect, clock } = await chat({ engine });
    const alice = await connect('alice');
    const { session } = await alice.next('welcome');
    const pending = barrier();
    gates.set('log.read', pending.gate);
    alice.tell({ type: 'join', room: 'lobby', history: 5 });
    await pending.arrival();
    alice.peer.cut();
    pending.pass();
    gates.clear();
    await clock.advance(0);
    const again = await connect(undefined, { session });
    expect((await again.next('welcome')).rooms).toHaveProperty('lobby');
    await hub.room('lobby').send('still here');
    expect(await again.next('message')).toMatchObject({ text: 'still here' });
  });

  test('leaves each of its rooms once, with a leave event before the disconnect event', async () => {
    const { hub, connect, clock } = await chat();
    const told: string[] = [];
    hub.on('leave', ({ room }) => told.push(`leave ${room}`));
    hub.on('disconnect', ({ member }) => told.push(`disconnect ${member.name}`));
    const alice = await connect('alice');
    await alice.join('one');
    await alice.join('two');
    alice.peer.leave();
    await clock.advance(0);
    expect(told).toEqual(['leave one', 'leave two', 'disconnect alice']);
  });
});
