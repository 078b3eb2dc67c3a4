import { describe, expect, test } from 'vitest';
import type { Received } from './json-client.js';
import { byToken, jsonHub } from './json-hub.js';

interface Entry {
  readonly offset: number;
  readonly text: string;
}

/** What a room of a welcome is: a `joined` without type and re. */
const roomOf = ({ rooms }: Received, room: string) =>
  (rooms as { readonly [room: string]: Received & { readonly entries: readonly Entry[] } })[room];

describe('a session whose connection dies', () => {
  test('goes on where it was: the same member, name, rooms and secret, with what it missed, and nobody saw it leave', async () => {
    const { lobby, enter } = await jsonHub();
    const [alice, bob] = await lobby('alice', 'bob');
    await bob!.client.request('sent', { type: 'send', room: 'lobby', text: 'one' });
    const { offset } = await alice!.client.next('message');
    const epoch = alice!.client.of('joined')[0]?.epoch;
    alice!.client.cut();
    await alice!.client.closed();
    for (const text of ['two', 'three']) await bob!.client.request('sent', { type: 'send', room: 'lobby', text });
    const again = await enter({ session: alice!.session, rooms: { lobby: { epoch, offset } } });
    expect(again.welcome).toEqual({
      ...alice!.welcome,
      re: expect.any(String),
      resumed: true,
      rooms: { lobby: expect.any(Object) },
    });
    expect(roomOf(again.welcome, 'lobby')).toMatchObject({
      epoch,
      offset: 3,
      recovered: true,
      more: false,
      entries: [
        expect.objectContaining({ text: 'two', offset: 2 }),
        expect.objectContaining({ text: 'three', offset: 3 }),
      ],
      members: expect.any(Array),
      count: 2,
    });
    await again.client.request('sent', { type: 'send', room: 'lobby', text: 'back' });
    expect(await again.client.next('message')).toMatchObject({ offset: 4, from: alice!.member });
    await bob!.client.find('back', ({ text }) => text === 'back');
    await bob!.client.settled();
    expect(bob!.client.of('presence')).toHaveLength(0);
  });

  // While the server waited for the close to be answered, what it wrote went nowhere, and counted as sent.
  test('gets what was said to it while its connection was closing', async () => {
    const { lobby, enter } = await jsonHub();
    const [alice, bob] = await lobby('alice', 'bob');
    // Closed with 1003, which it neither reads nor answers.
    alice!.client.write(new Uint8Array([1, 2, 3]));
    alice!.client.stall();
    await bob!.client.settled();
    await bob!.client.request('sent', { type: 'direct', to: 'alice', text: 'psst' });
    const again = await enter({ session: alice!.session });
    expect(again.welcome).toMatchObject({ resumed: true });
    expect(await again.client.next('direct')).toMatchObject({ text: 'psst' });
  });

  test('has in its welcome all that a joined has, but for type and re', async () => {
    const { lobby, enter } = await jsonHub();
    const [alice] = await lobby('alice');
    const names = Object.keys(alice!.client.of('joined')[0] ?? {}).filter((name) => name !== 'type' && name !== 're');
    const { welcome } = await enter({ session: alice!.session });
    expect(Object.keys(roomOf(welcome, 'lobby') ?? {}).sort()).toEqual(names.sort());
    expect(roomOf(welcome, 'lobby')).toMatchObject({ room: 'lobby' });
  });

  test('sees no message twice and misses none, wherever it was cut', async () => {
    const { lobby, enter } = await jsonHub();
    const [alice, bob] = await lobby('alice', 'bob');
    const epoch = alice!.client.of('joined')[0]?.epoch;
    let { client } = alice!;
    /** The offsets in the order in which they came, over all connections. */
    const seen: unknown[] = [];
    const take = (events: readonly { readonly offset?: unknown }[]) => seen.push(...events.map(({ offset }) => offset));
    for (let round = 0; round < 4; round++) {
      for (let index = 0; index < 3; index++) bob!.client.tell({ type: 'send', room: 'lobby', text: `${round}` });
      await client.next('message');
      client.cut();
      await client.closed();
      take(client.of('message'));
      const again = await enter({ session: alice!.session, rooms: { lobby: { epoch, offset: seen.length } } });
      expect(roomOf(again.welcome, 'lobby')).toMatchObject({ recovered: true });
      take(roomOf(again.welcome, 'lobby')!.entries);
      client = again.client;
    }
    const { offset } = await bob!.client.request('sent', { type: 'send', room: 'lobby', text: 'last' });
    await client.find('last', ({ text }) => text === 'last');
    take(client.of('message'));
    expect(offset).toBe(13);
    expect(seen).toEqual(Array.from({ length: 13 }, (_, index) => index + 1));
  });

  test('without a position gets its rooms with recovered false, and rooms that it was not in are not joined', async () => {
    const { lobby, enter } = await jsonHub();
    const [alice] = await lobby('alice');
    alice!.client.cut();
    const place = { epoch: 'x', offset: 1 };
    const again = await enter({ session: alice!.session, rooms: { ops: place, ['__proto__']: place } });
    expect(again.welcome).toMatchObject({ resumed: true });
    expect(Object.keys(again.welcome.rooms as object)).toEqual(['lobby']);
    expect(roomOf(again.welcome, 'lobby')).toMatchObject({ recovered: false, count: 1 });
  });

  test.each([
    ['of another epoch', (epoch: unknown) => ({ epoch: `${epoch}x`, offset: 1 })],
    ['above the head', (epoch: unknown) => ({ epoch, offset: 50 })],
  ])('with a position %s gets recovered false and the newest page', async (_, positionIn) => {
    const { hub, lobby, enter } = await jsonHub();
    const [alice] = await lobby('alice');
    for (const text of ['one', 'two']) await hub.room('lobby').send(text);
    alice!.client.cut();
    const lobbyPosition = positionIn(alice!.client.of('joined')[0]?.epoch);
    const { welcome } = await enter({ session: alice!.session, rooms: { lobby: lobbyPosition } });
    expect(roomOf(welcome, 'lobby')).toMatchObject({
      recovered: false,
      offset: 2,
      entries: [{ text: 'one' }, { text: 'two' }],
    });
  });

  test('with much to catch up gets the rest as events, over all rooms, each in order', async () => {
    const { hub, enter } = await jsonHub({ limits: { recoverBytes: 20_000 } });
    const alice = await enter({ name: 'alice' });
    const rooms: { [room: string]: object } = {};
    for (const room of ['lobby', 'garden']) {
      const { epoch } = await alice.client.request('joined', { type: 'join', room });
      rooms[room] = { epoch, offset: 0 };
    }
    alice.client.cut();
    await alice.client.closed();
    for (const room of ['lobby', 'garden'])
      for (let index = 0; index < 20; index++) await hub.room(room).send('x'.repeat(2_000));
    const { client, welcome } = await enter({ session: alice.session, rooms });
    const held = ['lobby', 'garden'].flatMap((room) => roomOf(welcome, room)!.entries);
    expect(JSON.stringify(held).length).toBeLessThanOrEqual(20_000);
    for (const room of ['lobby', 'garden']) {
      expect(roomOf(welcome, room)).toMatchObject({ offset: 20, recovered: true, more: true });
      await hub.room(room).send('live');
      await client.find('live', (event) => event.room === room && event.text === 'live');
      const live = client.of('message').filter((event) => event.room === room);
      const offsets = [...roomOf(welcome, room)!.entries, ...live].map(({ offset }) => offset);
      expect(offsets).toEqual(Array.from({ length: 21 }, (_, at) => at + 1));
    }
  });

  test('that read too slowly is closed with 4001, and gets all that it missed when it comes back', async () => {
    const { hub, lobby, enter } = await jsonHub({ limits: { outboxBytes: 100_000, history: 5_000, recover: 5_000 } });
    const [alice] = await lobby('alice');
    const { epoch } = alice!.client.of('joined')[0] ?? {};
    alice!.client.ws.pause();
    // More than the buffers of the kernel take.
    const count = 1_500;
    for (let index = 0; index < count; index++) await hub.room('lobby').send('x', { data: 'x'.repeat(8_000) });
    alice!.client.ws.resume();
    expect(await alice!.client.closed()).toEqual({ code: 4001, reason: 'SLOW_CONSUMER' });
    const held = alice!.client.of('message').map(({ offset }) => offset);
    expect(held.length).toBeLessThan(count);
    const place = { epoch, offset: held.length };
    const { client, welcome } = await enter({ session: alice!.session, rooms: { lobby: place } });
    expect(roomOf(welcome, 'lobby')).toMatchObject({ offset: count, recovered: true, more: true });
    await client.find('the last', ({ offset }) => offset === count);
    const entries = roomOf(welcome, 'lobby')!.entries.map(({ offset }) => offset);
    const offsets = [...held, ...entries, ...client.of('message').map(({ offset }) => offset)];
    expect(offsets).toEqual(Array.from({ length: count }, (_, index) => index + 1));
  });

  test('takes over from a connection that still lives, which is closed with 4503', async () => {
    const { lobby, enter } = await jsonHub();
    const [alice, bob] = await lobby('alice', 'bob');
    const again = await enter({ session: alice!.session });
    expect(again.welcome).toMatchObject({ resumed: true, member: alice!.member, session: alice!.session });
    expect(await alice!.client.closed()).toEqual({ code: 4503, reason: 'REPLACED' });
    await bob!.client.request('sent', { type: 'send', room: 'lobby', text: 'once' });
    await again.client.next('message');
    await again.client.settled();
    expect(again.client.of('message')).toHaveLength(1);
    expect(bob!.client.of('presence')).toHaveLength(0);
  });

  test('is over when its window ends, and others see it leave then', async () => {
    const { lobby, enter } = await jsonHub({ limits: { resumeWindow: 50 } });
    const [alice, bob] = await lobby('alice', 'bob');
    bob!.client.cut();
    expect(await alice!.client.next('presence')).toMatchObject({ left: [bob!.member], count: 1 });
    expect((await enter({ session: bob!.session })).welcome).toMatchObject({ resumed: false });
  });

  test.each([1001, 3000, 4000, 4499, 4503])('waits after a close with %i', async (code) => {
    const { lobby, enter } = await jsonHub();
    const [alice, bob] = await lobby('alice', 'bob');
    await bob!.client.close(code);
    expect((await enter({ session: bob!.session })).welcome).toMatchObject({ resumed: true });
    await alice!.client.settled();
    expect(alice!.client.of('presence')).toHaveLength(1);
  });

  test.each([1000, 4500, 4999])('is over after a close with %i', async (code) => {
    const { lobby, enter } = await jsonHub();
    const [alice, bob] = await lobby('alice', 'bob');
    await bob!.client.close(code);
    expect(await alice!.client.next('presence')).toMatchObject({ left: [bob!.member] });
    expect((await enter({ session: bob!.session })).welcome).toMatchObject({ resumed: false });
  });
});

describe('a session that is not there', () => {
  test.each([
    ['of no characters', ''],
    ['unknown', 'unknown'],
    ['of the prototype', '__proto__'],
    ['of 10,000 characters', 'x'.repeat(10_000)],
    ['of a line feed', '\n'],
  ])('is answered with a fresh one: %s', async (_, session) => {
    const { enter } = await jsonHub();
    const { welcome } = await enter({ session, name: 'alice', rooms: { lobby: { epoch: 'x', offset: 4 } } });
    expect(welcome).toMatchObject({ resumed: false, member: { name: 'alice' }, rooms: {} });
    expect(welcome.session).not.toBe(session);
  });

  test('of another user is refused, and goes on unharmed', async () => {
    const { enter, dial } = await jsonHub({ policies: { authenticate: byToken } });
    const ali = await enter({ token: 'ali' });
    await ali.client.request('joined', { type: 'join', room: 'lobby' });
    for (const thief of [{ token: 'eve' }, {}]) {
      const client = dial();
      expect(await client.ask({ type: 'hello', ...thief, session: ali.session })).toMatchObject({
        type: 'error',
        code: 'UNAUTHENTICATED',
      });
      expect(await client.closed()).toEqual({ code: 4500, reason: 'UNAUTHENTICATED' });
    }
    await ali.client.request('sent', { type: 'send', room: 'lobby', text: 'still me' });
    ali.client.cut();
    expect((await enter({ token: 'ali', session: ali.session })).welcome).toMatchObject({ resumed: true });
  });
});

test('a room that the join policy keeps somebody out of meanwhile is not among those of the welcome, and left for a reason', async () => {
  let open = true;
  const { lobby, enter } = await jsonHub({ policies: { join: ({ room }) => room !== 'lobby' || open } });
  const [alice, bob] = await lobby('alice', 'bob');
  await alice!.client.request('joined', { type: 'join', room: 'garden' });
  alice!.client.cut();
  await alice!.client.closed();
  open = false;
  const { client, welcome } = await enter({ session: alice!.session });
  expect(welcome).toMatchObject({ resumed: true });
  expect(Object.keys(welcome.rooms as object)).toEqual(['garden']);
  expect(await client.next('left')).toMatchObject({ room: 'lobby', code: 'FORBIDDEN' });
  expect(await bob!.client.find('leave', ({ left }) => Array.isArray(left) && left.length > 0)).toMatchObject({
    left: [alice!.member],
  });
  expect(await client.ask({ type: 'send', room: 'lobby', text: 'x' })).toMatchObject({ code: 'NOT_A_MEMBER' });
});

test('a direct message that was missed comes, although hello said nothing of the inbox', async () => {
  const { lobby, enter } = await jsonHub();
  const [alice, bob] = await lobby('alice', 'bob');
  await bob!.client.request('sent', { type: 'direct', to: 'alice', text: 'heard' });
  await alice!.client.next('direct');
  alice!.client.cut();
  await alice!.client.closed();
  await bob!.client.request('sent', { type: 'direct', to: 'alice', text: 'missed' });
  const { client } = await enter({ session: alice!.session });
  await bob!.client.request('sent', { type: 'direct', to: 'alice', text: 'live' });
  await client.find('live', ({ text }) => text === 'live');
  expect(client.of('direct').map(({ text }) => text)).toEqual(['missed', 'live']);
});

test('direct messages that were missed come in the welcome, where hello gave a position of the inbox as @', async () => {
  const { lobby, enter } = await jsonHub();
  const [alice, bob] = await lobby('alice', 'bob');
  const { epoch } = await alice!.client.request('sent', { type: 'direct', to: 'bob', text: 'one' });
  await alice!.client.request('sent', { type: 'direct', to: 'bob', text: 'two' });
  alice!.client.cut();
  await alice!.client.closed();
  await bob!.client.request('sent', { type: 'direct', to: 'alice', text: 'three' });
  const { welcome } = await enter({ session: alice!.session, rooms: { '@': { epoch, offset: 1 } } });
  expect(roomOf(welcome, '@')).toMatchObject({ recovered: true, entries: [{ text: 'two' }, { text: 'three' }] });
});
