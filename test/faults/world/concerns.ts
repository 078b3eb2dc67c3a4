import type { FaultyNode } from './node.js';

/** Which nodes something is being done to: whoever is at another one is not to notice. */
export class Concerns {
  /** Until when the nodes of these numbers are concerned by what was done. */
  readonly #until = new Map<number, number>();
  /** What is being done to each. */
  readonly #working = new Map<number, Set<symbol>>();

  /**
   * While this goes on, and for a while longer, these are concerned.
   *
   * @param aftermath - milliseconds in which all may come to rest
   */
  async during<T>(nodes: readonly FaultyNode[], aftermath: number, work: () => Promise<T>): Promise<T> {
    // Two things may be done to one node at the same time.
    const token = Symbol();
    const working = this.#working;
    for (const { number } of nodes) working.set(number, (working.get(number) ?? new Set()).add(token));
    try {
      return await work();
    } finally {
      for (const { number } of nodes) {
        working.get(number)?.delete(token);
        this.#until.set(number, Math.max(this.#until.get(number) ?? 0, performance.now() + aftermath));
      }
    }
  }

  /** Whether something is being done to a node now. */
  now(number: number): boolean {
    return (this.#working.get(number)?.size ?? 0) > 0;
  }

  /** Whether something was done to a node since then. */
  since(number: number, began: number): boolean {
    return this.now(number) || (this.#until.get(number) ?? 0) >= began;
  }
}
