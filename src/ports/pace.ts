import type { Clock, Scheduler } from './clock.js';

/** Milliseconds of one turn of the event loop after which whoever comes waits for the next. */
const share = 2;

/** Of those whose turn it was, so many stay in the list at most, while the crowd does not end. */
const mostGone = 1_024;

/**
 * Keeps a crowd of newcomers from those who talk. To let somebody connect, to greet it, or to let it into a room is work of a fraction
 * of a millisecond each, and thousands may have come to the same step at once: they go on one after another, and when a turn of the event loop
 * has taken its time, the rest of them in the next. Messages do not wait here.
 */
export class Pace {
  readonly #clock: Clock;
  readonly #schedule: Scheduler;
  /** When the turn began; undefined while nobody comes. */
  #began: number | undefined;
  #waiting: (() => void)[] = [];
  #next = 0;

  constructor(clock: Clock, schedule: Scheduler) {
    this.#clock = clock;
    this.#schedule = schedule;
  }

  /** Undefined: go on at once, as nearly always. Else resolves when it is one's turn. */
  wait(): Promise<void> | undefined {
    if (this.#began === undefined) this.#begin();
    if (!this.#crowded && !this.#spent) return undefined;
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
    });
  }

  get #crowded(): boolean {
    return this.#next < this.#waiting.length;
  }

  get #spent(): boolean {
    return this.#clock.monotonic() - (this.#began ?? 0) >= share;
  }

  #begin(): void {
    this.#began = this.#clock.monotonic();
    this.#schedule(() => this.#turn());
  }

  #turn(): void {
    this.#began = undefined;
    if (!this.#crowded) return;
    this.#begin();
    this.#release();
  }

  /** One after another, so that what each does is counted before the next one goes on. */
  #release(): void {
    this.#waiting[this.#next++]?.();
    if (!this.#crowded || this.#next >= mostGone) {
      this.#waiting = this.#waiting.slice(this.#next);
      this.#next = 0;
    }
    if (this.#crowded) queueMicrotask(() => !this.#spent && this.#release());
  }
}
