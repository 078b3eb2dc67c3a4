import type { Message } from '../model/entry.js';
import type { LocalNode } from './local-node.js';

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

interface Registered {
  /** Nothing more is heard, although the room may be followed for a moment yet. */
  off: boolean;
  /** Settles when the room is followed: the listener is deaf before. With what stops it; undefined when it could not be followed. */
  opened: Promise<(() => void) | undefined>;
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
    const registered: Registered = { off: false, opened: Promise.resolve(undefined) };
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
    if (listeners !== undefined) await Promise.all(Array.from(listeners.values(), ({ opened }) => opened));
  }

  clear(): void {
    this.#rooms.clear();
  }

  async #follow(room: string, listener: Listener, registered: Registered): Promise<(() => void) | undefined> {
    const hear = (message: Message) => (registered.off ? undefined : listener({ room, text: message.text, message }));
    try {
      const { rooms } = await this.#open();
      const local = rooms.acquire(room);
      try {
        await local.ready;
      } catch (error) {
        rooms.release(local);
        throw error;
      }
      local.listeners.add(hear);
      return () => {
        local.listeners.delete(hear);
        rooms.release(local);
      };
    } catch (error) {
      if (!registered.off) this.#rooms.get(room)?.delete(listener);
      this.#report(error);
      return undefined;
    }
  }
}
