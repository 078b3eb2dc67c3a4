import { ChatHub } from 'chathub';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { byToken, offsetsIn, peopleIn, textsIn, twoNodes, typesAfter } from './set-up.js';

const policies = { authenticate: byToken, moderate: () => true };

/** Alice on the first node, bob on the second, both in the lobby. */
async function joined() {
  const nodes = await twoNodes({ policies });
  const [alice, bob] = [await nodes.first.connect('alice'), await nodes.second.connect('bob')];
  for (const client of [alice, bob]) await client.join('lobby');
  await nodes.clock.advance(0);
  return { ...nodes, alice, bob };
}

describe('two hubs that share an engine are nodes of one chat', () => {
  test('messages come to the members of both, in one order', async () => {
    const { alice, bob, clock } = await joined();
    const work = ['a1', 'a2', 'a3'].map((text) => alice.say('lobby', text));
    work.push(...['b1', 'b2', 'b3'].map((text) => bob.say('lobby', text)));
    await Promise.all(work);
    await clock.advance(0);
    expect(textsIn(alice, 'lobby')).toHaveLength(6);
    expect(textsIn(bob, 'lobby')).toEqual(textsIn(alice, 'lobby'));
    expect(offsetsIn(bob, 'lobby')).toEqual([1, 2, 3, 4, 5, 6]);
  });

  test('presence is told to the members of both', async () => {
    const { first, alice, bob, clock } = await joined();
    expect(peopleIn(alice, 'lobby')).toEqual(['alice', 'bob']);
    const carol = await first.connect('carol');
    await carol.join('lobby');
    await carol.request({ type: 'nick', name: 'caroline' });
    await clock.advance(0);
    for (const client of [alice, bob]) expect(peopleIn(client, 'lobby')).toEqual(['alice', 'bob', 'caroline']);
    carol.tell({ type: 'quit' });
    await clock.advance(0);
    for (const client of [alice, bob]) expect(peopleIn(client, 'lobby')).toEqual(['alice', 'bob']);
  });

  test('rooms, members and sizes are the same from both', async () => {
    const { first, second } = await joined();
    for (const { hub, connect } of [first, second]) {
      expect((await hub.room('lobby').members()).map(({ name }) => name)).toEqual(['alice', 'bob']);
      expect(hub.room('lobby').size).toBe(2);
      const client = await connect();
      expect((await client.request({ type: 'rooms' })).rooms).toEqual([{ name: 'lobby', count: 2 }]);
    }
  });

  test('a name is taken on both', async () => {
    const { second, bob } = await joined();
    await expect(second.dial().hello({ name: 'ALICE' })).rejects.toMatchObject({ code: 'NAME_TAKEN' });
    expect(await bob.ask({ type: 'nick', name: 'alice' })).toMatchObject({ code: 'NAME_TAKEN' });
  });

  test('events of a member fire on the node that holds it only; listeners of a room hear on both', async () => {
    const { first, second, alice, clock } = await joined();
    const [ofFirst, ofSecond, roomFirst, roomSecond] = [vi.fn(), vi.fn(), vi.fn(), vi.fn()];
    first.hub.on('message', ofFirst).on('rename', ofFirst).on('leave', ofFirst);
    second.hub.on('message', ofSecond).on('rename', ofSecond).on('leave', ofSecond);
    first.hub.room('lobby').on('message', roomFirst);
    second.hub.room('lobby').on('message', roomSecond);
    await clock.advance(0);
    await alice.say('lobby', 'hi');
    await alice.request({ type: 'nick', name: 'alison' });
    await alice.request({ type: 'leave', room: 'lobby' });
    expect(ofFirst).toHaveBeenCalledTimes(3);
    expect(ofSecond).not.toHaveBeenCalled();
    expect(roomFirst).toHaveBeenCalledOnce();
    expect(roomSecond).toHaveBeenCalledOnce();
  });

  test('signals and directs cross over', async () => {
    const { alice, bob } = await joined();
    await alice.request({ type: 'signal', room: 'lobby', name: 'typing' });
    expect(await bob.next('signal')).toMatchObject({ from: { name: 'alice' } });
    await bob.request({ type: 'direct', to: 'alice', text: 'psst' });
    expect(await alice.next('direct')).toMatchObject({ from: { name: 'bob' }, text: 'psst' });
  });

  test('a hub without transports can speak, signal, read and listen', async () => {
    const { engine, clock, alice, bob } = await joined();
    const hub = new ChatHub({ engine, clock });
    onTestFinished(() => hub.close());
    const heard: string[] = [];
    hub.room('lobby').on('message', ({ text }) => heard.push(text));
    await hub.room('lobby').send('from outside', { from: { name: 'ci' } });
    for (const client of [alice, bob]) expect(await client.next('message')).toMatchObject({ from: { name: 'ci' } });
    await hub.room('lobby').signal('deployed', 7);
    for (const client of [alice, bob]) expect(await client.next('signal')).toMatchObject({ data: 7 });
    await bob.say('lobby', 'thanks');
    expect(heard).toEqual(['from outside', 'thanks']);
    expect(await hub.room('lobby').history()).toHaveLength(2);
    expect(hub.room('lobby').size).toBe(2);
  });

  test('a kick, a ban and a mute reach over', async () => {
    const { first, alice, bob, second } = await joined();
    await alice.request({ type: 'mute', room: 'lobby', member: 'bob', seconds: 60 });
    await expect(bob.say('lobby', 'x')).rejects.toMatchObject({ code: 'MUTED' });
    await alice.request({ type: 'kick', room: 'lobby', member: 'bob' });
    expect(await bob.next('left')).toMatchObject({ code: 'KICKED' });
    await bob.join('lobby');
    await alice.request({ type: 'ban', room: 'lobby', member: 'bob' });
    expect(await bob.next('left')).toMatchObject({ code: 'BANNED' });
    expect(await bob.ask({ type: 'join', room: 'lobby' })).toMatchObject({ code: 'BANNED' });
    expect((await second.hub.room('lobby').members()).map(({ name }) => name)).toEqual(['alice']);
    expect(first.hub.room('lobby').size).toBe(1);
  });

  test('hub.member(id) acts across', async () => {
    const { first, second, bob, clock } = await joined();
    const { member } = await bob.next('welcome');
    const disconnected = vi.fn();
    second.hub.on('disconnect', disconnected);
    const remote = (await first.hub.member(member.id))!;
    expect(remote).toMatchObject({ ...member, rooms: ['lobby'], node: second.hub.status().node });
    await remote.send('psst', { data: 1 });
    expect(await bob.next('notice')).toEqual({ type: 'notice', text: 'psst', data: 1 });
    await remote.leave('lobby');
    expect(await bob.next('left')).toMatchObject({ room: 'lobby' });
    await remote.disconnect('spam');
    expect(await bob.peer.closed).toMatchObject({ reason: { code: 4501 } });
    expect(bob.events.at(-1)).toMatchObject({ type: 'error', message: 'spam' });
    await clock.advance(0);
    expect(disconnected).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ code: 'KICKED' }));
    expect(await first.hub.member(member.id)).toBeUndefined();
  });
});

describe('a user with sessions on both nodes', () => {
  async function both() {
    const nodes = await joined();
    const phone = await nodes.first.connect(undefined, { token: 'ali' });
    const laptop = await nodes.second.connect(undefined, { token: 'ali' });
    return { ...nodes, phone, laptop };
  }

  test('is renamed on both', async () => {
    const { phone, laptop } = await both();
    await laptop.join('lobby');
    await phone.request({ type: 'nick', name: 'Captain' });
    expect(await laptop.next('renamed')).toEqual({ type: 'renamed', name: 'Captain' });
    await laptop.say('lobby', 'aye');
    expect(await laptop.next('message')).toMatchObject({ from: { name: 'Captain' } });
  });

  test('is told to a room once', async () => {
    const { phone, laptop, alice, clock } = await both();
    const before = alice.events.length;
    await phone.join('lobby');
    await laptop.join('lobby');
    await phone.request({ type: 'leave', room: 'lobby' });
    await laptop.request({ type: 'leave', room: 'lobby' });
    await clock.advance(0);
    expect(typesAfter(alice, before)).toEqual(['presence', 'presence']);
  });

  test('gets directs on both', async () => {
    const { phone, laptop, alice } = await both();
    await alice.request({ type: 'direct', to: 'ali', text: 'psst' });
    for (const client of [phone, laptop]) expect(await client.next('direct')).toMatchObject({ text: 'psst' });
  });

  test('is found and disconnected on both by hub.user()', async () => {
    const { first, second, phone, laptop } = await both();
    const members = await second.hub.user('ali').members();
    expect(members.map(({ node }) => node)).toEqual([first.hub.status().node, second.hub.status().node]);
    await second.hub.user('ali').disconnect();
    for (const client of [phone, laptop]) expect(await client.peer.closed).toMatchObject({ reason: { code: 4501 } });
  });

  test('leaves no subscription behind', async () => {
    const { first, second, phone, laptop, clock } = await both();
    for (const client of [phone, laptop]) client.tell({ type: 'quit' });
    await clock.advance(0);
    for (const { hub } of [first, second]) expect(hub.status().members).toBe(1);
  });
});

describe('a session that is taken up on another node', () => {
  test('is the same member there, in its rooms, with what it missed; the old connection closes with 4503', async () => {
    const { first, second, alice, bob, clock } = await joined();
    const { session, member } = await alice.next('welcome');
    const { epoch } = await alice.next('joined');
    await bob.say('lobby', 'm1');
    await clock.advance(0);
    const told = vi.fn();
    for (const { hub } of [first, second])
      hub.on('connect', told).on('join', told).on('leave', told).on('disconnect', told);
    const before = bob.events.length;
    const again = await second.connect(undefined, { session, rooms: new Map([['lobby', { epoch, offset: 0 }]]) });
    const welcome = await again.next('welcome');
    expect(welcome).toMatchObject({ resumed: true, member, session });
    expect(welcome.rooms.lobby).toMatchObject({ recovered: true, entries: [{ text: 'm1' }], count: 2 });
    expect(await alice.peer.closed).toMatchObject({ reason: { code: 4503, reason: 'REPLACED' } });
    await clock.advance(60_000);
    expect(typesAfter(bob, before)).toEqual([]);
    expect(told).not.toHaveBeenCalled();
    expect(first.hub.status()).toMatchObject({ connections: 0, members: 0, rooms: 0 });
    expect(second.hub.status().members).toBe(2);
    await again.say('lobby', 'over here');
    await bob.next('message');
    expect(await bob.next('message')).toMatchObject({ from: member, text: 'over here' });
  });

  test('while it waits for its client is over on the old one, without a word', async () => {
    const { first, second, alice, bob, clock } = await joined();
    const { session, member } = await alice.next('welcome');
    const leaves = vi.fn();
    for (const { hub } of [first, second]) hub.on('leave', leaves);
    alice.peer.cut();
    await clock.advance(20_000);
    const again = await second.connect(undefined, { session });
    await clock.advance(60_000);
    expect(leaves).not.toHaveBeenCalled();
    expect((await second.hub.room('lobby').members()).map(({ name }) => name).sort()).toEqual(['alice', 'bob']);
    again.tell({ type: 'quit' });
    await clock.advance(0);
    expect(leaves).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ room: 'lobby' }));
    expect(bob.events.at(-1)).toMatchObject({ type: 'presence', left: [member] });
  });

  test('and then back again is still the same', async () => {
    const { first, second, alice, clock } = await joined();
    const { session, member } = await alice.next('welcome');
    for (const { connect } of [second, first, second]) {
      const client = await connect(undefined, { session });
      expect(await client.next('welcome')).toMatchObject({ resumed: true, member, rooms: { lobby: { count: 2 } } });
      await clock.advance(0);
    }
    expect(first.hub.status().members + second.hub.status().members).toBe(2);
  });

  test('by a user has its name, even when that changed meanwhile', async () => {
    const { first, second, clock } = await joined();
    const phone = await first.connect(undefined, { token: 'ali' });
    const { session } = await phone.next('welcome');
    phone.peer.cut();
    const laptop = await second.connect(undefined, { token: 'ali' });
    await laptop.request({ type: 'nick', name: 'Captain' });
    const again = await second.connect(undefined, { token: 'ali', session });
    expect((await again.next('welcome')).member).toMatchObject({ user: 'ali', name: 'Captain' });
    await clock.advance(0);
    expect(await second.hub.user('ali').members()).toHaveLength(2);
  });

  test('is asked of the ban that was pronounced meanwhile', async () => {
    const { second, alice, bob } = await joined();
    const { session } = await alice.next('welcome');
    alice.peer.cut();
    await bob.request({ type: 'ban', room: 'lobby', member: 'alice' });
    const again = await second.connect(undefined, { session });
    expect(await again.next('welcome')).toMatchObject({ resumed: true, rooms: {} });
  });
});

describe('a node that closes', () => {
  test('takes its members out of the rooms, each once, and frees the names of guests', async () => {
    const { first, second, alice, bob, clock } = await joined();
    const { member } = await alice.next('welcome');
    const before = bob.events.length;
    await first.hub.close();
    await clock.advance(0);
    expect(bob.events.slice(before)).toMatchObject([{ type: 'presence', left: [member], count: 1 }]);
    expect((await (await second.connect('alice')).next('welcome')).member.name).toBe('alice');
    await bob.say('lobby', 'still here');
  });
});
