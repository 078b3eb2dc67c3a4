import { ChatError } from '../../model/errors.js';
import { isBusy, isOfOneWrite, unavailable, wantsReopening } from './failures.js';
import { rollBack } from './schema.js';
import type { StoreFile } from './store-file.js';

/** Writes of one transaction: a burst must not keep the process from all else. */
const mostWrites = 512;

/** Milliseconds after which one takes no more of them. */
const mostWork = 15;

/** Writes that may wait, for a lock say: more are refused at once, and may be tried again. */
const mostWaiting = 65_536;

/** How long somebody else's lock is waited for: callers are answered within 5 s. */
const patience = 4_000;
const retryAfter = 10;

/** Changes that belong to one transaction. */
export interface Transaction {
  /** Called after the commit, in order, before anybody is answered. */
  afterwards(tell: () => void): void;
}

interface Write {
  readonly since: number;
  /** In a transaction of its own: one in which it stood with others failed. */
  alone?: true;
  /** Throws a ChatError before it changes anything to refuse; anything else undoes the whole transaction. */
  work(transaction: Transaction): void;
  done(): void;
  failed(error: unknown): void;
}

/** What the writer tells its owner. */
export interface WriterEvents {
  /** It is about to be committed. */
  committing(): void;
  /** What it staged stands, or does not. */
  ended(committed: boolean): void;
  /** It failed, for the first time since one succeeded. */
  trouble(error: ChatError): void;
}

/**
 * Group commit: all that is written in one turn of the event loop is one transaction, and one sync of the disk. Whoever wrote
 * is answered when it is committed.
 */
export class Writer {
  #queue: Write[] = [];
  #scheduled = false;
  #failing = false;
  readonly #file: StoreFile;
  readonly #events: WriterEvents;

  constructor(file: StoreFile, events: WriterEvents) {
    this.#file = file;
    this.#events = events;
  }

  /**
   * Does some work in the transaction of this turn; resolves when that is committed.
   *
   * @throws ChatError what the work refuses with; `ENGINE_UNAVAILABLE`: it could not be stored, or too much waits
   */
  write<T>(work: (transaction: Transaction) => T): Promise<T> {
    if (this.#queue.length >= mostWaiting) return Promise.reject(new ChatError('ENGINE_UNAVAILABLE'));
    return new Promise((resolve, reject) => {
      let result: T | undefined;
      this.#queue.push({
        since: performance.now(),
        work(transaction) {
          result = work(transaction);
        },
        done: () => resolve(result as T),
        failed: reject,
      });
      this.#schedule();
    });
  }

  /** Writes at once what waits, for the end. */
  flush(): void {
    while (this.#queue.length > 0) this.#commit(true);
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#commit(false);
      if (this.#queue.length > 0) this.#schedule();
    });
  }

  #commit(last: boolean): void {
    const writes = this.#queue.splice(0, this.#queue[0]?.alone ? 1 : mostWrites);
    if (writes.length === 0) return;
    try {
      this.#file.exec('BEGIN IMMEDIATE');
    } catch (error) {
      if (isBusy(error) && !last) this.#wait(writes, error);
      else this.#fail(writes, error);
      return;
    }
    const told: (() => void)[] = [];
    const answers: (() => void)[] = [];
    try {
      const transaction: Transaction = { afterwards: (tell) => void told.push(tell) };
      const until = performance.now() + mostWork;
      for (const write of writes) {
        answers.push(outcome(write, transaction));
        if (performance.now() > until && !last) break;
      }
      // What did not fit in comes first in the next.
      this.#queue.unshift(...writes.splice(answers.length));
      this.#events.committing();
      this.#file.exec('COMMIT');
    } catch (error) {
      rollBack(this.#file);
      this.#events.ended(false);
      if (writes.length === 1 || !isOfOneWrite(error)) {
        this.#fail(writes, error);
        return;
      }
      // One that can't be done must not keep the others from it: each by itself.
      if (wantsReopening(error)) this.#file.disconnect();
      for (const write of writes) write.alone = true;
      this.#queue.unshift(...writes);
      return;
    }
    this.#failing = false;
    this.#events.ended(true);
    for (const tell of told) tell();
    for (const answer of answers) answer();
  }

  /** Somebody else writes, a tool perhaps: tried again soon, in the same order. */
  #wait(writes: readonly Write[], error: unknown): void {
    const now = performance.now();
    const late = writes.filter(({ since }) => now - since >= patience);
    this.#queue = [...writes.filter(({ since }) => now - since < patience), ...this.#queue];
    if (late.length > 0) this.#fail(late, error);
    if (this.#queue.length === 0) return;
    this.#scheduled = true;
    setTimeout(() => {
      this.#scheduled = false;
      this.#schedule();
    }, retryAfter);
  }

  #fail(writes: readonly Write[], error: unknown): void {
    if (wantsReopening(error)) this.#file.disconnect();
    const cause = unavailable(this.#file.path, error);
    if (!this.#failing) this.#events.trouble(cause);
    this.#failing = true;
    // Clients are told this one: it names no file.
    for (const { failed } of writes) failed(new ChatError('ENGINE_UNAVAILABLE', undefined, { cause }));
  }
}

/** Does one write of a transaction; gives the answer for when that is committed. */
function outcome(write: Write, transaction: Transaction): () => void {
  try {
    write.work(transaction);
    return () => write.done();
  } catch (error) {
    if (!(error instanceof ChatError)) throw error;
    return () => write.failed(error);
  }
}
