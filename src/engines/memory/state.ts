import type { JsonValue } from '../../model/entry.js';
import type { Clock } from '../../ports/clock.js';
import { type StateChange, Topics } from '../shared/topics.js';

interface Fact {
  readonly value: JsonValue;
  /** By the monotonic clock: a step of wall time must not end a ban. */
  readonly expires: number;
}

/** Small facts by scope and key. What has run out goes when its scope is next touched, or in passing. */
export class StateStore {
  readonly changes = new Topics<StateChange>();
  readonly #scopes = new Map<string, Map<string, Fact>>();
  /** Goes round the scopes, so that each is looked at for what has run out. */
  #visits: MapIterator<string> | undefined;
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get size(): number {
    return this.#scopes.size;
  }

  get(scope: string, key: string): JsonValue | undefined {
    return this.#fresh(scope)?.get(key)?.value;
  }

  list(scope: string): ReadonlyMap<string, JsonValue> {
    return new Map(Array.from(this.#fresh(scope) ?? [], ([key, { value }]) => [key, value]));
  }

  set(scope: string, key: string, value: JsonValue | undefined, ttl = Number.POSITIVE_INFINITY): void {
    const facts = this.#fresh(scope) ?? new Map<string, Fact>();
    if (value === undefined) facts.delete(key);
    else facts.set(key, { value, expires: this.#clock.monotonic() + ttl });
    if (facts.size > 0) this.#scopes.set(scope, facts);
    else this.#scopes.delete(scope);
    this.#expireSome();
    this.changes.publish(scope, { key, value });
  }

  compareAndSet(
    scope: string,
    key: string,
    expected: JsonValue | undefined,
    value: JsonValue | undefined,
    ttl?: number,
  ): boolean {
    if (JSON.stringify(this.get(scope, key)) !== JSON.stringify(expected)) return false;
    this.set(scope, key, value, ttl);
    return true;
  }

  /** Two looks each time that something is set, which is more than come: what nobody asks for again goes without a timer. */
  #expireSome(): void {
    for (let looked = 0; looked < 2; looked++) {
      this.#visits ??= this.#scopes.keys();
      const next: IteratorResult<string, unknown> = this.#visits.next();
      if (next.done) this.#visits = undefined;
      else this.#fresh(next.value);
    }
  }

  #fresh(scope: string): Map<string, Fact> | undefined {
    const facts = this.#scopes.get(scope);
    if (facts === undefined) return undefined;
    const now = this.#clock.monotonic();
    for (const [key, { expires }] of facts) if (expires <= now) facts.delete(key);
    if (facts.size > 0) return facts;
    this.#scopes.delete(scope);
    return undefined;
  }
}
