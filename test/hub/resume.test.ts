import type { Position } from 'chathub';
import type { TestClient } from 'chathub/testing';
import { describe, expect, test, vi } from 'vitest';
import { byToken, chat, frameLike, gatedEngine, lineChat, offsetsIn, textsIn } from './set-up.js';

type Chatting = Awaited<ReturnType<typeof chat>>;

const secretOf = async (client: TestClient) => (await client.next('welcome')).session;

/** Bob watches alice in the lobby, whose connection breaks after the first message. */
async function broken(options: Parameters<typeof chat>[0] = {}, wire: Parameters<typeof chat>[1] = {}) {
  const chatting = await chat(options, wire);
  const [alice, bob] = [await chatting.connect('alice'), await chatting.connect('bob')];
  const { epoch } = await alice.join('lobby');
  await bob.join('lobby');
  await bob.say('lobby', 'm1');
  await alice.next('message');
  const { member, session } = await alice.next('welcome');
  alice.peer.cut();
  const back = (offset?: number, at = epoch) =>
    chatting.connect(undefined, { session, ...(offset === undefined ? {} : positions({ epoch: at, offset })) });
  return { ...chatting, alice, bob, member, session, epoch, back };
}

const positions = (lobby: Position) => ({ rooms: new Map([['lobby', lobby]]) });

const presenceOf = (client: TestClient) => client.events.filter((event) => event.type === 'presence');

const lobbyOf = async (client: TestClient) => (await client.next('welcome')).rooms.lobby;

const say = async ({ hub }: Pick<Chatting, 'hub'>, ...texts: readonly string[]) => {
  for (const text of texts) await hub.room('lobby').send(text);
};

describe('a session whose connection breaks', () => {
  test('stays a member for the resume window: nobody sees it leave', async () => {
    const { hub, bob, clock, member } = await broken();
    const left = vi.fn();
    hub.on('leave', left).on('disconnect', left);
    await clock.advance(29_999);
    expect(presenceOf(bob)).toEqual([]);
    expect(await hub.room('lobby').members()).toHaveLength(2);
    expect(await hub.member(member.id)).toMatchObject({ rooms: ['lobby'] });
    expect(hub.status()).toMatchObject({ connections: 1, members: 2 });
    expect(left).not.toHaveBeenCalled();
  });

  test('is over after it: everybody sees one leave', async () => {
    const { hub, bob, clock, member } = await broken();
    const [left, disconnected] = [vi.fn(), vi.fn()];
    hub.on('leave', left).on('disconnect', disconnected);
    await clock.advance(30_000);
    expect(presenceOf(bob)).toMatchObject([{ left: [member], count: 1 }]);
    expect(hub.status()).toMatchObject({ connections: 1, members: 1 });
    await clock.advance(120_000);
    expect(presenceOf(bob)).toHaveLength(1);
    expect(left).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ room: 'lobby', code: undefined }));
    expect(disconnected).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ code: undefined }));
  });

  test('has the window that the limit says', async () => {
    const { hub, clock } = await broken({ limits: { resumeWindow: 5_000 } });
    await clock.advance(4_999);
    expect(hub.status().members).toBe(2);
    await clock.advance(1);
    expect(hub.status().members).toBe(1);
  });

  test('is resumed from a position that names the room as it was joined', async () => {
    const { alice, session, epoch, connect, ...chatting } = await broken();
    await say(chatting, 'm2');
    const rooms = new Map([['LOBBY', { epoch, offset: 1 }]]);
    const back = await connect(undefined, { session, rooms });
    expect(await lobbyOf(back)).toMatchObject({ recovered: true, entries: [{ text: 'm2' }] });
    expect(alice.events.at(-1)).toMatchObject({ type: 'message' });
  });

  test('has none where the limit is 0', async () => {
    const { hub, clock } = await broken({ limits: { resumeWindow: 0 } });
    await clock.advance(0);
    expect(hub.status().members).toBe(1);
  });

  test.each([
    ['normal', 'leave', false],
    ['a FIN', 'end', true],
    ['a reset', 'cut', true],
  ] as const)('by %s: it waits where that is no goodbye', async (_how, end, waits) => {
    const { hub, connect, clock } = await chat();
    const alice = await connect('alice');
    alice.peer[end]();
    await clock.advance(0);
    expect(hub.status()).toMatchObject({ connections: 0, members: waits ? 1 : 0 });
  });

  test('of a protocol that can’t resume is over at once', async () => {
    for (const end of ['end', 'cut'] as const) {
      const { hub, connect, clock } = await chat({}, { protocol: { resumable: [] } });
      const alice = await connect('alice');
      alice.peer[end]();
      await clock.advance(0);
      expect(hub.status().members).toBe(0);
    }
  });

  test('after a FIN still gets the answers to what it had asked', async () => {
    const { connect } = await chat();
    const alice = await connect('alice');
    await alice.join('lobby');
    alice.tell({ type: 'send', room: 'lobby', text: 'last words', id: 9 });
    alice.tell({ type: 'members', room: 'lobby', id: 10 });
    alice.peer.end();
    expect(await alice.peer.closed).toMatchObject({ reason: { code: 1000 } });
    expect(
      alice.events
        .slice(-3)
        .map(({ type }) => type)
        .sort(),
    ).toEqual(['members', 'message', 'sent']);
  });

  test('is over at once when it quits', async () => {
    const { hub, connect, clock } = await chat();
    const alice = await connect('alice');
    alice.tell({ type: 'quit' });
    expect(await alice.peer.closed).toMatchObject({ reason: { code: 1000 } });
    await clock.advance(0);
    expect(hub.status().members).toBe(0);
    expect(clock.pending).toBe(0);
  });
});

describe('a client that comes back', () => {
  test('is the same member, in the same rooms, with what it missed', async () => {
    const chatting = await broken();
    await say(chatting, 'm2', 'm3');
    const again = await chatting.back(1);
    const welcome = await again.next('welcome');
    expect(welcome).toMatchObject({ resumed: true, member: chatting.member, session: chatting.session });
    expect(welcome.rooms).toEqual({
      lobby: {
        room: 'lobby',
        epoch: chatting.epoch,
        offset: 3,
        recovered: true,
        more: false,
        entries: [
          expect.objectContaining({ text: 'm2', offset: 2 }),
          expect.objectContaining({ text: 'm3', offset: 3 }),
        ],
        members: expect.arrayContaining([chatting.member]),
        count: 2,
      },
    });
    await say(chatting, 'm4');
    expect(await again.next('message')).toMatchObject({ text: 'm4', offset: 4 });
  });

  test('is no news to anybody, the application included', async () => {
    const chatting = await broken();
    const told = vi.fn();
    chatting.hub.on('connect', told).on('join', told).on('leave', told).on('disconnect', told);
    const again = await chatting.back(1);
    await chatting.clock.advance(60_000);
    expect(told).not.toHaveBeenCalled();
    expect(presenceOf(chatting.bob)).toEqual([]);
    expect(again.peer.isOpen).toBe(true);
    expect(chatting.hub.status().members).toBe(2);
  });

  test('may go on talking, at once', async () => {
    const { back, bob } = await broken();
    const again = await back(1);
    await again.say('lobby', 'I am back');
    await bob.next('message');
    expect(await bob.next('message')).toMatchObject({ text: 'I am back', from: { name: 'alice' } });
  });

  test('may do so again and again, with the same secret', async () => {
    const { back, clock, session } = await broken();
    for (let count = 0; count < 3; count++) {
      const again = await back(1);
      expect(await again.next('welcome')).toMatchObject({ resumed: true, session });
      again.peer.cut();
      await clock.advance(20_000);
    }
  });

  test('misses no room that it was put into meanwhile', async () => {
    const { hub, member, back, connect } = await broken();
    const members = new Map<string, { join(room: string): Promise<void> }>();
    hub.on('rename', (event) => members.set(event.member.id, event.member));
    const carol = await connect('carol');
    await carol.request({ type: 'nick', name: 'caroline' });
    const { member: other, session } = await carol.next('welcome');
    carol.peer.cut();
    await members.get(other.id)!.join('other');
    const again = await connect(undefined, { session });
    expect(Object.keys((await again.next('welcome')).rooms)).toEqual(['other']);
    expect(Object.keys((await (await back()).next('welcome')).rooms)).toEqual(['lobby']);
    expect(member.name).toBe('alice');
  });

  test('has the name that was given to it meanwhile', async () => {
    const { hub, connect } = await chat();
    let rename: (name: string) => Promise<void> = () => Promise.reject(new Error('nobody'));
    hub.on('connect', ({ member }) => (rename = (name) => member.rename(name)));
    const alice = await connect('alice');
    const session = await secretOf(alice);
    alice.peer.cut();
    await rename('alison');
    const again = await connect(undefined, { session });
    expect((await again.next('welcome')).member.name).toBe('alison');
  });

  test('gets no notice that was sent meanwhile', async () => {
    const { hub, member, back, clock } = await broken();
    await (await hub.member(member.id))?.send('unheard');
    const again = await back(1);
    await clock.advance(0);
    expect(again.events.map(({ type }) => type)).toEqual(['welcome']);
  });

  test('from a connection that was lost with unread bytes misses nothing of what it says it has', async () => {
    const chatting = await chat({}, { highWaterMark: 1_000 });
    const [alice, bob] = [await chatting.connect('alice'), await chatting.connect('bob')];
    const { epoch } = await alice.join('lobby');
    await bob.join('lobby');
    const session = await secretOf(alice);
    alice.peer.stall();
    for (let count = 1; count <= 20; count++) {
      await chatting.hub.room('lobby').send(`${count} ${'x'.repeat(100)}`);
      await chatting.clock.advance(0);
    }
    alice.peer.read(900);
    await chatting.clock.advance(0);
    const had = offsetsIn(alice, 'lobby');
    alice.peer.cut();
    const again = await chatting.connect(undefined, { session, ...positions({ epoch, offset: had.at(-1) ?? 0 }) });
    await again.next('welcome');
    expect([...had, ...offsetsIn(again, 'lobby')]).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
  });
});

describe('a recovery that can’t be promised is not: recovered is false, with the newest page', () => {
  test('without a position', async () => {
    const chatting = await broken();
    await say(chatting, 'm2');
    expect(await lobbyOf(await chatting.back())).toMatchObject({
      recovered: false,
      entries: [],
      offset: 2,
      more: false,
    });
  });

  test('of another epoch', async () => {
    const chatting = await broken();
    await say(chatting, 'm2');
    const lobby = await lobbyOf(await chatting.back(1, 'other'));
    expect(lobby).toMatchObject({ recovered: false, entries: [{ text: 'm1' }, { text: 'm2' }], offset: 2 });
  });

  test('from a position above the head', async () => {
    const chatting = await broken();
    const lobby = await lobbyOf(await chatting.back(2));
    expect(lobby).toMatchObject({ recovered: false, entries: [{ text: 'm1' }], offset: 1 });
  });

  test('of what was trimmed away', async () => {
    const chatting = await broken({ limits: { history: 3 } });
    await say(chatting, 'm2', 'm3', 'm4', 'm5');
    expect(await lobbyOf(await chatting.back(1))).toMatchObject({
      recovered: false,
      entries: [{ offset: 3 }, { offset: 4 }, { offset: 5 }],
    });
  });

  test('up to the last entry that is kept it can be', async () => {
    const chatting = await broken({ limits: { history: 3 } });
    await say(chatting, 'm2', 'm3', 'm4');
    expect(await lobbyOf(await chatting.back(1))).toMatchObject({
      recovered: true,
      entries: [{ offset: 2 }, { offset: 3 }, { offset: 4 }],
    });
  });

  test('of more than the limit `recover`', async () => {
    const chatting = await broken({ limits: { recover: 3 } });
    await say(chatting, 'm2', 'm3', 'm4', 'm5');
    expect(await lobbyOf(await chatting.back(2))).toMatchObject({ recovered: true });
    expect(await lobbyOf(await chatting.back(1))).toMatchObject({ recovered: false });
  });

  test('of more than a page: the newest 50', async () => {
    const chatting = await broken({ limits: { recover: 10 } });
    for (let count = 2; count <= 70; count++) await say(chatting, `m${count}`);
    const lobby = await lobbyOf(await chatting.back(1));
    expect(lobby?.entries.map(({ offset }) => offset)).toEqual(Array.from({ length: 50 }, (_, index) => index + 21));
    expect(lobby).toMatchObject({ recovered: false, more: false, offset: 70 });
  });
});

describe('what is too much for one reply', () => {
  test('follows page by page, in order, before anything live', async () => {
    const chatting = await broken({ limits: { recoverBytes: 5_000 } });
    for (let count = 2; count <= 300; count++) await say(chatting, `m${count} ${'x'.repeat(500)}`);
    const again = await chatting.back(1);
    await say(chatting, 'live');
    const lobby = await lobbyOf(again);
    expect(lobby).toMatchObject({ recovered: true, more: true, offset: 300 });
    expect(lobby?.entries.length).toBeLessThan(10);
    await chatting.clock.advance(0);
    await chatting.clock.advance(0);
    expect(offsetsIn(again, 'lobby')).toEqual(Array.from({ length: 300 }, (_, index) => index + 2));
  });

  test('is shared by all rooms of a welcome: each gives something, together they keep to it', async () => {
    const { hub, connect, clock } = await chat({ limits: { recoverBytes: 20_000 } });
    const alice = await connect('alice');
    const session = await secretOf(alice);
    const rooms = new Map<string, Position>();
    for (const room of ['one', 'two', 'three']) {
      const { epoch } = await alice.join(room);
      rooms.set(room, { epoch, offset: 0 });
    }
    alice.peer.cut();
    for (const room of rooms.keys()) {
      for (let count = 0; count < 20; count++) await hub.room(room).send('x'.repeat(2_000));
    }
    const again = await connect(undefined, { session, rooms });
    const welcome = await again.next('welcome');
    expect(JSON.stringify(welcome).length).toBeLessThan(20_000);
    for (const room of rooms.keys()) {
      expect(welcome.rooms[room]).toMatchObject({ recovered: true, offset: 20 });
      expect(welcome.rooms[room]?.entries.length).toBeGreaterThan(0);
    }
    await clock.advance(0);
    await clock.advance(0);
    for (const room of rooms.keys()) {
      expect(offsetsIn(again, room)).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
    }
  });

  test('is never slow: it waits for its reader, however long it takes', async () => {
    const limits = { recoverBytes: 5_000, outboxBytes: 70_000 };
    const chatting = await broken({ limits }, { highWaterMark: 10_000 });
    for (let count = 2; count <= 400; count++) await say(chatting, `m${count} ${'x'.repeat(500)}`);
    const again = chatting.dial();
    again.peer.stall();
    again.tell({ type: 'hello', session: chatting.session, ...positions({ epoch: chatting.epoch, offset: 1 }) });
    for (let rounds = 0; rounds < 400 && offsetsIn(again, 'lobby').length < 400; rounds++) {
      await chatting.clock.advance(1_000);
      again.peer.read(5_000);
      if (rounds === 20) await say(chatting, 'live');
    }
    expect(again.peer.isOpen).toBe(true);
    expect(offsetsIn(again, 'lobby')).toEqual(Array.from({ length: 400 }, (_, index) => index + 2));
  });

  test('says so when part of it is trimmed away before it could follow', async () => {
    const limits = { recoverBytes: 1_000, history: 250 };
    const chatting = await broken({ limits }, { highWaterMark: 1_000 });
    for (let count = 2; count <= 200; count++) await say(chatting, `m${count} ${'x'.repeat(500)}`);
    const again = chatting.dial();
    again.tell({ type: 'hello', session: chatting.session, ...positions({ epoch: chatting.epoch, offset: 1 }) });
    again.peer.stall();
    await chatting.clock.advance(0);
    for (let count = 201; count <= 500; count++) await say(chatting, `m${count}`);
    again.peer.resume();
    for (let count = 0; count < 5; count++) await chatting.clock.advance(0);
    const gaps = again.events.filter((event) => event.type === 'gap');
    expect(gaps).toHaveLength(1);
    const { from, to } = gaps[0]!;
    const missing = Array.from({ length: to - from + 1 }, (_, index) => from + index);
    const all = [...offsetsIn(again, 'lobby'), ...missing].sort((a, b) => a - b);
    expect(all).toEqual(Array.from({ length: 499 }, (_, index) => index + 2));
  });
});

describe('a session that is taken over', () => {
  test('closes the older connection with 4503, and goes on over the new one', async () => {
    const { hub, connect, clock } = await chat();
    const alice = await connect('alice');
    const { epoch } = await alice.join('lobby');
    const session = await secretOf(alice);
    const again = await connect(undefined, { session, ...positions({ epoch, offset: 0 }) });
    expect(await alice.peer.closed).toMatchObject({ reason: { code: 4503, reason: 'REPLACED' } });
    expect(alice.events.at(-1)).toMatchObject({ type: 'error', code: 'REPLACED' });
    expect(await again.next('welcome')).toMatchObject({ resumed: true, rooms: { lobby: { recovered: true } } });
    await clock.advance(60_000);
    await again.say('lobby', 'only here');
    expect(textsIn(alice, 'lobby')).toEqual([]);
    expect(textsIn(again, 'lobby')).toEqual(['only here']);
    expect(hub.status()).toMatchObject({ connections: 1, members: 1 });
  });

  test('does nothing of what the older connection had asked for, and was still waiting', async () => {
    const answers: (() => void)[] = [];
    const wait = () => new Promise<undefined>((resolve) => answers.push(() => resolve(undefined)));
    const { hub, connect, clock } = await chat({
      policies: { send: wait, nick: ({ name }) => (name === 'late' ? wait() : undefined) },
    });
    const alice = await connect('alice');
    await alice.join('lobby');
    const session = await secretOf(alice);
    alice.tell({ type: 'send', room: 'lobby', text: 'too late' });
    alice.tell({ type: 'nick', name: 'late' });
    const again = await connect(undefined, { session });
    await alice.peer.closed;
    for (let count = 0; count < 3; count++) {
      for (const answer of answers.splice(0)) answer();
      await clock.advance(0);
    }
    expect(await hub.room('lobby').history()).toEqual([]);
    expect(again.events.map(({ type }) => type)).toEqual(['welcome']);
  });

  test('by two at once: one survives', async () => {
    const { hub, dial, clock, session } = await broken();
    const clients = [dial(), dial()];
    for (const client of clients) client.tell({ type: 'hello', session });
    await clock.advance(0);
    expect(clients.filter(({ peer }) => peer.isOpen)).toHaveLength(1);
    expect(hub.status()).toMatchObject({ connections: 2, members: 2 });
    const [survivor] = clients.filter(({ peer }) => peer.isOpen);
    await survivor!.say('lobby', 'me');
  });

  test('over a connection that had a session of its own: that one is over', async () => {
    const { hub, connect, session, clock } = await broken();
    const other = await connect('other');
    await other.join('lobby');
    expect(await other.hello({ session })).toMatchObject({ resumed: true, member: { name: 'alice' } });
    await clock.advance(0);
    expect((await hub.room('lobby').members()).map(({ name }) => name).sort()).toEqual(['alice', 'bob']);
    expect(hub.status().members).toBe(2);
    await other.say('lobby', 'hi');
    expect(await other.next('message')).toMatchObject({ from: { name: 'alice' } });
  });

  test('over its own connection is a bad command', async () => {
    const { connect } = await chat();
    const alice = await connect('alice');
    const session = await secretOf(alice);
    await expect(alice.hello({ session })).rejects.toMatchObject({ code: 'BAD_COMMAND' });
    await alice.join('lobby');
  });
});

describe('a session that can’t be taken up', () => {
  test.each(['unknown', '', 'x'.repeat(10_000)])('because it is unknown: a fresh welcome (%#)', async (session) => {
    const { dial } = await chat();
    const welcome = await dial().hello({ session, name: 'alice' });
    expect(welcome).toMatchObject({ resumed: false, rooms: {}, member: { name: 'alice' } });
    expect(welcome.session).not.toBe(session);
  });

  test('because it is over: a fresh welcome, in no room', async () => {
    const { clock, back, member } = await broken();
    await clock.advance(30_000);
    const welcome = await (await back(1)).next('welcome');
    expect(welcome).toMatchObject({ resumed: false, rooms: {} });
    expect(welcome.member.id).not.toBe(member.id);
  });

  test('because it is another user’s: refused, and that one is unharmed', async () => {
    const { connect, dial, hub } = await chat({ policies: { authenticate: byToken } });
    const ali = await connect(undefined, { token: 'ali' });
    await ali.join('lobby');
    const session = await secretOf(ali);
    for (const token of ['mallory', undefined]) {
      const thief = dial();
      const hello = token === undefined ? { session } : { token, session };
      await expect(thief.hello(hello)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
      expect(await thief.peer.closed).toMatchObject({ reason: { code: 4500 } });
    }
    await ali.say('lobby', 'still me');
    expect(hub.status().members).toBe(1);
  });

  test('because a user tries a guest’s: refused, and the guest is unharmed', async () => {
    const { connect, dial } = await chat({ policies: { authenticate: byToken } });
    const alice = await connect('alice');
    const session = await secretOf(alice);
    await expect(dial().hello({ token: 'mallory', session })).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    await alice.join('lobby');
  });

  test('because the engine fails: it can be tried again within the window', async () => {
    const { engine, gates } = gatedEngine();
    const { dial, session, errors } = await broken({ engine });
    for (const call of ['presence.takeSession', 'presence.find', 'log.read']) {
      gates.set(call, () => Promise.reject(new Error('down')));
      const rooms = new Map([['lobby', { epoch: 'x', offset: 0 }]]);
      await expect(dial().hello({ session, rooms }), call).rejects.toMatchObject({ code: 'INTERNAL' });
      errors.splice(0);
      gates.clear();
    }
    expect(await dial().hello({ session })).toMatchObject({ resumed: true, rooms: { lobby: {} } });
  });
});

describe('whoever comes back', () => {
  test('is authenticated again: the application sees the user as it is now', async () => {
    let admin = false;
    const { hub, connect } = await chat({ policies: { authenticate: () => ({ id: 'u1', admin }) } });
    const seen: unknown[] = [];
    hub.on('join', ({ member }) => seen.push(member.user));
    const client = await connect();
    await client.join('one');
    const session = await secretOf(client);
    client.peer.cut();
    admin = true;
    await (await connect(undefined, { session })).join('two');
    expect(seen).toEqual([
      { id: 'u1', admin: false },
      { id: 'u1', admin: true },
    ]);
  });

  test('is asked of the join policy again, for each room', async () => {
    let closed = false;
    const { hub, connect, clock } = await chat({ policies: { join: ({ room }) => !closed || room !== 'lobby' } });
    const leaves: unknown[] = [];
    hub.on('leave', ({ room, code }) => leaves.push([room, code]));
    const [alice, bob] = [await connect('alice'), await connect('bob')];
    await bob.join('lobby');
    for (const room of ['lobby', 'other']) await alice.join(room);
    const session = await secretOf(alice);
    alice.peer.cut();
    closed = true;
    const again = await connect(undefined, { session });
    const welcome = await again.next('welcome');
    expect(Object.keys(welcome.rooms)).toEqual(['other']);
    expect(await again.next('left')).toEqual({ type: 'left', room: 'lobby', code: 'FORBIDDEN' });
    await clock.advance(0);
    expect(await hub.room('lobby').members()).toMatchObject([{ name: 'bob' }]);
    expect(presenceOf(bob)).toMatchObject([{ joined: [{ name: 'alice' }] }, { left: [{ name: 'alice' }], count: 1 }]);
    expect(leaves).toEqual([['lobby', 'FORBIDDEN']]);
    await expect(again.say('lobby', 'x')).rejects.toMatchObject({ code: 'NOT_A_MEMBER' });
    await again.say('other', 'x');
  });

  test('and was banned meanwhile is not in that room any more', async () => {
    const { connect } = await chat({ policies: { moderate: () => true } });
    const [alice, bob] = [await connect('alice'), await connect('bob')];
    await alice.join('lobby');
    await bob.join('lobby');
    const session = await secretOf(alice);
    alice.peer.cut();
    await bob.request({ type: 'ban', room: 'lobby', member: 'alice' });
    const again = await connect(undefined, { session });
    expect(await again.next('welcome')).toMatchObject({ resumed: true, rooms: {} });
    expect(await again.ask({ type: 'join', room: 'lobby' })).toMatchObject({ code: 'BANNED' });
  });

  test('and leaves again before it is answered has its window again', async () => {
    const { engine, gates } = gatedEngine();
    const { hub, dial, session, clock, back } = await broken({ engine });
    await clock.advance(20_000);
    const waiting: (() => void)[] = [];
    gates.set('presence.find', (call) => new Promise((resolve) => waiting.push(() => void call().then(resolve))));
    const hasty = dial();
    hasty.tell({ type: 'hello', session });
    await clock.advance(0);
    hasty.peer.cut();
    gates.clear();
    for (const go of waiting) go();
    await clock.advance(5_000);
    expect(hub.status().members).toBe(2);
    expect(await (await back(1)).next('welcome')).toMatchObject({ resumed: true });
  });
});

describe('/resume of a person', () => {
  async function person() {
    const chatting = await lineChat({}, { highWaterMark: 200 });
    const peer = chatting.transport.connect();
    const welcome = await peer.next();
    const secret = /\/resume (\S+)/.exec(welcome)?.[1] ?? '';
    peer.send('/nick alice');
    peer.send('/join lobby');
    await frameLike(peer, /Joined lobby/);
    return { ...chatting, peer, secret };
  }

  test('goes on from what was handed to the socket, and says that some may repeat', async () => {
    const { hub, transport, clock, peer, secret } = await person();
    await hub.room('lobby').send('read');
    await frameLike(peer, /read/);
    peer.stall();
    let handed = 0;
    for (let count = 1; count <= 10; count++) {
      if (!peer.blocked) handed = count;
      await hub.room('lobby').send(`m${count} ${'x'.repeat(60)}`);
      await clock.advance(0);
    }
    peer.cut();
    const again = transport.connect();
    again.send(`/resume ${secret}`);
    await clock.advance(0);
    const [, welcome = ''] = again.received;
    expect(welcome.split('\n').slice(0, 3)).toEqual([
      expect.stringMatching(/^\* Welcome, alice\./),
      '-- some may repeat --',
      '* Joined lobby (1 here).',
    ]);
    const shown = welcome.split('\n').slice(3);
    expect(handed).toBeLessThan(10);
    expect(shown.map((line) => /m\d+/.exec(line)?.[0])).toEqual(
      Array.from({ length: 10 - handed }, (_, index) => `m${handed + index + 1}`),
    );
    await hub.room('lobby').send('live');
    expect(await frameLike(again, /live/)).toBe('[lobby] server: live');
  });

  test('shows what was said while it was away', async () => {
    const { hub, transport, clock, peer, secret } = await person();
    peer.cut();
    await hub.room('lobby').send('missed');
    const again = transport.connect();
    again.send(`/resume ${secret}`);
    await clock.advance(0);
    expect(again.received[1]?.split('\n').slice(2)).toEqual(['* Joined lobby (1 here).', '[lobby] server: missed']);
  });

  test('shows directs that came meanwhile', async () => {
    const { transport, clock, peer, secret } = await person();
    peer.cut();
    const bob = transport.connect();
    bob.send('/nick bob');
    bob.send('/msg alice psst');
    await clock.advance(0);
    const again = transport.connect();
    again.send(`/resume ${secret}`);
    await clock.advance(0);
    expect(again.received[1]).toContain('(direct) bob: psst');
  });

  test('with a mistyped secret is not resumed, and the person stays who it is', async () => {
    const { hub, transport, clock } = await person();
    const bob = transport.connect();
    bob.send('/nick bob');
    bob.send('/resume unknown');
    bob.send('/join lobby');
    await clock.advance(0);
    expect(bob.received.filter((line) => line.startsWith('!'))).toEqual([]);
    expect(bob.received.filter((line) => line.startsWith('* Welcome, bob.'))).toHaveLength(1);
    expect((await hub.room('lobby').members()).map(({ name }) => name)).toEqual(['alice', 'bob']);
  });

  test('is not needed by somebody who closed the window: that session is over', async () => {
    const { hub, clock, peer } = await person();
    peer.end();
    await peer.closed;
    await clock.advance(0);
    expect(hub.status()).toMatchObject({ members: 0, rooms: 0 });
  });
});
