import type { JsonValue } from '../../model/entry.js';
import type { Clock } from '../../ports/clock.js';
import type { SharedState } from '../../ports/engine.js';
import type { NodeScope } from '../shared/node-scope.js';
import { ChangeFeed, type FeedSource } from './change-feed.js';
import type { Ears } from './ears.js';
import type { Gate } from './gate.js';
import type { Keys } from './keys.js';
import type { Link } from './link.js';
import type { Patrol } from './patrol.js';
import { quoted, unquoted } from './presence-calls.js';
import * as scripts from './scripts/state.js';

/** What shared state needs of its surroundings. */
export interface StateHost {
  readonly link: Link;
  readonly ears: Ears;
  readonly gate: Gate;
  readonly keys: Keys;
  readonly clock: Clock;
  readonly patrol: Patrol;
  readonly scope: NodeScope;
  dropped(): void;
  failed(error: unknown): void;
}

type Handler = (key: string, value: JsonValue | undefined) => void;

/** A key, and its JSON; undefined: it has no value. */
interface FactChange {
  readonly key: string;
  readonly json: string | undefined;
}

interface Facts {
  readonly version: number;
  readonly whole: ReadonlyMap<string, string>;
}

/** Small shared facts in Redis: a hash for each scope. */
export class RedisState implements SharedState {
  readonly #host: StateHost;
  readonly #followed = new Map<
    string,
    { readonly facts: ScopeFacts; readonly feed: ChangeFeed<FactChange, Facts['whole']>; uses: number }
  >();

  constructor(host: StateHost) {
    this.#host = host;
  }

  async get(scope: string, key: string): Promise<JsonValue | undefined> {
    const { link, keys } = this.#host;
    const json = (await link.call(scripts.getFact, [keys.log(scope).state], [quoted(key)])) as string | null;
    return json === null ? undefined : (JSON.parse(json) as JsonValue);
  }

  async list(scope: string): Promise<ReadonlyMap<string, JsonValue>> {
    const { whole } = await this.#load(scope);
    return new Map(Array.from(whole, ([key, json]) => [key, JSON.parse(json) as JsonValue]));
  }

  async set(
    scope: string,
    key: string,
    value: JsonValue | undefined,
    options: { readonly ttl?: number } = {},
  ): Promise<void> {
    await this.#write(scope, key, value, options.ttl, ['0', '']);
  }

  async compareAndSet(
    scope: string,
    key: string,
    expected: JsonValue | undefined,
    value: JsonValue | undefined,
    options: { readonly ttl?: number } = {},
  ): Promise<boolean> {
    return this.#write(scope, key, value, options.ttl, ['1', jsonOf(expected)]);
  }

  async onChange(scope: string, handler: Handler): Promise<{ close(): void }> {
    const followed = this.#follow(scope);
    followed.uses++;
    const settle = () => {
      if (--followed.uses > 0) return;
      if (this.#followed.get(scope) === followed) this.#followed.delete(scope);
      this.#host.patrol.delete(followed.feed);
      followed.feed.close();
    };
    try {
      await followed.feed.ready;
    } catch (error) {
      settle();
      throw error;
    }
    const own: Handler = (key, value) => this.#host.scope.tell(() => handler(key, value));
    followed.facts.handlers.add(own);
    let closed = false;
    const close = () => {
      followed.facts.handlers.delete(own);
      if (!closed) settle();
      closed = true;
    };
    return this.#host.scope.own({ close });
  }

  close(): void {
    for (const { feed } of this.#followed.values()) {
      this.#host.patrol.delete(feed);
      feed.close();
    }
    this.#followed.clear();
  }

  async #write(
    scope: string,
    key: string,
    value: JsonValue | undefined,
    ttl: number | undefined,
    compared: readonly [string, string],
  ): Promise<boolean> {
    const { gate, link, ears, keys } = this.#host;
    if (!gate.open) await gate.opened();
    const { state, stateChannel } = keys.log(scope);
    // Redis counts whole milliseconds, and none would be for good.
    const lasting = ttl === undefined || ttl === Number.POSITIVE_INFINITY ? '0' : String(Math.max(1, Math.ceil(ttl)));
    const args = [ears.publish, stateChannel, quoted(key), jsonOf(value), lasting, ...compared];
    const message = (await link.call(scripts.setFact, [state], args)) as string;
    if (message === 'same') return false;
    await this.#followed.get(scope)?.feed.settle(message);
    return true;
  }

  async #load(scope: string): Promise<Facts> {
    const { link, keys } = this.#host;
    const [version, ...pairs] = (await link.call(scripts.listFacts, [keys.log(scope).state], [])) as string[];
    const whole = new Map<string, string>();
    for (let index = 0; index < pairs.length; index += 2)
      whole.set(unquoted(pairs[index] ?? '""'), pairs[index + 1] ?? 'null');
    return { version: Number(version), whole };
  }

  #follow(scope: string) {
    const present = this.#followed.get(scope);
    if (present !== undefined) return present;
    const { link, ears, keys, clock, patrol, dropped, failed } = this.#host;
    const { state, stateChannel } = keys.log(scope);
    const facts = new ScopeFacts({
      channel: stateChannel,
      load: () => this.#load(scope),
      version: async () => Number(await link.call(scripts.factsVersion, [state], [])),
      dropped,
      failed,
    });
    const followed = { facts, feed: new ChangeFeed(facts, ears, clock), uses: 0 };
    this.#followed.set(scope, followed);
    patrol.add(followed.feed);
    return followed;
  }
}

type Reading = Pick<FeedSource<FactChange, Facts['whole']>, 'channel' | 'load' | 'version' | 'dropped' | 'failed'>;

/** The facts of one scope, kept up with: so that it is known what has changed where changes were lost. */
class ScopeFacts implements FeedSource<FactChange, Facts['whole']> {
  readonly handlers = new Set<Handler>();
  readonly channel: string;
  readonly load: Reading['load'];
  readonly version: Reading['version'];
  readonly dropped: Reading['dropped'];
  readonly failed: Reading['failed'];
  #facts = new Map<string, string>();

  constructor({ channel, load, version, dropped, failed }: Reading) {
    this.channel = channel;
    this.load = load;
    this.version = version;
    this.dropped = dropped;
    this.failed = failed;
  }

  isEmpty(): boolean {
    return this.#facts.size === 0;
  }

  begin(whole: Facts['whole']): void {
    this.#facts = new Map(whole);
  }

  apply({ key, json }: FactChange): void {
    if (json === undefined) this.#facts.delete(key);
    else this.#facts.set(key, json);
    const value = json === undefined ? undefined : (JSON.parse(json) as JsonValue);
    for (const handler of this.handlers) handler(key, value);
  }

  replace(whole: Facts['whole']): void {
    const was = this.#facts;
    for (const key of [...was.keys()]) if (!whole.has(key)) this.apply({ key, json: undefined });
    for (const [key, json] of whole) if (was.get(key) !== json) this.apply({ key, json });
  }

  parse(text: string): FactChange {
    const end = text.indexOf('\n');
    const json = text.slice(end + 1);
    if (end < 0) throw new SyntaxError('That is no fact.');
    if (json !== '') JSON.parse(json);
    const key: unknown = unquoted(text.slice(0, end));
    if (typeof key !== 'string') throw new SyntaxError('That is no key.');
    return { key, json: json === '' ? undefined : json };
  }
}

function jsonOf(value: JsonValue | undefined): string {
  return value === undefined ? '' : JSON.stringify(value);
}
