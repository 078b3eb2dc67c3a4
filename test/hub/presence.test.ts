import { describe, expect, test } from 'vitest';
import { chat, peopleIn, typesAfter } from './set-up.js';

describe('presence', () => {
  test('tells those in a room who joins and who leaves, and not those elsewhere', async () => {
    const { connect } = await chat();
    const [alice, bob, carol] = [await connect('alice'), await connect('bob'), await connect('carol')];
    await alice.join('lobby');
    await carol.join('other');
    await bob.join('lobby');
    const { member } = await bob.next('welcome');
    expect(await alice.next('presence')).toEqual({
      type: 'presence',
      room: 'lobby',
      joined: [member],
      left: [],
      renamed: [],
      count: 2,
    });
    await bob.request({ type: 'leave', room: 'lobby' });
    expect(await alice.next('presence')).toMatchObject({ room: 'lobby', joined: [], left: [member], count: 1 });
    expect(carol.events.map(({ type }) => type)).toEqual(['welcome', 'joined']);
  });

  test('tells a member nothing of its own joining but `joined`', async () => {
    const { connect, clock } = await chat();
    const alice = await connect('alice');
    await alice.join('lobby');
    await clock.advance(0);
    expect(alice.events.map(({ type }) => type)).toEqual(['welcome', 'joined']);
  });

  test('tells a rename to every room that the user is in', async () => {
    const { connect } = await chat();
    const [alice, bob] = [await connect('alice'), await connect('bob')];
    for (const room of ['one', 'two']) {
      await alice.join(room);
      await bob.join(room);
    }
    const { member } = await bob.next('welcome');
    await bob.request({ type: 'nick', name: 'robert' });
    const renames = alice.events.filter((event) => event.type === 'presence' && event.renamed.length > 0);
    expect(renames).toMatchObject(
      ['one', 'two'].map((room) => ({
        room,
        joined: [],
        left: [],
        renamed: [{ id: member.id, name: 'robert', was: 'bob' }],
        count: 2,
      })),
    );
  });

  test('lets all who join at once end up knowing the same people', async () => {
    const { connect, clock, hub } = await chat();
    const names = Array.from({ length: 20 }, (_, index) => `member${index}`).sort();
    const clients = await Promise.all(names.map((name) => connect(name)));
    await Promise.all(clients.map((client) => client.join('lobby')));
    await clock.advance(0);
    for (const client of clients) expect(peopleIn(client, 'lobby')).toEqual(names);
    expect(hub.room('lobby').size).toBe(20);
  });

  test('lets all who join, leave and rename at once end up knowing the same people', async () => {
    const { connect, clock, hub } = await chat({}, { protocol: { limited: false } });
    const clients = await Promise.all(Array.from({ length: 12 }, (_, index) => connect(`member${index}`)));
    const work = clients.flatMap((client, index) => [
      client.join('lobby'),
      ...(index % 3 === 0 ? [client.request({ type: 'nick', name: `other${index}` })] : []),
      ...(index % 4 === 1 ? [client.request({ type: 'leave', room: 'lobby' })] : []),
      ...(index % 8 === 1 ? [client.join('lobby')] : []),
    ]);
    await Promise.all(work);
    await clock.advance(0);
    const truth = (await hub.room('lobby').members()).map(({ name }) => name).sort();
    for (const [index, client] of clients.entries()) {
      if (index % 4 !== 1 || index % 8 === 1) expect(peopleIn(client, 'lobby')).toEqual(truth);
    }
  });
});

describe('in a room above presenceDetail', () => {
  async function crowded() {
    const chatting = await chat({ limits: { presenceDetail: 5 } });
    const watcher = await chatting.connect('watcher');
    await watcher.join('lobby');
    const others = [];
    for (const name of ['b', 'c', 'd', 'e']) {
      const client = await chatting.connect(name);
      await client.join('lobby');
      others.push(client);
    }
    return { ...chatting, watcher, others };
  }

  test('changes are told as counts, at most one event a second', async () => {
    const { watcher, connect, clock } = await crowded();
    expect(watcher.events.filter(({ type }) => type === 'presence')).toHaveLength(4);
    const before = watcher.events.length;
    for (const name of ['f', 'g', 'h']) await (await connect(name)).join('lobby');
    await clock.advance(999);
    expect(typesAfter(watcher, before)).toEqual([]);
    await clock.advance(1);
    expect(watcher.events.slice(before)).toEqual([
      { type: 'presence', room: 'lobby', joined: [], left: [], renamed: [], count: 8 },
    ]);
    await clock.advance(10_000);
    expect(watcher.events).toHaveLength(before + 1);
  });

  test('whoever joins is given the count, not the people', async () => {
    const { connect } = await crowded();
    const f = await connect('f');
    const joined = await f.join('lobby');
    expect(joined.count).toBe(6);
    expect(joined).not.toHaveProperty('members');
    const members = await f.request({ type: 'members', room: 'lobby' });
    expect(members).toMatchObject({ count: 6, complete: true });
    expect(members).not.toHaveProperty('members');
  });

  test('full detail comes again below four fifths of it, beginning with the whole list', async () => {
    const { watcher, others, connect, clock } = await crowded();
    await (await connect('f')).join('lobby');
    const before = watcher.events.length;
    for (const client of others.slice(0, 2)) await client.request({ type: 'leave', room: 'lobby' });
    await clock.advance(1_000);
    expect(watcher.events.slice(before)).toMatchObject([{ joined: [], left: [], count: 4 }]);
    expect(watcher.events.at(-1)).not.toHaveProperty('members');
    await others[2]!.request({ type: 'leave', room: 'lobby' });
    await clock.advance(0);
    expect(watcher.events.at(-1)).toMatchObject({ type: 'presence', count: 3, members: [{}, {}, {}] });
    expect(peopleIn(watcher, 'lobby')).toEqual(['e', 'f', 'watcher']);
    await others[3]!.request({ type: 'leave', room: 'lobby' });
    expect(await watcher.next('presence').then(() => watcher.events.at(-1))).toMatchObject({ left: [{ name: 'e' }] });
  });

  test('a room that empties leaves no timer', async () => {
    const { watcher, others, connect, clock } = await crowded();
    const f = await connect('f');
    await f.join('lobby');
    for (const client of [watcher, ...others, f]) client.tell({ type: 'quit' });
    await clock.advance(0);
    expect(clock.pending).toBe(0);
  });
});
