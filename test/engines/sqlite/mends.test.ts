import { chmodSync, existsSync, mkdirSync, statSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Database, findDriver } from '../../../src/engines/sqlite/driver.js';
import { openSqliteFile, sqlite } from '../../../src/engines/sqlite/index.js';
import { Store } from '../../../src/engines/sqlite/store.js';
import { OptionError } from '../../../src/model/errors.js';
import { edit, Lab, message, session, Tape, upTo } from './lab.js';

let lab: Lab;
beforeEach(() => {
  lab = new Lab();
});
afterEach(() => lab.end());

const everything = { history: Number.POSITIVE_INFINITY, historyAge: Number.POSITIVE_INFINITY };

/** A store whose driver fails when a test says so. */
function failing() {
  const driver = findDriver(undefined);
  const state = { failOn: undefined as RegExp | undefined, transactions: 0, deletions: 0 };
  const check = (sql: string) => {
    if (sql.startsWith('DELETE FROM sessions')) state.deletions++;
    if (state.failOn?.test(sql)) throw Object.assign(new Error('no'), { code: 'SQLITE_FULL' });
  };
  const open = (file: string, readOnly: boolean): Database => {
    const database = driver.open(file, readOnly);
    return {
      exec(sql) {
        if (sql === 'BEGIN IMMEDIATE') state.transactions++;
        check(sql);
        return database.exec(sql);
      },
      prepare(sql) {
        const statement = database.prepare(sql);
        const checked =
          <T>(work: (...values: never[]) => T) =>
          (...values: unknown[]) => {
            check(sql);
            return work(...(values as never[]));
          };
        return {
          run: checked((...values) => statement.run(...values)),
          get: checked((...values) => statement.get(...values)),
          all: checked((...values) => statement.all(...values)),
        };
      },
      close: () => database.close(),
    };
  };
  return { state, driver: { name: driver.name, open } };
}

describe('where the file is', () => {
  test('is where it was when the process goes elsewhere', async () => {
    const here = process.cwd();
    const [first, second] = ['first', 'second'].map((name) => path.join(lab.folder.path, name));
    for (const folder of [first!, second!]) mkdirSync(folder);
    try {
      process.chdir(first!);
      const lazy = sqlite({ path: 'chat.db' });
      process.chdir(second!);
      const engine = lab.closing(await lazy.open(lab.context()));
      await engine.log.append('lobby', message('a'));
      await engine.close();
      process.chdir(first!);
      using file = openSqliteFile({ path: 'chat.db' });
      expect(file.read('lobby', { limit: 9 }).head).toBe(1);
      expect(existsSync(path.join(second!, 'chat.db'))).toBe(false);
    } finally {
      process.chdir(here);
    }
  });

  test.each([true, false])('a link to it has the same lock (it is there: %s)', async (isThere) => {
    const real = path.join(lab.folder.path, 'real.db');
    if (isThere) await lab.closing(await sqlite({ path: real }).open(lab.context())).close();
    symlinkSync(real, lab.file);
    await lab.open();
    await expect(sqlite({ path: real }).open(lab.context())).rejects.toThrowError('is in use');
    expect(statSync(real).mode & 0o777).toBe(0o600);
  });

  test('may begin as addresses do', async () => {
    const here = process.cwd();
    try {
      process.chdir(lab.folder.path);
      const engine = lab.closing(await sqlite({ path: 'file:odd.db' }).open(lab.context()));
      await engine.log.append('lobby', message('a'));
      using file = openSqliteFile({ path: 'file:odd.db' });
      expect(file.logs()).toEqual(['lobby']);
    } finally {
      process.chdir(here);
    }
  });
});

// Root may write to everything: another user has to try.
describe.skipIf(process.getuid?.() !== 0 && process.env.CI === undefined)('what may not be written to', () => {
  const asNobody = async <T>(folderMode: number, work: () => Promise<T>): Promise<T> => {
    chmodSync(lab.folder.path, folderMode);
    process.seteuid?.(65_534);
    try {
      return await work();
    } finally {
      process.seteuid?.(0);
    }
  };
  const sentence = async () => {
    const error: unknown = await sqlite({ path: lab.file })
      .open(lab.context())
      .catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'ENGINE_UNAVAILABLE' });
    return String((error as Error).message);
  };

  test('a read-only file is told with a sentence', async () => {
    await (await lab.open()).close();
    chmodSync(lab.file, 0o444);
    chmodSync(`${lab.file}.lock`, 0o666);
    // Drivers say so in different ways: that it is read-only, or that they can't open it.
    const told = /is read-only: check the permissions|that it and its folder may be read and written/;
    expect(await asNobody(0o777, sentence)).toMatch(told);
  });

  test('a folder that may not be written to is told with a sentence', async () => {
    expect(await asNobody(0o755, sentence)).toContain('that it and its folder may be read and written');
  });
});

describe('a file that is read', () => {
  test('wants to know how much, and what for', async () => {
    await (await lab.open()).log.append('lobby', message('a'));
    using file = openSqliteFile({ path: lab.file });
    const wrong: readonly (() => unknown)[] = [
      () => file.read('lobby', undefined as never),
      () => file.read('lobby', {} as never),
      () => file.read('lobby', { limit: 0 }),
      () => file.search('lobby', { terms: [], limit: 1 }),
      () => file.search('lobby', { terms: 'a' as never, limit: 1 }),
    ];
    for (const call of wrong) expect(call).toThrowError(OptionError);
  });

  test('keeps entries for a while, or for good, and not for no time at all', () => {
    expect(() => sqlite({ path: lab.file, historyAge: 0 })).toThrowError(OptionError);
    expect(() => sqlite({ path: lab.file, history: 0 })).not.toThrow();
  });
});

describe('a clock that is put back', () => {
  test('forgets no key of a room for a message that stands in another with a later time', async () => {
    const engine = await lab.open({}, { keyWindow: 60_000 });
    const now = lab.clock.now();
    lab.clock.setWall(now + 3_600_000);
    await engine.log.append('ahead', { ...message('a', { key: 'a' }), room: 'ahead' } as never);
    lab.clock.setWall(now);
    const first = await engine.log.append('lobby', message('b', { key: 'b' }));
    for (const number of upTo(40))
      await engine.log.append('ahead', { ...message('c', { key: `c${number}` }), room: 'ahead' } as never);
    expect(await engine.log.append('lobby', message('b', { key: 'b' }))).toMatchObject({
      offset: first.offset,
      duplicate: true,
    });
  });

  test('keeps no receipts for longer than their window', async () => {
    const engine = await lab.open({}, { keyWindow: 60_000 });
    lab.clock.setWall(lab.clock.now() + 3_600_000);
    for (const number of upTo(20)) await engine.log.append('lobby', message('a', { key: `a${number}` }));
    lab.clock.setWall(lab.clock.now() - 3_600_000);
    for (const number of upTo(40)) await engine.log.append('lobby', message('b', { key: `b${number}` }));
    expect(lab.sql("SELECT count(*) FROM receipts WHERE name LIKE '%a1%'")).toBe(0);
  });
});

test('an edit goes through none of the edits before it but the last', async () => {
  const engine = await lab.open();
  await engine.log.append('lobby', message('a', { id: 'target' }));
  for (const number of upTo(30)) await engine.log.append('lobby', edit('target', `edit ${number}`));
  expect(lab.sql('SELECT count(*) FROM entries WHERE type = 2 AND target IS NOT NULL')).toBe(1);
});

test('that a run began is on the disk, also where acknowledged messages need not be', async () => {
  await (await lab.open({ synchronous: 'normal' })).close();
  const { driver } = failing();
  const told: string[] = [];
  const watched = {
    ...driver,
    open(file: string, readOnly: boolean) {
      const database = driver.open(file, readOnly);
      return {
        ...database,
        exec(sql: string) {
          told.push(sql);
          return database.exec(sql);
        },
      };
    },
  };
  lab.closing(new Store({ driver: watched, path: lab.file, synchronous: 'normal' }, everything, lab.context()));
  const began = told.findIndex((sql) => sql.includes('synchronous = full; BEGIN'));
  expect(began).toBeGreaterThan(0);
  expect(told[began + 1]).toBe('COMMIT; PRAGMA synchronous = normal');
});

describe('while the file fails', () => {
  test('a follow that was refused is told nothing later', async () => {
    const { driver, state } = failing();
    const aDay = { history: Number.POSITIVE_INFINITY, historyAge: 86_400_000 };
    const store = lab.closing(new Store({ driver, path: lab.file, synchronous: 'full' }, aDay, lab.context()));
    const append = (text: string) =>
      store.writer.write((transaction) => store.logs.append(transaction, 'lobby', message(text), undefined));
    await append('a');
    const refused = new Tape();
    const attempt = <T>(work: () => T) => store.read(work);
    state.failOn = /^SELECT at FROM entries/;
    expect(() => attempt(() => store.logs.follow('lobby', refused, undefined, attempt))).toThrowError();
    state.failOn = undefined;
    await append('b');
    expect(refused.offsets).toEqual([]);
  });

  test('sessions whose time is over end when it can be read again, each of them', async () => {
    const { driver, state } = failing();
    const context = lab.context('a', { resumeWindow: 1_000 });
    const store = lab.closing(new Store({ driver, path: lab.file, synchronous: 'full' }, everything, context));
    store.join(context);
    for (const member of ['m1', 'm2', 'm3']) {
      const fence = session(member);
      await store.change(() => store.presence.openSession(fence));
      await store.change(() => store.presence.claimName({ key: member, name: member, fence }));
    }
    store.leave(context);
    state.failOn = /FROM names WHERE user/;
    await lab.clock.advance(1_000);
    expect(store.presence.counts.sessions).toBe(3);
    state.failOn = undefined;
    await lab.clock.advance(1_000);
    expect(store.presence.counts.sessions).toBe(0);
    for (const key of ['m1', 'm2', 'm3']) expect(store.presence.findName(key)).toBeUndefined();
  });

  test('what can not be written is tried once a second, and of what is over by then nothing is kept', async () => {
    const { driver, state } = failing();
    const store = lab.closing(new Store({ driver, path: lab.file, synchronous: 'full' }, everything, lab.context()));
    state.failOn = /^INSERT OR REPLACE INTO sessions/;
    for (const number of upTo(50)) {
      const fence = session(`m${number}`);
      await store.change(() => store.presence.openSession(fence));
      await store.change(() => store.presence.claimName({ key: fence.member, name: fence.member, fence }));
      if (number > 1) await store.change(() => store.presence.endSession(fence));
    }
    state.transactions = 0;
    await expect.poll(() => state.transactions, { interval: 50 }).toBeGreaterThan(0);
    expect(state.transactions).toBe(1);
    state.failOn = undefined;
    await expect.poll(() => lab.sql('SELECT count(*) FROM sessions'), { interval: 50 }).toBe(1);
    expect(lab.sql('SELECT count(*) FROM names')).toBe(1);
    expect(state.deletions, 'of what never was in the file').toBe(0);
  });
});
