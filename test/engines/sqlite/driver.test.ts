import { describe, expect, test } from 'vitest';
import { findDriver, sqliteDriver } from '../../../src/engines/sqlite/driver.js';
import { openSqliteFile, type SqliteOptions, sqlite } from '../../../src/engines/sqlite/index.js';
import { OptionError } from '../../../src/model/errors.js';

/** Opens nothing, and remembers with what it was asked to. */
class FakeDatabase {
  static opened: unknown[][] = [];
  constructor(...options: unknown[]) {
    FakeDatabase.opened.push(options);
  }
  close(): void {}
}

/** Its package is there, its native part is not: it says so when it first opens something. */
class HollowDatabase {
  constructor() {
    throw new Error('Could not locate the bindings file.');
  }
}

const nodeModule = { DatabaseSync: FakeDatabase };

/** A `load` that has these modules, and writes down what it was asked for. */
function loader(modules: Readonly<Record<string, unknown>>) {
  const asked: string[] = [];
  const load = (name: string): unknown => {
    asked.push(name);
    if (name in modules) return modules[name];
    throw new Error(`Cannot find module '${name}'`);
  };
  return { asked, load };
}

function messageOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error('nothing was thrown');
}

describe('the driver', () => {
  test("is Node's own where there is one, and no package is looked for", () => {
    const { asked, load } = loader({ 'node:sqlite': nodeModule, 'better-sqlite3': FakeDatabase, libsql: FakeDatabase });
    expect(findDriver(undefined, load).name).toBe('node:sqlite');
    expect(asked).toEqual(['node:sqlite']);
  });

  test('is else the first package that is installed: better-sqlite3, then libsql', () => {
    const both = loader({ 'better-sqlite3': FakeDatabase, libsql: FakeDatabase });
    expect(findDriver(undefined, both.load).name).toBe('better-sqlite3');
    const one = loader({ libsql: FakeDatabase });
    expect(findDriver(undefined, one.load).name).toBe('libsql');
    expect(one.asked).toEqual(['node:sqlite', 'better-sqlite3', 'libsql']);
  });

  test('is not a package whose native part was never built', () => {
    const { load } = loader({ 'better-sqlite3': HollowDatabase, libsql: FakeDatabase });
    expect(findDriver(undefined, load).name).toBe('libsql');
    expect(messageOf(() => findDriver('better-sqlite3', load))).toContain('"better-sqlite3" can\'t be loaded');
  });

  test('that is named is the only one that is looked for', () => {
    const { asked, load } = loader({ 'node:sqlite': nodeModule, libsql: FakeDatabase });
    expect(findDriver('libsql', load).name).toBe('libsql');
    expect(asked).toEqual(['libsql']);
  });

  test('may come as the default export of a module', () => {
    const { load } = loader({ libsql: { default: FakeDatabase } });
    expect(findDriver('libsql', load).name).toBe('libsql');
  });

  test('is asked for a file that is only to be read in its own words', () => {
    const { load } = loader({ 'node:sqlite': nodeModule, 'better-sqlite3': FakeDatabase });
    findDriver('node:sqlite', load).open('a', true);
    expect(FakeDatabase.opened.at(-1)).toEqual(['a', { readOnly: true }]);
    findDriver('better-sqlite3', load).open('b', true);
    expect(FakeDatabase.opened.at(-1)).toEqual(['b', { readonly: true, fileMustExist: true }]);
  });

  test('that is not there is told with what to install', () => {
    const { load } = loader({});
    expect(messageOf(() => findDriver(undefined, load))).toBe(
      'There is no SQLite driver: use Node.js 22.13 or later, which has "node:sqlite", or run "npm install libsql" (or "npm install better-sqlite3").',
    );
    expect(messageOf(() => findDriver('node:sqlite', load))).toContain('use Node.js 22.13 or later');
    expect(messageOf(() => findDriver('libsql', load))).toContain('run "npm install libsql"');
    expect(messageOf(() => findDriver('better-sqlite3', load))).toContain('run "npm install better-sqlite3"');
    expect(() => findDriver(undefined, load)).toThrowError(expect.objectContaining({ code: 'ENGINE_UNAVAILABLE' }));
  });

  test('of this machine is found under the name that sqliteDriver() tells', () => {
    const name = sqliteDriver();
    expect(name).toBeDefined();
    expect(findDriver(name).name).toBe(name);
  });
});

describe('an option that is not what it must be is refused', () => {
  const refused: readonly (readonly [string, object | null, string])[] = [
    ['an unknown one', { path: 'x', journal: 'wal' }, '"journal" to be one of path, driver, history'],
    ['no object', null, '"options" to be an object'],
    ['no path', {}, '"path" to be the path of a file, got undefined'],
    ['an empty path', { path: '' }, '"path"'],
    ['a path with a NUL', { path: 'a\0b' }, '"path"'],
    ['a database in memory', { path: ':memory:' }, 'for memory there is memory()'],
    [
      'a driver of another name',
      { path: 'x', driver: 'sqlite3' },
      'node:sqlite, better-sqlite3, libsql, got "sqlite3"',
    ],
    ['a negative history', { path: 'x', history: -1 }, '"history" to be a non-negative integer, got -1'],
    ['a history that is no integer', { path: 'x', history: 1.5 }, '"history"'],
    ['a history in words', { path: 'x', history: '10' }, '"history"'],
    ['an age that is no number', { path: 'x', historyAge: Number.NaN }, '"historyAge"'],
    ['a sync of another name', { path: 'x', synchronous: 'off' }, '"full" or "normal", got "off"'],
  ];
  test.each(refused)('%s', (_, options, sentence) => {
    expect(() => sqlite(options as SqliteOptions)).toThrowError(OptionError);
    expect(messageOf(() => sqlite(options as SqliteOptions))).toContain(sentence);
  });

  test('also by openSqliteFile()', () => {
    expect(() => openSqliteFile({ path: ':memory:' })).toThrowError(OptionError);
    expect(() => openSqliteFile({ path: 'x', driver: 'sqlite3' as 'libsql' })).toThrowError(OptionError);
    expect(() => openSqliteFile(undefined as never)).toThrowError(OptionError);
    expect(() => openSqliteFile({ path: 'x', readOnly: true } as never)).toThrowError(OptionError);
  });
});
