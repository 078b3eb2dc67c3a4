import type { Entry, EntryDraft, Message, Position } from '../../model/entry.js';
import { ChatError } from '../../model/errors.js';
import { randomId } from '../../model/ids.js';
import { matchesSearch } from '../../model/search.js';
import type {
  Appended,
  CountRange,
  Follower,
  FollowHandler,
  LogNames,
  LogPage,
  LogRange,
  LogSearch,
} from '../../ports/engine.js';
import { amend, isSaid, keyOf, PageBuilder, place, recipientOf } from '../shared/entries.js';
import { type LogTable, type Meta, wordsOf } from './log-table.js';
import type { Receipts } from './receipts.js';
import { Tail, Tails } from './tails.js';
import type { Transaction } from './writer.js';

/** What is kept of each log. */
export interface Retention {
  /** Entries. */
  readonly history: number;
  /** Milliseconds. */
  readonly historyAge: number;
}

/** Messages that are read through before the index is asked for the beginnings of words. */
const readThrough = 1_000;
/** The same in characters. */
const readThroughSize = 131_072;

/** Logs that nobody follows, of which it is remembered where they stand. */
const mostRemembered = 1_000;

/** Entries that are kept no longer, and deleted with each new one: more than come, and few enough for a burst. */
const droppedWithEach = 10;
/** The same in a log that nobody may be writing to. */
const droppedAtOnce = 100;

/** A log of which nothing is stored. */
const nothing = { id: 0, head: 0, first: 1, at: 0 } as const;

/** Does some reading, and reports what goes wrong. */
type Attempt = <T>(work: () => T) => T;

/**
 * All logs of one file. What reads sees committed entries only, since a transaction begins and ends in one step; what a
 * transaction changes of a log is staged until it is committed.
 */
export class Logs {
  readonly #known = new Map<string, Meta>();
  readonly #staged = new Map<string, Meta>();
  readonly #tails: Tails;
  readonly #table: LogTable;
  readonly #receipts: Receipts;
  readonly #retention: Retention;
  readonly #now: () => number;

  constructor(table: LogTable, receipts: Receipts, retention: Retention, now: () => number) {
    this.#table = table;
    this.#receipts = receipts;
    this.#retention = retention;
    this.#now = now;
    this.#tails = new Tails((name, after, limit) => this.read(name, { after, limit }));
  }

  // ---- In a transaction

  append(transaction: Transaction, name: string, draft: EntryDraft, known: Position | undefined): Appended {
    const now = this.#now();
    let meta = this.#present(name);
    if (known !== undefined && known.epoch === meta.epoch && known.offset > meta.head)
      meta = this.#beginAnew(transaction, name, meta);
    const key = draft.key === undefined ? undefined : keyOf(draft.from.user, draft.key, recipientOf(draft));
    const first = key === undefined ? undefined : this.#repeat(meta, key, now);
    if (first !== undefined) return first;
    const target = 'message' in draft ? this.#target(meta, draft.message, now) : undefined;
    if (meta.id === 0) meta = this.#table.create(name, meta.epoch);
    const entry = place(draft, meta.head + 1, Math.max(now, meta.at));
    this.#table.insert(meta, entry);
    if (key !== undefined) this.#receipts.add(meta, key, entry, now);
    if (target !== undefined) this.#amend(meta, target, entry);
    this.#staged.set(name, this.#trimmed({ ...meta, head: entry.offset, at: entry.at }, now, droppedWithEach));
    transaction.afterwards(() => this.#tails.deliver(name, meta.epoch, entry));
    const { id, offset, at } = entry;
    return { id, offset, at, epoch: meta.epoch, duplicate: false, entry };
  }

  remove(transaction: Transaction, name: string): void {
    const meta = this.#present(name);
    if (meta.id !== 0 || this.#tails.has(name)) this.#beginAnew(transaction, name, meta);
  }

  erase(name: string, user: string): void {
    this.#table.eraseDirects(this.#present(name), user, this.#now());
  }

  /** Writes what the transaction changed of logs: once for each, however much was said there. */
  saveStaged(): void {
    for (const meta of this.#staged.values()) if (meta.id !== 0) this.#table.save(meta);
  }

  settle(committed: boolean): void {
    if (committed) for (const [name, meta] of this.#staged) this.#remember(name, meta);
    this.#staged.clear();
  }

  /** Whether anything is ever kept no longer. */
  get forgets(): boolean {
    const { history, historyAge } = this.#retention;
    return Math.min(history, historyAge) !== Number.POSITIVE_INFINITY;
  }

  /** Whether something of a log is kept no longer. */
  isOver(name: string): boolean {
    const meta = this.#known.get(name) ?? this.#table.meta(name) ?? { ...nothing, epoch: '' };
    return this.#firstKept(meta, this.#now()) > meta.first;
  }

  /** Deletes what is kept no longer of a log that nobody may be writing to; false when nothing is. */
  expire(name: string): boolean {
    const meta = this.#present(name);
    const trimmed = this.#trimmed(meta, this.#now(), droppedAtOnce);
    if (trimmed === meta) return false;
    this.#staged.set(name, trimmed);
    return true;
  }

  /** The file may hold something else than was known: those who follow a log are told what they missed, or that it is another one. */
  look(attempt: Attempt): void {
    const seen = new Map<string, Meta>();
    const told: (() => void)[] = [];
    for (const [name, was] of this.#known) {
      if (!this.#tails.has(name)) continue;
      const now = this.#table.meta(name);
      if (now === undefined && was.id === 0) seen.set(name, was);
      else if (now?.epoch === was.epoch && now.head >= was.head) {
        seen.set(name, now);
        if (now.head > was.head) told.push(() => this.#tails.fallBehind(name, attempt));
      } else {
        // Offsets have been told of that say nothing any more.
        const fresh = { ...(now ?? nothing), epoch: randomId(8) };
        if (fresh.id !== 0) this.#table.save(fresh);
        seen.set(name, fresh);
        told.push(() => this.#tails.reset(name, { epoch: fresh.epoch, offset: fresh.head }));
      }
    }
    this.#known.clear();
    for (const [name, meta] of seen) this.#known.set(name, meta);
    for (const tell of told) tell();
  }

  // ---- Outside of one

  names({ after = '', limit }: { readonly after?: string; readonly limit: number }): LogNames {
    const stored = this.#table.names(after, limit);
    const names = stored.map((name) => JSON.parse(name) as string);
    return { names, next: stored.length < limit ? undefined : stored.at(-1) };
  }

  find(name: string, user: string, key: string, to: string | undefined): Appended | undefined {
    return this.#repeat(this.#meta(name), keyOf(user, key, to), this.#now());
  }

  read(name: string, range: LogRange): LogPage {
    const meta = this.#meta(name);
    const first = this.#firstKept(meta, this.#now());
    return range.after === undefined
      ? this.#readBack(meta, first, range)
      : this.#readOn(meta, first, range, range.after);
  }

  get(name: string, id: string): Message | undefined {
    const meta = this.#meta(name);
    const message = meta.id === 0 ? undefined : this.#table.message(meta, id);
    return message !== undefined && message.offset >= this.#firstKept(meta, this.#now()) ? message : undefined;
  }

  count(name: string, { after, upTo = Number.MAX_SAFE_INTEGER, limit, except }: CountRange): number {
    const meta = this.#meta(name);
    if (meta.id === 0) return 0;
    const from = Math.max(after + 1, this.#firstKept(meta, this.#now()));
    return this.#table.count(meta, [from, Math.min(upTo, meta.head)], limit, except);
  }

  search(name: string, { terms, before, until, limit }: LogSearch): LogPage {
    const meta = this.#meta(name);
    const facts = { epoch: meta.epoch, head: meta.head, complete: true };
    if (meta.id === 0) return { entries: [], ...facts, more: false };
    const first = this.#firstKept(meta, this.#now());
    const newest = until === undefined ? meta.head : this.#table.lastUntil(meta, first, until);
    const to = Math.min(newest, (before ?? meta.head + 1) - 1);
    const { found, rest } = terms.some(({ prefix }) => prefix)
      ? this.#readThrough(meta, terms, first, to, limit + 1)
      : { found: [], rest: to };
    if (rest >= first && found.length <= limit)
      found.push(...this.#table.matching(meta, matchOf(meta, terms), first, rest, limit + 1 - found.length));
    return { entries: found.slice(0, limit).reverse(), ...facts, more: found.length > limit };
  }

  follow(name: string, handler: FollowHandler, after: Position | undefined, attempt: Attempt): Follower {
    const meta = this.#meta(name);
    const first = this.#firstKept(meta, this.#now());
    // Nothing is read from here on, and can't fail.
    const tail = new Tail(handler, { epoch: meta.epoch, offset: meta.head });
    this.#tails.add(name, tail);
    // As long as somebody follows it, a log that has nothing stored keeps its epoch.
    this.#known.set(name, meta);
    if (after !== undefined) {
      const isKnown = after.epoch === meta.epoch && after.offset <= meta.head;
      const from = isKnown ? after.offset : 0;
      tail.begin(isKnown, from, { epoch: meta.epoch, offset: Math.max(from, first - 1) });
      this.#tails.catchUp(name, tail, attempt);
    }
    return {
      get position() {
        return tail.position;
      },
      close: () => {
        if (!this.#tails.remove(name, tail)) return;
        // Not from the file: it may be out of reach, and who closes must come to an end.
        const known = this.#known.get(name);
        if (known !== undefined) this.#remember(name, known);
      },
    };
  }

  /**
   * Looks through the newest messages: how a word begins may be how many do, and the index would gather all their places first.
   * Gives what it found, the newest first, and from where on back the index has to be asked.
   */
  #readThrough(meta: Meta, terms: LogSearch['terms'], first: number, to: number, most: number) {
    const found: Entry[] = [];
    let rest = first - 1;
    let left = readThrough;
    let size = 0;
    for (const entry of this.#table.entriesBack(meta, first, to, 'messages')) {
      if (isSaid(entry) && matchesSearch(entry.text, terms)) found.push(entry);
      if (found.length === most) break;
      size += 'text' in entry ? entry.text.length : 0;
      if (--left > 0 && size < readThroughSize) continue;
      rest = entry.offset - 1;
      break;
    }
    return { found, rest };
  }

  // ---- Where logs stand

  /** As the transaction has it. */
  #present(name: string): Meta {
    return this.#staged.get(name) ?? this.#meta(name);
  }

  #meta(name: string): Meta {
    const known = this.#known.get(name) ?? this.#table.meta(name);
    if (known !== undefined) {
      this.#remember(name, known);
      return known;
    }
    return { ...nothing, epoch: randomId(8) };
  }

  #remember(name: string, meta: Meta): void {
    const followed = this.#tails.has(name);
    this.#known.delete(name);
    if (meta.id !== 0 || followed) this.#known.set(name, meta);
    if (this.#known.size <= mostRemembered + this.#tails.size) return;
    for (const candidate of this.#known.keys()) {
      if (this.#tails.has(candidate)) continue;
      this.#known.delete(candidate);
      return;
    }
  }

  /** Nothing of the log is kept, and another epoch begins. */
  #beginAnew(transaction: Transaction, name: string, meta: Meta): Meta {
    if (meta.id !== 0) this.#table.remove(meta);
    const fresh: Meta = { ...nothing, epoch: randomId(8), at: meta.at };
    this.#staged.set(name, fresh);
    transaction.afterwards(() => this.#tails.reset(name, { epoch: fresh.epoch, offset: 0 }));
    return fresh;
  }

  // ---- Retention

  /** The oldest entry that is given to anybody. Others may still be in the file, since they are deleted a few at a time. */
  #firstKept(meta: Meta, now: number): number {
    const { history, historyAge } = this.#retention;
    const first = Math.max(meta.first, meta.head - history + 1);
    if (historyAge === Number.POSITIVE_INFINITY || meta.id === 0) return first;
    return this.#table.lastUntil(meta, first, now - historyAge) + 1;
  }

  /** Without the oldest of what is kept no longer: a file may have been opened with other limits, and hold a great deal. */
  #trimmed(meta: Meta, now: number, most: number): Meta {
    const first = Math.min(this.#firstKept(meta, now), meta.first + most);
    if (first === meta.first) return meta;
    this.#table.drop(meta, meta.first, first - 1);
    return { ...meta, first };
  }

  // ---- Entries

  /** What an append of this key would repeat. */
  #repeat(meta: Meta, key: string, now: number): Appended | undefined {
    const receipt = meta.id === 0 ? undefined : this.#receipts.find(meta, key, now);
    if (receipt === undefined) return undefined;
    const kept = receipt.offset >= this.#firstKept(meta, now);
    const entry = kept ? this.#table.entry(meta, receipt.offset) : undefined;
    return { ...receipt, epoch: meta.epoch, duplicate: true, entry };
  }

  #target(meta: Meta, id: string, now: number): Message {
    const message = meta.id === 0 ? undefined : this.#table.message(meta, id);
    if (message === undefined || message.offset < this.#firstKept(meta, now)) throw new ChatError('NO_SUCH_MESSAGE');
    return message;
  }

  #amend(meta: Meta, message: Message, by: Entry): void {
    this.#table.amend(meta, message, amend(message, by));
    if (by.type === 'edit' || by.type === 'delete') this.#table.eraseEdits(meta, message.id, by.offset);
  }

  #readOn(meta: Meta, first: number, range: LogRange, after: number): LogPage {
    const page = new PageBuilder(range);
    for (const entry of this.#table.entries(meta, Math.max(after + 1, first), meta.head, range.only))
      if (!page.offer(entry)) break;
    const complete = after + 1 >= first || after >= meta.head;
    return { entries: page.entries, epoch: meta.epoch, head: meta.head, complete, more: page.full };
  }

  #readBack(meta: Meta, first: number, range: LogRange): LogPage {
    const page = new PageBuilder(range);
    const to = Math.min(range.before ?? Number.POSITIVE_INFINITY, meta.head + 1) - 1;
    for (const entry of this.#table.entriesBack(meta, first, to, range.only)) if (!page.offer(entry)) break;
    // Below offset 1 there never was anything.
    const all = first === 1 || (range.before !== undefined && range.before <= 1);
    const complete = page.full || page.entries.length >= range.limit || all;
    return { entries: page.entries.reverse(), epoch: meta.epoch, head: meta.head, complete, more: page.full };
  }
}

/** In the language of FTS5: phrases, all of which must be there. Words hold letters, digits and marks only. */
function matchOf(meta: Meta, terms: LogSearch['terms']): string {
  return terms.map(({ words, prefix }) => `"${wordsOf(meta, words)}"${prefix ? ' *' : ''}`).join(' ');
}
