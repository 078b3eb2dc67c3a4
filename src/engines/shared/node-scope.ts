import type { Entry, Position } from '../../model/entry.js';
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
    return new SafeFollower(this, handler);
  }

  /** As `tell()`, without its closure: this runs for every message. */
  deliver(handler: FollowHandler, entries: readonly Entry[]): void {
    if (this.#closed) return;
    try {
      handler.deliver(entries);
    } catch (error) {
      this.#context.onError(error);
    }
  }

  /** Remembers what was opened, so that closing the node closes it. */
  own<T extends { close(): void }>(resource: T): T {
    if (this.#closed) resource.close();
    else this.#opened.add(resource);
    const { close } = resource;
    resource.close = () => {
      this.#opened.delete(resource);
      close.call(resource);
    };
    return resource;
  }

  close(): void {
    this.#closed = true;
    for (const resource of [...this.#opened]) resource.close();
  }
}

/** A follower's handler while its node is open. With methods, since there is one for each room and each inbox. */
class SafeFollower implements FollowHandler {
  readonly #node: NodeScope;
  readonly #handler: FollowHandler;

  constructor(node: NodeScope, handler: FollowHandler) {
    this.#node = node;
    this.#handler = handler;
  }

  deliver(entries: readonly Entry[]): void {
    this.#node.deliver(this.#handler, entries);
  }

  gap(from: number, to: number): void {
    this.#node.tell(() => this.#handler.gap(from, to));
  }

  reset(position: Position): void {
    this.#node.tell(() => this.#handler.reset(position));
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
