/** So old may be what is shown: many who look cost no more than one. */
const freshMs = 1_000;

/** Made anew when somebody asks and the last one is a second old. Nothing is made while nobody asks. */
export class Shared<T> {
  readonly #make: (now: number) => T;
  readonly #now: () => number;
  #made: { readonly value: T; readonly at: number } | undefined;

  /**
   * @param make - is given the time
   * @param now - milliseconds that only grow
   */
  constructor(make: (now: number) => T, now: () => number) {
    this.#make = make;
    this.#now = now;
  }

  get value(): T {
    const now = this.#now();
    if (this.#made === undefined || now - this.#made.at >= freshMs) this.#made = { value: this.#make(now), at: now };
    return this.#made.value;
  }
}

/** Over a shorter time, rates are nervous; what is this long ago is no rate of now. */
const nervousMs = 4_000;
const outdatedMs = 30_000;

interface Sample<T> {
  readonly value: T;
  readonly at: number;
}

/** What was so four to eight seconds ago, where somebody looks all the time, to tell rates by. Two samples are kept, however many come. */
export class Baseline<T> {
  #older: Sample<T> | undefined;
  #newer: Sample<T> | undefined;

  /**
   * Takes in what is so now.
   *
   * @returns what was so before, and how many seconds ago; undefined when nobody looked lately
   */
  since(now: number, value: T): { readonly value: T; readonly seconds: number } | undefined {
    if (this.#newer !== undefined && now - this.#newer.at > outdatedMs) this.#newer = undefined;
    if (this.#older !== undefined && now - this.#older.at > outdatedMs) this.#older = undefined;
    const before = this.#older ?? this.#newer;
    if (this.#newer === undefined || now - this.#newer.at >= nervousMs) {
      this.#older = this.#newer;
      this.#newer = { value, at: now };
    }
    return before && { value: before.value, seconds: (now - before.at) / 1_000 };
  }
}
