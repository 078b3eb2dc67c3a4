import type { Author, JsonValue, Message } from '../model/entry.js';
import type { Member } from './member.js';
import type { RoomEvents } from './room-listeners.js';
import type { Sanction, Sanctioned, SanctionOptions } from './sanctions.js';

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

/**
 * Options of `room.edit()`, `room.delete()` and `room.react()`.
 *
 * @example
 * ```ts
 * import { type AmendOptions, ChatHub } from 'chathub';
 *
 * const byModerator: AmendOptions = { from: { name: 'mod' } };
 * const clear = (hub: ChatHub, message: string) => hub.room('lobby').delete(message, byModerator);
 * ```
 */
export interface AmendOptions {
  /** Who does it; default: `server`. */
  readonly from?: RoomSendOptions['from'];
  /** Makes it safe to repeat, as with `send()`. */
  readonly key?: string;
}

/**
 * Where to search, and how far.
 *
 * @example
 * ```ts
 * import { ChatHub, type SearchOptions } from 'chathub';
 *
 * const options: SearchOptions = { limit: 10 };
 * const { messages } = await new ChatHub().room('lobby').search('lunch', options);
 * ```
 */
export interface SearchOptions {
  /** How many at most; default 50. */
  readonly limit?: number;
  /** What an earlier page gave as `next`; of one room an offset. */
  readonly before?: number | string;
}

/**
 * What a search found.
 *
 * @example
 * ```ts
 * import type { SearchPage } from 'chathub';
 *
 * const texts = ({ messages }: SearchPage) => messages.map(({ text }) => text);
 * ```
 */
export interface SearchPage {
  /** Oldest first. */
  readonly messages: readonly Message[];
  /** What to give as `before` for older ones; undefined when there are none. */
  readonly next: number | string | undefined;
}

/** What a {@link Room} handle stands for. */
export interface RoomBehind {
  readonly size: number;
  send(text: string, options: RoomSendOptions): Promise<Message>;
  signal(name: string, data: JsonValue, options: SignalOptions): Promise<void>;
  members(): Promise<readonly Author[]>;
  history(options: HistoryOptions): Promise<readonly Message[]>;
  message(id: string): Promise<Message | undefined>;
  search(text: string, options: SearchOptions): Promise<SearchPage>;
  edit(id: string, text: string, options: AmendOptions & { readonly data?: JsonValue }): Promise<void>;
  delete(id: string, options: AmendOptions): Promise<void>;
  react(id: string, reaction: string, options: AmendOptions & { readonly remove?: boolean }): Promise<void>;
  kick(whom: Sanctioned, reason: string | undefined): Promise<void>;
  impose(kind: Sanction['kind'], whom: Sanctioned, options: SanctionOptions): Promise<void>;
  lift(kind: Sanction['kind'], whom: Sanctioned): Promise<void>;
  sanctions(): Promise<readonly Sanction[]>;
  topic(): Promise<string>;
  setTopic(text: string, options: Pick<AmendOptions, 'from'>): Promise<void>;
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

  /** A message by its id, in its present form; undefined when there is none, or it was deleted. */
  message(id: string): Promise<Message | undefined> {
    return this.#behind.message(id);
  }

  /**
   * Finds messages with words: the newest. Words apart are looked for apart, `"in quotes"` next to each other, `wor*` by how they begin.
   *
   * @throws ChatError `BAD_COMMAND` when there is no word in it, or the engine can't search; `ENGINE_UNAVAILABLE`
   */
  search(text: string, options: SearchOptions = {}): Promise<SearchPage> {
    return this.#behind.search(text, options);
  }

  /**
   * Gives a message another text.
   *
   * @throws ChatError `NO_SUCH_MESSAGE`, `TOO_LONG`, `ENGINE_UNAVAILABLE`
   */
  edit(id: string, text: string, options: AmendOptions & { readonly data?: JsonValue } = {}): Promise<void> {
    return this.#behind.edit(id, text, options);
  }

  /**
   * Erases a message.
   *
   * @throws ChatError `NO_SUCH_MESSAGE`, `ENGINE_UNAVAILABLE`
   */
  delete(id: string, options: AmendOptions = {}): Promise<void> {
    return this.#behind.delete(id, options);
  }

  /**
   * Adds a reaction to a message, or takes it back.
   *
   * @throws ChatError `NO_SUCH_MESSAGE`, `BAD_COMMAND`, `TOO_LONG`, `ENGINE_UNAVAILABLE`
   */
  react(id: string, reaction: string, options: AmendOptions & { readonly remove?: boolean } = {}): Promise<void> {
    return this.#behind.react(id, reaction, options);
  }

  /**
   * Takes somebody out of the room: all sessions of a user, one session, or whoever comes from an address. It may come back.
   *
   * @param reason - a sentence for the person
   * @throws ChatError `NO_SUCH_MEMBER`: the user or the session is not here
   */
  kick(whom: Sanctioned, { reason }: Pick<SanctionOptions, 'reason'> = {}): Promise<void> {
    return this.#behind.kick(whom, reason);
  }

  /**
   * Keeps somebody out of the room; who is in it is taken out. `hub.ban()` holds for all rooms.
   *
   * @param whom - a user, a session, or an address or a range of addresses
   * @param options - for how long, and why
   * @throws OptionError for what names nobody; ChatError `ENGINE_UNAVAILABLE`
   */
  ban(whom: Sanctioned, options: SanctionOptions = {}): Promise<void> {
    return this.#behind.impose('ban', whom, options);
  }

  /** Takes a {@link ban} back. */
  unban(whom: Sanctioned): Promise<void> {
    return this.#behind.lift('ban', whom);
  }

  /** Keeps somebody from speaking in the room, and from editing and reacting. See {@link ban}. */
  mute(whom: Sanctioned, options: SanctionOptions = {}): Promise<void> {
    return this.#behind.impose('mute', whom, options);
  }

  /** Takes a {@link mute} back. */
  unmute(whom: Sanctioned): Promise<void> {
    return this.#behind.lift('mute', whom);
  }

  /** The bans and mutes of this room that are in force. */
  sanctions(): Promise<readonly Sanction[]> {
    return this.#behind.sanctions();
  }

  /** What the room is about; empty where nobody said so. */
  topic(): Promise<string> {
    return this.#behind.topic();
  }

  /**
   * Says what the room is about, to all who are in it and all who will be. Empty: nothing in particular.
   *
   * @throws ChatError `TOO_LONG`, `ENGINE_UNAVAILABLE`
   */
  setTopic(text: string, options: Pick<AmendOptions, 'from'> = {}): Promise<void> {
    return this.#behind.setTopic(text, options);
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
