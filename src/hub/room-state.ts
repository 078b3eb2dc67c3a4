import type { JsonValue } from '../model/entry.js';
import type { Topic } from '../model/events.js';
import type { Context } from './context.js';
import { topicFact } from './payloads.js';
import { Sanctions } from './sanctions.js';

/** Who wants to know what changes. */
export interface RoomStateHost {
  /** Told of each topic that is set from now on, or taken away. */
  topic(topic: Topic | undefined): void;
  /** Somebody is banned from here on. */
  ban(): void;
}

/** What the engine's shared state says of a room, at hand for every message: who is banned or mute, and the topic. */
export class RoomState {
  readonly sanctions: Sanctions;
  #topic: Topic | undefined;
  readonly #room: string;
  readonly #context: Context;
  readonly #host: RoomStateHost;

  constructor(room: string, context: Context, host: RoomStateHost) {
    this.sanctions = new Sanctions(room, context, () => host.ban());
    this.#room = room;
    this.#context = context;
    this.#host = host;
  }

  /** Undefined where the room is about nothing in particular. */
  get topic(): Topic | undefined {
    return this.#topic;
  }

  /** Reads what is there, and keeps up. */
  async begin(): Promise<{ close(): void }> {
    const { state } = this.#context.engine;
    /** What changed while the list was on its way is newer than the list. */
    let changed: Set<string> | undefined = new Set();
    const watch = await state.onChange(this.#room, (key, value) => {
      changed?.add(key);
      const was = this.#topic;
      this.#set(key, value);
      // Kept for another time, it is the same.
      if (key === 'topic' && !isSame(was, this.#topic)) this.#host.topic(this.#topic);
    });
    try {
      for (const [key, value] of await state.list(this.#room)) if (!changed.has(key)) this.#set(key, value);
      changed = undefined;
      await this.#keepTopic(undefined);
    } catch (error) {
      watch.close();
      throw error;
    }
    return watch;
  }

  /** Nobody is here any more. */
  end(): void {
    this.#keepTopic(this.#context.limits.historyAge).catch((error: unknown) => this.#context.report(error, 'topic'));
  }

  /** Where logs are gone with the process, a topic of a room that nobody is in goes as they do: a guest could make any number. */
  async #keepTopic(ttl: number | undefined): Promise<void> {
    const { state, durability } = this.#context.engine;
    if (this.#topic === undefined || durability !== 'process') return;
    const {
      text,
      at,
      from: { id, user, name },
    } = this.#topic;
    await state.set(this.#room, 'topic', { text, from: { id, user, name }, at }, ttl === undefined ? {} : { ttl });
  }

  #set(key: string, value: JsonValue | undefined): void {
    if (key !== 'topic') this.sanctions.learn(key, value);
    else if (value === undefined) this.#topic = undefined;
    else this.#topic = topicFact(value) ?? this.#topic;
  }
}

function isSame(a: Topic | undefined, b: Topic | undefined): boolean {
  return a?.text === b?.text && a?.at === b?.at && a?.from.id === b?.from.id;
}
