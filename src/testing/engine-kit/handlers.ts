import assert from 'node:assert/strict';
import type { Entry } from '../../index.js';
import { check, type EngineCheck } from './lab.js';
import { appendAll, ids, message, Tape } from './tape.js';

const boom = () => {
  throw new Error('boom');
};

/** Clause 4 of the log, when handlers throw, close and act in the middle of a delivery. */
export const handlerChecks: readonly EngineCheck[] = [
  check('nothing is delivered after close(), which may be called twice', async (lab) => {
    const [a, b] = await lab.pair();
    const tape = await Tape.of(b, 'lobby');
    const witness = await Tape.of(b, 'lobby');
    await appendAll(a, 'lobby', 'a');
    await tape.heard('a');
    tape.close();
    tape.close();
    await appendAll(a, 'lobby', 'b');
    await a.log.remove('lobby');
    await appendAll(a, 'lobby', 'c');
    await witness.heard('c');
    assert.deepEqual(tape.ids, ['a']);
    assert.deepEqual(tape.resets, []);
  }),

  check('a follower that closes itself in its own delivery gets nothing more, and disturbs nobody', async (lab) => {
    const node = await lab.open();
    const first = await Tape.of(node, 'lobby');
    const tape: Tape = await Tape.of(node, 'lobby', { onEntry: () => tape.close() });
    const last = await Tape.of(node, 'lobby');
    await Promise.all(ids('m', 5).map((id) => node.log.append('lobby', message(id))));
    for (const witness of [first, last]) await witness.heard('m5');
    // Entries that came in one call had been delivered already.
    assert.equal(tape.ids[0], 'm1');
    await appendAll(node, 'lobby', 'later');
    assert.ok(!tape.ids.includes('later'));
  }),

  check('a follower that another closes in the middle of a delivery gets nothing of it', async (lab) => {
    const node = await lab.open();
    const tapes: Tape[] = [];
    // Whoever of the two is called first closes the other.
    const closeOther = (own: number) => () => tapes[1 - own]?.close();
    tapes.push(await Tape.of(node, 'lobby', { onEntry: closeOther(0) }));
    tapes.push(await Tape.of(node, 'lobby', { onEntry: closeOther(1) }));
    await appendAll(node, 'lobby', 'a', 'b');
    assert.deepEqual(tapes.map(({ ids }) => ids.join()).sort(), ['', 'a,b']);
  }),

  check('a handler that throws is reported to onError, goes on getting entries, and stops no other', async (lab) => {
    const [a, b] = await lab.pair();
    const before = await Tape.of(b, 'lobby');
    const bad = await Tape.of(b, 'lobby', { onEntry: boom, onReset: boom });
    const after = await Tape.of(b, 'lobby');
    await appendAll(a, 'lobby', 'a');
    for (const tape of [before, bad, after]) await tape.heard('a');
    assert.deepEqual(lab.errors.splice(0), [new Error('boom')]);
    await appendAll(a, 'lobby', 'b');
    await a.log.remove('lobby');
    await appendAll(a, 'lobby', 'c');
    for (const tape of [before, bad, after]) {
      await tape.heard('c');
      assert.deepEqual([tape.ids, tape.resets.length], [['a', 'b', 'c'], 1]);
    }
    assert.equal(lab.errors.splice(0).length, 3);
  }),

  check(
    'a bot that answers in the middle of a delivery: everybody sees the question before the answer',
    async (lab) => {
      const [a, b] = await lab.pair();
      const answers: Promise<unknown>[] = [];
      const answer = ({ id }: Entry) => {
        if (!id.endsWith('!')) answers.push(b.log.append('lobby', message(`${id}!`)));
        if (id.endsWith('?!')) answers.push(b.log.append('lobby', message(`${id}!!`)));
      };
      const tapes = [await Tape.of(b, 'lobby'), await Tape.of(a, 'lobby')];
      tapes.push(await Tape.of(b, 'lobby', { onEntry: answer }), await Tape.of(b, 'lobby'), await Tape.of(a, 'lobby'));
      await appendAll(a, 'lobby', 'one?');
      await appendAll(a, 'lobby', 'two?');
      for (const tape of tapes) {
        await tape.heardAll(6);
        assert.deepEqual(tape.ids, tapes[0]?.ids, 'one order');
        tape.assertSeamless(0);
        for (const question of ['one?', 'two?']) {
          const order = [question, `${question}!`, `${question}!!!`].map((id) => tape.ids.indexOf(id));
          assert.deepEqual(
            order,
            [...order].sort((x, y) => x - y),
          );
        }
      }
      await Promise.all(answers);
    },
  ),

  check('a handler that appends ten deep keeps the order, too', async (lab) => {
    const node = await lab.open();
    const pending: Promise<unknown>[] = [];
    const countDown = ({ id }: Entry) => {
      if (Number(id) > 0) pending.push(node.log.append('lobby', message(String(Number(id) - 1))));
    };
    const tapes = [
      await Tape.of(node, 'lobby'),
      await Tape.of(node, 'lobby', { onEntry: countDown }),
      await Tape.of(node, 'lobby'),
    ];
    await appendAll(node, 'lobby', '10');
    for (const tape of tapes) {
      await tape.heard('0');
      assert.deepEqual(tape.ids, ['10', '9', '8', '7', '6', '5', '4', '3', '2', '1', '0']);
    }
    await Promise.all(pending);
  }),

  check('a follower that begins in the middle of a delivery misses nothing and gets nothing twice', async (lab) => {
    const node = await lab.open();
    const begun: Promise<Tape>[] = [];
    const appends: Promise<unknown>[] = [];
    const { epoch } = await node.log.append('lobby', message('first'));
    const begin = ({ id }: Entry) => {
      if (id !== 'second') return;
      appends.push(node.log.append('lobby', message('third')));
      begun.push(Tape.of(node, 'lobby', { after: { epoch, offset: 0 } }), Tape.of(node, 'lobby'));
      appends.push(node.log.append('lobby', message('fourth')));
    };
    await Tape.of(node, 'lobby', { onEntry: begin });
    await appendAll(node, 'lobby', 'second');
    await Promise.all(appends);
    await appendAll(node, 'lobby', 'fifth');
    const [all, rest] = await Promise.all(begun);
    for (const tape of [all, rest]) await tape?.heard('fifth');
    assert.deepEqual(all?.ids, ['first', 'second', 'third', 'fourth', 'fifth']);
    rest?.assertSeamless();
  }),

  check('a handler that removes the log and writes it anew: all are reset, then get the first entry', async (lab) => {
    const node = await lab.open();
    const pending: Promise<unknown>[] = [];
    const wipe = ({ id }: Entry) => {
      if (id === 'wipe') pending.push(node.log.remove('lobby'), node.log.append('lobby', message('new')));
    };
    const tapes = [
      await Tape.of(node, 'lobby'),
      await Tape.of(node, 'lobby', { onEntry: wipe }),
      await Tape.of(node, 'lobby'),
    ];
    await appendAll(node, 'lobby', 'a', 'wipe');
    await Promise.all(pending);
    await appendAll(node, 'lobby', 'newer');
    for (const tape of tapes) {
      await tape.heard('newer');
      assert.equal(tape.resets.length, 1);
      assert.deepEqual(tape.ids.slice(-2), ['new', 'newer']);
      tape.assertSeamless();
    }
  }),

  check(
    'a follower that closes when the log is removed in the middle of a delivery is told nothing more',
    async (lab) => {
      const node = await lab.open();
      const pending: Promise<unknown>[] = [];
      const wipe = (): void => {
        if (pending.length > 0) return;
        pending.push(node.log.remove('lobby'));
        tape.close();
      };
      const witness = await Tape.of(node, 'lobby');
      const tape: Tape = await Tape.of(node, 'lobby', { onEntry: wipe });
      await appendAll(node, 'lobby', 'a');
      await Promise.all(pending);
      await appendAll(node, 'lobby', 'b');
      await witness.heard('b');
      assert.deepEqual([tape.ids, tape.resets], [['a'], []]);
    },
  ),
];
