import type { Clock } from '../../index.js';
import type { Fates } from './fates.js';
import type { OutageFaults } from './faults.js';

/** When the store is out of reach: by hand, and by the script. Looked up, not timed: nothing waits where nobody calls. */
export class Outages {
  readonly #fates: Fates;
  readonly #noticed: () => void;
  /** The outages by hand that have not ended. */
  readonly #manual = new Set<object>();
  readonly #whenOver = new Set<() => void>();
  #script: OutageFaults | undefined;
  #window: { readonly from: number; readonly to: number; noticed: boolean } | undefined;

  /** @param noticed - told of each outage that somebody meets */
  constructor(fates: Fates, noticed: () => void) {
    this.#fates = fates;
    this.#noticed = noticed;
  }

  /** What is scripted counts from when it is first asked for. */
  follow(script: OutageFaults | undefined): void {
    this.#script = script;
    this.#window = undefined;
  }

  /** Begins one; the returned function ends it. */
  begin(): () => void {
    const outage = {};
    this.#manual.add(outage);
    this.#noticed();
    return () => {
      if (!this.#manual.delete(outage) || this.#manual.size > 0) return;
      const waiting = [...this.#whenOver];
      this.#whenOver.clear();
      for (const run of waiting) run();
    };
  }

  now(clock: Clock): boolean {
    return this.#manual.size > 0 || this.#left(clock) > 0;
  }

  /** Milliseconds until a call is rejected. */
  answer(): number {
    return this.#fates.within('outage answer', this.#script?.answer ?? 0);
  }

  /** Calls `run` when there may be no outage any more; the returned function forgets it. */
  whenOver(clock: Clock, run: () => void): () => void {
    const left = this.#left(clock);
    if (left > 0) return clock.after(left, run);
    this.#whenOver.add(run);
    return () => void this.#whenOver.delete(run);
  }

  /** How long the scripted one lasts from now. */
  #left(clock: Clock): number {
    if (this.#script === undefined) return 0;
    const now = clock.monotonic();
    this.#window ??= this.#next(this.#script, now);
    while (now >= this.#window.to) this.#window = this.#next(this.#script, this.#window.to);
    if (now < this.#window.from) return 0;
    if (!this.#window.noticed) this.#noticed();
    this.#window.noticed = true;
    return this.#window.to - now;
  }

  #next({ every, last }: OutageFaults, after: number) {
    const from = after + this.#fates.within('outage every', every);
    return { from, to: from + this.#fates.within('outage last', last), noticed: false };
  }
}
