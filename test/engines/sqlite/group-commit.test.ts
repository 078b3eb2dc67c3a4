import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type Database, type Driver, findDriver, type Statement } from '../../../src/engines/sqlite/driver.js';
import { Store } from '../../../src/engines/sqlite/store.js';
import type { EntryDraft } from '../../../src/model/entry.js';
import type { Appended } from '../../../src/ports/engine.js';
import { deletion, Lab, message, session, Tape, upTo } from './lab.js';

/** The driver of this machine, which writes down transactions and fails where a test says so. */
class WatchedDriver implements Driver {
  readonly name = findDriver(undefined).name;
  commits = 0;
  /** Statements with such a value fail. */
  poison: string | undefined;
  failingCommits = 0;
  /** These fail after they were done: as when the disk could not be synced. */
  standingCommits = 0;
  /** So many transactions do not begin after one was rolled back: somebody else has the lock. */
  busyAfterRollback = 0;
  #rolledBack = false;

  open(path: string, readOnly: boolean): Database {
    const database = findDriver(undefined).open(path, readOnly);
    return {
      exec: (sql) => {
        if (sql === 'ROLLBACK') this.#rolledBack = true;
        if (sql === 'BEGIN IMMEDIATE' && this.#rolledBack && this.busyAfterRollback-- > 0)
          throw Object.assign(new Error('locked'), { code: 'SQLITE_BUSY' });
        if (sql === 'COMMIT' && this.failingCommits-- > 0)
          throw Object.assign(new Error('the disk burns'), { code: 'SQLITE_IOERR' });
        if (sql === 'COMMIT') this.commits++;
        const result = database.exec(sql);
        if (sql === 'COMMIT' && this.standingCommits-- > 0)
          throw Object.assign(new Error('the disk burns'), { code: 'SQLITE_IOERR' });
        return result;
      },
      prepare: (sql) => this.#watched(database.prepare(sql)),
      close: () => database.close(),
    };
  }

  #watched(statement: Statement): Statement {
    return {
      run: (...values) => {
        if (this.poison !== undefined && values.some((value) => String(value).includes(String(this.poison))))
          throw new Error('the disk burns');
        return statement.run(...values);
      },
      get: (...values) => statement.get(...values),
      all: (...values) => statement.all(...values),
    };
  }
}

let lab: Lab;
let driver: WatchedDriver;
let store: Store;
const tape = () => {
  const told = new Tape();
  store.logs.follow('lobby', told, undefined, (work) => store.read(work));
  return told;
};

beforeEach(() => {
  lab = new Lab();
  driver = new WatchedDriver();
  const everything = { history: Number.POSITIVE_INFINITY, historyAge: Number.POSITIVE_INFINITY };
  store = lab.closing(new Store({ driver, path: lab.file, synchronous: 'full' }, everything, lab.context()));
  store.join(lab.context());
  driver.commits = 0;
});
afterEach(() => lab.end());

function append(draft: EntryDraft): Promise<Appended> {
  return store.writer.write((transaction) => store.logs.append(transaction, 'lobby', draft, undefined));
}

function settle(drafts: readonly EntryDraft[]) {
  return Promise.allSettled(drafts.map((draft) => append(draft)));
}

const offsetsOf = (results: readonly PromiseSettledResult<Appended>[]) =>
  results.map((result) => (result.status === 'fulfilled' ? result.value.offset : (result.reason as Error).message));

test('a hundred appends of one turn are one transaction', async () => {
  const results = await settle(upTo(100).map((number) => message(`no ${number}`)));
  expect(offsetsOf(results)).toEqual(upTo(100));
  // Where the machine has much to do, the time of a transaction may be over in the middle of it.
  expect(driver.commits).toBeLessThanOrEqual(3);
});

test('changes of presence and of state are in the transaction of the turn, too', async () => {
  const fact = store.writer.write((transaction) => store.facts.set(transaction, 'lobby', 'topic', 'x'));
  const opening = store.change(() => store.presence.openSession(session('m1')));
  await Promise.all([append(message('a')), fact, opening]);
  expect(driver.commits).toBe(1);
});

test('a burst beyond one transaction keeps its order', async () => {
  const results = await settle(upTo(1_200).map((number) => message(`no ${number}`)));
  expect(offsetsOf(results)).toEqual(upTo(1_200));
  // One takes 512 of them, or as many as can be written in its time, on a machine with much to do.
  expect(driver.commits).toBeGreaterThanOrEqual(3);
  expect(driver.commits).toBeLessThan(100);
});

test('an append that is refused does not undo the others of its transaction', async () => {
  const told = tape();
  const results = await settle([message('a'), deletion('never said'), message('b')]);
  expect(offsetsOf(results)).toEqual([1, 'There is no such message.', 2]);
  expect(driver.commits).toBe(1);
  expect(told.offsets).toEqual([1, 2]);
  expect(store.logs.read('lobby', { limit: 9 }).entries).toHaveLength(2);
});

test('what one write can not be costs that one alone', async () => {
  await settle([message('before')]);
  const told = tape();
  driver.poison = 'poison';
  const refusal = 'The server cannot store that now; try again.';
  const results = await settle([message('a', { key: 'k' }), message('poison'), message('b')]);
  expect(offsetsOf(results)).toEqual([2, refusal, 3]);
  expect(told.offsets).toEqual([2, 3]);
  expect(lab.errors).toHaveLength(1);
  driver.poison = undefined;
  const again = await settle([message('a', { key: 'k' }), message('poison')]);
  expect(offsetsOf(again)).toEqual([2, 4]);
  expect(told.offsets).toEqual([2, 3, 4]);
});

test('what is tried one by one keeps its order, also when another process takes the lock in between', async () => {
  driver.poison = 'poison';
  driver.busyAfterRollback = 2;
  const texts = ['a', 'b', 'poison', 'c', 'd'];
  const results = await settle(texts.map((text) => message(text)));
  expect(results.map(({ status }) => status === 'fulfilled')).toEqual([true, true, false, true, true]);
  expect(store.logs.read('lobby', { limit: 9 }).entries.map((entry) => 'text' in entry && entry.text)).toEqual([
    ...['a', 'b', 'c', 'd'],
  ]);
});

test('a disk that fails undoes all: nobody is acknowledged, and nobody told', async () => {
  await settle([message('before')]);
  const told = tape();
  driver.failingCommits = 1;
  const results = await settle([message('a', { key: 'k' }), message('b')]);
  expect(results.every(({ status }) => status === 'rejected')).toBe(true);
  expect(told.offsets).toEqual([]);
  expect(store.logs.read('lobby', { limit: 9 }).head).toBe(1);
  expect(store.logs.find('lobby', 'ann', 'k', undefined)).toBeUndefined();
  const again = await settle([message('a', { key: 'k' }), message('b')]);
  expect(offsetsOf(again)).toEqual([2, 3]);
  expect(told.offsets).toEqual([2, 3]);
});

test('a commit that stands although it failed is found again, and told', async () => {
  await settle([message('before')]);
  const told = tape();
  driver.standingCommits = 1;
  const results = await settle([message('a', { key: 'k' })]);
  expect(results[0]?.status).toBe('rejected');
  const again = await settle([message('a', { key: 'k' }), message('b')]);
  expect(offsetsOf(again)).toEqual([2, 3]);
  await vi.waitFor(() => expect(told.offsets).toEqual([2, 3]));
});

test('a commit that fails undoes all, in a log that began with it, too', async () => {
  const told = tape();
  const { epoch } = store.logs.read('lobby', { limit: 1 });
  driver.failingCommits = 1;
  const refused = await settle([message('a'), message('b')]);
  expect(refused.every(({ status }) => status === 'rejected')).toBe(true);
  expect(told.offsets).toEqual([]);
  const { offset, epoch: later } = await append(message('c'));
  expect([offset, later]).toEqual([1, epoch]);
  expect(told.offsets).toEqual([1]);
});

test('trouble is told once until something has been stored again', async () => {
  driver.failingCommits = 3;
  for (const text of ['a', 'b', 'c']) await settle([message(text)]);
  expect(lab.errors).toHaveLength(1);
  await settle([message('d')]);
  driver.failingCommits = 1;
  await settle([message('e')]);
  expect(lab.errors).toHaveLength(2);
});

test('what waits when the store closes is stored; what comes after that is refused, and the file stays closed', async () => {
  const waiting = append(message('a'));
  store.close();
  expect((await waiting).offset).toBe(1);
  await expect(append(message('b'))).rejects.toMatchObject({ code: 'ENGINE_UNAVAILABLE' });
  expect(() => store.read(() => store.logs.read('lobby', { limit: 1 }))).toThrowError(
    expect.objectContaining({ code: 'ENGINE_UNAVAILABLE' }),
  );
  expect(lab.sql('SELECT count(*) FROM entries')).toBe(1);
});

test('a store that can not write its sessions when it closes does not go on trying', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout'] });
  try {
    driver.failingCommits = 99;
    await store.change(() => store.presence.openSession(session('m1')));
    expect(vi.getTimerCount()).toBe(1);
    store.close();
    await vi.advanceTimersByTimeAsync(5_000);
    expect(vi.getTimerCount()).toBe(0);
  } finally {
    vi.useRealTimers();
  }
});
