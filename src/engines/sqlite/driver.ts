import { createRequire } from 'node:module';
import { ChatError } from '../../model/errors.js';

/** A value that SQLite keeps. Texts of people are given as JSON: some drivers cut a text at a NUL. */
export type Value = string | number | null;

/** A row, by the names of its columns. */
export type Row = { readonly [column: string]: Value };

/** A prepared statement, as all three drivers have it. */
export interface Statement {
  run(...values: readonly Value[]): unknown;
  get(...values: readonly Value[]): unknown;
  all(...values: readonly Value[]): unknown;
}

/** An open database, as all three drivers have it. */
export interface Database {
  exec(sql: string): unknown;
  prepare(sql: string): Statement;
  close(): unknown;
}

/**
 * What opens SQLite databases: a module of Node.js, or a package that the application installs.
 *
 * @example
 * ```ts
 * import { type DriverName, sqlite } from 'chathub/sqlite';
 *
 * const driver: DriverName = 'libsql';
 * const engine = sqlite({ path: 'chat.db', driver });
 * ```
 */
export type DriverName = 'node:sqlite' | 'better-sqlite3' | 'libsql';

/** What opens databases. */
export interface Driver {
  readonly name: DriverName;
  open(path: string, readOnly: boolean): Database;
}

/** In the order in which they are tried. */
export const driverNames = ['node:sqlite', 'better-sqlite3', 'libsql'] as const satisfies readonly DriverName[];

type Constructor = new (path: string, options: { readonly [option: string]: boolean }) => Database;

/**
 * The driver of a name, or the first that there is.
 *
 * @throws ChatError `ENGINE_UNAVAILABLE`: there is none
 */
export function findDriver(name: DriverName | undefined, load = loadModule): Driver {
  const failures: unknown[] = [];
  for (const candidate of name === undefined ? driverNames : [name]) {
    try {
      const driver = driverOf(candidate, load(candidate));
      // A package whose native part was never built says so when it first opens something.
      driver.open(':memory:', false).close();
      return driver;
    } catch (error) {
      failures.push(error);
    }
  }
  throw new ChatError('ENGINE_UNAVAILABLE', advice(name), { cause: new AggregateError(failures) });
}

/**
 * The driver that {@link sqlite} would use when none is named; undefined when there is none.
 *
 * @example
 * ```ts
 * import { memory } from 'chathub';
 * import { sqlite, sqliteDriver } from 'chathub/sqlite';
 *
 * const engine = sqliteDriver() === undefined ? memory() : sqlite({ path: 'chat.db' });
 * ```
 */
export function sqliteDriver(): DriverName | undefined {
  try {
    return findDriver(undefined).name;
  } catch {
    return undefined;
  }
}

function advice(name: DriverName | undefined): string {
  if (name === 'node:sqlite')
    return 'This Node.js has no "node:sqlite": use Node.js 22.13 or later, or run "npm install libsql".';
  if (name !== undefined) return `The driver "${name}" can't be loaded: run "npm install ${name}".`;
  return 'There is no SQLite driver: use Node.js 22.13 or later, which has "node:sqlite", or run "npm install libsql" (or "npm install better-sqlite3").';
}

function driverOf(name: DriverName, module: unknown): Driver {
  if (name === 'node:sqlite') {
    const { DatabaseSync } = module as { readonly DatabaseSync: Constructor };
    return { name, open: (path, readOnly) => new DatabaseSync(path, { readOnly }) };
  }
  const Open = ((module as { readonly default?: unknown }).default ?? module) as Constructor;
  return { name, open: (path, readonly) => new Open(path, { readonly, fileMustExist: readonly }) };
}

/** From where this file stands, as `import` would find it: drivers are the application's own packages. */
function loadModule(name: string): unknown {
  return createRequire(import.meta.url)(name);
}
