import type { Clock, Scheduler } from '../ports/clock.js';
import { type Flushable, FlushGroup } from './flush-group.js';
import type { Histogram } from './histogram.js';
import type { TapeSet } from './tape.js';

/** How many connections of one room are written to before the next room has its turn. */
const share = 64;
/** Milliseconds of writing before the event loop goes round: reading must not wait for a large room. */
const slice = 2;

/** A list of more is given up once it was worked off, so that a room that was large does not keep it. */
const keptQueue = 256;

/**
 * Writes at the end of a turn what was queued in it: every connection once, rooms taking turns. By then all that had arrived
 * has been read, so that a burst leaves in one write for each member.
 */
export class Flusher {
  /** What is said to one connection alone. */
  readonly single = new FlushGroup();
  readonly #groups = new Set<FlushGroup>();
  readonly #tapes = new Set<TapeSet>();
  readonly #schedule: Scheduler;
  readonly #clock: Clock;
  readonly #times: Histogram;
  #scheduled = false;
  #waiters: (() => void)[] = [];

  /** @param times - of rooms: from when the first connection was queued until the last was written to */
  constructor(schedule: Scheduler, clock: Clock, times: Histogram) {
    this.#schedule = schedule;
    this.#clock = clock;
    this.#times = times;
  }

  /** Queues a connection, with those of its group: that of the room that has something for it. */
  mark(outbox: Flushable, group: FlushGroup): void {
    outbox.dirty = true;
    if (group.outboxes.push(outbox) > 1) return;
    if (group !== this.single) group.since = this.#clock.monotonic();
    this.#groups.add(group);
    this.#wake();
  }

  /** Remembers tapes that must be closed before anything is framed. */
  opened(tapes: TapeSet): void {
    this.#tapes.add(tapes);
  }

  /** Resolves when what is queued now has been given to the peers, or left to those that don't take it. */
  turn(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiters.push(resolve);
      this.#wake();
    });
  }

  #wake(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#schedule(() => this.#turn());
  }

  #turn(): void {
    this.#scheduled = false;
    this.#closeTapes();
    this.#writeSome();
    if (this.#groups.size > 0) this.#wake();
    else for (const resolve of this.#waiters.splice(0)) resolve();
  }

  /** A group that has more than its share comes again after all others, if need be in the next turn. */
  #writeSome(): void {
    const began = this.#clock.monotonic();
    let written = 0;
    for (const group of this.#groups) {
      written += this.#giveShare(group);
      if (written < share) continue;
      written = 0;
      if (this.#clock.monotonic() - began >= slice) break;
    }
  }

  #closeTapes(): void {
    for (const tapes of this.#tapes) tapes.close();
    this.#tapes.clear();
  }

  /** Says how many connections were written to. */
  #giveShare(group: FlushGroup): number {
    const from = group.next;
    const end = Math.min(from + share, group.outboxes.length);
    while (group.next < end) flushSafely(group.outboxes[group.next++]);
    if (group.next < group.outboxes.length) this.#putLast(group);
    else this.#finish(group);
    return end - from;
  }

  #putLast(group: FlushGroup): void {
    this.#groups.delete(group);
    this.#groups.add(group);
  }

  #finish(group: FlushGroup): void {
    if (group !== this.single) this.#times.observe(this.#clock.monotonic() - group.since);
    if (group.outboxes.length > keptQueue) group.outboxes = [];
    else group.outboxes.length = 0;
    group.next = 0;
    this.#groups.delete(group);
  }
}

/** A fault costs the connection that has it, and not the others of its turn. */
function flushSafely(outbox: Flushable | undefined): void {
  try {
    outbox?.flush();
  } catch (error) {
    outbox?.failed(error);
  }
}
