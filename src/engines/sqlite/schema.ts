import { ChatError } from '../../model/errors.js';
import type { Database, Row } from './driver.js';

/** "chat", in the header of the file: what kind of database it is (SQLite, "PRAGMA application_id"). */
const applicationId = 0x63686174;

/** Bits of an entry's key that are its offset; those above are its log. Room for 68 billion entries of 134 million logs. */
export const offsetBits = 36;

/**
 * Each takes a database from its place in the list to the next; they are never changed, only added to. Texts that come from people
 * are kept as JSON.
 */
const migrations: readonly string[] = [
  `
  CREATE TABLE logs (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    epoch TEXT NOT NULL,
    head INTEGER NOT NULL,      -- the newest offset
    first INTEGER NOT NULL,     -- the oldest offset that is kept; head + 1 when none is
    at INTEGER NOT NULL         -- the newest entry's time
  );
  CREATE TABLE entries (
    key INTEGER PRIMARY KEY,    -- (log << ${offsetBits}) | offset: a log's entries stand together, in their order
    type INTEGER NOT NULL,      -- 0 message, 1 direct, 2 edit, 3 delete, 4 reaction, 5 deleted message
    id TEXT NOT NULL,
    author TEXT NOT NULL,       -- the user
    at INTEGER NOT NULL,
    target TEXT,                -- of an edit: the id of its message
    body TEXT NOT NULL          -- the whole entry in its present form
  );
  CREATE INDEX messages_by_id ON entries (id) WHERE type = 0;
  CREATE INDEX edits_by_target ON entries (target) WHERE type = 2;
  CREATE TABLE receipts (       -- the keys of late, so that a repeat is known
    seq INTEGER PRIMARY KEY,
    log INTEGER NOT NULL,
    name TEXT NOT NULL,         -- of user, recipient and key
    id TEXT NOT NULL,
    offset INTEGER NOT NULL,
    at INTEGER NOT NULL,        -- the entry's time, which another entry may have set ahead
    stored INTEGER NOT NULL     -- what the clock said
  );
  CREATE INDEX receipts_by_stored ON receipts (stored);
  CREATE INDEX receipts_by_name ON receipts (log, name);
  CREATE VIRTUAL TABLE words USING fts5 (text, content = '', tokenize = 'ascii');
  CREATE TABLE sessions (member TEXT PRIMARY KEY, record TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE names (
    user TEXT PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL
  ) WITHOUT ROWID;
  CREATE TABLE facts (
    scope TEXT NOT NULL,
    key TEXT NOT NULL,
    value TEXT NOT NULL,
    expires INTEGER,            -- in milliseconds since 1970
    PRIMARY KEY (scope, key)
  ) WITHOUT ROWID;
  CREATE INDEX facts_by_expiry ON facts (expires) WHERE expires IS NOT NULL;
  CREATE TABLE runs (           -- how the database was last opened, one row
    id INTEGER PRIMARY KEY CHECK (id = 1),
    boot TEXT NOT NULL,         -- of the machine
    synchronous TEXT NOT NULL,
    clean INTEGER NOT NULL      -- whether it was closed
  );
  `,
];

/** The version that this library writes. */
const schemaVersion = migrations.length;

/**
 * Brings a database to the present version, in one transaction.
 *
 * @throws ChatError `ENGINE_UNAVAILABLE`: it is of a newer version, or of something else
 */
export function migrate(database: Database, path: string): void {
  const version = checkedVersion(database, path);
  const erases = erasesWords(database) ? 1 : 0;
  if (version === schemaVersion && erases === secureDelete(database)) return;
  database.exec('BEGIN IMMEDIATE');
  try {
    for (const migration of migrations.slice(version)) database.exec(migration);
    database.exec(`PRAGMA application_id = ${applicationId}; PRAGMA user_version = ${schemaVersion}`);
    database.exec(`INSERT INTO words (words, rank) VALUES ('secure-delete', ${erases}); COMMIT`);
  } catch (error) {
    rollBack(database);
    throw error;
  }
}

/** Whether words can be taken out of the index at once. Before 3.50 (libsql has 3.45) that leaves one that SQLite calls malformed. */
export function erasesWords(database: Pick<Database, 'prepare'>): boolean {
  const { version } = database.prepare('SELECT sqlite_version() AS version').get() as Row;
  const [major = 0, minor = 0] = String(version).split('.').map(Number);
  return major > 3 || (major === 3 && minor >= 50);
}

/** @throws ChatError `ENGINE_UNAVAILABLE`: not one that this library can read */
export function checkedVersion(database: Database, path: string): number {
  const version = pragma(database, 'user_version');
  const application = pragma(database, 'application_id');
  const { tables } = database.prepare('SELECT count(*) AS tables FROM sqlite_schema').get() as Row;
  if (application !== applicationId && tables !== 0) throw notOurs(path);
  if (version <= schemaVersion) return version;
  const needed = `was written by a newer version of ChatHub (its schema is ${version}, this one knows ${schemaVersion})`;
  throw new ChatError('ENGINE_UNAVAILABLE', `The database "${path}" ${needed}: install that version, or a newer one.`);
}

export function notOurs(path: string): ChatError {
  return new ChatError('ENGINE_UNAVAILABLE', `The database "${path}" is not one of ChatHub's: choose another file.`);
}

/** As the driver that opened the file before had it. */
function secureDelete(database: Database): number {
  const row = database.prepare("SELECT v FROM words_config WHERE k = 'secure-delete'").get() as Row | undefined;
  return Number(row?.v ?? 0);
}

export function rollBack(database: Pick<Database, 'exec'>): void {
  try {
    database.exec('ROLLBACK');
  } catch {
    // SQLite has done it by itself: for a full disk, say.
  }
}

function pragma(database: Database, name: string): number {
  return Number((database.prepare(`PRAGMA ${name}`).get() as Row)[name]);
}
