import { ChatError, type Engine, type HubOptions, memory } from 'chathub';
import type { TestClient } from 'chathub/testing';
import { describe, expect, test } from 'vitest';
import { engines, opened } from './engines.js';
import { barrier, byToken, chat, type Gate, gatedEngine, twoNodes } from './set-up.js';

const policies = { authenticate: byToken };

const read = (client: TestClient, offset: number, room = 'lobby', epoch?: string) =>
  client.request({ type: 'read', room, offset, ...(epoch === undefined ? {} : { epoch }) });

const readEvents = (client: TestClient) => client.events.filter((event) => event.type === 'read');

/** Two sessions of ali, and bob who has said so much, are in the lobby. */
async function three(options: HubOptions = {}, said = 3) {
  const chatting = await chat({ policies, ...options });
  const user = (token: string) => chatting.connect(undefined, { token });
  const [phone, laptop, bob] = [await user('ali'), await user('ali'), await user('bob')];
  for (const client of [phone, laptop, bob]) await client.join('lobby');
  const { epoch } = await bob.join('lobby');
  for (let index = 1; index <= said; index++) await bob.say('lobby', `m${index}`);
  await chatting.clock.advance(0);
  /** What a further session of ali is told of the lobby. */
  const lobby = async () => {
    const session = await user('ali');
    const { read, unread } = await session.join('lobby');
    session.tell({ type: 'quit' });
    await session.peer.closed;
    return { read, unread };
  };
  return { ...chatting, user, phone, laptop, bob, epoch, lobby };
}

/** A session of ali on each node, and bob, who has said three things. */
async function spread(engine: Engine) {
  const nodes = await twoNodes({ policies, engine });
  const phone = await nodes.first.connect(undefined, { token: 'ali' });
  const laptop = await nodes.second.connect(undefined, { token: 'ali' });
  const bob = await nodes.second.connect('bob');
  for (const client of [phone, laptop, bob]) await client.join('lobby');
  for (const text of ['m1', 'm2', 'm3']) await bob.say('lobby', text);
  await nodes.clock.advance(0);
  return { ...nodes, phone, laptop, bob };
}

describe.each(engines)('what is read, on %s', (_name, make) => {
  test('is said with ok, and told to the user’s other sessions, not to the same', async () => {
    const { phone, laptop, bob, epoch, clock } = await three({ engine: make() });
    expect(await phone.ask({ type: 'read', room: 'LOBBY', offset: 2, id: 'r' })).toEqual({ type: 'ok', re: 'r' });
    expect(await laptop.next('read')).toEqual({ type: 'read', room: 'lobby', epoch, upTo: 2, unread: 1 });
    await clock.advance(0);
    expect(readEvents(phone)).toEqual([]);
    expect(readEvents(bob)).toEqual([]);
  });

  test('is in joined and in the rooms of a welcome, with what is unread', async () => {
    const { phone, user, lobby } = await three({ engine: make() });
    expect(await lobby()).toEqual({ read: 0, unread: 3 });
    await read(phone, 2);
    expect(await lobby()).toEqual({ read: 2, unread: 1 });
    const anew = await user('ali');
    expect((await anew.next('welcome')).rooms.lobby).toMatchObject({ read: 2, unread: 1 });
    await read(phone, 3);
    expect(await lobby()).toEqual({ read: 3, unread: 0 });
  });

  test('never goes back, whichever session says so', async () => {
    const { phone, laptop, lobby, clock } = await three({ engine: make() });
    await read(phone, 2);
    await clock.advance(0);
    for (const client of [phone, laptop]) await read(client, 1);
    await clock.advance(0);
    expect(await lobby()).toEqual({ read: 2, unread: 1 });
    expect(readEvents(phone)).toEqual([]);
    expect(readEvents(laptop)).toHaveLength(1);
  });

  test('never goes back, when two sessions say so at once', async () => {
    for (const [one, other] of [
      [3, 1],
      [1, 3],
    ] as const) {
      const { phone, laptop, lobby, clock } = await three({ engine: make() });
      await Promise.all([read(phone, one), read(laptop, other)]);
      await clock.advance(0);
      expect(await lobby()).toEqual({ read: 3, unread: 0 });
    }
  });

  test('in another epoch says nothing', async () => {
    const { phone, lobby, epoch } = await three({ engine: make() });
    await read(phone, 3, 'lobby', 'another');
    expect(await lobby()).toEqual({ read: 0, unread: 3 });
    await read(phone, 2, 'lobby', epoch);
    expect(await lobby()).toEqual({ read: 2, unread: 1 });
  });

  test('goes as far as there is something to read', async () => {
    const { phone, laptop, bob, lobby } = await three({ engine: make() });
    await read(phone, 1_000_000);
    expect(await laptop.next('read')).toMatchObject({ upTo: 3, unread: 0 });
    await bob.say('lobby', 'm4');
    expect(await lobby()).toEqual({ read: 3, unread: 1 });
  });

  test('leaves out own messages, deleted ones, and what is no message', async () => {
    const { phone, bob, lobby } = await three({ engine: make() });
    await read(phone, 2);
    const own = await phone.say('lobby', 'own');
    const { message } = await bob.say('lobby', 'soon gone');
    await bob.request({ type: 'delete', room: 'lobby', message });
    await bob.request({ type: 'react', room: 'lobby', message: own.message, reaction: '👍' });
    expect(await lobby()).toEqual({ read: 2, unread: 1 });
    const third = await bob.say('lobby', 'more');
    await bob.request({ type: 'edit', room: 'lobby', message: third.message, text: 'more!' });
    expect(await lobby()).toEqual({ read: 2, unread: 2 });
  });

  test('is counted up to 1,000', async () => {
    const { hub, lobby } = await three({ engine: make(), limits: { history: 3_000 } });
    for (let index = 0; index < 1_010; index++) await hub.room('lobby').send(`m${index}`);
    expect(await lobby()).toEqual({ read: 0, unread: 1_000 });
  });

  test('is nothing any more where the log has begun anew', async () => {
    const { engine, nodes } = opened(make());
    const { phone, bob, lobby, clock } = await three({ engine });
    await read(phone, 3);
    for (const client of [phone, bob]) client.tell({ type: 'leave', room: 'lobby' });
    await clock.advance(0);
    await nodes[0]!.log.remove('lobby');
    await clock.advance(0);
    await bob.join('lobby');
    await bob.say('lobby', 'of the new one');
    await clock.advance(0);
    const { read: upTo = 0, unread } = await lobby();
    expect(upTo).toBe(0);
    expect([undefined, 1]).toContain(unread);
  });

  test('in an earlier epoch is not taken for what is read in this one', async () => {
    const { engine, nodes } = opened(make());
    const { phone, bob, lobby, clock, user } = await three({ engine });
    await read(phone, 3);
    await nodes[0]!.log.remove('lobby');
    await clock.advance(0);
    await bob.say('lobby', 'new 1');
    await bob.say('lobby', 'new 2');
    await clock.advance(0);
    expect(await lobby()).toEqual({ read: 0, unread: 2 });
    await read(phone, 1);
    expect(await lobby()).toEqual({ read: 1, unread: 1 });
    expect((await (await user('ali')).next('welcome')).rooms.lobby).toMatchObject({ read: 1, unread: 1 });
  });

  test('is told from node to node', async () => {
    const { phone, laptop, first, second, clock } = await spread(make());
    await read(phone, 2);
    expect(await laptop.next('read')).toMatchObject({ room: 'lobby', upTo: 2, unread: 1 });
    await read(laptop, 3);
    expect(await phone.next('read')).toMatchObject({ room: 'lobby', upTo: 3, unread: 0 });
    await clock.advance(0);
    for (const { connect } of [first, second]) {
      const session = await connect(undefined, { token: 'ali' });
      expect(await session.join('lobby')).toMatchObject({ read: 3, unread: 0 });
    }
    expect(readEvents(phone)).toHaveLength(1);
    expect(readEvents(laptop)).toHaveLength(1);
  });

  test('of direct messages is under @', async () => {
    const { phone, laptop, bob, user } = await three({ engine: make() });
    for (const text of ['one', 'two']) await bob.request({ type: 'direct', to: 'ali', text });
    await phone.request({ type: 'direct', to: 'bob', text: 'own' });
    const anew = await (await user('ali')).next('welcome');
    expect(anew.rooms['@']).toMatchObject({ read: 0, unread: 2, offset: 3, entries: [] });
    await read(phone, 1, '@');
    expect(await laptop.next('read')).toMatchObject({ room: '@', upTo: 1, unread: 1 });
    expect((await (await user('ali')).next('welcome')).rooms['@']).toMatchObject({ read: 1, unread: 1 });
    await read(laptop, 3, '@', anew.rooms['@']!.epoch);
    expect(await phone.next('read')).toMatchObject({ room: '@', upTo: 3, unread: 0 });
    expect((await (await user('ali')).next('welcome')).rooms).not.toHaveProperty('@');
  });

  test('comes with a resumed session', async () => {
    const { phone, laptop, bob, connect, epoch } = await three({ engine: make() });
    const { session } = await laptop.next('welcome');
    laptop.peer.cut();
    await read(phone, 2);
    await bob.say('lobby', 'm4');
    const rooms = new Map([['lobby', { epoch, offset: 3 }]]);
    const back = await connect(undefined, { token: 'ali', session, rooms });
    expect((await back.next('welcome')).rooms.lobby).toMatchObject({ read: 2, unread: 2, recovered: true });
  });
});

describe('what is read', () => {
  test('never goes back, when another node has not heard yet how far that is', async () => {
    const { engine, gates } = gatedEngine();
    const { phone, laptop, first, clock } = await spread(engine);
    const late = barrier();
    gates.set('signals.publish', late.gate);
    const furthest = read(phone, 3);
    await late.arrival();
    const behind = read(laptop, 1);
    await clock.advance(0);
    while (late.waiting > 0) late.pass();
    await Promise.all([furthest, behind]);
    await clock.advance(0);
    gates.clear();
    const session = await first.connect(undefined, { token: 'ali' });
    expect(await session.join('lobby')).toMatchObject({ read: 3, unread: 0 });
    for (const client of [phone, laptop])
      expect(readEvents(client).map(({ upTo }) => upTo)).toEqual(client === laptop ? [3] : []);
  });

  test('that the engine could not keep can be said again', async () => {
    const { engine, gates } = gatedEngine();
    const { phone, laptop, lobby, clock } = await three({ engine });
    const down: Gate = () => Promise.reject(new ChatError('ENGINE_UNAVAILABLE'));
    for (const method of ['state.set', 'state.compareAndSet']) gates.set(method, down);
    expect(await phone.ask({ type: 'read', room: 'lobby', offset: 2 })).toMatchObject({ code: 'ENGINE_UNAVAILABLE' });
    gates.clear();
    await read(phone, 2);
    await clock.advance(0);
    expect(await lobby()).toEqual({ read: 2, unread: 1 });
    expect(readEvents(laptop)).toMatchObject([{ upTo: 2 }]);
  });

  test('of a guest is known while its session lasts', async () => {
    const { connect, hub, clock } = await chat();
    const [guest, bob] = [await connect('guest'), await connect('bob')];
    for (const client of [guest, bob]) await client.join('lobby');
    expect(await guest.join('lobby')).not.toHaveProperty('read');
    for (const text of ['m1', 'm2', 'm3']) await bob.say('lobby', text);
    await read(guest, 2);
    expect(await guest.join('lobby')).toMatchObject({ read: 2, unread: 1 });
    const { session } = await guest.next('welcome');
    guest.peer.cut();
    const back = await connect(undefined, { session });
    expect((await back.next('welcome')).rooms.lobby).toMatchObject({ read: 2, unread: 1 });
    back.tell({ type: 'quit' });
    await back.peer.closed;
    await clock.advance(0);
    const another = await connect('guest');
    expect(await another.join('lobby')).not.toHaveProperty('read');
    expect(await another.join('lobby')).not.toHaveProperty('unread');
    expect(hub.status().members).toBe(2);
  });

  test('is nothing yet to who was never there', async () => {
    const { connect, hub } = await chat({ policies });
    await hub.room('lobby').send('before');
    const ali = await connect(undefined, { token: 'ali' });
    const joined = await ali.join('lobby');
    expect(joined).not.toHaveProperty('read');
    expect(joined).not.toHaveProperty('unread');
  });

  test('in a room that the member is not in is NOT_A_MEMBER', async () => {
    const { phone } = await three({ engine: memory() });
    const refused = await phone.ask({ type: 'read', room: 'garden', offset: 1 });
    expect(refused).toMatchObject({ type: 'error', code: 'NOT_A_MEMBER', room: 'garden' });
    expect(await phone.ask({ type: 'read', room: 'a b', offset: 1 })).toMatchObject({ code: 'BAD_ROOM' });
  });

  test('is told to no session that is not in the room', async () => {
    const { phone, user, clock } = await three({}, 1);
    const elsewhere = await user('ali');
    await elsewhere.request({ type: 'leave', room: 'lobby' });
    await read(phone, 1);
    await clock.advance(0);
    expect(readEvents(elsewhere)).toEqual([]);
  });

  test('has no place in the stream: positions do not move', async () => {
    const { phone, laptop, bob, clock } = await three();
    await read(phone, 2);
    const told = await laptop.next('read');
    expect(told).not.toHaveProperty('offset');
    expect(await bob.say('lobby', 'next')).toMatchObject({ offset: 4 });
    await clock.advance(0);
  });

  test('of a log that lost its beginning counts what is left', async () => {
    const { lobby, hub } = await three({ limits: { history: 5 } });
    for (let index = 0; index < 10; index++) await hub.room('lobby').send(`m${index}`);
    expect(await lobby()).toEqual({ read: 0, unread: 5 });
  });
});
