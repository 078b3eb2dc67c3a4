import type { ChatClient } from '../../client/index.js';

/** Milliseconds after which what was shown is told as read: once for all of it. */
const delayMs = 1_000;

/** Tells a user's other sessions what was shown at this terminal; over lines, servers do so by themselves. */
export class Reading {
  readonly #client: ChatClient;
  /** Rooms, and `@` for direct messages, of which something waits that was not shown. */
  readonly #waiting = new Set<string>();
  #timer: NodeJS.Timeout | undefined;

  constructor(client: ChatClient) {
    this.#client = client;
  }

  /** So many messages are unread, and not shown. */
  waits(room: string, unread: number): void {
    if (unread > 0) this.#waiting.add(room);
  }

  /** What waited there was shown. */
  shown(room: string): void {
    this.#waiting.delete(room);
    this.soon();
  }

  /** Something was shown. */
  soon(): void {
    this.#timer ??= setTimeout(() => this.now(), delayMs).unref();
  }

  /** Tells it. */
  now(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const { me, rooms, unread, state } = this.#client;
    // Of a guest there are no other sessions.
    if (state !== 'online' || me === undefined || me.user === me.id) return;
    for (const room of rooms.values()) if (room.unread > 0 && !this.#waiting.has(room.name)) room.markRead();
    if (unread > 0 && !this.#waiting.has('@')) this.#client.markRead();
  }
}
