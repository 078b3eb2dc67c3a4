/**
 * Runs deliveries one after another, each to its end. A handler may cause the next delivery (a bot that answers in a
 * `message` listener): without the queue, handlers further down the list would see the answer before the question.
 */
export class Deliveries {
  #queue: (() => void)[] = [];
  #running = false;

  run(delivery: () => void): void {
    this.#queue.push(delivery);
    if (this.#running) return;
    this.#running = true;
    try {
      // The queue grows while it runs: an index, not shift(), keeps a long chain linear.
      for (let next = 0; next < this.#queue.length; next++) this.#queue[next]?.();
    } finally {
      this.#queue = [];
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
