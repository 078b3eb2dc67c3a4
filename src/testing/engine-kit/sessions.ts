import assert from 'node:assert/strict';
import type { Fence, OpenEngine } from '../../index.js';
import { until } from '../checks.js';
import { check, checkWith, type EngineCheck } from './lab.js';
import { ids } from './tape.js';
import { plenty, usersIn, Watcher } from './watcher.js';

/** Every write that a fence guards, with the outcome when it does not hold. */
async function assertRefused({ presence }: OpenEngine, fence: Fence): Promise<void> {
  assert.equal(await presence.enter('ops', fence, plenty), false, 'enter');
  assert.equal(await presence.leave('lobby', fence), false, 'leave');
  assert.equal(await presence.claimName({ key: 'stolen', name: 'Stolen', fence }), false, 'claimName');
  assert.equal(await presence.endSession(fence), false, 'endSession');
}

/** Clauses 2, 3 and 4 of presence. */
export const sessionChecks: readonly EngineCheck[] = [
  check('a session is known on every node by its member, its secret and its user', async (lab) => {
    const [a, b] = await lab.pair();
    const session = await lab.session(a, 'a1', { user: 'ann', name: 'Ann' });
    const other = await lab.session(b, 'a2', { user: 'ann', name: 'Ann', guest: true });
    for (const { presence } of [a, b]) {
      assert.deepEqual({ ...(await presence.find('a1')) }, session);
      assert.deepEqual({ ...(await presence.peekSession(session.secret)) }, session);
      const sessions = [...(await presence.sessionsOf('ann'))].sort((x, y) => (x.member < y.member ? -1 : 1));
      assert.deepEqual(
        sessions.map((found) => ({ ...found })),
        [session, other],
      );
      assert.equal(await presence.find('nobody'), undefined);
      assert.equal(await presence.peekSession('nothing'), undefined);
      assert.deepEqual(await presence.sessionsOf('nobody'), []);
    }
  }),

  check("a session's rooms are stored as it enters and leaves them", async (lab) => {
    const [a, b] = await lab.pair();
    const session = await lab.session(a, 'a1');
    const roomsOf = async () => [...((await b.presence.peekSession(session.secret))?.rooms ?? [])].sort();
    for (const room of ['lobby', 'ops', 'lobby']) await a.presence.enter(room, session, plenty);
    assert.deepEqual(await roomsOf(), ['lobby', 'ops']);
    await a.presence.leave('lobby', session);
    assert.deepEqual(await roomsOf(), ['ops']);
    await a.presence.enter('full', session, 0);
    assert.deepEqual(await roomsOf(), ['ops'], 'a room that was full is not among them');
    assert.deepEqual((await b.presence.find('a1'))?.rooms, ['ops']);
    assert.deepEqual((await b.presence.takeSession(session.secret, lab.nodeOf(b)))?.session.rooms, ['ops']);
  }),

  check('what was told of a session is not changed by what it does later', async (lab) => {
    const node = await lab.open();
    const session = await lab.session(node, 'a1');
    const before = await node.presence.find('a1');
    await node.presence.enter('lobby', session, plenty);
    await node.presence.takeSession(session.secret, lab.nodeOf(node));
    assert.deepEqual({ ...before }, session);
  }),

  check('taking a session up raises its generation and moves it, and tells nobody', async (lab) => {
    const [a, b] = await lab.pair();
    const session = await lab.session(a, 'a1');
    await a.presence.enter('lobby', session, plenty);
    const watcher = await Watcher.of(a, 'lobby');
    const taken = await b.presence.takeSession(session.secret, lab.nodeOf(b));
    const expected = { ...session, generation: 2, node: lab.nodeOf(b), rooms: ['lobby'] };
    assert.deepEqual(taken, { session: expected, was: lab.nodeOf(a) });
    assert.deepEqual({ ...(await a.presence.peekSession(session.secret)) }, expected);
    assert.deepEqual({ ...(await a.presence.find('a1')) }, expected);
    assert.deepEqual(await usersIn(a, 'lobby'), ['a1']);
    const witness = await lab.session(a, 'b1');
    await a.presence.enter('lobby', witness, plenty);
    await watcher.sees('a1', 'b1');
    assert.deepEqual([watcher.joined, watcher.left], [['b1'], []]);
  }),

  check('looking at a session takes nothing, and an unknown secret takes nothing up', async (lab) => {
    const node = await lab.open();
    const session = await lab.session(node, 'a1');
    await node.presence.peekSession(session.secret);
    for (const secret of ['forged', '', 'a1', '*', '__proto__']) {
      assert.equal(await node.presence.takeSession(secret, lab.nodeOf(node)), undefined);
    }
    assert.equal(await node.presence.enter('lobby', session, plenty), true, 'the fence still holds');
  }),

  check('what an older generation writes is refused, and changes nothing', async (lab) => {
    const [a, b] = await lab.pair();
    const old = await lab.session(a, 'a1', { user: 'ann' });
    await a.presence.enter('lobby', old, plenty);
    const taken = await b.presence.takeSession(old.secret, lab.nodeOf(b));
    await assertRefused(a, old);
    assert.deepEqual(await usersIn(a, 'lobby'), ['ann']);
    assert.deepEqual(await usersIn(a, 'ops'), []);
    assert.equal(await a.presence.findName('stolen'), undefined);
    assert.deepEqual({ ...(await a.presence.find('a1')) }, taken?.session);
    assert.equal(await b.presence.leave('lobby', taken?.session ?? old), true, 'the new one holds');
    assert.deepEqual(await usersIn(a, 'lobby'), []);
  }),

  check('a session that two nodes take up at once is held by one of them', async (lab) => {
    const nodes = await lab.pair();
    for (const member of ids('m', 10)) {
      const { secret } = await lab.session(nodes[0], member);
      const takes = [...nodes, ...nodes].map(async (node) => {
        const taken = await node.presence.takeSession(secret, lab.nodeOf(node));
        return { node, generation: taken?.session.generation ?? 0 };
      });
      const holders = (await Promise.all(takes)).sort((x, y) => x.generation - y.generation);
      assert.deepEqual(
        holders.map(({ generation }) => generation),
        [2, 3, 4, 5],
      );
      const entered = [];
      for (const { node, generation } of holders)
        entered.push(await node.presence.enter('lobby', { member, generation }, plenty));
      assert.deepEqual(entered, [false, false, false, true]);
    }
  }),

  check('a session is taken up only while it is of the generation that was given', async (lab) => {
    const [a, b] = await lab.pair();
    const session = await lab.session(a, 'a1');
    const first = await b.presence.takeSession(session.secret, lab.nodeOf(b), 1);
    assert.equal(first?.session.generation, 2);
    assert.equal(await a.presence.takeSession(session.secret, lab.nodeOf(a), 1), undefined, 'it comes too late');
    assert.equal((await a.presence.find('a1'))?.node, lab.nodeOf(b));
    assert.equal(await b.presence.enter('lobby', first?.session ?? session, plenty), true, 'and harms nobody');
    assert.equal((await a.presence.takeSession(session.secret, lab.nodeOf(a), 2))?.session.generation, 3);
  }),

  check('a session that was never opened, or that has ended, can write nothing', async (lab) => {
    const [a, b] = await lab.pair();
    await assertRefused(a, { member: 'nobody', generation: 1 });
    const session = await lab.session(a, 'a1');
    assert.equal(await a.presence.endSession(session), true);
    await assertRefused(b, session);
  }),

  check('the end of a session leaves every room, and forgets it', async (lab) => {
    const [a, b] = await lab.pair();
    const session = await lab.session(a, 'a1', { user: 'ann' });
    for (const room of ['lobby', 'ops']) await a.presence.enter(room, session, plenty);
    const watchers = await Promise.all(['lobby', 'ops'].map((room) => Watcher.of(b, room)));
    await a.presence.endSession(session);
    for (const watcher of watchers) {
      await watcher.sees();
      assert.deepEqual(watcher.left, ['ann']);
    }
    for (const { presence } of [a, b]) {
      const facts = [await presence.find('a1'), await presence.peekSession(session.secret)];
      assert.deepEqual(facts, [undefined, undefined]);
      assert.deepEqual(await presence.sessionsOf('ann'), []);
      assert.deepEqual((await presence.rooms({ limit: 10 })).rooms, []);
    }
    assert.equal(await b.presence.takeSession(session.secret, lab.nodeOf(b)), undefined);
  }),

  checkWith(
    ['many', 'kill'],
    'a node that dies leaves nobody behind within 20 s, and its sessions can be taken up',
    async (lab) => {
      const [a, b] = await lab.pair();
      const session = await lab.session(a, 'g1', { guest: true });
      await a.presence.claimName({ key: 'guest', name: 'Guest', fence: session });
      await a.presence.enter('lobby', session, plenty);
      const watcher = await Watcher.of(b, 'lobby');
      await lab.kill(a);
      if (lab.movable) await lab.advance(20_000);
      await until('the end of the dead', () => watcher.left.length > 0, lab.movable ? 5_000 : 20_000);
      assert.deepEqual(await usersIn(b, 'lobby'), []);
      const other = await lab.session(b, 'b1');
      assert.equal(
        await b.presence.claimName({ key: 'guest', name: 'Guest', fence: other }),
        false,
        'the name is reserved',
      );
      const taken = await b.presence.takeSession(session.secret, lab.nodeOf(b));
      assert.deepEqual(taken?.session.rooms, ['lobby']);
      assert.equal(await b.presence.enter('lobby', taken?.session ?? session, plenty), true);
      await watcher.sees('g1');
      assert.deepEqual([watcher.joined, watcher.left], [['g1'], ['g1']], 'each told once');
    },
  ),
];
