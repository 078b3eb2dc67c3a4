import type { JsonValue } from '../model/entry.js';
import type { Topic } from '../model/events.js';
import type { Context } from './context.js';
import { Sanctions } from './sanctions.js';

/** What the engine's shared state says of a room, at hand for every message: who is banned or mute, and the topic. */
export class RoomState {
  readonly sanctions: Sanctions;
  #topic: Topic | undefined;
  readonly #room: string;
  readonly #context: Context;
  readonly #onTopic: (topic: Topic | undefined) => void;

  /** @param onTopic - told of each topic that is set from now on, or taken away */
  constructor(room: string, context: Context, onTopic: (topic: Topic | undefined) => void) {
    this.sanctions = new Sanctions(room, context);
    this.#room = room;
    this.#context = context;
    this.#onTopic = onTopic;
  }

  /** Undefined where the room is about nothing in particular. */
  get topic(): Topic | undefined {
    return this.#topic;
  }

  /** Reads what is there, and keeps up. */
  async begin(): Promise<{ close(): void }> {
    const { state } = this.#context.engine;
    /** What changed while the list was on its way is newer than the list. */
    const changed = new Set<string>();
    const watch = await state.onChange(this.#room, (key, value) => {
      changed.add(key);
      this.#set(key, value);
      if (key === 'topic') this.#onTopic(value as unknown as Topic | undefined);
    });
    try {
      for (const [key, value] of await state.list(this.#room)) if (!changed.has(key)) this.#set(key, value);
    } catch (error) {
      watch.close();
      throw error;
    }
    return watch;
  }

  #set(key: string, value: JsonValue | undefined): void {
    if (key === 'topic') this.#topic = value as unknown as Topic | undefined;
    else this.sanctions.learn(key, value);
  }
}
