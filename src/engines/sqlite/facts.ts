import type { JsonValue } from '../../model/entry.js';
import { type StateChange, Topics } from '../shared/topics.js';
import type { StoreFile } from './store-file.js';
import type { Transaction } from './writer.js';

/** Shared state in the file. By the wall clock, which alone outlives a process. */
export class Facts {
  readonly changes = new Topics<StateChange>();
  readonly #file: StoreFile;
  readonly #now: () => number;

  constructor(file: StoreFile, now: () => number) {
    this.#file = file;
    this.#now = now;
  }

  get(scope: string, key: string): JsonValue | undefined {
    const text = this.#text(scope, key);
    return text === undefined ? undefined : (JSON.parse(text) as JsonValue);
  }

  list(scope: string): ReadonlyMap<string, JsonValue> {
    const select = 'SELECT key, value FROM facts WHERE scope = ? AND (expires IS NULL OR expires > ?)';
    const rows = this.#file.all(select, JSON.stringify(scope), this.#now());
    return new Map(rows.map(({ key, value }) => [JSON.parse(String(key)), JSON.parse(String(value))]));
  }

  /** In a transaction. */
  set(transaction: Transaction, scope: string, key: string, value: JsonValue | undefined, ttl?: number): void {
    const names = [JSON.stringify(scope), JSON.stringify(key)] as const;
    if (value === undefined) this.#file.run('DELETE FROM facts WHERE scope = ? AND key = ?', ...names);
    else {
      const expires = ttl === undefined || ttl === Number.POSITIVE_INFINITY ? null : Math.ceil(this.#now() + ttl);
      const insert = 'INSERT OR REPLACE INTO facts (scope, key, value, expires) VALUES (?, ?, ?, ?)';
      this.#file.run(insert, ...names, JSON.stringify(value), expires);
    }
    transaction.afterwards(() => this.changes.publish(scope, { key, value }));
  }

  /** In a transaction. */
  compareAndSet(
    transaction: Transaction,
    scope: string,
    key: string,
    [expected, value]: readonly [JsonValue | undefined, JsonValue | undefined],
    ttl?: number,
  ): boolean {
    if (this.#text(scope, key) !== JSON.stringify(expected)) return false;
    this.set(transaction, scope, key, value, ttl);
    return true;
  }

  /** Deletes what has run out. In a transaction. */
  expire(): void {
    this.#file.run('DELETE FROM facts WHERE expires <= ?', this.#now());
  }

  #text(scope: string, key: string): string | undefined {
    const select = 'SELECT value FROM facts WHERE scope = ? AND key = ? AND (expires IS NULL OR expires > ?)';
    return this.#file.get(select, JSON.stringify(scope), JSON.stringify(key), this.#now())?.value as string | undefined;
  }
}
