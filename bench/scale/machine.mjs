// Whether the machine itself stood still: a virtual one is stopped at times, and its clocks go on.

/** Looks at the clock as often, in milliseconds. */
const often = 20;

export class Machine {
  #looked = performance.now();
  #late = 0;

  constructor() {
    setInterval(() => this.#look(), often).unref();
  }

  /** The most milliseconds by which this process was late, since this was last asked. */
  late() {
    this.#look();
    const late = this.#late;
    this.#late = 0;
    return late;
  }

  #look() {
    const now = performance.now();
    this.#late = Math.max(this.#late, now - this.#looked - often);
    this.#looked = now;
  }
}
