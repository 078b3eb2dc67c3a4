import { pause } from '../pause.js';
import type { Kind, Victims } from './kind.js';

/** Does a fault, and counts it. False when there was nothing to be done, or it failed. */
type Do = (kind: Kind) => Promise<boolean>;

/** Milliseconds between two faults of a lane. */
export type Pauses = readonly [least: number, most: number];

/** Milliseconds before what could not be done is tried again. */
const retryPause = 2_000;

/**
 * Faults of some kinds, one after the other: first each kind once, in an order that its dice say, then by their weights. What one lane does,
 * happens at the same time as what others do.
 */
export class Lane {
  readonly #kinds: readonly Kind[];
  readonly #due: Kind[];
  readonly #victims: Victims;
  readonly #pauses: Pauses;
  readonly #do: Do;
  readonly #stopped: AbortSignal;
  /** Of those that could not be done. */
  #retries = 10;

  /** @param stopped - nothing more is done then */
  constructor(kinds: readonly Kind[], victims: Victims, pauses: Pauses, doing: Do, stopped: AbortSignal) {
    this.#kinds = kinds;
    this.#victims = victims;
    this.#pauses = pauses;
    this.#do = doing;
    this.#stopped = stopped;
    const order = kinds.map((kind) => [victims.dice.next(), kind] as const).sort(([one], [other]) => one - other);
    this.#due = order.map(([, kind]) => kind);
  }

  /**
   * Goes on until then.
   *
   * @param untilAll - and until each kind has been there
   */
  async run(until: number, untilAll: boolean): Promise<void> {
    while (!this.#stopped.aborted && (performance.now() < until || (untilAll && this.#due.length > 0))) {
      await pause(this.#victims.dice.between(...this.#pauses));
      const isDue = this.#due.length > 0;
      const kind = this.#due.pop() ?? this.#any();
      if (kind === undefined) return;
      const done = await this.#do(kind);
      if (done || !isDue || this.#retries-- === 0) continue;
      // When the others have been there, and what was in its way is over, perhaps.
      this.#due.unshift(kind);
      if (this.#due.length === 1) await pause(retryPause);
    }
  }

  /** Each kind once more, at most. */
  async once(): Promise<void> {
    for (const kind of this.#due.splice(0)) {
      await pause(this.#victims.dice.between(...this.#pauses));
      await this.#do(kind);
    }
  }

  #any(): Kind | undefined {
    const choices = this.#kinds.filter(({ weight }) => weight > 0).map((kind) => [kind.weight, kind] as const);
    return choices.length === 0 ? undefined : this.#victims.dice.weighted(choices);
  }
}
