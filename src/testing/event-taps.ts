import type { ServerEvent } from '../index.js';
import type { MemoryPeer } from '../transports/memory.js';

interface Waiter {
  readonly matches: (event: ServerEvent) => boolean;
  resolve(event: ServerEvent): void;
  reject(error: unknown): void;
}

/** The events that come to a peer, handed to whoever waits for them. */
export class EventTaps {
  readonly events: ServerEvent[] = [];
  /** Up to where `next()` has looked, by type. */
  readonly #seen = new Map<string, number>();
  readonly #replies: Waiter[] = [];
  readonly #nexts: Waiter[] = [];
  #over: { readonly error: unknown } | undefined;

  constructor(peer: MemoryPeer) {
    void this.#follow(peer);
  }

  /** The next event that answers the command of this id. */
  reply(id: string | number): Promise<ServerEvent> {
    return this.#wait(this.#replies, (event) => 're' in event && event.re === id);
  }

  /** The next event of this type that was not given before. */
  next<T extends ServerEvent['type']>(type: T): Promise<Extract<ServerEvent, { readonly type: T }>> {
    type Found = Extract<ServerEvent, { readonly type: T }>;
    for (let index = this.#seen.get(type) ?? 0; index < this.events.length; index++) {
      const event = this.events[index];
      if (event?.type !== type) continue;
      this.#seen.set(type, index + 1);
      return Promise.resolve(event as Found);
    }
    this.#seen.set(type, this.events.length);
    return this.#wait(this.#nexts, (event) => event.type === type) as Promise<Found>;
  }

  async #follow(peer: MemoryPeer): Promise<void> {
    try {
      for (;;) this.#take(JSON.parse(await peer.next()) as ServerEvent);
    } catch (error) {
      this.#over = { error };
      for (const waiter of [...this.#replies.splice(0), ...this.#nexts.splice(0)]) waiter.reject(error);
    }
  }

  #take(event: ServerEvent): void {
    this.events.push(event);
    firstOf(this.#replies, event)?.resolve(event);
    const waiter = firstOf(this.#nexts, event);
    if (waiter === undefined) return;
    this.#seen.set(event.type, this.events.length);
    waiter.resolve(event);
  }

  #wait(waiters: Waiter[], matches: Waiter['matches']): Promise<ServerEvent> {
    const over = this.#over;
    if (over !== undefined) return Promise.reject(over.error);
    return new Promise((resolve, reject) => waiters.push({ matches, resolve, reject }));
  }
}

/** Takes the first waiter for this event out of the list. */
function firstOf(waiters: Waiter[], event: ServerEvent): Waiter | undefined {
  const index = waiters.findIndex(({ matches }) => matches(event));
  return index < 0 ? undefined : waiters.splice(index, 1)[0];
}
