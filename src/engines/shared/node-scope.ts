import type { EngineContext, FollowHandler } from '../../ports/engine.js';
import { guarded } from './deliveries.js';

/** What a node opened, and whether its handlers may still be called. */
export class NodeScope {
  readonly #opened = new Set<{ close(): void }>();
  readonly #context: EngineContext;
  #closed = false;

  constructor(context: EngineContext) {
    this.#context = context;
  }

  /** Calls a handler, unless the node has closed; what it throws is reported. */
  tell(call: () => void): void {
    if (!this.#closed) guarded(this.#context.onError, call);
  }

  /** A follower's handler, called under the same terms. */
  follower(handler: FollowHandler): FollowHandler {
    return {
      deliver: (entries) => {
        if (this.#closed) return;
        // As `tell()`, without its closures: this runs for every message.
        try {
          handler.deliver(entries);
        } catch (error) {
          this.#context.onError(error);
        }
      },
      gap: (from, to) => this.tell(() => handler.gap(from, to)),
      reset: (position) => this.tell(() => handler.reset(position)),
    };
  }

  /** Remembers what was opened, so that closing the node closes it. */
  own<T extends { close(): void }>(resource: T): T {
    const close = resource.close.bind(resource);
    const closing = () => {
      this.#opened.delete(resource);
      close();
    };
    if (this.#closed) close();
    else this.#opened.add(resource);
    return Object.assign(resource, { close: closing });
  }

  close(): void {
    this.#closed = true;
    for (const resource of [...this.#opened]) resource.close();
  }
}

/** Runs the work now, and tells of its result or its error by a promise: what answers at once keeps the contract, too. */
export function settled<T>(work: () => T): Promise<T> {
  try {
    return Promise.resolve(work());
  } catch (error) {
    return Promise.reject(error);
  }
}
