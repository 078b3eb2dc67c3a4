import type { Clock } from '../../index.js';
import type { Lateness } from './fates.js';

/** All that waits on one node, so that nothing is left of it when the node closes. */
export class Waits {
  readonly #clock: Clock;
  /** Ends each of them now. */
  readonly #waiting = new Set<() => void>();
  #hastened = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Calls `run` in its time, never at once; the returned function forgets it. */
  after({ ms, turns }: Lateness, run: () => void): () => void {
    let cancel: (() => void) | undefined;
    const forget = () => {
      this.#waiting.delete(end);
      cancel?.();
    };
    const end = () => {
      forget();
      run();
    };
    const turn = (left: number) => {
      if (!this.#waiting.has(end)) return;
      if (left === 0) return end();
      const next = setImmediate(() => turn(left - 1));
      cancel = () => clearImmediate(next);
    };
    this.#waiting.add(end);
    if (ms === 0 || this.#hastened) queueMicrotask(() => turn(this.#hastened ? 0 : turns));
    else cancel = this.#clock.after(ms, () => turn(turns));
    return forget;
  }

  /** Nothing waits any longer: what does happens now, in the order in which it began to. */
  hasten(): void {
    this.#hastened = true;
    for (const end of [...this.#waiting]) if (this.#waiting.has(end)) end();
  }
}
