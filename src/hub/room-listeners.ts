import type { Message } from '../model/entry.js';
import type { LocalNode } from './local-node.js';
import type { LocalRoom } from './local-room.js';
import type { LocalRooms } from './local-rooms.js';
import { persist } from './persist.js';

/**
 * What a room tells an application that listens to it, on every node where one does.
 *
 * @example
 * ```ts
 * import { ChatHub } from 'chathub';
 *
 * const hub = new ChatHub();
 * hub.room('lobby').on('message', ({ room, text, message }) => console.log(room, message.from.name, text));
 * ```
 */
export interface RoomEvents {
  /** Somebody said something in the room, a member of any node or the application. In the room's order, without a hole. */
  message: { readonly room: string; readonly text: string; readonly message: Message };
}

type Listener = (event: RoomEvents['message']) => void;

class Registered {
  /** It wants to hear no more. */
  off = false;
  /** Settles when the room is followed: the listener is deaf before. With what stops it; undefined when it never was. */
  opened: Promise<(() => void) | undefined> = Promise.resolve(undefined);
  /** Resolves when following was tried, with whatever success. */
  readonly tried: Promise<void>;
  hasTried: () => void = () => {};

  constructor() {
    this.tried = new Promise((resolve) => {
      this.hasTried = resolve;
    });
  }
}

/** Listeners to rooms. Each keeps its room open on this node, whoever is in it. */
export class RoomListeners {
  readonly #rooms = new Map<string, Map<Listener, Registered>>();
  readonly #open: () => Promise<LocalNode>;
  readonly #report: (error: unknown) => void;

  constructor(open: () => Promise<LocalNode>, report: (error: unknown) => void) {
    this.#open = open;
    this.#report = report;
  }

  add(room: string, listener: Listener): void {
    const listeners = this.#rooms.get(room) ?? new Map<Listener, Registered>();
    if (listeners.has(listener)) return;
    this.#rooms.set(room, listeners);
    const registered = new Registered();
    registered.opened = this.#follow(room, listener, registered);
    listeners.set(listener, registered);
  }

  async delete(room: string, listener: Listener): Promise<void> {
    const listeners = this.#rooms.get(room);
    const registered = listeners?.get(listener);
    if (listeners === undefined || registered === undefined) return;
    registered.off = true;
    listeners.delete(listener);
    if (listeners.size === 0) this.#rooms.delete(room);
    (await registered.opened)?.();
  }

  /** Resolves when those who listen to a room by now hear what is said from now on. */
  async ready(room: string): Promise<void> {
    const listeners = this.#rooms.get(room);
    if (listeners !== undefined) await Promise.all(Array.from(listeners.values(), ({ tried }) => tried));
  }

  clear(): void {
    this.#rooms.clear();
  }

  /** Follows the room, and tries again while it can't and the listener wants it: an engine that was away comes back. */
  async #follow(room: string, listener: Listener, registered: Registered): Promise<(() => void) | undefined> {
    const hear = (message: Message) => (registered.off ? undefined : listener({ room, text: message.text, message }));
    try {
      const { rooms, context } = await this.#open();
      const attempt = () =>
        acquire(rooms, room).catch((error: unknown) => {
          registered.hasTried();
          throw error;
        });
      const local = await persist(context, 'room listener', async () => (registered.off ? undefined : attempt()));
      if (local === undefined) return undefined;
      const stop = local.listen(hear);
      return () => {
        stop();
        rooms.release(local);
      };
    } catch (error) {
      // The engine could not be opened at all, or the hub is closed.
      if (!registered.off) void this.delete(room, listener);
      this.#report(error);
      return undefined;
    } finally {
      registered.hasTried();
    }
  }
}

async function acquire(rooms: LocalRooms, name: string): Promise<LocalRoom> {
  const room = rooms.acquire(name);
  try {
    await room.ready;
    return room;
  } catch (error) {
    rooms.release(room);
    throw error;
  }
}
