import assert from 'node:assert/strict';
import { check, type EngineCheck, type Lab } from './lab.js';
import { ids } from './tape.js';
import { plenty, Watcher } from './watcher.js';

/** What watchers of a room are told: `watch`, and clause 5 of presence. */
export const watchChecks: readonly EngineCheck[] = [
  check('watchers on every node are told who joins and leaves, with the count', async (lab) => {
    const [a, b] = await lab.pair();
    const ann = await lab.session(a, 'a1', { user: 'ann', name: 'Ann' });
    const watchers = [await Watcher.of(a, 'lobby'), await Watcher.of(b, 'lobby')];
    await a.presence.enter('lobby', ann, plenty);
    for (const watcher of watchers) {
      await watcher.sees('ann');
      assert.deepEqual(watcher.changes, [
        { joined: [{ id: 'a1', user: 'ann', name: 'Ann' }], left: [], renamed: [], count: 1 },
      ]);
    }
    await a.presence.leave('lobby', ann);
    for (const watcher of watchers) {
      await watcher.sees();
      assert.deepEqual(watcher.changes[1], {
        joined: [],
        left: [{ id: 'a1', user: 'ann', name: 'Ann' }],
        renamed: [],
        count: 0,
      });
    }
  }),

  check("watchers on a node have a change before that node's call resolves", async (lab) => {
    const node = await lab.open();
    const watcher = await Watcher.of(node, 'lobby');
    const ann = await lab.session(node, 'a1', { user: 'ann' });
    await node.presence.enter('lobby', ann, plenty);
    assert.deepEqual(watcher.joined, ['ann']);
    await node.presence.claimName({ key: 'new', name: 'New', fence: ann });
    assert.equal(watcher.renamed.length, 1);
    await node.presence.leave('lobby', ann);
    assert.deepEqual(watcher.left, ['ann']);
    await node.presence.enter('lobby', ann, plenty);
    await node.presence.endSession(ann);
    assert.deepEqual(watcher.left, ['ann', 'ann']);
  }),

  check('a watch begins with the truth, and changes go on from there without a hole', async (lab) => {
    const [a, b] = await lab.pair();
    const early = ids('early', 3);
    for (const user of early) await lab.enter(a, user);
    const first = await Watcher.of(b, 'lobby');
    assert.deepEqual([...first.users.keys()].sort(), early);
    const enters: Promise<unknown>[] = [];
    const watchers: Promise<Watcher>[] = [];
    for (const [index, user] of ids('u', 40).entries()) {
      enters.push(lab.enter(index % 2 === 0 ? a : b, user));
      if (index % 5 === 0) watchers.push(Watcher.of(index % 2 === 0 ? b : a, 'lobby'));
      if (index % 10 === 0) await enters.at(-1);
    }
    await Promise.all(enters);
    for (const watcher of [first, ...(await Promise.all(watchers))]) await watcher.sees(...early, ...ids('u', 40));
  }),

  check('a watch that begins in the middle of a delivery begins with the truth, too', async (lab) => {
    const node = await lab.open();
    const begun: Promise<Watcher>[] = [];
    const enters: Promise<unknown>[] = [];
    const sessions = new Map<string, Awaited<ReturnType<Lab['session']>>>();
    for (const user of ['u1', 'u2', 'u3', 'u4']) sessions.set(user, await lab.session(node, user));
    const go = (user: string) => node.presence.enter('lobby', sessions.get(user) ?? assert.fail(), plenty);
    await Watcher.of(node, 'lobby', ({ joined }) => {
      if (joined[0]?.user !== 'u1') return;
      begun.push(Watcher.of(node, 'lobby'));
      enters.push(go('u2'));
      begun.push(Watcher.of(node, 'lobby'));
      enters.push(go('u3'));
    });
    await go('u1');
    await Promise.all(enters);
    await go('u4');
    for (const watcher of await Promise.all(begun)) await watcher.sees('u1', 'u2', 'u3', 'u4');
  }),

  check('watchers see changes in one order, also when one of them makes the next change', async (lab) => {
    const node = await lab.open();
    const pending: Promise<unknown>[] = [];
    const [ann, bob] = [await lab.session(node, 'ann'), await lab.session(node, 'bob')];
    const first = await Watcher.of(node, 'lobby');
    await Watcher.of(node, 'lobby', ({ joined }) => {
      if (joined[0]?.user === 'ann')
        pending.push(node.presence.enter('lobby', bob, plenty), node.presence.leave('lobby', ann));
    });
    const last = await Watcher.of(node, 'lobby');
    await node.presence.enter('lobby', ann, plenty);
    await Promise.all(pending);
    for (const watcher of [first, last]) {
      await watcher.sees('bob');
      assert.deepEqual([watcher.joined, watcher.left], [['ann', 'bob'], ['ann']]);
    }
  }),

  check('a watcher is told nothing after close(), which may be called twice', async (lab) => {
    const [a, b] = await lab.pair();
    const watcher = await Watcher.of(b, 'lobby');
    const witness = await Watcher.of(b, 'lobby');
    watcher.close();
    watcher.close();
    await lab.enter(a, 'ann');
    await witness.sees('ann');
    assert.deepEqual(watcher.changes, []);
  }),

  check('a watcher that throws is reported to onError, and stops no other', async (lab) => {
    const node = await lab.open();
    const before = await Watcher.of(node, 'lobby');
    await Watcher.of(node, 'lobby', () => {
      throw new Error('boom');
    });
    const after = await Watcher.of(node, 'lobby');
    assert.equal(await lab.enter(node, 'ann'), true, 'nor does it reach the one who entered');
    for (const watcher of [before, after]) await watcher.sees('ann');
    assert.deepEqual(lab.errors.splice(0), [new Error('boom')]);
  }),
];
