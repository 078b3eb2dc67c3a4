import assert from 'node:assert/strict';
import { type Entry, type OpenEngine, parseSearch } from '../../index.js';
import { check, checkWith, type EngineCheck } from './lab.js';
import { oddNames } from './odd-names.js';
import { appendAll, deletion, edit, ids, message, reaction } from './tape.js';

async function found(engine: OpenEngine, log: string, text: string, limits: { before?: number; until?: number } = {}) {
  const page = await engine.log.search?.(log, { terms: parseSearch(text), limit: 3, ...limits });
  assert.ok(page !== undefined, 'an engine whose options do not say `search: false` has search');
  return { ids: page.entries.map(({ id }) => id), more: page.more };
}

const everyone = '';

/** `get`, `count` and `search`. */
export const findingChecks: readonly EngineCheck[] = [
  check('get() gives a message in its present form, and nothing that is none', async (lab) => {
    const [a, b] = await lab.pair();
    const { entry } = await a.log.append('lobby', message('a', { data: { x: 1 } }));
    assert.deepEqual(await b.log.get('lobby', 'a'), entry);
    const { at } = await b.log.append('lobby', edit('a', 'new', 'the edit'));
    await b.log.append('lobby', reaction('a', '+1', 'bob'));
    const now = (await a.log.get('lobby', 'a')) as Entry & { text: string; edited: number; reactions: object };
    assert.deepEqual([now.text, now.edited, { ...now.reactions }], ['new', at, { '+1': ['bob'] }]);
    for (const id of ['the edit', 'b', '', '__proto__', '%']) assert.equal(await a.log.get('lobby', id), undefined, id);
    assert.equal(await a.log.get('ops', 'a'), undefined);
    await a.log.append('lobby', deletion('a'));
    assert.equal(await b.log.get('lobby', 'a'), undefined, 'it was deleted');
  }),

  checkWith(['history'], 'get() and count() know nothing of what was trimmed away', async (lab) => {
    const node = await lab.open({ history: 2 });
    await appendAll(node, 'lobby', 'a', 'b', 'c');
    assert.equal(await node.log.get('lobby', 'a'), undefined);
    assert.equal((await node.log.get('lobby', 'b'))?.id, 'b');
    assert.equal(await node.log.count('lobby', { after: 0, limit: 9, except: everyone }), 2);
  }),

  check('count() counts what others said above an offset, up to a limit', async (lab) => {
    const [a, b] = await lab.pair();
    const count = (after: number, except: string, limit = 100) => b.log.count('lobby', { after, limit, except });
    assert.equal(await count(0, everyone), 0);
    await appendAll(a, 'lobby', 'a', 'b');
    const other = { id: 'm', user: 'bob', name: 'bob' };
    await a.log.append('lobby', { ...message('c'), from: other });
    await a.log.append('lobby', edit('a', 'changed'));
    await a.log.append('lobby', reaction('b', '+1', 'bob'));
    assert.deepEqual([await count(0, everyone), await count(1, everyone), await count(5, everyone)], [3, 2, 0]);
    assert.deepEqual([await count(0, 'ann'), await count(0, 'bob'), await count(0, everyone, 2)], [1, 2, 2]);
    await a.log.append('lobby', deletion('a'));
    assert.equal(await count(0, everyone), 2, 'what is deleted does not wait to be read');
    for (const user of oddNames) await a.log.append('lobby', { ...message(user), from: { ...other, user } });
    for (const user of oddNames) assert.equal(await count(0, user), 2 + oddNames.length - 1);
  }),

  checkWith(
    ['search'],
    'search() finds words, phrases and beginnings, whatever their case and accents',
    async (lab) => {
      const [a, b] = await lab.pair();
      const said = {
        a: 'Good morning, Zoë!',
        b: 'morning glory',
        c: 'GOOD_EVENING zoe',
        d: '東京タワーに行く',
        e: '안녕하세요 👍🏽',
      };
      for (const [id, text] of Object.entries(said)) await a.log.append('lobby', message(id, { text }));
      const cases: readonly (readonly [string, readonly string[]])[] = [
        ['good', ['a', 'c']],
        ['ZOE', ['a', 'c']],
        ['zoë good', ['a', 'c']],
        ['morning', ['a', 'b']],
        ['"good morning"', ['a']],
        ['"morning good"', []],
        ['morn', []],
        ['morn*', ['a', 'b']],
        ['東京', ['d']],
        ['京東', []],
        ['타워', []],
        ['안녕', ['e']],
        ['👍', ['e']],
        ['good-morning', ['a']],
        ['"', []],
        ['evening', ['c']],
      ];
      for (const [text, expected] of cases) {
        if (parseSearch(text).length > 0) assert.deepEqual((await found(b, 'lobby', text)).ids, expected, text);
      }
      assert.deepEqual((await found(b, 'ops', 'good')).ids, [], 'each log by itself');
    },
  ),

  checkWith(['search'], 'what is searched for can be no command to the store', async (lab) => {
    const node = await lab.open();
    await node.log.append('lobby', message('a', { text: 'a NEAR b OR c' }));
    for (const text of [
      'NEAR(a b)',
      'a OR zebra',
      'text:a',
      'a AND NOT b',
      "a' --",
      '^a',
      '{a}',
      'a*b*',
      '%',
      ...oddNames,
    ]) {
      if (parseSearch(text).length > 0) await found(node, 'lobby', text);
    }
    assert.deepEqual((await found(node, 'lobby', 'a OR zebra')).ids, [], '"or" is a word like any other');
    assert.deepEqual((await found(node, 'lobby', 'or near')).ids, ['a']);
  }),

  checkWith(
    ['search'],
    'search() gives the newest in the order of the log, and goes on before an offset',
    async (lab) => {
      const node = await lab.open();
      for (const id of ids('m', 8)) await node.log.append('lobby', message(id, { text: `tick ${id}` }));
      assert.deepEqual(await found(node, 'lobby', 'tick'), { ids: ['m6', 'm7', 'm8'], more: true });
      await appendAll(node, 'lobby', 'm9');
      assert.deepEqual(await found(node, 'lobby', 'tick', { before: 6 }), { ids: ['m3', 'm4', 'm5'], more: true });
      assert.deepEqual(await found(node, 'lobby', 'tick', { before: 4 }), { ids: ['m1', 'm2', 'm3'], more: false });
      assert.deepEqual(await found(node, 'lobby', 'tick', { before: 1 }), { ids: [], more: false });
    },
  ),

  checkWith(['search', 'clock'], 'search() goes back to a time', async (lab) => {
    const node = await lab.open();
    const times: number[] = [];
    for (const id of ids('m', 4)) {
      times.push((await node.log.append('lobby', message(id, { text: 'tick' }))).at);
      await lab.advance(10);
    }
    const [first = 0, second = 0] = times;
    assert.deepEqual((await found(node, 'lobby', 'tick', { until: second })).ids, ['m1', 'm2']);
    assert.deepEqual((await found(node, 'lobby', 'tick', { until: second - 1 })).ids, ['m1']);
    assert.deepEqual((await found(node, 'lobby', 'tick', { until: first - 1 })).ids, []);
    assert.deepEqual((await found(node, 'lobby', 'tick', { until: second, before: 2 })).ids, ['m1']);
  }),

  checkWith(
    ['search'],
    'search() knows messages in their present form, and nothing of what was deleted',
    async (lab) => {
      const node = await lab.open();
      await node.log.append('lobby', message('a', { text: 'apples' }));
      await node.log.append('lobby', message('b', { text: 'apples and pears' }));
      await node.log.append('lobby', edit('a', 'plums'));
      assert.deepEqual((await found(node, 'lobby', 'apples')).ids, ['b'], 'neither the old text nor the edit');
      assert.deepEqual((await found(node, 'lobby', 'plums')).ids, ['a']);
      await node.log.append('lobby', deletion('b'));
      assert.deepEqual((await found(node, 'lobby', 'apples')).ids, []);
      await node.log.remove('lobby');
      assert.deepEqual((await found(node, 'lobby', 'plums')).ids, []);
    },
  ),
];
