/** Work that is done one after another, each to its end. */
export class Turns {
  #last: Promise<unknown> = Promise.resolve();
  #pending = 0;

  /** Whether some is under way. */
  get busy(): boolean {
    return this.#pending > 0;
  }

  /** Does the work after all that was given before it. */
  run<T>(work: () => Promise<T>): Promise<T> {
    this.#pending++;
    const done = this.#last.then(work).finally(() => {
      this.#pending--;
    });
    this.#last = done.catch(() => undefined);
    return done;
  }

  /** Resolves when none is under way. */
  async idle(): Promise<void> {
    while (this.#pending > 0) await this.#last;
  }
}
