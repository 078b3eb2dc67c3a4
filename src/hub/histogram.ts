/**
 * How often something took how long.
 *
 * @example
 * ```ts
 * import type { LatencyHistogram } from 'chathub';
 *
 * const mean = ({ sum, count }: LatencyHistogram) => (count === 0 ? 0 : sum / count);
 * ```
 */
export interface LatencyHistogram {
  /** Upper bounds of the buckets in seconds, which belong to them. One more bucket is above the last. */
  readonly bounds: readonly number[];
  /** How many fell into each bucket alone: one more than there are bounds. */
  readonly counts: readonly number[];
  /** Of all that was observed, in seconds. */
  readonly sum: number;
  /** How many were observed. */
  readonly count: number;
}

/** Milliseconds: from what a write takes to where callers give up. */
const bounds = [0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000];

/** Counts durations by how long they were. Cheap enough for every message. */
export class Histogram {
  readonly #counts = new Array<number>(bounds.length + 1).fill(0);
  #sum = 0;
  #count = 0;

  /** @param ms - milliseconds */
  observe(ms: number): void {
    let bucket = 0;
    while (bucket < bounds.length && ms > (bounds[bucket] as number)) bucket++;
    (this.#counts[bucket] as number)++;
    this.#sum += ms;
    this.#count++;
  }

  get snapshot(): LatencyHistogram {
    return {
      bounds: bounds.map((ms) => ms / 1_000),
      counts: [...this.#counts],
      sum: this.#sum / 1_000,
      count: this.#count,
    };
  }
}
