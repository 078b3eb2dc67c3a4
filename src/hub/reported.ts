/**
 * A promise whose failure nobody has to await: when nobody does, it goes to `report` instead of becoming an unhandled rejection.
 * `await` calls `then` of a subclass, which is how it is known that somebody waits.
 */
export class Reported<T> extends Promise<T> {
  #awaited = false;

  static override get [Symbol.species](): PromiseConstructor {
    return Promise;
  }

  /** Follows some work. */
  static of<T>(work: Promise<T>, report: (error: unknown) => void): Promise<T> {
    const reported = new Reported<T>((resolve, reject) => {
      work.then(resolve, (error: unknown) => {
        if (!reported.#awaited) report(error);
        reject(error);
      });
    });
    Promise.prototype.then.call(reported, undefined, () => undefined);
    return reported;
  }

  // biome-ignore lint/suspicious/noThenProperty: it is a promise
  override then<A = T, B = never>(
    fulfilled?: ((value: T) => A | PromiseLike<A>) | null,
    rejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    this.#awaited = true;
    return super.then(fulfilled, rejected);
  }
}
