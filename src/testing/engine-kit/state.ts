import assert from 'node:assert/strict';
import type { JsonValue, OpenEngine } from '../../index.js';
import { until } from '../checks.js';
import { check, checkWith, type EngineCheck } from './lab.js';
import { oddNames, oddPairs } from './odd-names.js';

type Change = readonly [key: string, value: JsonValue | undefined];

/** Records what is told of a scope. */
async function changesOf({ state }: OpenEngine, scope: string): Promise<{ told: Change[]; close(): void }> {
  const told: Change[] = [];
  const { close } = await state.onChange(scope, (key, value) => void told.push([key, value]));
  return { told, close };
}

const allIn = async ({ state }: OpenEngine, scope: string) =>
  [...(await state.list(scope))].sort(([a], [b]) => (a < b ? -1 : 1));

/** Shared state. */
export const stateChecks: readonly EngineCheck[] = [
  check('what one node sets, all get, list and delete', async (lab) => {
    const [a, b] = await lab.pair();
    assert.equal(await b.state.get('lobby', 'topic'), undefined);
    assert.deepEqual(await allIn(b, 'lobby'), []);
    await a.state.set('lobby', 'topic', 'first');
    await a.state.set('lobby', 'topic', 'second');
    await a.state.set('lobby', 'ban/u1', { reason: 'spam' });
    assert.equal(await b.state.get('lobby', 'topic'), 'second');
    assert.deepEqual(await allIn(b, 'lobby'), [
      ['ban/u1', { reason: 'spam' }],
      ['topic', 'second'],
    ]);
    await b.state.set('lobby', 'topic', undefined);
    await b.state.set('lobby', 'never', undefined);
    assert.equal(await a.state.get('lobby', 'topic'), undefined);
    assert.deepEqual(await allIn(a, 'lobby'), [['ban/u1', { reason: 'spam' }]]);
  }),

  check('any JSON value can be kept; null, 0, false and the empty string are not nothing', async (lab) => {
    const [a, b] = await lab.pair();
    const own = JSON.parse('{"__proto__":{"x":1}}') as JsonValue;
    const values: JsonValue[] = [
      null,
      0,
      -0.5,
      1e300,
      false,
      true,
      '',
      '\0\r\n💬',
      [],
      {},
      [[null]],
      { a: { b: [1, 'x'] } },
      own,
    ];
    for (const value of values) {
      await a.state.set('lobby', 'key', value);
      assert.deepEqual(await b.state.get('lobby', 'key'), value);
      assert.deepEqual(await allIn(b, 'lobby'), [['key', value]]);
      assert.equal(await b.state.compareAndSet('lobby', 'key', undefined, 'x'), false, 'it is there');
      assert.equal(await b.state.compareAndSet('lobby', 'key', value, value), true, 'and equal to itself');
    }
  }),

  check('scopes and keys have nothing in common, whatever their names', async (lab) => {
    const [a, b] = await lab.pair();
    const pairs = [...oddPairs, ...oddNames.map((odd) => [odd, odd] as const)];
    for (const [scope, key] of pairs) await a.state.set(scope, key, [scope, key]);
    for (const [scope, key] of pairs) assert.deepEqual(await b.state.get(scope, key), [scope, key]);
    for (const scope of new Set(pairs.map(([name]) => name))) {
      const keys = new Set(pairs.filter(([name]) => name === scope).map(([, key]) => key));
      assert.deepEqual(
        (await allIn(b, scope)).map(([key]) => key),
        [...keys].sort(),
      );
    }
  }),

  check('a list is a copy', async (lab) => {
    const { state } = await lab.open();
    await state.set('lobby', 'a', 1);
    const before = await state.list('lobby');
    await state.set('lobby', 'b', 2);
    await state.set('lobby', 'a', undefined);
    assert.deepEqual([...before], [['a', 1]]);
  }),

  checkWith(['clock'], 'a value with a ttl is gone when that has run out, one without stays', async (lab) => {
    const [a, b] = await lab.pair();
    await a.state.set('lobby', 'short', 1, { ttl: 1_000 });
    await a.state.set('lobby', 'long', 2, { ttl: 2_000 });
    await a.state.set('lobby', 'for good', 3);
    await a.state.set('lobby', 'prolonged', 4, { ttl: 1_000 });
    await a.state.compareAndSet('lobby', 'swapped', undefined, 5, { ttl: 1_000 });
    await a.state.set('lobby', 'made permanent', 6, { ttl: 1_000 });
    await a.state.set('lobby', 'made permanent', 7);
    await lab.advance(600);
    assert.equal((await allIn(b, 'lobby')).length, 6);
    await b.state.set('lobby', 'prolonged', 4, { ttl: 1_000 });
    await lab.advance(600);
    assert.equal(await b.state.get('lobby', 'short'), undefined);
    assert.deepEqual(await allIn(b, 'lobby'), [
      ['for good', 3],
      ['long', 2],
      ['made permanent', 7],
      ['prolonged', 4],
    ]);
    assert.equal(await b.state.compareAndSet('lobby', 'swapped', 5, 6), false, 'it is not there any more');
    assert.equal(await b.state.compareAndSet('lobby', 'swapped', undefined, 6), true);
    await lab.advance(1_000);
    assert.deepEqual(await allIn(b, 'lobby'), [
      ['for good', 3],
      ['made permanent', 7],
      ['swapped', 6],
    ]);
  }),

  check('compareAndSet sets only where the present value is the expected one', async (lab) => {
    const [a, b] = await lab.pair();
    const set = (expected: JsonValue | undefined, value: JsonValue | undefined) =>
      a.state.compareAndSet('lobby', 'key', expected, value);
    const present = () => b.state.get('lobby', 'key');
    assert.equal(await set('x', 'y'), false);
    assert.equal(await present(), undefined);
    assert.equal(await set(undefined, { n: 1 }), true);
    assert.equal(await set(undefined, 'y'), false);
    assert.equal(await set({ n: 2 }, 'y'), false);
    assert.equal(await set('{"n":1}', 'y'), false, 'its text is another value');
    assert.deepEqual(await present(), { n: 1 });
    assert.equal(await set({ n: 1 }, null), true);
    assert.equal(await set(undefined, 'y'), false);
    assert.equal(await set(null, 'z'), true);
    assert.equal(await set('z', undefined), true);
    assert.equal(await present(), undefined);
    assert.deepEqual(await allIn(b, 'lobby'), []);
  }),

  check('compareAndSet is atomic: of many increments on two nodes at once none is lost', async (lab) => {
    const nodes = await lab.pair();
    const increment = async ({ state }: OpenEngine): Promise<void> => {
      for (let attempt = 0; attempt < 1_000; attempt++) {
        const before = (await state.get('lobby', 'count')) as number | undefined;
        if (await state.compareAndSet('lobby', 'count', before, (before ?? 0) + 1)) return;
      }
      assert.fail('one of those who try at once succeeds');
    };
    await Promise.all(nodes.flatMap((node) => Array.from({ length: 25 }, () => increment(node))));
    assert.equal(await nodes[1].state.get('lobby', 'count'), 50);
  }),

  check('changes of a scope are told on every node, deletions as undefined, refused ones not', async (lab) => {
    const [a, b] = await lab.pair();
    const watches = await Promise.all([a, b].flatMap((node) => [changesOf(node, 'lobby'), changesOf(node, 'ops')]));
    await a.state.set('lobby', 'topic', { text: 'x' });
    await b.state.compareAndSet('lobby', 'topic', 'wrong', 'y');
    await b.state.compareAndSet('lobby', 'topic', { text: 'x' }, 'z');
    await a.state.set('lobby', 'topic', undefined);
    await b.state.set('ops', 'other', 1);
    for (const [index, { told }] of watches.entries()) {
      const expected: Change[] = [
        ['topic', { text: 'x' }],
        ['topic', 'z'],
        ['topic', undefined],
      ];
      if (index % 2 === 1) expected.splice(0, 3, ['other', 1]);
      await until('the changes', () => told.length >= expected.length);
      assert.deepEqual(told, expected);
    }
  }),

  check('the last change that is told is the value that stands, after sets on two nodes at once', async (lab) => {
    const nodes = await lab.pair();
    const watches = await Promise.all(nodes.map((node) => changesOf(node, 'lobby')));
    await Promise.all(
      nodes.flatMap(({ state }, index) => [1, 2, 3, 4, 5].map((n) => state.set('lobby', 'key', `${index} ${n}`))),
    );
    for (const { told } of watches) {
      await until('the changes', () => told.length >= 10);
      assert.equal(told.at(-1)?.[1], await nodes[0].state.get('lobby', 'key'));
    }
  }),

  check('changes are told no more after close(); a handler that throws is reported and stops no other', async (lab) => {
    const [a, b] = await lab.pair();
    const closed = await changesOf(b, 'lobby');
    await b.state.onChange('lobby', () => {
      throw new Error('boom');
    });
    const open = await changesOf(b, 'lobby');
    closed.close();
    closed.close();
    await a.state.set('lobby', 'key', 1);
    await until('the change', () => open.told.length === 1);
    assert.deepEqual(closed.told, []);
    assert.deepEqual(lab.errors.splice(0), [new Error('boom')]);
  }),
];
