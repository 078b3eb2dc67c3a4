/** Calls a function in its time, and gives one that forgets it. */
export type Later = (run: () => void) => () => void;

/** Beyond so much that waits in one place, its owner is asked what to do. */
const most = 10_000;

/** What is told to one handler, in order: at once, or late and together. */
export class Held<T> {
  #items: T[] = [];
  #forget: (() => void) | undefined;
  #telling = false;
  readonly #tell: (items: readonly T[]) => void;
  readonly #overflow: () => void;

  /** @param overflow - when 10,000 wait: whoever tells them must `flush()` or `clear()` */
  constructor(tell: (items: readonly T[]) => void, overflow: () => void) {
    this.#tell = tell;
    this.#overflow = overflow;
  }

  /** Something waits, so that what comes now waits behind it. */
  get waits(): boolean {
    return this.#forget !== undefined || this.#telling;
  }

  /** Tells of items behind those that wait; where none do, `later`, or at once. */
  add(items: readonly T[], later?: Later): void {
    const waits = this.waits;
    this.#items.push(...items);
    if (!waits && later === undefined) this.flush();
    else if (!waits) this.#forget = later?.(() => this.flush());
    if (this.#items.length >= most) this.#overflow();
  }

  /** Tells of all that waits. */
  flush(): void {
    this.#forget?.();
    this.#forget = undefined;
    // A handler may cause the next item.
    if (this.#telling) return;
    this.#telling = true;
    try {
      while (this.#items.length > 0) this.#tell(this.#items.splice(0));
    } finally {
      this.#telling = false;
    }
  }

  /** Forgets what waits. */
  clear(): void {
    this.#forget?.();
    this.#forget = undefined;
    this.#items = [];
  }
}
