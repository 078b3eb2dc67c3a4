import type { JsonValue } from '../../model/entry.js';
import { Deliveries } from './deliveries.js';

type Handler<T> = (value: T) => void;

/** Handlers by topic; a topic without handlers costs nothing. */
export class Topics<T> {
  readonly #handlers = new Map<string, Set<Handler<T>>>();
  readonly #deliveries = new Deliveries();

  get size(): number {
    return this.#handlers.size;
  }

  publish(topic: string, value: T): void {
    const handlers = this.#handlers.get(topic);
    if (handlers === undefined) return;
    this.#deliveries.run(() => {
      for (const handler of handlers) handler(value);
    });
  }

  subscribe(topic: string, handler: Handler<T>): { close(): void } {
    const handlers = this.#handlers.get(topic) ?? new Set();
    this.#handlers.set(topic, handlers.add(handler));
    return {
      close: () => {
        handlers.delete(handler);
        if (handlers.size === 0 && this.#handlers.get(topic) === handlers) this.#handlers.delete(topic);
      },
    };
  }
}

/** A change of shared state. */
export interface StateChange {
  readonly key: string;
  readonly value: JsonValue | undefined;
}
