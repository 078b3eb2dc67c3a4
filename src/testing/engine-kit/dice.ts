/** Random choices that are the same for the same seed. */
export class Dice {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** A whole number from 0 up to, but not including, this one. */
  below(end: number): number {
    // mulberry32: small, and good enough to choose what to do next.
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 4_294_967_296) * end);
  }

  chance(percent: number): boolean {
    return this.below(100) < percent;
  }

  pick<T>(list: readonly [T, ...T[]]): T;
  pick<T>(list: readonly T[]): T | undefined;
  pick<T>(list: readonly T[]): T | undefined {
    return list[this.below(list.length)];
  }
}

/** Takes so many random steps; an error says at which step of which seed it arose. */
export async function takeSteps(seed: number, count: number, step: (dice: Dice) => Promise<void>): Promise<void> {
  const dice = new Dice(seed);
  for (let number = 1; number <= count; number++) {
    try {
      await step(dice);
    } catch (cause) {
      const message = cause instanceof Error ? cause.message : String(cause);
      throw new Error(`In step ${number} with seed ${seed}: ${message}`, { cause });
    }
  }
}
