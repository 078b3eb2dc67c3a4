import { ChatError } from '../../model/errors.js';

/** What the drivers throw: names of SQLite's result codes, or their numbers. */
interface SqliteError extends Error {
  readonly code?: unknown;
  readonly errcode?: unknown;
  readonly rawCode?: unknown;
}

/** SQLite's primary result codes (https://www.sqlite.org/rescode.html) that somebody can do something about, and what. */
const sentences: ReadonlyMap<number, readonly [name: string, sentence: string]> = new Map([
  [3, ['SQLITE_PERM', 'may not be written to']],
  [5, ['SQLITE_BUSY', 'is locked by another process']],
  [6, ['SQLITE_LOCKED', 'is locked by another process']],
  [8, ['SQLITE_READONLY', 'is read-only: check the permissions of the file and of its folder']],
  [10, ['SQLITE_IOERR', 'could not be read or written: the disk fails, or is full']],
  [11, ['SQLITE_CORRUPT', 'is damaged: restore it from a backup, or move it away']],
  [13, ['SQLITE_FULL', 'can not grow: the disk is full']],
  [
    14,
    [
      'SQLITE_CANTOPEN',
      'can not be opened: check that it is a file, and that it and its folder may be read and written',
    ],
  ],
  [19, ['SQLITE_CONSTRAINT', 'holds something else than was known of it: it is looked at anew']],
  [26, ['SQLITE_NOTADB', 'is not a database of SQLite, or is damaged']],
]);

const busy = 5;

/** What libsql says when it can't open a file has the number in its text, and nowhere else. */
const connectionFailed = /^ConnectionFailed\(.*: (\d+)"\)$/s;

/** The primary result code of what a driver threw; undefined when it is no error of SQLite. */
function resultCode(error: unknown): number | undefined {
  if (!(error instanceof Error)) return undefined;
  const { code, errcode, rawCode } = error as SqliteError;
  const number = errcode ?? rawCode;
  if (typeof number === 'number') return number & 0xff;
  const told = connectionFailed.exec(error.message);
  if (told !== null) return Number(told[1]) & 0xff;
  if (typeof code !== 'string') return undefined;
  for (const [primary, [name]] of sentences) if (code === name || code.startsWith(`${name}_`)) return primary;
  return undefined;
}

export function isBusy(error: unknown): boolean {
  return resultCode(error) === busy;
}

/** Whether only another connection can help: what this one knows of the file may be wrong. */
export function wantsReopening(error: unknown): boolean {
  const code = resultCode(error);
  return code !== undefined && [8, 10, 11, 14, 19, 26].includes(code);
}

/** Whether it is of one write, rather than of the file or the disk: others may succeed. */
export function isOfOneWrite(error: unknown): boolean {
  const code = resultCode(error);
  return code === undefined || code === 19;
}

/** As those who call an engine are told: `ENGINE_UNAVAILABLE` with a sentence that names the file and what is wrong with it. */
export function unavailable(path: string, error: unknown): ChatError {
  if (error instanceof ChatError) return error;
  const [, sentence] = sentences.get(resultCode(error) ?? -1) ?? [];
  const what = sentence ?? `failed (${error instanceof Error ? error.message : String(error)})`;
  return new ChatError('ENGINE_UNAVAILABLE', `The database "${path}" ${what}.`, { cause: error });
}
