/**
 * Runs deliveries one after another, each to its end. A handler may cause the next delivery (a bot that answers in a
 * `message` listener): without the queue, handlers further down the list would see the answer before the question.
 */
export class Deliveries {
  /** What was caused by the one that runs; mostly nothing is. */
  #queue: (() => void)[] | undefined;
  #running = false;

  run(delivery: () => void): void {
    if (this.#running) {
      (this.#queue ??= []).push(delivery);
      return;
    }
    this.#running = true;
    try {
      delivery();
      // The queue grows while it runs: an index, not shift(), keeps a long chain linear.
      for (let next = 0; next < (this.#queue?.length ?? 0); next++) this.#queue?.[next]?.();
    } finally {
      this.#queue = undefined;
      this.#running = false;
    }
  }
}

/** Calls a handler so that what it throws reaches `onError` and no other handler. */
export function guarded(onError: (error: unknown) => void, call: () => void): void {
  try {
    call();
  } catch (error) {
    onError(error);
  }
}
