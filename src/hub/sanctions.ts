import type { JsonValue } from '../model/entry.js';
import { ChatError } from '../model/errors.js';
import type { Context } from './context.js';

/** A ban or a mute, as the engine keeps it. */
interface Sanction {
  /** When it ends, in milliseconds since 1970; null: never. */
  readonly until: number | null;
  readonly reason: string | null;
}

/** Who is banned from a room, and who is mute in it. */
export class Sanctions {
  readonly #room: string;
  readonly #context: Context;
  readonly #held = new Map<string, Sanction>();

  constructor(room: string, context: Context) {
    this.#room = room;
    this.#context = context;
  }

  /** @throws ChatError `BANNED` */
  checkBan(user: string): void {
    const ban = this.#current(`ban/${user}`);
    if (ban !== undefined)
      throw new ChatError('BANNED', sentence('You are banned from here', ban), { room: this.#room });
  }

  /** @throws ChatError `MUTED` */
  checkMute(user: string): void {
    const mute = this.#current(`mute/${user}`);
    if (mute !== undefined)
      throw new ChatError('MUTED', sentence('You may not speak here', mute), { room: this.#room });
  }

  /** Bans or mutes a user. `ms`: for how long; without it for good. */
  impose(kind: 'ban' | 'mute', user: string, ms: number | undefined, reason: string | undefined): Promise<void> {
    const until = ms === undefined ? null : this.#context.clock.now() + ms;
    const sanction = { until, reason: reason ?? null };
    return this.#context.engine.state.set(this.#room, `${kind}/${user}`, sanction, ms === undefined ? {} : { ttl: ms });
  }

  /** Takes in a fact of the room's. */
  learn(key: string, value: JsonValue | undefined): void {
    if (!key.startsWith('ban/') && !key.startsWith('mute/')) return;
    if (value === undefined) this.#held.delete(key);
    else this.#held.set(key, value as unknown as Sanction);
  }

  #current(key: string): Sanction | undefined {
    const sanction = this.#held.get(key);
    if (sanction === undefined) return undefined;
    if (sanction.until === null || sanction.until > this.#context.clock.now()) return sanction;
    this.#held.delete(key);
    return undefined;
  }
}

function sentence(what: string, { reason }: Sanction): string {
  return reason === null || reason === '' ? `${what}.` : `${what}: ${reason}`;
}
