import assert from 'node:assert/strict';
import { checkWith, type EngineCheck } from './lab.js';
import { appendAll, edit, ids, message, readAll, Tape } from './tape.js';

/** Clause 6 of the log. */
export const retentionChecks: readonly EngineCheck[] = [
  checkWith(['history'], 'a log keeps no more entries than `history`, edits and reactions counted', async (lab) => {
    const [a, b] = await lab.pair({ history: 3 });
    await appendAll(a, 'lobby', 'a', 'b', 'c');
    assert.equal((await readAll(b, 'lobby')).length, 3);
    await a.log.append('lobby', edit('c', 'changed'));
    await appendAll(b, 'lobby', 'd');
    assert.deepEqual(
      (await readAll(a, 'lobby')).map(({ id }) => id),
      ['c', 'edit of c', 'd'],
    );
    await appendAll(a, 'ops', 'a');
    assert.equal((await readAll(b, 'lobby')).length, 3, 'each log has its own');
  }),

  checkWith(['clock', 'historyAge'], 'entries older than `historyAge` are read no more', async (lab) => {
    const [a, b] = await lab.pair({ historyAge: 1_000 });
    const first = await a.log.append('lobby', message('old', { key: 'k' }));
    await lab.advance(600);
    await appendAll(a, 'lobby', 'new');
    assert.equal((await readAll(b, 'lobby')).length, 2);
    await lab.advance(600);
    const found = { ...first, duplicate: true, entry: undefined };
    assert.deepEqual(await b.log.find('lobby', 'ann', 'k'), found, 'its key is still known');
    const { entries, complete, head } = await b.log.read('lobby', { after: 0, limit: 10 });
    assert.deepEqual(
      entries.map(({ id, offset }) => [id, offset]),
      [['new', 2]],
    );
    assert.deepEqual({ complete, head }, { complete: false, head: 2 });
  }),

  checkWith(
    ['clock', 'historyAge'],
    'a follower that comes back after `historyAge` is told what it missed for good',
    async (lab) => {
      const node = await lab.open({ historyAge: 1_000 });
      const { epoch } = await node.log.append('lobby', message('a'));
      await Tape.of(node, 'lobby');
      await appendAll(node, 'lobby', 'b', 'c');
      await lab.advance(1_200);
      const tape = await Tape.of(node, 'lobby', { after: { epoch, offset: 1 } });
      assert.deepEqual(tape.told, [{ gap: { from: 2, to: 3 } }]);
      await appendAll(node, 'lobby', 'd');
      await tape.heard('d');
      assert.deepEqual(tape.offsets, [4], 'the log that is followed counts on');
    },
  ),

  checkWith(['historyBytes'], 'all logs together keep no more than `historyBytes`', async (lab) => {
    const node = await lab.open({ historyBytes: 20_000 });
    const logs = ids('room', 4);
    const tapes = await Promise.all(logs.slice(0, 2).map((name) => Tape.of(node, name)));
    const kept = async () => {
      const pages = await Promise.all(logs.map((name) => readAll(node, name)));
      return pages.flat().reduce((sum, entry) => sum + ('text' in entry ? entry.text.length : 0), 0);
    };
    for (const id of ids('m', 60)) {
      for (const name of logs) await node.log.append(name, message(id, { text: 'x'.repeat(500) }));
      assert.ok((await kept()) <= 20_000, `${await kept()} bytes of text are kept`);
    }
    assert.ok((await kept()) > 0);
    for (const tape of tapes) {
      await tape.heard('m60');
      assert.equal(tape.entries.length, 60, 'who follows misses nothing');
    }
  }),
];
