import type { Clock } from '../../ports/clock.js';

/** Something that may have missed what was published. */
export interface Patrolled {
  /** Looks whether it did, and makes up for it. */
  check(): Promise<void>;
}

/** Everything is looked at once in this time; while nothing is heard at all, once in the shorter one. */
const round = 5_000;
const urgentRound = 1_000;
const step = 250;

/** At once, after a loss: so many at a time. */
const together = 200;

/** Goes round what follows something in Redis: publications get lost, and nothing tells of that when no other follows. */
export class Patrol {
  readonly #members = new Set<Patrolled>();
  readonly #clock: Clock;
  readonly #onError: (error: unknown) => void;
  /** Whether nothing is heard now: then looking is all there is. */
  urgent = false;
  /** Whether looking makes sense. */
  paused = false;
  #round: Iterator<Patrolled> | undefined;
  #due = 0;
  #cancel: (() => void) | undefined;
  #closed = false;

  constructor(clock: Clock, onError: (error: unknown) => void) {
    this.#clock = clock;
    this.#onError = onError;
    this.#goOn();
  }

  get size(): number {
    return this.#members.size;
  }

  add(member: Patrolled): void {
    this.#members.add(member);
  }

  delete(member: Patrolled): void {
    this.#members.delete(member);
  }

  /** Something was missed for certain. */
  async all(): Promise<void> {
    const members = [...this.#members];
    for (let from = 0; from < members.length && !this.#closed; from += together)
      await Promise.all(members.slice(from, from + together).map((member) => this.#look(member)));
  }

  close(): void {
    this.#closed = true;
    this.#cancel?.();
  }

  #goOn(): void {
    if (this.#closed) return;
    this.#cancel = this.#clock.after(step, () => {
      if (!this.paused) this.#step();
      this.#goOn();
    });
  }

  #step(): void {
    // What is left of a look counts for the next step: few are looked at as seldom as many.
    this.#due = Math.min(
      this.#due + (this.#members.size * step) / (this.urgent ? urgentRound : round),
      this.#members.size,
    );
    for (; this.#due >= 1; this.#due--) {
      this.#round ??= this.#members.values();
      const next = this.#round.next();
      if (next.done) this.#round = undefined;
      else void this.#look(next.value);
    }
  }

  async #look(member: Patrolled): Promise<void> {
    try {
      await member.check();
    } catch (error) {
      // That Redis is away is known, and said elsewhere.
      if ((error as { code?: unknown }).code !== 'ENGINE_UNAVAILABLE') this.#onError(error);
    }
  }
}
