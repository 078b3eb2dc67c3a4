import type { EntryDraft, Message, Position } from '../../model/entry.js';
import { randomId } from '../../model/ids.js';
import type { Limits } from '../../model/limits.js';
import type { Clock } from '../../ports/clock.js';
import type {
  Appended,
  CountRange,
  Follower,
  FollowHandler,
  LogPage,
  LogRange,
  LogSearch,
} from '../../ports/engine.js';
import { RoomLog, Tail, type Total } from './room-log.js';

/**
 * What a log weighs besides its entries, about, which is more than one short message. Counted of those that nobody follows, since
 * only these can be any number, and go to make room.
 */
const idleWeight = 640;

/** All logs of one memory engine, within `historyBytes` together. */
export class LogStore {
  /** Logs that somebody follows. */
  readonly #active = new Map<string, RoomLog>();
  /** Logs that nobody follows, the one longest empty first. */
  readonly #idle = new Map<string, RoomLog>();
  readonly #total: Total = { bytes: 0 };
  /** Goes round the active logs, so that what must be dropped of them is dropped of each in turn. */
  #victims: MapIterator<RoomLog> | undefined;
  /** Goes round the idle logs, so that each is looked at for what is over its time. */
  #visits: MapIterator<[string, RoomLog]> | undefined;
  readonly #clock: Clock;
  readonly #limits: Limits;

  constructor(clock: Clock, limits: Limits) {
    this.#clock = clock;
    this.#limits = limits;
  }

  /** How many logs there are, followed or kept. */
  get size(): number {
    return this.#active.size + this.#idle.size;
  }

  get bytes(): number {
    return this.#total.bytes;
  }

  append(name: string, draft: EntryDraft, known: Position | undefined): Appended {
    // Memory can't roll back by itself; a caller that knows more comes from before a restart.
    const present = this.#get(name);
    const behind = known !== undefined && known.epoch === present?.epoch && known.offset > present.head;
    if (behind) this.remove(name);
    const log = behind || present === undefined ? this.#open(name) : present;
    try {
      return log.append(draft, this.#clock.now());
    } finally {
      if (log.tails.size === 0) this.#settle(name, log);
      if (this.bytes > this.#limits.historyBytes) this.#shrink();
      this.#expireOne();
    }
  }

  find(name: string, user: string, key: string, to: string | undefined): Appended | undefined {
    return this.#get(name)?.find(user, key, to, this.#clock.now());
  }

  read(name: string, range: LogRange): LogPage {
    const log = this.#open(name);
    const page = log.read(range, this.#clock.now());
    this.#settle(name, log);
    return page;
  }

  get(name: string, id: string): Message | undefined {
    return this.#get(name)?.get(id, this.#clock.now());
  }

  count(name: string, range: CountRange): number {
    return this.#get(name)?.count(range, this.#clock.now()) ?? 0;
  }

  search(name: string, search: LogSearch): LogPage {
    const log = this.#open(name);
    const page = log.search(search, this.#clock.now());
    this.#settle(name, log);
    return page;
  }

  follow(name: string, handler: FollowHandler, after: Position | undefined): Follower {
    const log = this.#open(name);
    this.#wake(name);
    this.#active.set(name, log);
    const tail = new Tail(handler, { epoch: log.epoch, offset: log.head }, (tail) => this.#unfollow(name, tail));
    log.follow(tail, after, this.#clock.now());
    return tail;
  }

  remove(name: string): void {
    const log = this.#get(name);
    if (log === undefined) return;
    this.#forget(name, log);
    if (log.tails.size === 0) return;
    const successor = new RoomLog(randomId(8), this.#limits, this.#total, log.deliveries);
    this.#active.set(name, successor);
    log.retire(successor);
  }

  /** All at once: they are in memory anyway. */
  get names(): readonly string[] {
    return [...this.#active.keys(), ...this.#idle.keys()];
  }

  erase(name: string, user: string): void {
    this.#get(name)?.erase(user, this.#clock.now());
  }

  #get(name: string): RoomLog | undefined {
    return this.#active.get(name) ?? this.#idle.get(name);
  }

  #open(name: string): RoomLog {
    let log = this.#get(name);
    if (log === undefined) {
      log = new RoomLog(randomId(8), this.#limits, this.#total);
      this.#rest(name, log);
    }
    return log;
  }

  #unfollow(name: string, tail: Tail): void {
    const log = this.#get(name);
    if (log === undefined || !log.tails.delete(tail) || log.tails.size > 0) return;
    this.#active.delete(name);
    this.#rest(name, log);
    this.#settle(name, log);
    // It counts for itself from here on.
    if (this.bytes > this.#limits.historyBytes) this.#shrink();
  }

  #rest(name: string, log: RoomLog): void {
    this.#idle.set(name, log);
    this.#total.bytes += idleWeight;
  }

  #wake(name: string): void {
    if (this.#idle.delete(name)) this.#total.bytes -= idleWeight;
  }

  /** A log that holds nothing and has no follower costs nothing. Another may stand in its place by now. */
  #settle(name: string, log: RoomLog): void {
    if (log.blank && this.#get(name) === log) this.#forget(name, log);
  }

  #forget(name: string, log: RoomLog): void {
    this.#active.delete(name);
    this.#wake(name);
    this.#total.bytes -= log.bytes;
  }

  #shrink(): void {
    for (const [name, log] of this.#idle) {
      if (this.bytes <= this.#limits.historyBytes) return;
      this.#forget(name, log);
    }
    // Only followed rooms are left: each gives up a quarter of its entries in turn.
    for (let visited = 0; visited <= this.#active.size && this.bytes > this.#limits.historyBytes; ) {
      const next: IteratorResult<RoomLog, unknown> = (this.#victims ??= this.#active.values()).next();
      if (next.done) {
        this.#victims = undefined;
        visited++;
        continue;
      }
      visited = dropQuarter(next.value) ? 0 : visited + 1;
    }
  }

  /** One look at the next log that nobody follows with each append: old rooms go without a timer. */
  #expireOne(): void {
    if (this.#idle.size === 0) return;
    this.#visits ??= this.#idle.entries();
    const next: IteratorResult<[string, RoomLog], unknown> = this.#visits.next();
    if (next.done) {
      this.#visits = undefined;
      return;
    }
    const [name, log] = next.value;
    log.trim(this.#clock.now());
    this.#settle(name, log);
  }
}

function dropQuarter(log: RoomLog): boolean {
  const target = Math.floor(log.bytes * 0.75);
  let dropped = false;
  while (log.bytes > target && log.dropOldest()) dropped = true;
  return dropped;
}
