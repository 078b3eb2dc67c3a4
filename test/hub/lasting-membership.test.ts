import path from 'node:path';
import { ChatError, type HubOptions, memory, type Transport } from 'chathub';
import { sqlite } from 'chathub/sqlite';
import { connectClient, type HelloOptions, memoryTransport, objectProtocol, type TestClient } from 'chathub/testing';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { temporaryFolder } from '../engines/sqlite/set-up.js';
import { engines, entriesIn } from './engines.js';
import { byToken, chat, deferred, gatedEngine, lineChat, peopleIn, stillClock, twoNodes } from './set-up.js';

const policies = { authenticate: byToken, moderate: () => true };

const welcomeOf = (client: TestClient) => client.next('welcome');

const quit = async (client: TestClient) => {
  client.tell({ type: 'quit' });
  await client.peer.closed;
};

/** Bob is in the lobby; ali can come and go. */
async function room(options: HubOptions = {}) {
  const chatting = await chat({ policies, ...options });
  const ali = (hello: HelloOptions = {}) => chatting.connect(undefined, { token: 'ali', ...hello });
  const bob = await chatting.connect('bob');
  await bob.join('lobby');
  return { ...chatting, ali, bob };
}

/** The names of the rooms that a new session of a user is in. */
const roomsOf = async (session: Promise<TestClient>) => Object.keys((await welcomeOf(await session)).rooms).sort();

/** A program that logs in to a hub for people at terminals. */
async function aliBeside(hub: { listen(...transports: Transport[]): Promise<unknown> }) {
  const transport = memoryTransport({ protocol: objectProtocol() });
  await hub.listen(transport);
  return connectClient(transport, { token: 'ali' });
}

describe.each(engines)('on %s, a user who logged in', (_name, make) => {
  test('is in its rooms again, with what is unread', async () => {
    const { ali, bob } = await room({ engine: make() });
    const first = await ali();
    for (const name of ['lobby', 'garden']) await first.join(name);
    await bob.say('lobby', 'read');
    await first.next('message');
    await first.request({ type: 'read', room: 'lobby', offset: 1 });
    await quit(first);
    for (const text of ['unread 1', 'unread 2']) await bob.say('lobby', text);
    const again = await ali();
    const welcome = await welcomeOf(again);
    expect(welcome.resumed).toBe(false);
    expect(Object.keys(welcome.rooms).sort()).toEqual(['garden', 'lobby']);
    expect(welcome.rooms.lobby).toMatchObject({
      room: 'lobby',
      offset: 3,
      recovered: false,
      read: 1,
      unread: 2,
      count: 2,
      members: expect.arrayContaining([expect.objectContaining({ user: 'ali' })]),
    });
    expect(welcome.rooms.garden).toMatchObject({ offset: 0, read: 0, unread: 0, count: 1 });
    // It is in: it hears, and may speak.
    await bob.say('lobby', 'hello again');
    expect(await again.next('message')).toMatchObject({ text: 'hello again', offset: 4 });
    await again.say('garden', 'alone');
  });

  test('gets what came after the positions that it gives, as in a resumed session', async () => {
    const { ali, bob } = await room({ engine: make() });
    const first = await ali();
    const { epoch } = await first.join('lobby');
    await first.join('garden');
    await bob.say('lobby', 'm1');
    await quit(first);
    for (const text of ['m2', 'm3']) await bob.say('lobby', text);
    const again = await ali({ rooms: new Map([['LOBBY', { epoch, offset: 1 }]]) });
    const { rooms } = await welcomeOf(again);
    expect(rooms.lobby).toMatchObject({ recovered: true, more: false, offset: 3, unread: 3 });
    expect(rooms.lobby!.entries).toMatchObject([
      { text: 'm2', offset: 2 },
      { text: 'm3', offset: 3 },
    ]);
    expect(rooms.garden).toMatchObject({ recovered: false, entries: [] });
    const lost = await ali({ rooms: new Map([['lobby', { epoch: 'other', offset: 1 }]]) });
    const page = (await welcomeOf(lost)).rooms.lobby!;
    expect(page).toMatchObject({ recovered: false });
    expect(page.entries).toHaveLength(3);
  });

  test('is not put into a room by a position alone', async () => {
    const { ali, bob } = await room({ engine: make() });
    const { epoch } = await bob.join('lobby');
    const first = await ali({ rooms: new Map([['lobby', { epoch, offset: 0 }]]) });
    expect((await welcomeOf(first)).rooms).toEqual({});
  });

  test('is not, after it left, was kicked or was banned', async () => {
    const { ali, bob } = await room({ engine: make() });
    const first = await ali();
    for (const name of ['left', 'kicked', 'banned', 'stays']) {
      await first.join(name);
      await bob.join(name);
    }
    await first.request({ type: 'leave', room: 'left' });
    await bob.request({ type: 'kick', room: 'kicked', member: 'ali' });
    await bob.request({ type: 'ban', room: 'banned', member: 'ali', seconds: 1 });
    for (let told = 0; told < 3; told++) await first.next('left');
    await quit(first);
    expect(await roomsOf(ali())).toEqual(['stays']);
  });

  test('is told to the others as coming, once', async () => {
    const { ali, bob, clock } = await room({ engine: make() });
    const first = await ali();
    await first.join('lobby');
    await quit(first);
    await clock.advance(0);
    const before = bob.events.length;
    const again = await ali();
    await clock.advance(0);
    const { member } = await welcomeOf(again);
    const presence = bob.events.slice(before).filter(({ type }) => type === 'presence');
    expect(presence).toMatchObject([{ room: 'lobby', joined: [member], left: [], count: 2 }]);
    expect(again.events.filter(({ type }) => type === 'joined')).toEqual([]);
    expect(peopleIn(again, 'lobby')).toEqual(['ali', 'bob']);
  });

  test('has with each session the rooms that it is in for good', async () => {
    const { ali, bob, clock } = await room({ engine: make() });
    const [phone, laptop] = [await ali(), await ali()];
    await phone.join('lobby');
    await laptop.join('garden');
    expect(await roomsOf(ali())).toEqual(['garden', 'lobby']);
    await clock.advance(0);
    expect(bob.events.filter(({ type }) => type === 'presence')).toHaveLength(1);
    await quit(phone);
    const last = await ali();
    await bob.say('lobby', 'hi');
    expect(await last.next('message')).toMatchObject({ text: 'hi' });
    // One session leaves: it ends, for new ones. What another reads there is forgotten with it.
    await last.request({ type: 'leave', room: 'garden' });
    await bob.join('garden');
    await bob.say('garden', 'anybody?');
    await laptop.request({ type: 'read', room: 'garden', offset: 1 });
    expect(await roomsOf(ali())).toEqual(['lobby']);
    expect(await last.join('garden')).not.toHaveProperty('read');
  });

  test('that greets twice at once is told to the others once', async () => {
    const { ali, bob, clock } = await room({ engine: make() });
    const first = await ali();
    for (const name of ['lobby', 'garden']) await first.join(name);
    await quit(first);
    await clock.advance(0);
    const before = bob.events.length;
    const both = await Promise.all([ali(), ali()]);
    await clock.advance(0);
    for (const client of both) {
      expect(Object.keys((await welcomeOf(client)).rooms).sort()).toEqual(['garden', 'lobby']);
      expect(peopleIn(client, 'lobby')).toEqual(['ali', 'bob']);
    }
    expect(bob.events.slice(before)).toMatchObject([{ type: 'presence', joined: [{ user: 'ali' }], count: 2 }]);
  });

  test('is so on every node', async () => {
    const { first, second } = await twoNodes({ policies, engine: make() });
    const here = await first.connect(undefined, { token: 'ali' });
    await here.join('lobby');
    await first.hub.room('lobby').send('m1');
    await quit(here);
    const there = await welcomeOf(await second.connect(undefined, { token: 'ali' }));
    expect(there.rooms.lobby).toMatchObject({ offset: 1, read: 0, unread: 1 });
  });

  test('when its session is resumed is in each room once', async () => {
    const { ali, bob, hub, clock } = await room({ engine: make() });
    const joins = vi.fn();
    const first = await ali();
    const { epoch } = await first.join('lobby');
    const { session, member } = await welcomeOf(first);
    hub.on('join', joins).on('connect', joins);
    const before = bob.events.length;
    first.peer.cut();
    await bob.say('lobby', 'm1');
    const back = await ali({ session, rooms: new Map([['lobby', { epoch, offset: 0 }]]) });
    const welcome = await welcomeOf(back);
    expect(welcome).toMatchObject({ resumed: true, member });
    expect(Object.keys(welcome.rooms)).toEqual(['lobby']);
    await bob.say('lobby', 'm2');
    await clock.advance(0);
    expect(entriesIn(back, 'lobby').map(({ offset }) => offset)).toEqual([1, 2]);
    expect(bob.events.slice(before).filter(({ type }) => type === 'presence')).toEqual([]);
    expect(await hub.room('lobby').members()).toHaveLength(2);
    expect(joins).not.toHaveBeenCalled();
  });

  test('that a session is unknown or over changes nothing: it is in its rooms', async () => {
    const { ali } = await room({ engine: make() });
    const first = await ali();
    await first.join('lobby');
    const { session } = await welcomeOf(first);
    await quit(first);
    const again = await welcomeOf(await ali({ session }));
    expect(again.resumed).toBe(false);
    expect(Object.keys(again.rooms)).toEqual(['lobby']);
  });

  test('has direct messages that wait under @, without a position, too', async () => {
    const { ali, bob } = await room({ engine: make() });
    const first = await ali();
    const other = (await welcomeOf(first)).rooms;
    expect(other).toEqual({});
    await bob.request({ type: 'direct', to: 'ali', text: 'seen' });
    const { epoch } = (await ali().then(welcomeOf)).rooms['@']!;
    await first.request({ type: 'read', room: '@', offset: 1 });
    await quit(first);
    for (const text of ['one', 'two']) await bob.request({ type: 'direct', to: 'ali', text });
    const again = await welcomeOf(await ali());
    expect(again.rooms['@']).toMatchObject({ epoch, offset: 3, read: 1, unread: 2, entries: [] });
    const positioned = await welcomeOf(await ali({ rooms: new Map([['@', { epoch, offset: 2 }]]) }));
    expect(positioned.rooms['@']).toMatchObject({ recovered: true, unread: 2, entries: [{ text: 'two', offset: 3 }] });
  });

  test('reads its direct messages in the history of @, and with somebody', async () => {
    const { ali, bob, connect } = await room({ engine: make() });
    const first = await ali();
    await first.request({ type: 'direct', to: 'bob', text: 'from ali' });
    await quit(first);
    const carol = await connect('carol');
    await bob.request({ type: 'direct', to: 'ali', text: 'from bob' });
    await carol.request({ type: 'direct', to: 'ali', text: 'from carol', data: 1 });
    const again = await ali();
    const all = await again.request({ type: 'history', room: '@' });
    expect(all).toMatchObject({ type: 'history', room: '@', more: false });
    expect(all.messages).toMatchObject([
      { type: 'direct', offset: 1, text: 'from ali', to: { name: 'bob' } },
      { type: 'direct', offset: 2, text: 'from bob', from: { name: 'bob' } },
      { type: 'direct', offset: 3, text: 'from carol', data: 1 },
    ]);
    const page = await again.request({ type: 'history', room: '@', before: 3, limit: 1 });
    expect(page).toMatchObject({ messages: [{ text: 'from bob' }], more: true });
    const later = await again.request({ type: 'history', room: '@', after: 1, epoch: all.epoch });
    expect(later.messages.map(({ offset }) => offset)).toEqual([2, 3]);
    const withBob = await again.request({ type: 'history', with: 'bob' });
    expect(withBob.messages.map(({ text }) => text)).toEqual(['from ali', 'from bob']);
    expect(withBob.room).toBeUndefined();
    // Nobody else reads them there.
    expect((await carol.request({ type: 'history', room: '@' })).messages).toMatchObject([{ text: 'from carol' }]);
  });

  test('has direct messages in all sessions of both', async () => {
    const { ali, connect, clock } = await room({ engine: make() });
    const mine = [await ali(), await ali()];
    const theirs = [await connect(undefined, { token: 'eve' }), await connect(undefined, { token: 'eve' })];
    await mine[0]!.request({ type: 'direct', to: 'eve', text: 'psst' });
    await theirs[1]!.request({ type: 'direct', to: 'ali', text: 'what?' });
    await clock.advance(0);
    for (const client of [...mine, ...theirs])
      expect(client.events.filter(({ type }) => type === 'direct')).toMatchObject([
        { text: 'psst', offset: 1 },
        { text: 'what?', offset: 2 },
      ]);
  });

  test('who is banned while it is away is in the room no more, after the ban either', async () => {
    const { ali, bob, clock } = await room({ engine: make() });
    const first = await ali();
    for (const name of ['lobby', 'garden']) await first.join(name);
    await quit(first);
    await bob.request({ type: 'ban', room: 'lobby', member: 'ali', seconds: 60 });
    expect(await roomsOf(ali())).toEqual(['garden']);
    await clock.advance(61_000);
    expect(await roomsOf(ali())).toEqual(['garden']);
  });
});

describe('a guest', () => {
  test('stays in no room', async () => {
    const { connect } = await room();
    const guest = await connect('guest');
    await guest.join('lobby');
    await quit(guest);
    expect((await welcomeOf(await connect('guest'))).rooms).toEqual({});
  });

  test('is not asked about', async () => {
    const lastingMembership = vi.fn(() => true);
    const { connect } = await room({ lastingMembership });
    const guest = await connect('guest');
    await guest.join('lobby');
    expect(lastingMembership).not.toHaveBeenCalled();
  });
});

describe('the option lastingMembership', () => {
  test('turns it off', async () => {
    const { ali, bob } = await room({ lastingMembership: false });
    const first = await ali();
    await first.join('lobby');
    await bob.request({ type: 'direct', to: 'ali', text: 'one' });
    const { session } = await welcomeOf(first);
    first.peer.cut();
    expect((await welcomeOf(await ali())).rooms).not.toHaveProperty('lobby');
    // What a session is in is another matter.
    expect((await welcomeOf(await ali({ session }))).rooms).toHaveProperty('lobby');
  });

  test('turned off lets read markers be', async () => {
    const { ali, bob } = await room({ lastingMembership: false });
    const first = await ali();
    await first.join('lobby');
    for (const text of ['m1', 'm2']) await bob.say('lobby', text);
    await first.request({ type: 'read', room: 'lobby', offset: 1 });
    await quit(first);
    expect(await (await ali()).join('lobby')).toMatchObject({ read: 1, unread: 1 });
  });

  test('says so for each member and room', async () => {
    const lastingMembership = vi.fn(({ room }: { readonly room: string }) => room !== 'match');
    const { ali } = await room({ lastingMembership });
    const first = await ali();
    for (const name of ['lobby', 'MATCH']) await first.join(name);
    expect(lastingMembership).toHaveBeenCalledWith({ member: expect.objectContaining({ name: 'ali' }), room: 'match' });
    await quit(first);
    expect(await roomsOf(ali())).toEqual(['lobby']);
  });

  test('that throws is reported, and lets nobody wait', async () => {
    const { ali, errors } = await room({
      lastingMembership: () => {
        throw new Error('oops');
      },
    });
    const first = await ali();
    expect(await first.join('lobby')).toMatchObject({ room: 'lobby' });
    expect(errors.splice(0)).toContainEqual(
      expect.objectContaining({ error: expect.objectContaining({ message: 'oops' }) }),
    );
    await quit(first);
    await ali();
    errors.splice(0);
  });
});

describe('the join policy', () => {
  test('that refuses a user’s room ends the membership; the session begins all the same', async () => {
    let closed = false;
    const join = ({ room }: { readonly room: string }) => !(closed && room === 'lobby');
    const { ali, clock, bob } = await room({ policies: { ...policies, join } });
    const first = await ali();
    for (const name of ['lobby', 'garden']) await first.join(name);
    await quit(first);
    await clock.advance(0);
    const before = bob.events.length;
    closed = true;
    expect(await roomsOf(ali())).toEqual(['garden']);
    await clock.advance(0);
    expect(bob.events.slice(before)).toEqual([]);
    closed = false;
    expect(await roomsOf(ali())).toEqual(['garden']);
  });

  test.each([
    ['an error that may pass', () => new ChatError('ENGINE_UNAVAILABLE'), true],
    ['an error of its own', () => new Error('database is away'), true],
    ['a final error', () => new ChatError('BANNED', 'for good'), false],
  ])('that fails by %s ends it only where that is final', async (_what, error, stays) => {
    let fails = false;
    const join = () => {
      if (fails) throw error();
    };
    const { ali, errors } = await room({ policies: { ...policies, join } });
    const first = await ali();
    await first.join('lobby');
    await quit(first);
    fails = true;
    expect(await roomsOf(ali())).toEqual([]);
    fails = false;
    expect(await roomsOf(ali())).toEqual(stays ? ['lobby'] : []);
    errors.splice(0);
  });

  test('that takes its time takes it once, not for each room: a user of many rooms can still log in', async () => {
    const clock = stillClock();
    let slow = false;
    const join = () => (slow ? new Promise<void>((resolve) => void clock.after(1_000, resolve)) : undefined);
    const { dial, ali } = await room({ clock, policies: { ...policies, join } });
    const first = await ali();
    for (let index = 0; index < 30; index++) await first.join(`r${index}`);
    await quit(first);
    slow = true;
    const again = dial();
    const welcome = again.hello({ token: 'ali' });
    await clock.advance(5_000);
    expect(Object.keys((await welcome).rooms)).toHaveLength(30);
  });

  test('is asked with the member, which may be asked of its user', async () => {
    const join = vi.fn();
    const { ali } = await room({ policies: { ...policies, join } });
    const first = await ali();
    await first.join('lobby');
    await quit(first);
    join.mockClear();
    await ali();
    expect(join).toHaveBeenCalledExactlyOnceWith(
      expect.objectContaining({
        member: expect.objectContaining({ name: 'ali', user: expect.objectContaining({ id: 'ali' }) }),
        room: 'lobby',
      }),
    );
  });
});

describe('limits', () => {
  test('hold: no session is in more rooms than roomsPerMember', async () => {
    const { ali, hub, clock } = await room({ limits: { roomsPerMember: 2 } });
    const [phone, laptop] = [await ali(), await ali()];
    for (const name of ['a', 'b']) await phone.join(name);
    for (const name of ['c', 'd']) await laptop.join(name);
    for (const session of [phone, laptop]) await quit(session);
    const again = await ali();
    expect(Object.keys((await welcomeOf(again)).rooms)).toEqual(['a', 'b']);
    await clock.advance(0);
    const present = await Promise.all(['a', 'b', 'c', 'd'].map((name) => hub.room(name).members()));
    expect(present.flat()).toHaveLength(2);
    // The others are not lost: there is room for one.
    await again.request({ type: 'leave', room: 'a' });
    await quit(again);
    expect(await roomsOf(ali())).toEqual(['b', 'c']);
  });

  test('of a full room keep a user out, for as long as it is full', async () => {
    const { ali, bob, connect } = await room({ limits: { membersPerRoom: 2 } });
    const first = await ali();
    await first.join('lobby');
    await quit(first);
    const carol = await connect('carol');
    await carol.join('lobby');
    expect(await roomsOf(ali())).toEqual([]);
    await bob.request({ type: 'leave', room: 'lobby' });
    expect(await roomsOf(ali())).toEqual(['lobby']);
  });

  test('of a page hold for all rooms of a welcome', async () => {
    const { ali, bob, hub, clock } = await room({ limits: { recoverBytes: 2_000, history: 1_000 } });
    await bob.join('garden');
    const first = await ali();
    const positions = new Map();
    for (const name of ['lobby', 'garden']) positions.set(name, { epoch: (await first.join(name)).epoch, offset: 0 });
    await quit(first);
    for (const name of positions.keys())
      for (let index = 0; index < 30; index++) await hub.room(name).send(`m${index} ${'x'.repeat(100)}`);
    const again = await ali({ rooms: positions });
    const { rooms } = await welcomeOf(again);
    expect(Object.values(rooms)).toMatchObject([
      { recovered: true, more: true },
      { recovered: true, more: true },
    ]);
    await clock.advance(0);
    for (const name of positions.keys())
      expect(entriesIn(again, name).map(({ offset }) => offset)).toEqual(
        Array.from({ length: 30 }, (_, index) => index + 1),
      );
  });
});

describe('the application', () => {
  test('is told of the joins after the connect, and of each once', async () => {
    const { ali, hub } = await room();
    const first = await ali();
    for (const name of ['lobby', 'garden']) await first.join(name);
    await quit(first);
    const told: string[] = [];
    hub.on('connect', ({ member }) => told.push(`connect ${member.name} ${[...member.rooms].sort()}`));
    hub.on('join', ({ member, room }) => told.push(`join ${member.name} ${room}`));
    hub.on('leave', ({ member, room }) => told.push(`leave ${member.name} ${room}`));
    hub.on('disconnect', ({ member }) => told.push(`disconnect ${member.name}`));
    const again = await ali();
    expect(told[0]).toBe('connect ali garden,lobby');
    expect(told.slice(1).sort()).toEqual(['join ali garden', 'join ali lobby']);
    await quit(again);
    expect(told.slice(3).sort()).toEqual(['disconnect ali', 'leave ali garden', 'leave ali lobby']);
  });

  test('can kick who is away, once', async () => {
    const { ali, bob } = await room();
    const first = await ali();
    await first.join('lobby');
    await quit(first);
    await bob.request({ type: 'kick', room: 'lobby', member: 'ali' });
    expect(await bob.ask({ type: 'kick', room: 'lobby', member: 'ali' })).toMatchObject({ code: 'NO_SUCH_MEMBER' });
    expect(await roomsOf(ali())).toEqual([]);
  });

  test('may join a member on connect to a room that it is in already', async () => {
    const { ali, hub, clock } = await room();
    const joins = vi.fn();
    hub.on('join', joins).on('connect', ({ member }) => void member.join('lobby'));
    const first = await ali();
    await clock.advance(0);
    await quit(first);
    joins.mockClear();
    const again = await ali();
    await clock.advance(0);
    expect(Object.keys((await welcomeOf(again)).rooms)).toEqual(['lobby']);
    expect(joins).toHaveBeenCalledOnce();
  });

  test('ends it with member.leave()', async () => {
    const { ali, hub } = await room();
    const first = await ali();
    await first.join('lobby');
    const { member } = await welcomeOf(first);
    await (await hub.member(member.id))!.leave('lobby');
    await quit(first);
    expect(await roomsOf(ali())).toEqual([]);
  });

  test('does not end it by disconnecting a session, nor does a hub that closes', async () => {
    const folder = temporaryFolder();
    onTestFinished(folder.remove);
    const engine = () => sqlite({ path: path.join(folder.path, 'chat.db') });
    const clock = stillClock();
    const { hub, connect } = await chat({ policies, engine: engine(), clock });
    const first = await connect(undefined, { token: 'ali' });
    await first.join('lobby');
    const { member } = await welcomeOf(first);
    await (await hub.member(member.id))!.disconnect();
    await first.peer.closed;
    const second = await connect(undefined, { token: 'ali' });
    expect(Object.keys((await welcomeOf(second)).rooms)).toEqual(['lobby']);
    await hub.room('lobby').send('m1');
    await hub.room('lobby').setTopic('after the restart');
    await hub.close({ signal: AbortSignal.abort() });
    const restarted = await chat({ policies, engine: engine(), clock });
    const third = await welcomeOf(await restarted.connect(undefined, { token: 'ali' }));
    expect(third.rooms.lobby).toMatchObject({ offset: 1, read: 0, unread: 1, topic: { text: 'after the restart' } });
  });
});

describe('who goes while it greets', () => {
  test('leaves nobody behind in its rooms', async () => {
    const { engine, gates } = gatedEngine();
    const { ali, dial, bob, hub, clock } = await room({ engine });
    const first = await ali();
    await first.join('lobby');
    await quit(first);
    await clock.advance(0);
    const reading = deferred();
    const stands = deferred();
    gates.set('log.count', async (call) => {
      stands.resolve();
      await reading.promise;
      return call();
    });
    const gone = dial();
    gone.tell({ type: 'hello', token: 'ali' });
    await stands.promise;
    gone.peer.cut();
    await clock.advance(0);
    gates.clear();
    reading.resolve();
    await clock.advance(60_000);
    expect((await hub.room('lobby').members()).map(({ name }) => name)).toEqual(['bob']);
    expect(peopleIn(bob, 'lobby')).toEqual(['bob']);
    expect(await roomsOf(ali())).toEqual(['lobby']);
  });

  test('is refused, and stays a member, when the engine is out of reach', async () => {
    const { engine, gates } = gatedEngine();
    const { ali, dial, hub, clock } = await room({ engine });
    const first = await ali();
    await first.join('lobby');
    await quit(first);
    gates.set('presence.enter', () => Promise.reject(new ChatError('ENGINE_UNAVAILABLE')));
    const refused = dial();
    expect(await refused.ask({ type: 'hello', token: 'ali' })).toMatchObject({ code: 'ENGINE_UNAVAILABLE' });
    gates.clear();
    await clock.advance(0);
    expect(await hub.room('lobby').members()).toHaveLength(1);
    expect(await roomsOf(ali())).toEqual(['lobby']);
  });
});

describe('somebody at a terminal', () => {
  test('who logs in is in the user’s rooms, and in those of the guest', async () => {
    const { transport, hub } = await lineChat({ policies });
    const first = transport.connect();
    await first.next();
    for (const line of ['/auth ali', '/join lobby', '/quit']) first.send(line);
    await first.closed;
    await hub.room('lobby').send('unread');
    const again = transport.connect();
    const shown: string[] = [];
    again.send('/join garden');
    again.send('/auth ali');
    again.send('/who lobby');
    again.send('/who garden');
    for (let frames = 0; frames < 12 && !/^\* ali$/m.test(shown.slice(-1)[0] ?? ''); frames++)
      shown.push(await again.next());
    expect(shown.join('\n')).toContain('* Joined lobby (1 here).');
    expect(shown.join('\n')).toContain('* Joined garden (1 here).');
  });

  test('has read what was shown, once it is gone', async () => {
    const { transport, hub, clock } = await lineChat({ policies });
    const person = transport.connect();
    await person.next();
    for (const line of ['/auth ali', '/join lobby']) person.send(line);
    await clock.advance(0);
    await hub.room('lobby').send('shown');
    await clock.advance(0);
    person.send('/quit');
    await person.closed;
    await clock.advance(0);
    await hub.room('lobby').send('not shown');
    const again = await aliBeside(hub);
    expect((await welcomeOf(again)).rooms.lobby).toMatchObject({ read: 1, unread: 1 });
  });

  test('who is there when the hub closes leaves no error behind', async () => {
    const { transport, hub, clock, errors } = await lineChat({ policies, engine: memory() });
    const person = transport.connect();
    await person.next();
    for (const line of ['/auth ali', '/join lobby']) person.send(line);
    await clock.advance(0);
    await hub.room('lobby').send('shown');
    await clock.advance(0);
    await hub.close({ signal: AbortSignal.abort() });
    await clock.advance(0);
    expect(errors).toEqual([]);
  });
});
