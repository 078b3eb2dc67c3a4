import assert from 'node:assert/strict';
import type { Entry, LogRange, OpenEngine } from '../../index.js';
import { check, checkWith, type EngineCheck } from './lab.js';
import { naiveRead } from './naive-log.js';
import { appendAll, author, edit, ids, message, reaction, readAll, Tape } from './tape.js';

const offsets = (entries: readonly Entry[]) => entries.map(({ offset }) => offset);

/** Reads from all sides. `all`: what was written, of which what is below `first` has been trimmed away. */
async function assertEveryRange({ log }: OpenEngine, all: readonly Entry[], first: number): Promise<void> {
  const head = all.length;
  const bounds = Array.from({ length: head + 3 }, (_, index) => index);
  const ends: Omit<LogRange, 'limit'>[] = [
    {},
    ...bounds.map((after) => ({ after })),
    ...bounds.slice(1).map((before) => ({ before })),
  ];
  for (const end of ends) {
    for (const limit of new Set([1, 2, head - first, head - first + 1, head - first + 2, head, 1_000])) {
      if (limit < 1) continue;
      const range = { ...end, limit };
      const { epoch: _, ...page } = await log.read('lobby', range);
      assert.deepEqual(page, naiveRead(all, first, range), JSON.stringify(range));
    }
  }
}

/** Reading pages: a clause of its own in `LogRange` and `LogPage`. */
export const readChecks: readonly EngineCheck[] = [
  check('a log in which nothing was written reads as empty and complete', async (lab) => {
    const { log } = await lab.open();
    for (const range of [
      { limit: 5 },
      { limit: 5, after: 0 },
      { limit: 5, before: 1 },
      { limit: 5, after: 7 },
      { limit: 5, before: 7 },
    ]) {
      const { epoch, ...page } = await log.read('lobby', range);
      assert.deepEqual(page, { entries: [], head: 0, complete: true, more: false }, JSON.stringify(range));
      assert.notEqual(epoch, '');
    }
    assert.equal((await log.append('lobby', message('a'))).offset, 1, 'reading wrote nothing');
  }),

  check(
    'read gives the oldest after an offset or the newest before one, and says whether there are more',
    async (lab) => {
      const node = await lab.open();
      const all = await appendAll(node, 'lobby', ...ids('m', 7));
      await assertEveryRange(node, all, 1);
    },
  ),

  checkWith(['history'], 'read says whether something that was asked for has been trimmed away', async (lab) => {
    const node = await lab.open({ history: 4 });
    const all = await appendAll(node, 'lobby', ...ids('m', 9));
    await assertEveryRange(node, all, 6);
  }),

  checkWith(['history'], 'where no history is kept, nothing can be read, and the offsets count on', async (lab) => {
    const node = await lab.open({ history: 0 });
    // A log that holds nothing may be forgotten, unless somebody follows it.
    await Tape.of(node, 'lobby');
    const all = await appendAll(node, 'lobby', ...ids('m', 3));
    await assertEveryRange(node, all, 4);
  }),

  check('`only: messages` counts and gives messages only, direct ones included', async (lab) => {
    const { log } = await lab.open();
    const to = { user: 'bob', name: 'Bob' };
    const direct = { type: 'direct', id: 'd', from: author('ann'), to, text: 'psst' } as const;
    for (const draft of [
      message('a'),
      edit('a', 'b'),
      direct,
      reaction('a', '+1'),
      reaction('a', '+2'),
      message('c'),
      edit('c', 'd'),
    ]) {
      await log.append('lobby', draft);
    }
    const read = async (range: LogRange) => {
      const { entries, more, complete, head } = await log.read('lobby', { ...range, only: 'messages' });
      assert.deepEqual({ complete, head }, { complete: true, head: 7 });
      return [offsets(entries), more];
    };
    assert.deepEqual(await read({ limit: 10 }), [[1, 3, 6], false]);
    assert.deepEqual(await read({ limit: 3 }), [[1, 3, 6], false]);
    assert.deepEqual(await read({ limit: 2 }), [[3, 6], true]);
    assert.deepEqual(await read({ limit: 1, after: 1 }), [[3], true]);
    assert.deepEqual(await read({ limit: 1, after: 3 }), [[6], false]);
    assert.deepEqual(await read({ limit: 5, after: 6 }), [[], false]);
    assert.deepEqual(await read({ limit: 1, before: 6 }), [[3], true]);
    assert.deepEqual(await read({ limit: 5, before: 3 }), [[1], false]);
  }),

  check('`bytes` ends a page early, after one entry at least, on the side where the reading began', async (lab) => {
    const node = await lab.open();
    for (const id of ids('m', 8)) await node.log.append('lobby', message(id, { text: 'x'.repeat(10_000) }));
    const read = async (range: Omit<LogRange, 'limit'>) => {
      const { entries, more, complete } = await node.log.read('lobby', { ...range, limit: 100 });
      assert.equal(complete, true);
      return [offsets(entries), more];
    };
    assert.deepEqual(await read({ bytes: 1 }), [[8], true]);
    assert.deepEqual(await read({ bytes: 1, before: 4 }), [[3], true]);
    assert.deepEqual(await read({ bytes: 1, before: 2 }), [[1], false]);
    assert.deepEqual(await read({ bytes: 1, after: 0 }), [[1], true]);
    assert.deepEqual(await read({ bytes: 1, after: 7 }), [[8], false]);
    assert.deepEqual(await read({ bytes: 10_000_000 }), [[1, 2, 3, 4, 5, 6, 7, 8], false]);
    const [some] = await read({ bytes: 45_000, after: 0 });
    assert.ok(Array.isArray(some) && some.length >= 1 && some.length <= 4, 'no more text than bytes');
  }),

  check('pages one after another cover a log once, in both directions, however they are cut', async (lab) => {
    const node = await lab.open();
    await appendAll(node, 'lobby', ...ids('m', 23));
    const all = (await readAll(node, 'lobby')).map(({ id }) => id);
    for (const cut of [{ limit: 1 }, { limit: 5 }, { limit: 100, bytes: 700 }]) {
      const up: string[] = [];
      for (let after = 0, more = true; more; ) {
        const page = await node.log.read('lobby', { ...cut, after });
        up.push(...page.entries.map(({ id }) => id));
        assert.ok(up.length <= all.length, 'the pages do not overlap');
        ({ more } = page);
        after = page.entries.at(-1)?.offset ?? assert.fail('a page that says there are more is not empty');
      }
      assert.deepEqual(up, all);
      const down: string[] = [];
      for (let before = 24, more = true; more; ) {
        const page = await node.log.read('lobby', { ...cut, before });
        down.unshift(...page.entries.map(({ id }) => id));
        assert.ok(down.length <= all.length, 'the pages do not overlap');
        ({ more } = page);
        before = page.entries[0]?.offset ?? assert.fail('a page that says there are more is not empty');
      }
      assert.deepEqual(down, all);
    }
  }),

  check('what was read is not changed by what is appended later', async (lab) => {
    const { log } = await lab.open();
    await log.append('lobby', message('a'));
    const page = await log.read('lobby', { limit: 10 });
    const before = structuredClone(page);
    await log.append('lobby', edit('a', 'changed'));
    await log.append('lobby', reaction('a', '+1'));
    assert.deepEqual(page, before);
  }),
];
