import type { Member } from 'chathub';
import { describe, expect, test, vi } from 'vitest';
import { byToken, chat, deferred, gatedEngine, textsIn, typesAfter } from './set-up.js';

const policies = { authenticate: byToken };

describe('a user with several sessions', () => {
  test('has one name, and a member for each session', async () => {
    const { connect } = await chat({ policies });
    const [phone, laptop] = [await connect(undefined, { token: 'ali' }), await connect(undefined, { token: 'ali' })];
    const [first, second] = [(await phone.next('welcome')).member, (await laptop.next('welcome')).member];
    expect([first.name, second.name]).toEqual(['ali', 'ali']);
    expect([first.user, second.user]).toEqual(['ali', 'ali']);
    expect(first.id).not.toBe(second.id);
  });

  test('is told to a room with its first session in and its last one out', async () => {
    const { hub, connect, clock } = await chat({ policies });
    const bob = await connect('bob');
    await bob.join('lobby');
    const [phone, laptop] = [await connect(undefined, { token: 'ali' }), await connect(undefined, { token: 'ali' })];
    await phone.join('lobby');
    expect(await laptop.join('lobby')).toMatchObject({ count: 2 });
    expect(await hub.room('lobby').members()).toHaveLength(2);
    phone.tell({ type: 'quit' });
    await phone.peer.closed;
    await clock.advance(0);
    expect(hub.room('lobby').size).toBe(2);
    await laptop.request({ type: 'leave', room: 'lobby' });
    const changes = bob.events.filter((event) => event.type === 'presence');
    expect(changes).toMatchObject([
      { joined: [{ user: 'ali' }], left: [], count: 2 },
      { joined: [], left: [{ user: 'ali' }], count: 1 },
    ]);
  });

  test('has rooms of its own in each session', async () => {
    const { hub, connect, clock } = await chat({ policies });
    const [phone, laptop] = [await connect(undefined, { token: 'ali' }), await connect(undefined, { token: 'ali' })];
    await phone.join('one');
    await laptop.join('two');
    await hub.room('one').send('for the phone');
    await hub.room('two').send('for the laptop');
    await clock.advance(0);
    expect(textsIn(phone, 'one')).toEqual(['for the phone']);
    expect(textsIn(phone, 'two')).toEqual([]);
    expect(await laptop.ask({ type: 'send', room: 'one', text: 'x' })).toMatchObject({ code: 'NOT_A_MEMBER' });
    expect((await hub.user('ali').members()).map(({ rooms }) => rooms)).toEqual([['one'], ['two']]);
  });

  test('is renamed in all of them, and each is told once', async () => {
    const { hub, connect } = await chat({ policies });
    const renames = vi.fn();
    hub.on('rename', renames);
    const [phone, laptop] = [await connect(undefined, { token: 'ali' }), await connect(undefined, { token: 'ali' })];
    await laptop.join('lobby');
    await phone.request({ type: 'nick', name: 'Captain' });
    expect(await laptop.next('renamed')).toEqual({ type: 'renamed', name: 'Captain' });
    await laptop.say('lobby', 'aye');
    expect(await laptop.next('message')).toMatchObject({ from: { name: 'Captain' } });
    expect(renames).toHaveBeenCalledOnce();
    expect(phone.events.filter(({ type }) => type === 'renamed')).toHaveLength(1);
  });

  test('keeps the name that it took, though an older one is read late', async () => {
    const { engine, gates } = gatedEngine();
    const { hub, connect, clock } = await chat({ engine, policies });
    const [phone, laptop] = [await connect(undefined, { token: 'ali' }), await connect(undefined, { token: 'ali' })];
    const late = deferred<void>();
    // What the laptop reads upon hearing of the first name: the answer is under way for long.
    gates.set('presence.nameOf', async (call, user) => {
      if (user !== 'ali') return call();
      gates.delete('presence.nameOf');
      const name = await call();
      await late.promise;
      return name;
    });
    await phone.request({ type: 'nick', name: 'First' });
    await laptop.next('renamed');
    await laptop.request({ type: 'nick', name: 'Second' });
    late.resolve();
    await clock.advance(0);
    expect([...hub.sessions()].map(({ name }) => name)).toEqual(['Second', 'Second']);
    expect(laptop.events.filter(({ type }) => type === 'renamed')).toMatchObject([
      { name: 'First' },
      { name: 'Second' },
    ]);
  });

  test('that greets with another name is renamed in the sessions that it had', async () => {
    const { connect } = await chat({ policies });
    const phone = await connect(undefined, { token: 'ali' });
    await phone.join('lobby');
    await connect('Captain', { token: 'ali' });
    expect(await phone.next('renamed')).toEqual({ type: 'renamed', name: 'Captain' });
    await phone.say('lobby', 'aye');
    expect(await phone.next('message')).toMatchObject({ from: { name: 'Captain' } });
  });

  test('keeps the other sessions when one goes', async () => {
    const { hub, connect, clock } = await chat({ policies });
    const [phone, laptop] = [await connect(undefined, { token: 'ali' }), await connect(undefined, { token: 'ali' })];
    await phone.join('lobby');
    await laptop.join('lobby');
    phone.peer.cut();
    await clock.advance(30_000);
    expect(hub.status().members).toBe(1);
    const before = laptop.events.length;
    await laptop.say('lobby', 'still here');
    await laptop.request({ type: 'nick', name: 'Captain' });
    expect(typesAfter(laptop, before).sort()).toEqual(['message', 'presence', 'renamed', 'sent']);
    expect(await hub.room('lobby').members()).toMatchObject([{ user: 'ali', name: 'Captain' }]);
  });

  test('is known in a room by a session that is there', async () => {
    const { hub, connect } = await chat({ policies });
    const [phone, laptop] = [await connect(undefined, { token: 'ali' }), await connect(undefined, { token: 'ali' })];
    await phone.join('lobby');
    await laptop.join('lobby');
    await phone.request({ type: 'leave', room: 'lobby' });
    const { member } = await laptop.next('welcome');
    expect(await hub.room('lobby').members()).toEqual([member]);
  });

  test('counts once against membersPerRoom', async () => {
    const { connect } = await chat({ policies, limits: { membersPerRoom: 1 } });
    const [phone, laptop] = [await connect(undefined, { token: 'ali' }), await connect(undefined, { token: 'ali' })];
    await phone.join('lobby');
    expect(await laptop.join('lobby')).toMatchObject({ count: 1 });
  });

  test('is disconnected everywhere by hub.user().disconnect()', async () => {
    const { hub, connect } = await chat({ policies });
    const [phone, laptop] = [await connect(undefined, { token: 'ali' }), await connect(undefined, { token: 'ali' })];
    const bob = await connect('bob');
    await hub.user('ali').disconnect('logged out');
    for (const client of [phone, laptop]) {
      expect(await client.peer.closed).toMatchObject({ reason: { code: 4501, reason: 'KICKED' } });
      expect(client.events.at(-1)).toMatchObject({ type: 'error', code: 'KICKED', message: 'logged out' });
    }
    expect(bob.peer.isOpen).toBe(true);
    expect(hub.status().members).toBe(1);
  });

  test('is sent a notice in all sessions by hub.user().send()', async () => {
    const { hub, connect } = await chat({ policies });
    const [phone, laptop] = [await connect(undefined, { token: 'ali' }), await connect(undefined, { token: 'ali' })];
    await hub.user('ali').send('you have mail', { data: { count: 2 } });
    for (const client of [phone, laptop]) {
      expect(await client.next('notice')).toEqual({ type: 'notice', text: 'you have mail', data: { count: 2 } });
    }
  });

  test.each(['__proto__', 'constructor', 'a b/c', '@x', 'ü\n\0', 'x'.repeat(500)])('may have the id %j', async (id) => {
    const { hub, connect, clock } = await chat({ policies: { authenticate: () => ({ id }) } });
    const clients = [await connect('Nick'), await connect()];
    for (const client of clients) await client.join('lobby');
    await clients[0]!.request({ type: 'nick', name: 'Nora' });
    await clients[0]!.request({ type: 'direct', to: id, text: 'me' });
    expect(await clients[1]!.next('renamed')).toMatchObject({ name: 'Nora' });
    expect(await clients[1]!.next('direct')).toMatchObject({ to: { user: id, name: 'Nora' } });
    expect(await hub.room('lobby').members()).toMatchObject([{ user: id, name: 'Nora' }]);
    for (const client of clients) client.tell({ type: 'quit' });
    await clock.advance(0);
    expect(hub.status()).toMatchObject({ members: 0, rooms: 0 });
  });

  test('costs nothing once the last session is over', async () => {
    const { hub, connect, clock } = await chat({ policies });
    for (let count = 0; count < 2; count++) {
      const clients = await Promise.all([connect(undefined, { token: 'ali' }), connect(undefined, { token: 'ali' })]);
      for (const client of clients) client.tell({ type: 'quit' });
      await Promise.all(clients.map(({ peer }) => peer.closed));
    }
    await clock.advance(0);
    expect(hub.status()).toMatchObject({ connections: 0, members: 0, rooms: 0 });
    expect(await hub.user('ali').members()).toEqual([]);
  });
});

describe('the data of a member', () => {
  test('is the application’s own, for each session, and stays when the client comes back', async () => {
    const { hub, connect } = await chat({ policies });
    const members: Member<{ readonly id: string; readonly name: string }>[] = [];
    hub.on('connect', ({ member }) => members.push(member));
    const client = await connect(undefined, { token: 'ali' });
    await connect(undefined, { token: 'ali' });
    members[0]!.data.visits = 1;
    expect(members[1]!.data).toEqual({});
    const { session } = await client.next('welcome');
    client.peer.cut();
    await connect(undefined, { token: 'ali', session });
    const seen: unknown[] = [];
    hub.on('join', ({ member }) => seen.push(member.data));
    await members[0]!.join('lobby');
    expect(seen).toEqual([{ visits: 1 }]);
  });
});
