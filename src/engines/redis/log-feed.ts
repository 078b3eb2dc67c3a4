import type { Entry, Position } from '../../model/entry.js';
import { ChatError } from '../../model/errors.js';
import type { Clock } from '../../ports/clock.js';
import type { FollowHandler } from '../../ports/engine.js';
import { Deliveries } from '../shared/deliveries.js';
import type { Ears } from './ears.js';
import { decodeEntry, idOf, offsetOf } from './entry-codec.js';
import { type LogStore, type Placed, startIn, type Where } from './log-store.js';
import { LogTail, type TailHost } from './log-tail.js';
import type { Patrolled } from './patrol.js';
import { Waiters } from './waiters.js';

/** For how long an entry may be missing before it is read from the log: it may just be late. */
const holeTime = 100;

/** The most entries that wait for one before them. */
const mostAhead = 1_000;

/** Entries of one page when what was missed is read. */
const pageSize = 500;

/** What a feed needs of its surroundings. */
export interface LogFeedHost {
  readonly store: LogStore;
  readonly ears: Ears;
  readonly clock: Clock;
  /** Somebody published what is no entry. */
  dropped(): void;
  /** Entries were lost on the way, and read from the log. */
  repaired(count: number): void;
  failed(error: unknown): void;
}

/** An entry as it was published, read when it is its turn. */
interface Published {
  readonly epoch: string;
  /** The id of the entry before, as JSON. */
  readonly before: string;
  readonly id: string;
  readonly offset: number;
  entry(): Entry;
}

/**
 * One log as this node follows it, for all who follow it here. What is published says by offset and by the id of the entry before it whether
 * it follows what is known; what does not, and what a look every few seconds finds, is read from the log.
 */
export class LogFeed implements Patrolled, TailHost {
  readonly name: string;
  /** Where the log stood when it began to be followed. */
  readonly ready: Promise<Where>;
  readonly tails = new Set<LogTail>();
  /** How many need it: those who follow, and those who are about to. */
  uses = 0;
  readonly #host: LogFeedHost;
  readonly #deliveries = new Deliveries();
  readonly #waiters: Waiters;
  #epoch = '';
  #offset = 0;
  /** The id of the entry at that offset, as JSON; empty where it is not known. */
  #last = '';
  #open = false;
  /** Resolves when all earlier appends of this node have been acknowledged, or have failed. */
  #acknowledged: Promise<void> = Promise.resolve();
  readonly #ahead = new Map<number, Published>();
  #cancelHole: (() => void) | undefined;
  #subscription: { close(): void } | undefined;
  #checking: Promise<void> | undefined;
  #checkAgain = false;
  #closed = false;

  constructor(name: string, channel: string, host: LogFeedHost) {
    this.name = name;
    this.#host = host;
    this.#waiters = new Waiters(host.clock);
    this.ready = this.#begin(channel);
    this.ready.catch(() => this.close());
  }

  get position(): Position {
    return { epoch: this.#epoch, offset: this.#offset };
  }

  get closed(): boolean {
    return this.#closed;
  }

  /**
   * Adds a follower at the head, or after a position.
   *
   * @param where - where the log stands: this may not have heard of all that is in it
   */
  follow(handler: FollowHandler, after: Position | undefined, where: Where): LogTail {
    const { epoch, head } = where;
    const isAhead = epoch === this.#epoch && head > this.#offset;
    const tail = new LogTail(handler, isAhead ? { epoch, offset: head } : this.position, this);
    this.tails.add(tail);
    if (after !== undefined) this.#deliveries.run(() => tail.begin(after, where));
    return tail;
  }

  /** What this node appends itself: told here before the append is acknowledged, and acknowledged in the order of the log. */
  settled(placing: Promise<Placed>): Promise<Placed> {
    const before = this.#acknowledged;
    const settled = (async () => {
      const placed = await placing;
      await this.#settle(placed);
      await before;
      return placed;
    })();
    this.#acknowledged = settled.then(noop, noop);
    return settled;
  }

  async #settle({ appended: { epoch, offset, entry }, before }: Placed): Promise<void> {
    if (before === undefined || entry === undefined || this.#closed || !this.#open) return;
    this.#take({ epoch, before, id: JSON.stringify(entry.id), offset, entry: () => entry });
    if (this.#epoch === epoch && this.#offset < offset) await this.#waiters.wait(offset);
    else if (this.#epoch !== epoch) await this.#checking?.catch(() => undefined);
    // The log began anew meanwhile. Whether it has this still, whoever repeats it is told.
    if (this.#epoch !== epoch && !this.#closed) throw new ChatError('ENGINE_UNAVAILABLE');
  }

  /** Looks where the log stands, and makes up for what was missed. */
  async check(): Promise<void> {
    if (!this.#open || this.#closed) return;
    if (this.#checking !== undefined) {
      this.#checkAgain = true;
      return this.#checking;
    }
    this.#checking = this.#check().finally(() => {
      this.#checking = undefined;
    });
    await this.#checking;
  }

  read(after: number): Promise<{ entries: readonly Entry[]; epoch: string; head: number; more: boolean }> {
    return this.#host.store.read(this.name, { after, limit: pageSize });
  }

  where(offset: number): Promise<Where> {
    return this.#host.store.where(this.name, offset);
  }

  later(work: () => void): () => void {
    return this.#host.clock.after(holeTime, work);
  }

  run(work: () => void): void {
    this.#deliveries.run(work);
  }

  close(): void {
    this.#closed = true;
    this.#cancelHole?.();
    this.#subscription?.close();
    this.#waiters.end();
  }

  async #begin(channel: string): Promise<Where> {
    const { ears } = this.#host;
    const subscription = await ears.subscribe(channel, (message) => this.#hear(message));
    if (this.#closed) subscription.close();
    this.#subscription = subscription;
    const where = await this.where(0);
    const { epoch, head, last } = where;
    this.#epoch = epoch;
    this.#offset = head;
    this.#last = last;
    this.#open = true;
    // What came before this was known.
    const early = [...this.#ahead.values()];
    this.#ahead.clear();
    for (const published of early) this.#take(published);
    return where;
  }

  #hear(message: string): void {
    let published: Published | undefined;
    try {
      published = parse(message);
    } catch {
      this.#host.dropped();
      return;
    }
    if (published === undefined) this.#checkSoon();
    else if (this.#open) this.#take(published);
    else if (this.#ahead.size < mostAhead) this.#ahead.set(published.offset, published);
  }

  #take(published: Published): void {
    if (this.#closed) return;
    const { epoch, before, id, offset } = published;
    if (epoch === this.#epoch && offset < this.#offset) return;
    // An echo of what is known.
    if (epoch === this.#epoch && offset === this.#offset && id === this.#last) return;
    if (epoch === this.#epoch && offset > this.#offset + 1) {
      this.#keepAhead(published);
      return;
    }
    const follows = epoch === this.#epoch && offset === this.#offset + 1 && before === this.#last;
    let next: Published | undefined = follows ? published : undefined;
    while (next !== undefined && this.#tell(next)) next = this.#next();
    // Another epoch, or another entry in the place of one that is known: the log began anew, or was rolled back.
    if (!follows || next !== undefined) {
      this.#checkSoon();
      return;
    }
    if (this.#ahead.size === 0) this.#fillHole();
    this.#waiters.reached(this.#offset);
  }

  /** False when it is no entry. */
  #tell({ entry: read, id, offset }: Published): boolean {
    let entry: Entry;
    try {
      entry = read();
    } catch {
      this.#host.dropped();
      return false;
    }
    this.#offset = offset;
    this.#last = id;
    const { position } = this;
    this.#deliveries.run(() => {
      for (const tail of this.tails) tail.live([entry], position);
    });
    return true;
  }

  #next(): Published | undefined {
    const next = this.#ahead.get(this.#offset + 1);
    if (next === undefined || next.epoch !== this.#epoch || next.before !== this.#last) return undefined;
    this.#ahead.delete(next.offset);
    return next;
  }

  #keepAhead(published: Published): void {
    if (this.#ahead.size < mostAhead) this.#ahead.set(published.offset, published);
    this.#cancelHole ??= this.#host.clock.after(holeTime, () => {
      this.#cancelHole = undefined;
      this.#checkSoon();
    });
  }

  #fillHole(): void {
    this.#cancelHole?.();
    this.#cancelHole = undefined;
  }

  #checkSoon(): void {
    this.check().catch((error: unknown) => this.#host.failed(error));
  }

  async #check(): Promise<void> {
    do {
      this.#checkAgain = false;
      const { epoch, offset } = this.position;
      const where = await this.where(offset);
      if (this.#closed) return;
      if (this.#last === '' && where.epoch === epoch) this.#last = where.head === offset ? where.last : where.idThere;
      // It went on meanwhile: what was asked is no more the question.
      if (this.#epoch !== epoch || this.#offset !== offset) this.#checkAgain = true;
      else if (where.epoch !== epoch) this.#startAnew(where);
      else if (this.#isRolledBack(where)) await this.#host.store.renew(this.name, epoch).then(() => this.#again());
      else if (where.head > offset) await this.#catchUp(where);
    } while (this.#checkAgain && !this.#closed);
  }

  #again(): void {
    this.#checkAgain = true;
  }

  #isOther({ id, offset }: Entry): boolean {
    const known = this.#ahead.get(offset);
    return known !== undefined && known.epoch === this.#epoch && known.id !== JSON.stringify(id);
  }

  /** It has less than was seen, or something else in its place. */
  #isRolledBack({ head, last, idThere }: Where): boolean {
    if (head < this.#offset) return true;
    if (this.#last === '') return false;
    if (head === this.#offset) return last !== this.#last;
    return idThere !== '' && idThere !== this.#last;
  }

  #startAnew(where: Where): void {
    const start = startIn(where, this.position);
    this.#epoch = where.epoch;
    this.#offset = start;
    this.#last = '';
    this.#ahead.clear();
    this.#fillHole();
    const { position } = this;
    this.#deliveries.run(() => {
      for (const tail of this.tails) tail.reset(position);
    });
    this.#waiters.end();
    // What stands above it.
    this.#again();
  }

  async #catchUp({ trimmed }: Where): Promise<void> {
    const epoch = this.#epoch;
    const page = await this.read(this.#offset);
    if (this.#closed) return;
    if (page.epoch !== epoch || this.#epoch !== epoch) return this.#again();
    // Rolled back, and written to by one who does not know: something else stands where this node has put something, or heard of it.
    if (page.entries.some((entry) => this.#isOther(entry))) {
      await this.#host.store.renew(this.name, epoch);
      return this.#again();
    }
    const next = page.entries[0]?.offset ?? Math.max(trimmed, page.head) + 1;
    if (next > this.#offset + 1) this.#sayGap(this.#offset + 1, next - 1);
    const missed = page.entries.filter(({ offset }) => offset > this.#offset);
    const newest = missed.at(-1);
    if (newest !== undefined) {
      this.#offset = newest.offset;
      this.#last = JSON.stringify(newest.id);
      this.#host.repaired(missed.length);
      const { position } = this;
      this.#deliveries.run(() => {
        for (const tail of this.tails) tail.live(missed, position);
      });
    }
    for (const offset of this.#ahead.keys()) if (offset <= this.#offset) this.#ahead.delete(offset);
    const following = this.#next();
    if (following !== undefined) this.#take(following);
    if (this.#ahead.size === 0) this.#fillHole();
    this.#waiters.reached(this.#offset);
    if (page.more) this.#again();
  }

  #sayGap(from: number, to: number): void {
    this.#offset = to;
    this.#last = '';
    const { position } = this;
    this.#deliveries.run(() => {
      for (const tail of this.tails) tail.gap(from, position);
    });
  }
}

const noop = (): void => undefined;

/**
 * @returns undefined for a call to look at the log
 * @throws Error when it is neither
 */
function parse(message: string): Published | undefined {
  if (message === '?') return undefined;
  const first = message.indexOf('\n');
  const second = message.indexOf('\n', first + 1);
  const third = message.indexOf('\n', second + 1);
  if (message.slice(0, first) !== 'E' || second < 0 || third < 0) throw new SyntaxError('That is no entry.');
  const stored = message.slice(third + 1);
  return {
    epoch: message.slice(first + 1, second),
    before: message.slice(second + 1, third),
    id: idOf(stored),
    offset: offsetOf(stored),
    entry: () => decodeEntry(stored),
  };
}
