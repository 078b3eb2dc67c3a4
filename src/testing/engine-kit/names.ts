import assert from 'node:assert/strict';
import type { Fence, OpenEngine } from '../../index.js';
import { check, type EngineCheck } from './lab.js';
import { oddNames } from './odd-names.js';
import { ids } from './tape.js';
import { membersOf, plenty, Watcher } from './watcher.js';

const claim = ({ presence }: OpenEngine, fence: Fence, name: string) =>
  presence.claimName({ key: name.toLowerCase(), name, fence });

/** Clause 1 of presence. */
export const nameChecks: readonly EngineCheck[] = [
  check('a name belongs to the user who claimed it, on every node', async (lab) => {
    const [a, b] = await lab.pair();
    const ann = await lab.session(a, 'a1', { user: 'ann' });
    assert.equal(await b.presence.findName('ann'), undefined);
    assert.equal(await b.presence.nameOf('ann'), undefined);
    assert.equal(await claim(a, ann, 'Ann'), true);
    assert.deepEqual({ ...(await b.presence.findName('ann')) }, { user: 'ann', name: 'Ann' });
    assert.equal(await b.presence.nameOf('ann'), 'Ann');
  }),

  check("another user's name is refused, and whoever asked keeps the earlier one", async (lab) => {
    const [a, b] = await lab.pair();
    const ann = await lab.session(a, 'a1', { user: 'ann' });
    const bob = await lab.session(b, 'b1', { user: 'bob' });
    await claim(a, ann, 'Ann');
    await claim(b, bob, 'Bob');
    assert.equal(await claim(b, bob, 'ANN'), false);
    assert.deepEqual({ ...(await a.presence.findName('ann')) }, { user: 'ann', name: 'Ann' });
    assert.deepEqual({ ...(await a.presence.findName('bob')) }, { user: 'bob', name: 'Bob' });
    assert.equal(await b.presence.nameOf('bob'), 'Bob');
  }),

  check('a new name frees the earlier one', async (lab) => {
    const [a, b] = await lab.pair();
    const ann = await lab.session(a, 'a1', { user: 'ann' });
    const bob = await lab.session(b, 'b1', { user: 'bob' });
    await claim(a, ann, 'Ann');
    assert.equal(await claim(a, ann, 'Queen'), true);
    assert.equal(await a.presence.nameOf('ann'), 'Queen');
    assert.equal(await a.presence.findName('ann'), undefined);
    assert.equal(await claim(b, bob, 'Ann'), true);
    assert.equal(await a.presence.nameOf('ann'), 'Queen');
  }),

  check('a user may write the own name in another way, or claim it again', async (lab) => {
    const [a, b] = await lab.pair();
    const first = await lab.session(a, 'a1', { user: 'ann' });
    const second = await lab.session(b, 'a2', { user: 'ann' });
    for (const [node, fence, name] of [
      [a, first, 'ann'],
      [b, second, 'ANN'],
      [a, first, 'ANN'],
    ] as const) {
      assert.equal(await claim(node, fence, name), true, name);
      assert.deepEqual({ ...(await b.presence.findName('ann')) }, { user: 'ann', name });
    }
  }),

  check('a name that many claim at once on two nodes goes to one of them', async (lab) => {
    const nodes = await lab.pair();
    for (const name of ids('name', 5)) {
      const claims = nodes.flatMap((node, index) =>
        ids(`${name} ${index}/`, 10).map(async (user) => ({
          user,
          got: await claim(node, await lab.session(node, user), name),
        })),
      );
      const winners = (await Promise.all(claims)).filter(({ got }) => got);
      assert.equal(winners.length, 1);
      assert.equal((await nodes[0].presence.findName(name))?.user, winners[0]?.user);
    }
  }),

  check("a guest's name is free when the guest's last session has ended, and not before", async (lab) => {
    const [a, b] = await lab.pair();
    const first = await lab.session(a, 'g1', { user: 'g1', guest: true });
    const second = await lab.session(b, 'g2', { user: 'g1', guest: true });
    const bob = await lab.session(b, 'b1', { user: 'bob' });
    await claim(a, first, 'Guest');
    await a.presence.endSession(first);
    assert.equal(await claim(b, bob, 'Guest'), false);
    await b.presence.endSession(second);
    assert.equal(await a.presence.findName('guest'), undefined);
    assert.equal(await a.presence.nameOf('g1'), undefined);
    assert.equal(await claim(b, bob, 'Guest'), true);
  }),

  check("an authenticated user's name stays its own while it is away", async (lab) => {
    const [a, b] = await lab.pair();
    const ann = await lab.session(a, 'a1', { user: 'ann' });
    const bob = await lab.session(b, 'b1', { user: 'bob' });
    await claim(a, ann, 'Ann');
    await a.presence.endSession(ann);
    assert.equal(await claim(b, bob, 'Ann'), false);
    assert.equal(await b.presence.nameOf('ann'), 'Ann');
    const back = await lab.session(b, 'a2', { user: 'ann' });
    await b.presence.enter('lobby', back, plenty);
    assert.deepEqual(await membersOf(a, 'lobby'), [{ id: 'a2', user: 'ann', name: 'Ann' }]);
  }),

  check('all sessions of a user share the name, and keep it stored', async (lab) => {
    const [a, b] = await lab.pair();
    const first = await lab.session(a, 'a1', { user: 'ann', name: 'x' });
    const second = await lab.session(b, 'a2', { user: 'ann', name: 'y' });
    await b.presence.enter('lobby', second, plenty);
    await claim(a, first, 'Ann');
    for (const { presence } of [a, b]) {
      assert.deepEqual(
        (await presence.sessionsOf('ann')).map(({ name }) => name),
        ['Ann', 'Ann'],
      );
      assert.equal((await presence.find('a2'))?.name, 'Ann');
      assert.equal((await presence.peekSession(first.secret))?.name, 'Ann');
      assert.equal((await presence.list('lobby')).members[0]?.name, 'Ann');
    }
    assert.equal((await b.presence.takeSession(second.secret, lab.nodeOf(b)))?.session.name, 'Ann');
  }),

  check('a rename is told once to each room that the user is in, and to no other', async (lab) => {
    const [a, b] = await lab.pair();
    const first = await lab.session(a, 'a1', { user: 'ann', name: 'old' });
    const second = await lab.session(b, 'a2', { user: 'ann', name: 'old' });
    const bob = await lab.session(b, 'b1', { user: 'bob' });
    await a.presence.enter('lobby', first, plenty);
    await b.presence.enter('lobby', second, plenty);
    await b.presence.enter('ops', second, plenty);
    for (const room of ['lobby', 'ops', 'elsewhere']) await b.presence.enter(room, bob, plenty);
    const watchers = await Promise.all(
      [a, b].flatMap((node) => ['lobby', 'ops', 'elsewhere'].map((room) => Watcher.of(node, room))),
    );
    await claim(a, first, 'New');
    await claim(a, first, 'New');
    await b.presence.leave('lobby', bob);
    await b.presence.leave('ops', bob);
    await b.presence.leave('elsewhere', bob);
    for (const [index, watcher] of watchers.entries()) {
      const [room, id] =
        [
          ['lobby', 'a1'],
          ['ops', 'a2'],
          ['elsewhere', ''],
        ][index % 3] ?? assert.fail();
      await watcher.sees(...(room === 'elsewhere' ? [] : ['ann']));
      assert.deepEqual(
        watcher.renamed,
        room === 'elsewhere' ? [] : [{ id, user: 'ann', name: 'New', was: 'old' }],
        room,
      );
    }
    assert.deepEqual(await membersOf(b, 'lobby'), [{ id: 'a1', user: 'ann', name: 'New' }]);
  }),

  check('a claim that is refused is told to nobody', async (lab) => {
    const node = await lab.open();
    const ann = await lab.session(node, 'a1', { user: 'ann' });
    const bob = await lab.session(node, 'b1', { user: 'bob' });
    await claim(node, ann, 'Ann');
    await node.presence.enter('lobby', bob, plenty);
    const watcher = await Watcher.of(node, 'lobby');
    await claim(node, bob, 'Ann');
    await node.presence.enter('lobby', ann, plenty);
    await watcher.sees('ann', 'bob');
    assert.deepEqual(watcher.renamed, []);
    assert.equal(watcher.users.get('bob'), "b1's name");
  }),

  check('names and user ids may be made of any characters', async (lab) => {
    const [a, b] = await lab.pair();
    for (const odd of oddNames) {
      const fence = await lab.session(a, `member ${odd}`, { user: odd });
      assert.equal(await a.presence.claimName({ key: odd, name: `the ${odd}`, fence }), true, odd);
    }
    for (const odd of oddNames) {
      assert.deepEqual({ ...(await b.presence.findName(odd)) }, { user: odd, name: `the ${odd}` });
      assert.equal(await b.presence.nameOf(odd), `the ${odd}`);
      assert.deepEqual(
        (await b.presence.sessionsOf(odd)).map(({ member }) => member),
        [`member ${odd}`],
      );
    }
  }),
];
