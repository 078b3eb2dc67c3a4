import type { DirectMessage, Entry, Message } from '../../model/entry.js';
import { randomId } from '../../model/ids.js';
import { searchWords } from '../../model/search.js';
import { erased, isSaid } from '../shared/entries.js';
import { offsetBits } from './schema.js';
import type { StoreFile } from './store-file.js';

/** What is known of a log. */
export interface Meta {
  /** 0: nothing of it is stored yet. */
  readonly id: number;
  readonly epoch: string;
  readonly head: number;
  /** The oldest offset that is kept; one above the head when none is. */
  readonly first: number;
  /** The time of the newest entry. */
  readonly at: number;
}

const types = { message: 0, direct: 1, edit: 2, delete: 3, reaction: 4 } as const;
const deletedMessage = 5;

/** Of an entry's key, the part that is its offset, and where keys of a log begin; `?` are the log and an offset. */
const offsetOf = `key & ${2 ** offsetBits - 1}`;
const keyAt = `((? << ${offsetBits}) | ?)`;
const within = `key >= ${keyAt} AND key <= ${keyAt}`;

/** Rows that are read at once, when it is not known yet how many are wanted. */
const rowsAtOnce = 128;

/** The logs and entries in the file, by SQL and nothing else: who calls it sees to transactions. */
export class LogTable {
  readonly #file: StoreFile;
  /** Words were taken out of the index. */
  #erased = false;

  constructor(file: StoreFile) {
    this.#file = file;
  }

  meta(name: string): Meta | undefined {
    const row = this.#file.get('SELECT id, epoch, head, first, at FROM logs WHERE name = ?', JSON.stringify(name));
    return row as unknown as Meta | undefined;
  }

  create(name: string, epoch: string): Meta {
    const stored = JSON.stringify(name);
    this.#file.run('INSERT INTO logs (name, epoch, head, first, at) VALUES (?, ?, 0, 1, 0)', stored, epoch);
    return this.meta(name) as Meta;
  }

  save({ id, epoch, head, first, at }: Meta): void {
    const set = 'UPDATE logs SET epoch = ?, head = ?, first = ?, at = ? WHERE id = ?';
    this.#file.run(set, epoch, head, first, at, id);
  }

  /** Forgets a log with all that belongs to it. */
  remove(meta: Meta): void {
    this.drop(meta, meta.first, meta.head);
    this.#file.run('DELETE FROM receipts WHERE log = ?', meta.id);
    this.#file.run('DELETE FROM logs WHERE id = ?', meta.id);
  }

  /** Writes the index anew without what was taken out of it, where SQLite has not done so at once. */
  tidy(): void {
    if (this.#erased && !this.#file.erasesWords) this.#file.run("INSERT INTO words (words) VALUES ('optimize')");
  }

  /** Other epochs for all logs: offsets may have been given that the file does not know of. */
  renewEpochs(): void {
    this.#file.run(`UPDATE logs SET epoch = ? || '.' || id`, randomId(8));
  }

  names(after: string, limit: number): readonly string[] {
    const rows = this.#file.all('SELECT name FROM logs WHERE name > ? ORDER BY name LIMIT ?', after, limit);
    return rows.map(({ name }) => String(name));
  }

  insert(meta: Meta, entry: Entry): void {
    this.#file.run(
      `INSERT INTO entries (key, type, id, author, at, target, body) VALUES (${keyAt}, ?, ?, ?, ?, ?, ?)`,
      meta.id,
      entry.offset,
      types[entry.type],
      JSON.stringify(entry.id),
      JSON.stringify(entry.from.user),
      entry.at,
      entry.type === 'edit' ? JSON.stringify(entry.message) : null,
      JSON.stringify(entry),
    );
    if (isSaid(entry)) this.#index(meta, entry.offset, entry.text);
  }

  /** Gives a message its present form, which may be that it is deleted. */
  amend(meta: Meta, before: Message, after: Message): void {
    const { offset } = after;
    const type = after.deleted === undefined ? types.message : deletedMessage;
    const set = `UPDATE entries SET type = ?, body = ? WHERE key = ${keyAt}`;
    this.#file.run(set, type, JSON.stringify(after), meta.id, offset);
    if (before.text === after.text) return;
    this.#unindex(meta, offset, before.text);
    if (isSaid(after)) this.#index(meta, offset, after.text);
  }

  /** An edit's text must not outlive the next edit or the deletion: replays show the latest text only. */
  eraseEdits(meta: Meta, message: string, before: number): void {
    const where = `type = 2 AND target = ? AND ${within}`;
    const values = [JSON.stringify(message), meta.id, meta.first, meta.id, before - 1] as const;
    for (const { offset, body } of this.#file.all(
      `SELECT ${offsetOf} AS offset, body FROM entries WHERE ${where}`,
      ...values,
    )) {
      const { data: _, ...rest } = JSON.parse(String(body)) as { readonly data?: unknown };
      const empty = JSON.stringify({ ...rest, text: '' });
      // Without its target it is not found again: the next edit of many must not go through all before.
      this.#file.run(`UPDATE entries SET body = ?, target = NULL WHERE key = ${keyAt}`, empty, meta.id, Number(offset));
    }
  }

  /** Erases the direct messages of a user. */
  eraseDirects(meta: Meta, user: string, now: number): void {
    if (meta.id === 0) return;
    const where = `type = ${types.direct} AND author = ? AND ${within}`;
    const values = [JSON.stringify(user), meta.id, meta.first, meta.id, meta.head] as const;
    for (const { body } of this.#file.all(`SELECT body FROM entries WHERE ${where}`, ...values)) {
      const entry = parsed(body) as DirectMessage;
      const set = `UPDATE entries SET type = ?, body = ? WHERE key = ${keyAt}`;
      this.#file.run(set, deletedMessage, JSON.stringify(erased(entry, now)), meta.id, entry.offset);
      this.#unindex(meta, entry.offset, entry.text);
    }
  }

  /** Deletes the entries of a range. */
  drop(meta: Meta, from: number, to: number): void {
    if (meta.id === 0 || to < from) return;
    for (const entry of this.#pages(meta, from, to, false, 'ASC')) {
      if (isSaid(entry)) this.#unindex(meta, entry.offset, entry.text);
      // Whoever comes back is not told the text of what can't be deleted any more.
      if (entry.type === 'message' && entry.edited !== undefined) this.eraseEdits(meta, entry.id, meta.head + 1);
    }
    this.#file.run(`DELETE FROM entries WHERE ${within}`, meta.id, from, meta.id, to);
  }

  /** Entries of a range, both ends included, read as they are asked for. */
  entries(meta: Meta, from: number, to: number, only?: 'messages'): Iterable<Entry> {
    return this.#pages(meta, from, to, only === 'messages', 'ASC');
  }

  /** The same, the newest first. */
  entriesBack(meta: Meta, from: number, to: number, only?: 'messages'): Iterable<Entry> {
    return this.#pages(meta, from, to, only === 'messages', 'DESC');
  }

  entry(meta: Meta, offset: number): Entry | undefined {
    const row = this.#file.get(`SELECT body FROM entries WHERE key = ${keyAt}`, meta.id, offset);
    return row === undefined ? undefined : parsed(row.body);
  }

  message(meta: Meta, id: string): Message | undefined {
    const select = `SELECT body FROM entries WHERE type = 0 AND id = ? AND ${within}`;
    const row = this.#file.get(select, JSON.stringify(id), meta.id, meta.first, meta.id, meta.head);
    return row === undefined ? undefined : (parsed(row.body) as Message);
  }

  count(meta: Meta, [from, to]: readonly [number, number], limit: number, except: string): number {
    const rows = `SELECT 1 FROM entries WHERE ${within} AND type IN (0, 1) AND author <> ? LIMIT ?`;
    const values = [meta.id, from, meta.id, to, JSON.stringify(except), limit];
    return Number(this.#file.get(`SELECT count(*) AS found FROM (${rows})`, ...values)?.found ?? 0);
  }

  /** The newest messages of a range that match, the newest first. `match`: in the language of FTS5. */
  matching(meta: Meta, match: string, from: number, to: number, limit: number): Entry[] {
    const range = `rowid >= ${keyAt} AND rowid <= ${keyAt}`;
    const found = `SELECT rowid AS found FROM words WHERE words MATCH ? AND ${range} ORDER BY rowid DESC LIMIT ?`;
    const select = `SELECT body FROM (${found}) JOIN entries ON key = found ORDER BY found DESC`;
    return this.#file.all(select, match, meta.id, from, meta.id, to, limit).map(({ body }) => parsed(body));
  }

  /** The highest offset from `first` on whose entry is of this time or earlier; `first - 1` when none is. Times never fall. */
  lastUntil(meta: Meta, first: number, time: number): number {
    let low = first - 1;
    let high = meta.head;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      const row = this.#file.get(`SELECT at FROM entries WHERE key = ${keyAt}`, meta.id, middle);
      if (Number(row?.at ?? 0) <= time) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  *#pages(meta: Meta, from: number, to: number, messages: boolean, order: 'ASC' | 'DESC'): Generator<Entry> {
    if (meta.id === 0) return;
    const which = messages ? `${within} AND type IN (0, 1, 5)` : within;
    const select = `SELECT body FROM entries WHERE ${which} ORDER BY key ${order} LIMIT ${rowsAtOnce}`;
    for (let low = from, high = to; low <= high; ) {
      const rows = this.#file.all(select, meta.id, low, meta.id, high);
      let last = 0;
      for (const { body } of rows) {
        const entry = parsed(body);
        last = entry.offset;
        yield entry;
      }
      if (rows.length < rowsAtOnce) return;
      if (order === 'ASC') low = last + 1;
      else high = last - 1;
    }
  }

  #index(meta: Meta, offset: number, text: string): void {
    const words = wordsOf(meta, searchWords(text));
    if (words !== '') this.#file.run(`INSERT INTO words (rowid, text) VALUES (${keyAt}, ?)`, meta.id, offset, words);
  }

  #unindex(meta: Meta, offset: number, text: string): void {
    const words = wordsOf(meta, searchWords(text));
    const remove = `INSERT INTO words (words, rowid, text) VALUES ('delete', ${keyAt}, ?)`;
    this.#erased = true;
    if (words !== '') this.#file.run(remove, meta.id, offset, words);
  }
}

function parsed(body: unknown): Entry {
  return JSON.parse(String(body)) as Entry;
}

/** As the index has them: each log has words of its own, so that a search goes through no other log's. */
export function wordsOf({ id }: Meta, words: readonly string[]): string {
  const log = `${id.toString(36)}\u00b7`;
  return words.map((word) => log + word).join(' ');
}
