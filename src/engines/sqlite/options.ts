import { OptionError } from '../../model/errors.js';
import { type DriverName, driverNames } from './driver.js';

/**
 * Options of {@link sqlite}.
 *
 * @example
 * ```ts
 * import { type SqliteOptions, sqlite } from 'chathub/sqlite';
 *
 * const options: SqliteOptions = { path: 'chat.db', history: 100_000 };
 * const engine = sqlite(options);
 * ```
 */
export interface SqliteOptions {
  /** The file; it is made when it is not there. Beside it stand `-wal` and `-shm` of SQLite, and a `.lock` of ours. */
  readonly path: string;
  /** What opens it. Default: the first that there is of `node:sqlite`, `better-sqlite3` and `libsql`. */
  readonly driver?: DriverName | undefined;
  /** Entries kept of each room. Default: all. */
  readonly history?: number | undefined;
  /** Milliseconds that an entry is kept. Default: for good. */
  readonly historyAge?: number | undefined;
  /**
   * `full`: what is acknowledged survives that the machine loses its power. `normal`: that the process is killed; it costs less,
   * and after a loss of power rooms begin a new epoch. Default: `full`.
   */
  readonly synchronous?: 'full' | 'normal' | undefined;
}

const names: readonly string[] = [
  'path',
  'driver',
  'history',
  'historyAge',
  'synchronous',
] satisfies (keyof SqliteOptions)[];

/** @throws OptionError */
export function checkSqliteOptions(options: SqliteOptions): void {
  checkFileOptions(options, names);
  checkCount('history', options.history);
  checkCount('historyAge', options.historyAge);
  const { synchronous = 'full' } = options;
  if (synchronous !== 'full' && synchronous !== 'normal')
    throw new OptionError('synchronous', '"full" or "normal"', synchronous);
}

/**
 * What all that opens a file has in common.
 *
 * @param known - the names of all options
 * @throws OptionError
 */
export function checkFileOptions(options: Pick<SqliteOptions, 'path' | 'driver'>, known: readonly string[]): void {
  if (typeof options !== 'object' || options === null)
    throw new OptionError('options', 'an object such as { path: "chat.db" }', options);
  for (const [name, value] of Object.entries(options))
    if (!known.includes(name)) throw new OptionError(name, `one of ${known.join(', ')}`, value);
  checkPath(options.path);
  checkDriver(options.driver);
}

function checkPath(path: unknown): void {
  if (typeof path !== 'string' || path === '' || path.includes('\0'))
    throw new OptionError('path', 'the path of a file', path);
  if (path === ':memory:') throw new OptionError('path', 'the path of a file (for memory there is memory())', path);
}

function checkDriver(driver: unknown): void {
  if (driver !== undefined && !(driverNames as readonly unknown[]).includes(driver))
    throw new OptionError('driver', `one of ${driverNames.join(', ')}`, driver);
}

function checkCount(name: string, value: number | undefined): void {
  if (value === undefined || value === Number.POSITIVE_INFINITY) return;
  const least = name === 'historyAge' ? 1 : 0;
  if (Number.isSafeInteger(value) && value >= least) return;
  throw new OptionError(name, least === 0 ? 'a non-negative integer' : 'a positive integer of milliseconds', value);
}
