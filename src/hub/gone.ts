/**
 * That a client is gone, or a hub, for those who work for it. As an `AbortSignal` to its listeners, but many may wait for it at once:
 * Node.js takes more than ten listeners to one signal for a leak, and warns.
 */
export class Gone {
  #aborted = false;
  /** Made when first needed: most have none. */
  #listeners: Set<() => void> | undefined;

  get aborted(): boolean {
    return this.#aborted;
  }

  addEventListener(_event: 'abort', listener: () => void): void {
    this.#listeners ??= new Set();
    this.#listeners.add(listener);
  }

  removeEventListener(_event: 'abort', listener: () => void): void {
    this.#listeners?.delete(listener);
  }

  /** It is gone; may be called more than once. */
  abort(): void {
    if (this.#aborted) return;
    this.#aborted = true;
    const listeners = this.#listeners ?? [];
    this.#listeners = undefined;
    for (const listener of listeners) listener();
  }
}
