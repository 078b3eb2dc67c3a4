import assert from 'node:assert/strict';
import type { Clock, JsonValue } from '../../index.js';
import { check, checkWith, type EngineCheck } from './lab.js';
import { oddNames, oddPairs } from './odd-names.js';
import { appendAll, author, deletion, edit, ids, message, reaction, readAll, Tape } from './tape.js';

const hour = 3_600_000;

const behind = (clock: Clock, ms: () => number): Clock => ({
  now: () => clock.now() - ms(),
  monotonic: () => clock.monotonic(),
  after: (delay, run) => clock.after(delay, run),
});

/** Clauses 1 to 3 of the log: offsets, what an append promises, time. */
export const appendChecks: readonly EngineCheck[] = [
  check('offsets of a log count every entry from 1, whatever its type', async (lab) => {
    const { log } = await lab.open();
    const drafts = [message('a'), edit('a', 'new'), reaction('a', '+1'), deletion('a'), message('b')];
    const appended = [];
    for (const draft of drafts) appended.push(await log.append('lobby', draft));
    assert.deepEqual(
      appended.map(({ offset }) => offset),
      [1, 2, 3, 4, 5],
    );
    assert.equal(new Set(appended.map(({ epoch }) => epoch)).size, 1, 'one epoch');
    assert.equal((await log.read('lobby', { limit: 1 })).head, 5);
  }),

  check('each log counts for itself, and has an epoch of its own', async (lab) => {
    const { log } = await lab.open();
    const first = await log.append('lobby', message('a'));
    const second = await log.append('ops', message('a'));
    assert.deepEqual([first.offset, second.offset], [1, 1]);
    assert.notEqual(first.epoch, second.epoch);
  }),

  check('appends on two nodes at once leave no hole and no repeat among the offsets', async (lab) => {
    const nodes = await lab.pair();
    const appends = nodes.flatMap(({ log }, node) =>
      ids(`${node}/`, 100).map((id) => log.append('lobby', message(id))),
    );
    const appended = await Promise.all(appends);
    const offsets = appended.map(({ offset }) => offset).sort((a, b) => a - b);
    assert.deepEqual(
      offsets,
      Array.from({ length: 200 }, (_, index) => index + 1),
    );
    for (const node of nodes) {
      const inOrder = [...appended].sort((a, b) => a.offset - b.offset);
      assert.deepEqual(
        (await readAll(node, 'lobby')).map(({ id, offset }) => [id, offset]),
        inOrder.map(({ id, offset }) => [id, offset]),
      );
    }
  }),

  check('an append resolves with the entry as it is stored, read and delivered', async (lab) => {
    const [a, b] = await lab.pair();
    const tape = await Tape.of(b, 'lobby');
    // `__proto__` as an own property, as JSON.parse makes it.
    const data = JSON.parse(
      '{"__proto__":{"x":1},"nested":[1,{"deep":[null,true,"\\u0000"]}],"number":-0.5}',
    ) as JsonValue;
    const drafts = [
      message('plain'),
      message('full', { action: true, data, key: 'k', from: { id: 'm', user: 'u', name: 'Zoë 💬' } }),
      message('text', {
        text: 'tab\t NUL\0 CRLF\r\n separators\u2028\u2029 quote" backslash\\ \u{1F468}\u200D\u{1F469} '.repeat(500),
      }),
    ];
    for (const draft of drafts) {
      const { entry, offset, at, id, duplicate, epoch } = await a.log.append('lobby', draft);
      assert.deepEqual({ entry, id, duplicate }, { entry: { ...draft, offset, at }, id: draft.id, duplicate: false });
      const page = await b.log.read('lobby', { limit: 1 });
      assert.deepEqual({ entries: page.entries, epoch: page.epoch }, { entries: [entry], epoch });
      await tape.heard(draft.id);
      assert.deepEqual(tape.entries.at(-1), entry);
    }
  }),

  check('an inbox holds direct messages as they were sent', async (lab) => {
    const { log } = await lab.open();
    const to = { user: 'bob', name: 'Bob' };
    const { entry } = await log.append('@bob', {
      type: 'direct',
      id: 'd',
      from: author('ann'),
      to,
      text: 'psst',
      data: { a: 1 },
    });
    assert.deepEqual((await log.read('@bob', { limit: 1, only: 'messages' })).entries, [entry]);
    assert.deepEqual(
      { ...entry, at: 0 },
      { type: 'direct', id: 'd', from: author('ann'), to, text: 'psst', data: { a: 1 }, offset: 1, at: 0 },
    );
  }),

  check('an append that is repeated with its key is told the first one, and stores nothing', async (lab) => {
    const [a, b] = await lab.pair();
    const first = await a.log.append('lobby', message('first', { key: 'k' }));
    await a.log.append('lobby', message('between'));
    const again = await b.log.append('lobby', message('second', { key: 'k' }));
    assert.deepEqual(again, { ...first, duplicate: true });
    assert.deepEqual(
      (await readAll(b, 'lobby')).map(({ id }) => id),
      ['first', 'between'],
    );
  }),

  check('a key that two nodes append at once is stored once', async (lab) => {
    const nodes = await lab.pair();
    for (const key of ids('k', 20)) {
      const appends = nodes.flatMap(({ log }, node) =>
        [1, 2].map((n) => log.append('lobby', message(`${key} ${node} ${n}`, { key }))),
      );
      const appended = await Promise.all(appends);
      assert.equal(new Set(appended.map(({ id }) => id)).size, 1, 'all are told of one entry');
      assert.equal(appended.filter(({ duplicate }) => !duplicate).length, 1, 'one of them stored it');
    }
    assert.equal((await readAll(nodes[0], 'lobby')).length, 20);
  }),

  check('an edit or a reaction with a key is stored once, too', async (lab) => {
    const { log } = await lab.open();
    await log.append('lobby', message('a'));
    const first = await log.append('lobby', { ...deletion('a'), key: 'k' });
    assert.deepEqual(await log.append('lobby', { ...deletion('a', 'again'), key: 'k' }), { ...first, duplicate: true });
    assert.equal((await log.read('lobby', { limit: 1 })).head, 2);
  }),

  check('find() gives the earlier append of a user and a key, on every node, and nothing else', async (lab) => {
    const [a, b] = await lab.pair();
    const first = await a.log.append('lobby', message('first', { key: 'k' }));
    assert.deepEqual(await b.log.find('lobby', 'ann', 'k'), { ...first, duplicate: true });
    for (const [log, user, key] of [
      ['lobby', 'ann', 'x'],
      ['lobby', 'bob', 'k'],
      ['ops', 'ann', 'k'],
    ] as const) {
      assert.equal(await b.log.find(log, user, key), undefined, `${log} ${user} ${key}`);
    }
    assert.equal(
      (await b.log.append('ops', message('elsewhere', { key: 'k' }))).duplicate,
      false,
      'each log has its keys',
    );
  }),

  check('a key of direct messages stands for one message to each recipient, as it stands there', async (lab) => {
    const [a, b] = await lab.pair();
    const direct = (id: string, to: string) =>
      ({ type: 'direct', id, from: author('ann'), to: { user: to, name: to }, text: id, key: 'k' }) as const;
    const toBob = await a.log.append('@ann', direct('first', 'bob'));
    const toCy = await b.log.append('@ann', direct('second', 'cy'));
    assert.equal(toCy.duplicate, false, 'the same key to somebody else is another message');
    assert.deepEqual(await b.log.append('@ann', direct('again', 'bob')), { ...toBob, duplicate: true });
    assert.deepEqual(await a.log.find('@ann', 'ann', 'k', 'cy'), { ...toCy, duplicate: true });
    assert.equal(await a.log.find('@ann', 'ann', 'k'), undefined, 'nor is it a key of the log itself');
    assert.equal(toBob.entry?.key, 'k', 'readers see the key as it was given');
  }),

  checkWith(['history'], 'a key is known longer than the entry is kept', async (lab) => {
    const node = await lab.open({ history: 2 });
    const first = await node.log.append('lobby', message('first', { key: 'k' }));
    await appendAll(node, 'lobby', 'b', 'c', 'd');
    const expected = { ...first, duplicate: true, entry: undefined };
    assert.deepEqual(await node.log.append('lobby', message('again', { key: 'k' })), expected);
    assert.deepEqual(await node.log.find('lobby', 'ann', 'k'), expected);
    assert.equal((await node.log.read('lobby', { limit: 1 })).head, 4);
  }),

  checkWith(['clock'], 'a key is forgotten after keyWindow', async (lab) => {
    const { log } = await lab.open({ keyWindow: 1_000 });
    await log.append('lobby', message('first', { key: 'k' }));
    await lab.advance(600);
    assert.equal((await log.append('lobby', message('second', { key: 'k' }))).duplicate, true);
    await lab.advance(600);
    assert.equal(await log.find('lobby', 'ann', 'k'), undefined);
    assert.equal((await log.append('lobby', message('third', { key: 'k' }))).duplicate, false);
    assert.equal((await log.find('lobby', 'ann', 'k'))?.id, 'third');
  }),

  check('the same key of another user is another key, whatever characters the two are made of', async (lab) => {
    const [a, b] = await lab.pair();
    const pairs = new Map(
      [...oddPairs, ...oddNames.map((odd) => [odd, odd] as const)].map((pair) => [JSON.stringify(pair), pair]),
    );
    for (const [id, [user, key]] of pairs) {
      const { duplicate } = await a.log.append('lobby', message(id, { key, from: author(user) }));
      assert.equal(duplicate, false, id);
    }
    for (const [id, [user, key]] of pairs) assert.equal((await b.log.find('lobby', user, key))?.id, id);
  }),

  check('logs have nothing in common, whatever their names', async (lab) => {
    const [a, b] = await lab.pair();
    const tapes = new Map<string, Tape>();
    for (const name of oddNames) tapes.set(name, await Tape.of(b, name));
    for (const name of oddNames) await a.log.append(name, message(`in ${name}`));
    for (const name of oddNames) {
      assert.deepEqual(
        (await readAll(a, name)).map(({ id, offset }) => [id, offset]),
        [[`in ${name}`, 1]],
      );
      await tapes.get(name)?.heard(`in ${name}`);
    }
    for (const [name, tape] of tapes) assert.deepEqual(tape.ids, [`in ${name}`], 'a follower hears its log only');
    await a.log.remove('*');
    for (const name of oddNames) assert.equal((await readAll(a, name)).length, name === '*' ? 0 : 1, name);
  }),

  check("`at` never goes back, when a node's clock does or is behind another's", async (lab) => {
    let back = 0;
    const [a, b] = await lab.pair({}, [behind(lab.clock, () => back), behind(lab.clock, () => hour)]);
    let last = Number.NEGATIVE_INFINITY;
    for (const id of ids('m', 6)) {
      for (const { log } of [a, b]) {
        const { at } = await log.append('lobby', message(`${id} ${crypto.randomUUID()}`));
        assert.ok(at >= last, `${at} after ${last}`);
        last = at;
      }
      back += hour;
    }
    const times = (await readAll(a, 'lobby')).map(({ at }) => at);
    assert.deepEqual(
      times,
      [...times].sort((x, y) => x - y),
    );
  }),

  checkWith(['clock'], "`at` is the time of the engine's clock", async (lab) => {
    const { log } = await lab.open();
    const before = lab.clock.now();
    const first = await log.append('lobby', message('a'));
    await lab.advance(5_000);
    const second = await log.append('lobby', message('b'));
    assert.ok(first.at >= before && first.at <= second.at - 4_900, `${before}, ${first.at}, ${second.at}`);
    assert.ok(second.at <= lab.clock.now());
  }),
];
