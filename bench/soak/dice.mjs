/** Chance, the same for the same seed (mulberry32). */
export class Dice {
  #state;

  /** @param {number} seed */
  constructor(seed) {
    this.#state = seed;
  }

  /** From 0 to below 1. */
  roll() {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  }

  /** @param {number} least @param {number} most */
  between(least, most) {
    return least + Math.floor(this.roll() * (most - least + 1));
  }

  /**
   * @template T
   * @param {readonly T[]} items
   * @returns {T}
   */
  of(items) {
    return /** @type {T} */ (items[Math.floor(this.roll() * items.length)]);
  }

  /** @param {number} percent */
  chance(percent) {
    return this.roll() * 100 < percent;
  }
}
