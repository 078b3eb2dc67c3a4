/** How long anything may take before a test gives up. Generous: whole programs start, many at once on a few cores. */
const deadlineMs = 20_000;

/** Something that changes from outside, and can be waited for: by its events, never by a pause. */
export abstract class Watched {
  readonly #waiting = new Set<() => void>();

  /** What is known of it, for whoever waited in vain. */
  protected abstract describe(): string;

  protected changed(): void {
    for (const check of [...this.#waiting]) check();
  }

  /**
   * Resolves with what `look` gives, as soon as that is something, and rejects with what it throws; it looks again
   * whenever something has changed.
   *
   * @param what - what is waited for
   */
  async until<T>(what: string, look: () => T | undefined): Promise<T> {
    let check = () => {};
    let timer: NodeJS.Timeout | undefined;
    try {
      return await new Promise((resolve, reject) => {
        check = () => {
          try {
            const found = look();
            if (found !== undefined) resolve(found);
          } catch (error) {
            reject(error);
          }
        };
        timer = setTimeout(() => reject(new Error(`No ${what} in ${deadlineMs} ms. ${this.describe()}`)), deadlineMs);
        this.#waiting.add(check);
        check();
      });
    } finally {
      clearTimeout(timer);
      this.#waiting.delete(check);
    }
  }
}
