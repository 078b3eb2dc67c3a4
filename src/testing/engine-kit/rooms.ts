import assert from 'node:assert/strict';
import { check, type EngineCheck } from './lab.js';
import { oddNames, oddPairs } from './odd-names.js';
import { ids } from './tape.js';
import { membersOf, plenty, usersIn, Watcher } from './watcher.js';

/** Who is in which room: `enter`, `leave`, `list` and `rooms`. */
export const roomChecks: readonly EngineCheck[] = [
  check('whoever enters a room is listed there on every node, until it leaves', async (lab) => {
    const [a, b] = await lab.pair();
    const ann = await lab.session(a, 'a1', { user: 'ann', name: 'Ann' });
    const bob = await lab.session(b, 'b1', { user: 'bob', name: 'Bob' });
    assert.equal(await a.presence.enter('lobby', ann, plenty), true);
    assert.equal(await b.presence.enter('lobby', bob, plenty), true);
    for (const node of [a, b]) {
      assert.deepEqual(await membersOf(node, 'lobby'), [
        { id: 'a1', user: 'ann', name: 'Ann' },
        { id: 'b1', user: 'bob', name: 'Bob' },
      ]);
      assert.deepEqual(await membersOf(node, 'ops'), []);
    }
    assert.equal(await a.presence.leave('lobby', ann), true);
    for (const node of [a, b]) assert.deepEqual(await usersIn(node, 'lobby'), ['bob']);
  }),

  check('a user with sessions on two nodes joins once, leaves once and is counted once', async (lab) => {
    const [a, b] = await lab.pair();
    const watchers = [await Watcher.of(a, 'lobby'), await Watcher.of(b, 'lobby')];
    const first = await lab.session(a, 'a1', { user: 'ann', name: 'Ann' });
    const second = await lab.session(b, 'a2', { user: 'ann', name: 'Ann' });
    await a.presence.enter('lobby', first, plenty);
    await b.presence.enter('lobby', second, plenty);
    assert.deepEqual(
      await membersOf(b, 'lobby'),
      [{ id: 'a1', user: 'ann', name: 'Ann' }],
      'as the first of its sessions',
    );
    assert.deepEqual(
      (await b.presence.rooms({ limit: 1 })).rooms.map((room) => ({ ...room })),
      [{ name: 'lobby', count: 1 }],
    );
    await a.presence.leave('lobby', first);
    assert.deepEqual(await membersOf(a, 'lobby'), [{ id: 'a2', user: 'ann', name: 'Ann' }], 'as the one that is left');
    await b.presence.endSession(second);
    for (const watcher of watchers) {
      await watcher.sees();
      assert.deepEqual([watcher.joined, watcher.left], [['ann'], ['ann']]);
    }
  }),

  check('entering twice is entering once, and leaving what one is not in is nothing', async (lab) => {
    const node = await lab.open();
    const watcher = await Watcher.of(node, 'lobby');
    const ann = await lab.session(node, 'a1', { user: 'ann' });
    assert.equal(await node.presence.leave('lobby', ann), true);
    assert.equal(await node.presence.enter('lobby', ann, plenty), true);
    assert.equal(await node.presence.enter('lobby', ann, plenty), true);
    assert.equal(await node.presence.leave('lobby', ann), true);
    assert.equal(await node.presence.leave('lobby', ann), true);
    assert.deepEqual([watcher.joined, watcher.left], [['ann'], ['ann']]);
    assert.deepEqual(await usersIn(node, 'lobby'), []);
  }),

  check('a full room refuses another user, but not another session of one that is in', async (lab) => {
    const [a, b] = await lab.pair();
    const watcher = await Watcher.of(b, 'lobby');
    assert.equal(await lab.enter(a, 'ann', 'lobby', 2), true);
    const bob = await lab.session(b, 'b1', { user: 'bob' });
    assert.equal(await b.presence.enter('lobby', bob, 2), true);
    assert.equal(await lab.enter(a, 'eve', 'lobby', 2), 'full');
    assert.equal(await lab.enter(b, 'ann', 'lobby', 2), true);
    assert.equal(await b.presence.enter('lobby', bob, 2), true);
    await b.presence.leave('lobby', bob);
    assert.equal(await lab.enter(a, 'eve', 'lobby', 2), true);
    await watcher.sees('ann', 'eve');
    assert.deepEqual(watcher.joined, ['ann', 'bob', 'eve']);
    assert.equal(await lab.enter(a, 'ann', 'never', 0), 'full');
    assert.deepEqual(
      (await a.presence.rooms({ limit: 9 })).rooms.map(({ name }) => name),
      ['lobby'],
    );
  }),

  check('a room never holds more than the limit, when many enter at once on two nodes', async (lab) => {
    const nodes = await lab.pair();
    const entered = await Promise.all(
      nodes.flatMap((node, index) => ids(`${index}/`, 20).map((user) => lab.enter(node, user, 'lobby', 7))),
    );
    assert.deepEqual(
      [entered.filter((got) => got === true).length, entered.filter((got) => got === 'full').length],
      [7, 33],
    );
    assert.equal((await usersIn(nodes[1], 'lobby')).length, 7);
  }),

  check('sessions of a user that enter and leave at once on two nodes leave a true picture', async (lab) => {
    const nodes = await lab.pair();
    const watchers = await Promise.all(nodes.map((node) => Watcher.of(node, 'lobby')));
    const stay = nodes.flatMap((node, index) =>
      ids('u', 10).map(async (user, number) => {
        const session = await lab.session(node, `${user} on ${index}`, { user });
        await node.presence.enter('lobby', session, plenty);
        // Of the even users both sessions leave, of the odd ones that on the first node.
        if (number % 2 === 0 || index === 0) await node.presence.leave('lobby', session);
      }),
    );
    await Promise.all(stay);
    const odd = ['u2', 'u4', 'u6', 'u8', 'u10'];
    for (const node of nodes) assert.deepEqual(await usersIn(node, 'lobby'), [...odd].sort());
    for (const watcher of watchers) await watcher.sees(...odd);
  }),

  check('rooms have nothing in common, whatever their names', async (lab) => {
    const [a, b] = await lab.pair();
    const watchers = new Map<string, Watcher>();
    for (const room of oddNames) watchers.set(room, await Watcher.of(b, room));
    for (const room of oddNames) await lab.enter(a, `in ${room}`, room);
    for (const [room, watcher] of watchers) {
      await watcher.sees(`in ${room}`);
      assert.deepEqual(await usersIn(b, room), [`in ${room}`]);
    }
    assert.equal((await a.presence.rooms({ limit: 100 })).rooms.length, oddNames.length);
    for (const [room, user] of oddPairs) await lab.enter(a, user, `room ${room}`);
    for (const room of new Set(oddPairs.map(([name]) => name))) {
      const users = oddPairs.filter(([name]) => name === room).map(([, user]) => user);
      assert.deepEqual(await usersIn(b, `room ${room}`), users.sort());
    }
  }),

  check('rooms() pages through the rooms that have members, by name', async (lab) => {
    const [a, b] = await lab.pair();
    const ann = await lab.session(a, 'ann');
    const bob = await lab.session(b, 'bob');
    for (const room of ['delta', 'alpha', 'left', 'charlie', 'echo', 'bravo'])
      await a.presence.enter(room, ann, plenty);
    for (const room of ['bravo', 'left']) await b.presence.enter(room, bob, plenty);
    await a.presence.leave('left', ann);
    await b.presence.leave('left', bob);
    await Watcher.of(b, 'watched only');
    const all = ['alpha', 'bravo', 'charlie', 'delta', 'echo'].map((name) => ({
      name,
      count: name === 'bravo' ? 2 : 1,
    }));
    for (const limit of [1, 2, 4, 5, 6]) {
      const found: unknown[] = [];
      let page = await b.presence.rooms({ limit });
      for (;;) {
        found.push(...page.rooms.map((room) => ({ ...room })));
        assert.equal(page.more, found.length < all.length, `more after ${found.length} of ${all.length}`);
        if (!page.more) break;
        assert.equal(page.rooms.length, limit);
        page = await b.presence.rooms({ limit, after: page.rooms.at(-1)?.name ?? assert.fail() });
      }
      assert.deepEqual(found, all);
    }
    assert.deepEqual(
      (await b.presence.rooms({ limit: 9, after: 'bx' })).rooms.map(({ name }) => name),
      ['charlie', 'delta', 'echo'],
    );
  }),
];
