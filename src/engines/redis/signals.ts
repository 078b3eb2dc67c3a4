import type { JsonValue } from '../../model/entry.js';
import type { Signals } from '../../ports/engine.js';
import { Deliveries } from '../shared/deliveries.js';
import type { NodeScope } from '../shared/node-scope.js';
import type { Ears } from './ears.js';
import type { Keys } from './keys.js';
import type { Link } from './link.js';
import { publish } from './scripts/publish.js';

/** Signals by Redis: published, and gone. */
export class RedisSignals implements Signals {
  readonly #link: Link;
  readonly #ears: Ears;
  readonly #keys: Keys;
  readonly #scope: NodeScope;
  readonly #deliveries = new Deliveries();
  readonly #dropped: () => void;

  constructor(link: Link, ears: Ears, keys: Keys, scope: NodeScope, dropped: () => void) {
    this.#link = link;
    this.#ears = ears;
    this.#keys = keys;
    this.#scope = scope;
    this.#dropped = dropped;
  }

  async publish(topic: string, payload: JsonValue): Promise<void> {
    const channel = this.#keys.topic(topic);
    // A key that is none: it says which server of a Cluster the channel is on.
    await this.#link.call(publish, [channel], [this.#ears.publish, JSON.stringify(payload)]);
  }

  async subscribe(topic: string, handler: (payload: JsonValue) => void): Promise<{ close(): void }> {
    let closed = false;
    const subscription = await this.#ears.subscribe(this.#keys.topic(topic), (message) => {
      let payload: JsonValue;
      try {
        payload = JSON.parse(message) as JsonValue;
      } catch {
        this.#dropped();
        return;
      }
      this.#deliveries.run(() => {
        if (!closed) this.#scope.tell(() => handler(payload));
      });
    });
    return this.#scope.own({
      close() {
        closed = true;
        subscription.close();
      },
    });
  }
}
