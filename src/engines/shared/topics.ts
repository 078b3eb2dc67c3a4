import type { JsonValue } from '../../model/entry.js';
import { Deliveries } from './deliveries.js';

type Handler<T> = (value: T) => void;

/** Handlers by topic; a topic without handlers costs nothing. */
export class Topics<T> {
  /** Lists that are never changed, but replaced: mostly there is one handler, and one that is told may subscribe another. */
  readonly #handlers = new Map<string, readonly Handler<T>[]>();
  readonly #deliveries = new Deliveries();

  get size(): number {
    return this.#handlers.size;
  }

  publish(topic: string, value: T): void {
    const handlers = this.#handlers.get(topic);
    if (handlers === undefined) return;
    this.#deliveries.run(() => {
      // Those of the moment of publishing, as far as they are still there.
      for (const handler of handlers) if (this.#handlers.get(topic)?.includes(handler)) handler(value);
    });
  }

  subscribe(topic: string, handler: Handler<T>): { close(): void } {
    this.#handlers.set(topic, [...(this.#handlers.get(topic) ?? []), handler]);
    return {
      close: () => {
        const others = this.#handlers.get(topic)?.filter((other) => other !== handler) ?? [];
        if (others.length > 0) this.#handlers.set(topic, others);
        else this.#handlers.delete(topic);
      },
    };
  }
}

/** A change of shared state. */
export interface StateChange {
  readonly key: string;
  readonly value: JsonValue | undefined;
}
