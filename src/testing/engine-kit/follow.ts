import assert from 'node:assert/strict';
import type { OpenEngine, Position } from '../../index.js';
import { until } from '../checks.js';
import { check, checkWith, type EngineCheck } from './lab.js';
import { appendAll, edit, ids, message, readAll, Tape } from './tape.js';

async function head({ log }: OpenEngine): Promise<Position> {
  const page = await log.read('lobby', { limit: 1 });
  return { epoch: page.epoch, offset: page.head };
}

/** What a follower gets after a reset: everything above the position that it was told, and nothing twice. */
async function assertStartedAnew(tape: Tape, node: OpenEngine): Promise<void> {
  const { epoch, offset } = await head(node);
  await until('the head', () => tape.position.offset >= offset);
  assert.equal(tape.resets.length, 1);
  assert.ok('reset' in (tape.told[0] ?? {}), 'the reset comes first');
  assert.equal(tape.resets[0]?.epoch, epoch);
  tape.assertSeamless();
  assert.deepEqual(tape.position, { epoch, offset });
}

/** Clause 4 of the log, as long as nothing is lost and nobody interferes. */
export const followChecks: readonly EngineCheck[] = [
  check('a follower from the head gets what is appended from then on, and nothing earlier', async (lab) => {
    const [a, b] = await lab.pair();
    await appendAll(a, 'lobby', 'a', 'b');
    const tape = await Tape.of(b, 'lobby');
    assert.deepEqual(tape.position, await head(a));
    await appendAll(a, 'lobby', 'c', 'd');
    await tape.heard('d');
    assert.deepEqual(tape.ids, ['c', 'd']);
    assert.deepEqual(tape.position, await head(a));
  }),

  check('a follower of an empty log gets its first entry', async (lab) => {
    const [a, b] = await lab.pair();
    const tape = await Tape.of(b, 'lobby');
    assert.equal(tape.position.offset, 0);
    const { epoch } = await a.log.append('lobby', message('a'));
    await tape.heard('a');
    // What stood nowhere had no epoch to keep to: a reset may come first.
    assert.deepEqual(tape.position, { epoch, offset: 1 });
    assert.deepEqual(tape.ids, ['a']);
  }),

  check(
    'a follower after a position gets what is kept above it, then what is appended, without a hole',
    async (lab) => {
      const [a, b] = await lab.pair();
      await appendAll(a, 'lobby', ...ids('m', 5));
      const { epoch } = await head(a);
      const tapes = [];
      for (const offset of [0, 3, 4, 5]) tapes.push(await Tape.of(b, 'lobby', { after: { epoch, offset } }));
      await appendAll(a, 'lobby', 'live');
      for (const [index, first] of [1, 4, 5, 6].entries()) {
        const tape: Tape = tapes[index] ?? assert.fail();
        await tape.heard('live');
        assert.deepEqual(tape.offsets, [1, 2, 3, 4, 5, 6].slice(first - 1));
        assert.equal(tape.told.length, tape.entries.length, 'no gap and no reset');
      }
    },
  ),

  checkWith(
    ['history'],
    'a follower after a position that has been trimmed is told the gap, then gets the rest',
    async (lab) => {
      const [a, b] = await lab.pair({ history: 3 });
      await appendAll(a, 'lobby', ...ids('m', 10));
      const { epoch } = await head(a);
      for (const [offset, gap] of [
        [0, { from: 1, to: 7 }],
        [6, { from: 7, to: 7 }],
        [7, undefined],
      ] as const) {
        const tape = await Tape.of(b, 'lobby', { after: { epoch, offset } });
        await tape.heard('m10');
        assert.deepEqual(tape.gaps, gap === undefined ? [] : [gap]);
        assert.deepEqual(tape.offsets, [8, 9, 10]);
        assert.equal('gap' in (tape.told[0] ?? {}), gap !== undefined, 'the gap comes first');
        tape.close();
      }
    },
  ),

  check('a follower after a position of another epoch is reset to this one', async (lab) => {
    const node = await lab.open();
    await appendAll(node, 'lobby', 'a', 'b', 'c');
    for (const offset of [0, 2, 3, 99]) {
      const tape = await Tape.of(node, 'lobby', { after: { epoch: 'another', offset } });
      await assertStartedAnew(tape, node);
      tape.close();
    }
  }),

  check('a follower after an offset above the head is reset: what it saw is not here any more', async (lab) => {
    const node = await lab.open();
    await appendAll(node, 'lobby', 'a', 'b', 'c');
    const { epoch } = await head(node);
    const tape = await Tape.of(node, 'lobby', { after: { epoch, offset: 4 } });
    await assertStartedAnew(tape, node);
    await appendAll(node, 'lobby', 'd', 'e');
    await tape.heard('e');
    tape.assertSeamless();
  }),

  check("followers on a node have an entry before that node's append resolves", async (lab) => {
    const node = await lab.open();
    const tapes = [await Tape.of(node, 'lobby'), await Tape.of(node, 'lobby')];
    for (const id of ids('m', 5)) {
      await node.log.append('lobby', message(id));
      for (const tape of tapes) assert.equal(tape.ids.at(-1), id);
    }
  }),

  check('edits, deletions and reactions are delivered like messages', async (lab) => {
    const [a, b] = await lab.pair();
    const tape = await Tape.of(b, 'lobby');
    await a.log.append('lobby', message('a'));
    const { entry } = await a.log.append('lobby', edit('a', 'new'));
    await tape.heard('edit of a');
    assert.deepEqual(tape.entries.at(-1), entry);
    assert.equal(
      tape.entries[0]?.type === 'message' && tape.entries[0].text,
      'text of a',
      'as it was when it was delivered',
    );
  }),

  check('an append that was a repeat is not delivered again', async (lab) => {
    const [a, b] = await lab.pair();
    const tape = await Tape.of(b, 'lobby');
    await a.log.append('lobby', message('a', { key: 'k' }));
    await a.log.append('lobby', message('b', { key: 'k' }));
    await appendAll(a, 'lobby', 'c');
    await tape.heard('c');
    assert.deepEqual(tape.ids, ['a', 'c']);
  }),

  check('all followers on all nodes see one order, that of the offsets, under concurrent appends', async (lab) => {
    const nodes = await lab.pair();
    const tapes = await Promise.all([...nodes, ...nodes].map((node) => Tape.of(node, 'lobby')));
    await Promise.all(
      nodes.flatMap(({ log }, node) => ids(`${node}/`, 100).map((id) => log.append('lobby', message(id)))),
    );
    const order = (await readAll(nodes[0], 'lobby')).map(({ id }) => id);
    for (const tape of tapes) {
      await tape.heardAll(200);
      assert.deepEqual(tape.ids, order);
      tape.assertSeamless(0);
    }
  }),

  check('a follower that comes in the middle of a burst misses nothing and gets nothing twice', async (lab) => {
    const [a, b] = await lab.pair();
    await appendAll(a, 'lobby', 'first');
    const { epoch } = await head(a);
    const appends: Promise<unknown>[] = [];
    const tapes: Promise<Tape>[] = [];
    for (const id of ids('m', 100)) {
      appends.push(a.log.append('lobby', message(id)));
      if (appends.length % 10 > 0) continue;
      tapes.push(Tape.of(b, 'lobby', { after: { epoch, offset: 1 } }), Tape.of(b, 'lobby'));
      await appends.at(-1);
    }
    await Promise.all(appends);
    // Who begins behind all of them has nothing to wait for but this.
    const begun = await Promise.all(tapes);
    await appendAll(a, 'lobby', 'last');
    for (const tape of begun) {
      await tape.heard('last');
      tape.assertSeamless();
      assert.equal(tape.offsets.at(-1), 102);
    }
    const resumed = begun.filter((_, index) => index % 2 === 0);
    for (const tape of resumed) assert.equal(tape.offsets[0], 2, 'from the position that it gave');
  }),

  check('many logs are followed at once, each in its order', async (lab) => {
    const nodes = await lab.pair();
    const logs = ids('room', 20);
    const tapes = await Promise.all(logs.map((log) => Tape.of(nodes[1], log)));
    await Promise.all(
      ids('m', 10).flatMap((id) => logs.map((log, index) => nodes[index % 2]?.log.append(log, message(id)))),
    );
    for (const tape of tapes) {
      await tape.heardAll(10);
      tape.assertSeamless(0);
    }
  }),
];
