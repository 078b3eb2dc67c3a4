import assert from 'node:assert/strict';
import { type OpenEngine, parseSearch } from '../../index.js';
import { checkWith, type EngineCheck } from './lab.js';
import { oddNames } from './odd-names.js';

async function direct(
  { log }: OpenEngine,
  inbox: string,
  id: string,
  [from, to]: readonly [string, string],
  text: string,
) {
  return log.append(inbox, {
    type: 'direct',
    id,
    from: { id: from, user: from, name: from },
    to: { user: to, name: to },
    text,
    data: { secret: text },
  });
}

async function namesIn({ log }: OpenEngine): Promise<Set<string>> {
  const names = new Set<string>();
  for (let after: string | undefined; ; ) {
    const page = await log.names?.({ limit: 2, ...(after === undefined ? {} : { after }) });
    assert.ok(page !== undefined, 'an engine whose options do not say `erase: false` has names');
    for (const name of page.names) names.add(name);
    after = page.next;
    if (after === undefined) return names;
  }
}

/** `names` and `erase`: that a user can be forgotten. */
export const eraseChecks: readonly EngineCheck[] = [
  checkWith(['erase'], 'names() gives every log that holds something, page by page', async (lab) => {
    const engine = await lab.open();
    const logs = ['lobby', '@ann', ...oddNames];
    for (const [index, log] of logs.entries()) await direct(engine, log, `m${index}`, ['ann', 'bob'], 'hello');
    assert.deepEqual([...(await namesIn(engine))].sort(), [...new Set(logs)].sort());
  }),

  checkWith(
    ['erase', 'search'],
    'erase() leaves nothing of what a user wrote to others, and all that others wrote',
    async (lab) => {
      const engine = await lab.open();
      const inbox = '@bob';
      await direct(engine, inbox, 'm1', ['ann', 'bob'], 'a confession');
      await direct(engine, inbox, 'm2', ['carl', 'bob'], 'an answer');
      await direct(engine, inbox, 'm3', ['ann', 'bob'], 'another confession');
      await engine.log.erase?.(inbox, 'ann');
      await engine.log.erase?.(inbox, 'nobody');
      const page = await engine.log.read(inbox, { after: 0, limit: 10, only: 'messages' });
      assert.deepEqual(
        page.entries.map((entry) => [entry.offset, 'text' in entry && entry.text, 'data' in entry, 'deleted' in entry]),
        [
          [1, '', false, true],
          [2, 'an answer', true, false],
          [3, '', false, true],
        ],
      );
      assert.equal(await engine.log.count(inbox, { after: 0, limit: 10, except: 'bob' }), 1);
      const found = await engine.log.search?.(inbox, { terms: parseSearch('confession'), limit: 10 });
      assert.equal(found?.entries.length, 0);
      // What comes next has its place behind them.
      assert.equal((await direct(engine, inbox, 'm4', ['ann', 'bob'], 'later')).offset, 4);
    },
  ),
];
