import { resolve } from 'node:path';
import { OptionError } from '../../model/errors.js';
import type { LogPage, LogRange, LogSearch } from '../../ports/engine.js';
import { type DriverName, findDriver } from './driver.js';
import { unavailable } from './failures.js';
import { LogTable } from './log-table.js';
import { Logs } from './logs.js';
import { checkFileOptions } from './options.js';
import { Receipts } from './receipts.js';
import { StoreFile } from './store-file.js';

/**
 * Options of {@link openSqliteFile}.
 *
 * @example
 * ```ts
 * import { openSqliteFile, type SqliteFileOptions } from 'chathub/sqlite';
 *
 * const open = (options: SqliteFileOptions) => openSqliteFile(options);
 * ```
 */
export interface SqliteFileOptions {
  /** The file. */
  readonly path: string;
  /** What opens it. Default: the first that there is of `node:sqlite`, `better-sqlite3` and `libsql`. */
  readonly driver?: DriverName | undefined;
}

/**
 * A file that {@link sqlite} wrote, open for reading.
 *
 * @example
 * ```ts
 * import type { SqliteFile } from 'chathub/sqlite';
 *
 * const lastOf = (file: SqliteFile, room: string) => file.read(room, { limit: 1 }).entries[0];
 * ```
 */
export interface SqliteFile extends Disposable {
  /** The logs in it: rooms, and inboxes, which begin with `@`. */
  logs(): readonly string[];
  /** A page of a log. */
  read(log: string, range: LogRange): LogPage;
  /** The newest messages of a log that match. */
  search(log: string, search: LogSearch): LogPage;
  /** Closes it. May be called more than once. */
  close(): void;
}

/**
 * Opens a file that {@link sqlite} wrote, for reading only: for exports, statistics and tools. A server may have it open meanwhile.
 *
 * @param options - see {@link SqliteFileOptions}
 * @throws OptionError when an option is not what it must be
 * @throws ChatError `ENGINE_UNAVAILABLE`, saying what is wrong with the file
 *
 * @example
 * ```ts
 * import { openSqliteFile } from 'chathub/sqlite';
 *
 * using file = openSqliteFile({ path: 'chat.db' });
 * for (const log of file.logs()) console.log(log, file.read(log, { limit: 10 }).entries.length);
 * ```
 */
export function openSqliteFile(options: SqliteFileOptions): SqliteFile {
  checkFileOptions(options, ['path', 'driver'] satisfies (keyof SqliteFileOptions)[]);
  const { driver } = options;
  // Some drivers take what begins with `file:` for something else.
  const path = resolve(options.path);
  const file = new StoreFile({ driver: findDriver(driver), path, synchronous: 'full' }, true);
  file.open();
  const everything = { history: Number.POSITIVE_INFINITY, historyAge: Number.POSITIVE_INFINITY };
  const table = new LogTable(file);
  // Where logs stand is looked up each time: whoever writes them is somebody else.
  const logs = () => new Logs(table, new Receipts(file, 0), everything, Date.now);
  const attempt = <T>(work: () => T): T => {
    try {
      return work();
    } catch (error) {
      throw unavailable(path, error);
    }
  };
  const close = () => file.close();
  return {
    logs: () => attempt(() => table.names('', -1).map((name) => JSON.parse(name) as string)),
    read(log, range) {
      checkLimit(range);
      return attempt(() => logs().read(log, range));
    },
    search(log, search) {
      checkLimit(search);
      if (!Array.isArray(search.terms) || search.terms.length === 0)
        throw new OptionError('terms', 'what parseSearch() gives, of a text with a word in it', search.terms);
      return attempt(() => logs().search(log, search));
    },
    close,
    [Symbol.dispose]: close,
  };
}

/** @throws OptionError */
function checkLimit(options: { readonly limit: number } | undefined): void {
  const limit: unknown = options?.limit;
  if (!Number.isSafeInteger(limit) || (limit as number) < 1)
    throw new OptionError('limit', 'a positive integer', limit);
}
