import type { Author, JsonValue, Message } from '../model/entry.js';
import type { Member } from './member.js';
import type { RoomEvents } from './room-listeners.js';

/**
 * Options of `room.send()`.
 *
 * @example
 * ```ts
 * import { ChatHub } from 'chathub';
 *
 * const hub = new ChatHub();
 * await hub.room('lobby').send('deployed', { from: { name: 'ci' }, data: { build: 71 } });
 * ```
 */
export interface RoomSendOptions {
  /** Who says it: a member, or any name (ids default to the name). Default: `server`. */
  readonly from?:
    | Pick<Member, 'id' | 'name' | 'user'>
    | { readonly name: string; readonly id?: string; readonly user?: string };
  /** Whatever JSON can hold. */
  readonly data?: JsonValue;
  /** Say it as an action: `* ci waves`. */
  readonly action?: boolean;
  /** Makes the send safe to repeat: the same key from the same `from` is stored once within `keyWindow`. */
  readonly key?: string;
}

/**
 * Options of `room.signal()`.
 *
 * @example
 * ```ts
 * import { ChatHub } from 'chathub';
 *
 * const hub = new ChatHub();
 * hub.on('message', ({ member, room }) => {
 *   if (room !== undefined) hub.room(room).signal('seen', null, { except: member });
 * });
 * ```
 */
export interface SignalOptions {
  /** The one session that is not told. */
  readonly except?: Pick<Member, 'id'>;
  /** Whom it comes from; default: `server`. */
  readonly from?: Pick<Member, 'id' | 'name' | 'user'>;
}

/**
 * Which messages of a room to read.
 *
 * @example
 * ```ts
 * import { ChatHub } from 'chathub';
 *
 * const hub = new ChatHub();
 * const newest = await hub.room('lobby').history({ limit: 20 });
 * const older = await hub.room('lobby').history({ limit: 20, before: newest[0]?.offset ?? 1 });
 * ```
 */
export interface HistoryOptions {
  /** How many at most; default 50. */
  readonly limit?: number;
  /** The newest below this offset. */
  readonly before?: number;
  /** The oldest above this offset. */
  readonly after?: number;
}

/** What a {@link Room} handle stands for. */
export interface RoomBehind {
  readonly size: number;
  send(text: string, options: RoomSendOptions): Promise<Message>;
  signal(name: string, data: JsonValue, options: SignalOptions): Promise<void>;
  members(): Promise<readonly Author[]>;
  history(options: HistoryOptions): Promise<readonly Message[]>;
  listen(listener: (event: RoomEvents['message']) => void): void;
  unlisten(listener: (event: RoomEvents['message']) => void): void;
}

/**
 * A room, whether or not anybody is in it: a handle that costs nothing. The application acts through it on all nodes.
 *
 * @example
 * ```ts
 * import { ChatHub } from 'chathub';
 *
 * const hub = new ChatHub();
 * const lobby = hub.room('lobby');
 * lobby.on('message', ({ text }) => console.log(text));
 * await lobby.send('welcome');
 * console.log(await lobby.members(), await lobby.history({ limit: 10 }));
 * ```
 */
export class Room {
  /** In normal form: `hub.room('Lobby').name` is `lobby`. */
  readonly name: string;
  readonly #behind: RoomBehind;

  /** @internal */
  constructor(name: string, behind: RoomBehind) {
    this.name = name;
    this.#behind = behind;
  }

  /** How many users are in the room, as this node knows it: 0 while it has no members or listeners there. `members()` asks them all. */
  get size(): number {
    return this.#behind.size;
  }

  /**
   * Says something in the room. Resolves when it is stored, and queued for this node's members. Nobody need await it:
   * a failure that nobody awaits goes to the hub's `error` event.
   *
   * @throws ChatError `TOO_LONG`, `ENGINE_UNAVAILABLE`
   */
  send(text: string, options: RoomSendOptions = {}): Promise<Message> {
    return this.#behind.send(text, options);
  }

  /**
   * Tells whoever is there now something that is not stored, such as that somebody types. At most once; the first to be
   * left out for slow readers. A failure that nobody awaits goes to the hub's `error` event.
   */
  signal(name: string, data: JsonValue = null, options: SignalOptions = {}): Promise<void> {
    return this.#behind.signal(name, data, options);
  }

  /** Who is in the room, on all nodes: one entry for each user. */
  members(): Promise<readonly Author[]> {
    return this.#behind.members();
  }

  /**
   * Messages of the room, oldest first: the newest ones, or those before or after an offset.
   *
   * @throws ChatError `ENGINE_UNAVAILABLE`
   */
  history(options: HistoryOptions = {}): Promise<readonly Message[]> {
    return this.#behind.history(options);
  }

  /** Listens on this node; the room stays open here until `off()`. */
  on<E extends keyof RoomEvents>(_event: E, listener: (event: RoomEvents[E]) => void): this {
    this.#behind.listen(listener);
    return this;
  }

  /** Stops listening. */
  off<E extends keyof RoomEvents>(_event: E, listener: (event: RoomEvents[E]) => void): this {
    this.#behind.unlisten(listener);
    return this;
  }
}
