import assert from 'node:assert/strict';
import { until } from '../checks.js';
import { check, checkWith, type EngineCheck } from './lab.js';
import { appendAll, ids, message, readAll, Tape } from './tape.js';

function succeeds(call: Promise<unknown>): Promise<boolean> {
  return call.then(
    () => true,
    () => false,
  );
}

/** Clauses 1, 4 and 7 of the log: what begins a new epoch, and the store out of reach. */
export const epochChecks: readonly EngineCheck[] = [
  check('the entry after remove() is the first of a new epoch', async (lab) => {
    const [a, b] = await lab.pair();
    const old = await a.log.append('lobby', message('a', { key: 'k' }));
    await a.log.append('ops', message('kept'));
    await b.log.remove('lobby');
    const { entries, head, epoch } = await a.log.read('lobby', { limit: 10 });
    assert.deepEqual({ entries, head }, { entries: [], head: 0 });
    assert.notEqual(epoch, old.epoch);
    assert.equal(await a.log.find('lobby', 'ann', 'k'), undefined, 'its keys are forgotten with it');
    const first = await a.log.append('lobby', message('b', { key: 'k' }));
    assert.deepEqual({ offset: first.offset, duplicate: first.duplicate }, { offset: 1, duplicate: false });
    assert.notEqual(first.epoch, old.epoch);
    assert.equal((await readAll(b, 'ops')).length, 1, 'other logs stay');
  }),

  check('remove() of a log that never was, or of one twice, does no harm', async (lab) => {
    const { log } = await lab.open();
    await log.remove('lobby');
    await log.append('lobby', message('a'));
    await log.remove('lobby');
    await log.remove('lobby');
    assert.equal((await log.append('lobby', message('b'))).offset, 1);
  }),

  check('followers on all nodes are reset by remove(), and follow the new epoch', async (lab) => {
    const nodes = await lab.pair();
    const tapes = await Promise.all(nodes.map((node) => Tape.of(node, 'lobby')));
    await appendAll(nodes[0], 'lobby', 'a', 'b');
    const old = tapes[0]?.position.epoch;
    await nodes[1].log.remove('lobby');
    const { epoch } = await nodes[0].log.append('lobby', message('c'));
    assert.notEqual(epoch, old);
    for (const tape of tapes) {
      await tape.heard('c');
      assert.deepEqual(tape.offsets, [1, 2, 1]);
      assert.deepEqual(tape.resets, [{ epoch, offset: 0 }]);
      assert.deepEqual(tape.position, { epoch, offset: 1 });
    }
  }),

  check('a position of before remove() is answered with a reset', async (lab) => {
    const node = await lab.open();
    const { epoch, offset } = await node.log.append('lobby', message('a'));
    await node.log.remove('lobby');
    await appendAll(node, 'lobby', 'b', 'c');
    const tape = await Tape.of(node, 'lobby', { after: { epoch, offset } });
    await tape.heard('c');
    assert.equal(tape.resets.length, 1);
    tape.assertSeamless();
  }),

  check('a store that is behind what an appender knows begins a new epoch, with or without followers', async (lab) => {
    const [a, b] = await lab.pair();
    const tape = await Tape.of(b, 'followed');
    for (const name of ['followed', 'alone']) {
      await appendAll(a, name, 'a', 'b');
      const old = await a.log.append(name, message('c'));
      const first = await b.log.append(name, message('new'), { known: { epoch: old.epoch, offset: 9 } });
      assert.notEqual(first.epoch, old.epoch);
      assert.equal(first.duplicate, false);
      const second = await a.log.append(name, message('newer'));
      assert.deepEqual([second.epoch, second.offset], [first.epoch, first.offset + 1]);
      // What is still there may stay, or go: the new epoch counts it.
      const kept = (await readAll(a, name)).map(({ id }) => id);
      assert.deepEqual(kept, [...['a', 'b', 'c'].slice(0, first.offset - 1), 'new', 'newer']);
    }
    await tape.heard('newer');
    assert.equal(tape.resets.length, 1);
    tape.assertSeamless(0);
  }),

  check('what an appender knows changes nothing when the store is not behind it', async (lab) => {
    const { log } = await lab.open();
    const { epoch } = await log.append('lobby', message('a'));
    await log.append('lobby', message('b'), { known: { epoch, offset: 1 } });
    await log.append('lobby', message('c'), { known: { epoch, offset: 1 } });
    const last = await log.append('lobby', message('d'), { known: { epoch: 'another', offset: 99 } });
    assert.deepEqual([last.epoch, last.offset], [epoch, 4]);
  }),

  check('two logs never share an epoch, removed ones included', async (lab) => {
    const { log } = await lab.open();
    const epochs = new Set<string>();
    for (const name of ids('room', 20)) {
      epochs.add((await log.append(name, message('a'))).epoch);
      await log.remove(name);
      epochs.add((await log.append(name, message('a'))).epoch);
    }
    assert.equal(epochs.size, 40);
  }),

  check('a follow whose signal was aborted rejects, and follows nothing', async (lab) => {
    const node = await lab.open();
    let told = 0;
    const count = () => void told++;
    const handler = { deliver: count, gap: count, reset: count };
    await assert.rejects(node.log.follow('lobby', handler, { signal: AbortSignal.abort() }));
    await appendAll(node, 'lobby', 'a');
    assert.equal(told, 0);
  }),

  checkWith(
    ['outage'],
    'while the store is out of reach calls reject with ENGINE_UNAVAILABLE, then all goes on',
    async (lab) => {
      const [a, b] = await lab.pair();
      const tape = await Tape.of(b, 'lobby');
      await appendAll(a, 'lobby', 'before');
      await tape.heard('before');
      const restore = await lab.outage();
      const started = performance.now();
      const calls = [a.log.append('lobby', message('lost', { key: 'k' })), b.log.append('lobby', message('lost, too'))];
      for (const { reason } of (await Promise.allSettled(calls)) as { reason?: unknown }[]) {
        assert.equal((reason as { code?: unknown } | undefined)?.code, 'ENGINE_UNAVAILABLE');
      }
      assert.ok(performance.now() - started < 6_000, 'within 5 s');
      await restore();
      const repeat = () => a.log.append('lobby', message('repeated', { key: 'k' }));
      await until('an append after the outage', () => succeeds(repeat()), 10_000);
      await until('a read on the other node', () => succeeds(b.log.read('lobby', { limit: 1 })), 10_000);
      await a.log.append('lobby', message('repeated again', { key: 'k' }));
      await appendAll(a, 'lobby', 'after');
      await tape.heard('after');
      tape.assertSeamless(0);
      assert.equal((await readAll(b, 'lobby')).filter(({ key }) => key === 'k').length, 1, 'one copy');
      // An engine may report that it lost its store.
      lab.errors.length = 0;
    },
  ),
];
