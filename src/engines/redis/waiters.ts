import type { Clock } from '../../ports/clock.js';

/** The longest that a write waits for this node's own followers: what is stored is acknowledged, however late they are. */
const longest = 1_000;

/** Writes that wait until this node's own followers have been told of them. */
export class Waiters {
  readonly #clock: Clock;
  #waiting: { readonly until: number; wake(): void }[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Resolves when that much was reached, or after a second. */
  wait(until: number): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        cancel();
        resolve();
      };
      const cancel = this.#clock.after(longest, () => {
        this.#waiting = this.#waiting.filter((other) => other.wake !== wake);
        resolve();
      });
      this.#waiting.push({ until, wake });
    });
  }

  reached(so: number): void {
    if (this.#waiting.length === 0) return;
    const due = this.#waiting.filter(({ until }) => until <= so);
    this.#waiting = this.#waiting.filter(({ until }) => until > so);
    for (const { wake } of due) wake();
  }

  /** Nothing more is reached, or it counts anew. */
  end(): void {
    this.reached(Number.POSITIVE_INFINITY);
  }
}
