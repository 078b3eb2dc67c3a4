import { closeSync, existsSync, openSync, realpathSync } from 'node:fs';
import { dirname } from 'node:path';
import { ChatError } from '../../model/errors.js';
import type { Database, Driver, Row, Statement, Value } from './driver.js';
import { isBusy, unavailable } from './failures.js';
import { checkedVersion, erasesWords, migrate, notOurs } from './schema.js';

/** How a file is opened. */
export interface FileOptions {
  readonly driver: Driver;
  readonly path: string;
  readonly synchronous: 'full' | 'normal';
}

/** One database file, and its statements, each prepared once. A connection that went wrong is replaced. */
export class StoreFile {
  readonly #options: FileOptions;
  readonly #readOnly: boolean;
  #database: Database | undefined;
  #lock: Database | undefined;
  #closed = false;
  readonly #statements = new Map<string, Statement>();
  /** It has been open: from here on it is not made anew where it is gone. */
  #found = false;
  /** Told when another connection took the place of one that went wrong: what was known of the file may not be so. */
  onReconnect: () => void = () => undefined;

  constructor(options: FileOptions, readOnly = false) {
    this.#options = options;
    this.#readOnly = readOnly;
  }

  get path(): string {
    return this.#options.path;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** @throws ChatError `ENGINE_UNAVAILABLE`, saying what is wrong with the file */
  open(): void {
    try {
      mustHaveFolder(this.path);
      if (this.#readOnly) mustExist(this.path);
      else this.#lock ??= this.#takeLock(lockOf(this.path));
      this.#database ??= this.#connect();
      this.#found = true;
    } catch (error) {
      this.close();
      throw unavailable(this.path, error);
    }
  }

  /** For good. */
  close(): void {
    this.#closed = true;
    // Not left to closing: libsql closes only when statements are garbage, and SQLite only does it for the last connection. What
    // was erased would stay in the file beside.
    const database = this.#database;
    if (database !== undefined && !this.#readOnly) quietly(() => database.exec('PRAGMA wal_checkpoint(TRUNCATE)'));
    this.disconnect();
    const lock = this.#lock;
    this.#lock = undefined;
    if (lock !== undefined) quietly(() => lock.close());
  }

  /** What is wanted next opens a new connection. The lock stays. */
  disconnect(): void {
    const database = this.#database;
    this.#database = undefined;
    this.#statements.clear();
    if (database !== undefined) quietly(() => database.close());
  }

  /** Whether words that are taken out of the index are out of the file at once. */
  get erasesWords(): boolean {
    return erasesWords(this.#connected());
  }

  /** Connects, where there is no connection. */
  ensure(): void {
    this.#connected();
  }

  exec(sql: string): void {
    this.#connected().exec(sql);
  }

  run(sql: string, ...values: readonly Value[]): void {
    this.#statement(sql).run(...values);
  }

  get(sql: string, ...values: readonly Value[]): Row | undefined {
    return (this.#statement(sql).get(...values) ?? undefined) as Row | undefined;
  }

  all(sql: string, ...values: readonly Value[]): readonly Row[] {
    return this.#statement(sql).all(...values) as readonly Row[];
  }

  #statement(sql: string): Statement {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.#connected().prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }

  #connected(): Database {
    // Without the lock, nothing may be written.
    if (this.#closed) throw new ChatError('ENGINE_UNAVAILABLE', `The database "${this.path}" is closed.`);
    if (this.#database === undefined) {
      // A file that was moved away is not begun anew behind everybody's back.
      if (this.#found) mustExist(this.path);
      this.#database = this.#connect();
      try {
        this.onReconnect();
      } catch (error) {
        this.disconnect();
        throw error;
      }
    }
    // Whoever was told of it may have met with the same again.
    if (this.#database === undefined)
      throw new ChatError('ENGINE_UNAVAILABLE', `The database "${this.path}" could not be read.`);
    return this.#database;
  }

  #connect(): Database {
    const { driver, path, synchronous } = this.#options;
    const database = driver.open(path, this.#readOnly);
    try {
      // Whoever has to wait is told so, and waits without holding up everybody else: see the writer.
      database.exec('PRAGMA busy_timeout = 0');
      const version = checkedVersion(database, path);
      if (this.#readOnly) {
        if (version === 0) throw notOurs(path);
        // Not every driver can open a file for reading only.
        database.exec('PRAGMA query_only = ON');
        return database;
      }
      database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = ${synchronous}; PRAGMA secure_delete = ON`);
      // Of what is written between two checkpoints, about 16 MB are kept; a file that once grew larger is cut.
      database.exec(
        'PRAGMA journal_size_limit = 16777216; PRAGMA cache_size = -16384; PRAGMA wal_autocheckpoint = 4000',
      );
      migrate(database, path);
      return database;
    } catch (error) {
      quietly(() => database.close());
      throw error;
    }
  }

  /**
   * One process writes to a file. The lock is a transaction on a file beside it: the system ends it with the process, however that
   * ends, and tools can still read the database itself.
   */
  #takeLock(file: string): Database {
    const { driver, path } = this.#options;
    const lock = driver.open(file, false);
    try {
      lock.exec('PRAGMA busy_timeout = 0; BEGIN EXCLUSIVE');
      return lock;
    } catch (error) {
      quietly(() => lock.close());
      if (!isBusy(error)) throw error;
      const cure = 'one process at a time can use it';
      throw new ChatError(
        'ENGINE_UNAVAILABLE',
        `The database "${path}" is in use by another process, or another engine of this one: ${cure}.`,
        {
          cause: error,
        },
      );
    }
  }
}

/** Where the lock of a file stands: beside the file itself, whichever link leads there. */
function lockOf(path: string): string {
  createPrivately(path);
  try {
    return `${realpathSync(path)}.lock`;
  } catch {
    // SQLite says better what is wrong with it.
    return `${path}.lock`;
  }
}

function mustHaveFolder(path: string): void {
  const folder = dirname(path);
  if (!existsSync(folder))
    throw new ChatError(
      'ENGINE_UNAVAILABLE',
      `The database "${path}" can not be opened: there is no folder "${folder}".`,
    );
}

/** Some drivers would make it, even if it is only to be read. */
function mustExist(path: string): void {
  if (!existsSync(path)) throw new ChatError('ENGINE_UNAVAILABLE', `The database "${path}" does not exist.`);
}

/** What people said is nobody else's to read. A file that is there is not touched: to close it would end SQLite's locks on it. */
function createPrivately(path: string): void {
  if (existsSync(path)) return;
  try {
    closeSync(openSync(path, 'a', 0o600));
  } catch {
    // It is there, or SQLite says better why it can't be.
  }
}

function quietly(work: () => void): void {
  try {
    work();
  } catch {
    // It is given up in any case.
  }
}
