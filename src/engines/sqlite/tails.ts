import type { Entry, Position } from '../../model/entry.js';
import type { FollowHandler, LogPage } from '../../ports/engine.js';

/** Entries of one page while a follower catches up: between two, everybody else has their turn. */
const pageSize = 500;
const retryAfter = 500;

/** A follower: its handler, and how far it has been told. */
export class Tail {
  readonly handler: FollowHandler;
  position: Position;
  /** Reads what it missed; what is live comes after that. */
  behind = false;
  closed = false;

  constructor(handler: FollowHandler, position: Position) {
    this.handler = handler;
    this.position = position;
  }

  /** Tells what can't be had any more of what comes after a position, and goes back to where it can. */
  begin(isKnown: boolean, from: number, start: Position): void {
    this.position = start;
    this.behind = true;
    if (!isKnown) this.handler.reset(start);
    else if (start.offset > from) this.handler.gap(from + 1, start.offset);
  }
}

/** Reads the page after an offset. */
type ReadOn = (log: string, after: number, limit: number) => LogPage;

/** Who follows which log. */
export class Tails {
  readonly #byLog = new Map<string, Set<Tail>>();
  readonly #read: ReadOn;

  constructor(read: ReadOn) {
    this.#read = read;
  }

  /** How many logs are followed. */
  get size(): number {
    return this.#byLog.size;
  }

  has(log: string): boolean {
    return this.#byLog.has(log);
  }

  add(log: string, tail: Tail): void {
    const tails = this.#byLog.get(log) ?? new Set();
    this.#byLog.set(log, tails.add(tail));
  }

  /** Says whether nobody follows the log any more. */
  remove(log: string, tail: Tail): boolean {
    tail.closed = true;
    const tails = this.#byLog.get(log);
    if (!tails?.delete(tail) || tails.size > 0) return false;
    return this.#byLog.delete(log);
  }

  deliver(log: string, epoch: string, entry: Entry): void {
    for (const tail of this.#byLog.get(log) ?? []) {
      // One that began to follow after the commit stands above it.
      if (tail.behind || tail.position.offset >= entry.offset) continue;
      tail.position = { epoch, offset: entry.offset };
      tail.handler.deliver([entry]);
    }
  }

  reset(log: string, position: Position): void {
    for (const tail of this.#byLog.get(log) ?? []) {
      if (tail.position.epoch === position.epoch) continue;
      tail.behind = false;
      tail.position = position;
      tail.handler.reset(position);
    }
  }

  /** All who follow a log have missed something. */
  fallBehind(log: string, attempt: <T>(work: () => T) => T): void {
    for (const tail of this.#byLog.get(log) ?? []) {
      if (tail.behind) continue;
      tail.behind = true;
      // In a step of its own: whoever noticed is in the middle of something.
      setImmediate(() => this.catchUp(log, tail, attempt));
    }
  }

  /**
   * Tells a follower what it missed, the first page at once.
   *
   * @param attempt - does some reading, and reports what goes wrong
   */
  catchUp(log: string, tail: Tail, attempt: <T>(work: () => T) => T): void {
    if (tail.closed || !tail.behind) return;
    let page: LogPage;
    try {
      page = attempt(() => this.#read(log, tail.position.offset, pageSize));
    } catch {
      // It has been reported, and is tried again.
      setTimeout(() => this.catchUp(log, tail, attempt), retryAfter).unref();
      return;
    }
    const last = page.entries.at(-1);
    const next = page.entries[0]?.offset ?? page.head + 1;
    // Trimmed away between two pages.
    const missing = tail.position.offset + 1;
    tail.position = { epoch: page.epoch, offset: next - 1 };
    if (next > missing) tail.handler.gap(missing, next - 1);
    if (tail.closed) return;
    if (last !== undefined) tail.position = { epoch: page.epoch, offset: last.offset };
    // In the same step as the reading: what is committed next is live.
    tail.behind = page.more;
    if (last !== undefined) tail.handler.deliver(page.entries);
    if (page.more) setImmediate(() => this.catchUp(log, tail, attempt));
  }
}
