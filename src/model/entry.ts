/**
 * What JSON can hold. Used for `data`, which ChatHub carries and never looks into.
 *
 * @example
 * ```ts
 * import type { JsonValue } from 'chathub';
 *
 * const data: JsonValue = { image: 'cat.png', width: 640 };
 * ```
 */
export type JsonValue =
  | string
  | number
  | boolean
  | null
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue | undefined };

/**
 * A place in a room's log. Offsets count every entry 1, 2, 3 … inside one epoch; another epoch means that the
 * numbers began anew and say nothing about earlier ones.
 *
 * @example
 * ```ts
 * import type { Position } from 'chathub';
 *
 * const lastSeen: Position = { epoch: 'k3x', offset: 15 };
 * ```
 */
export interface Position {
  /** The epoch in which the offset counts. */
  readonly epoch: string;
  /** How many entries there are up to here; 0 before the first. */
  readonly offset: number;
}

/**
 * Who said or did something: the session, the user behind it, and the user's name at that time.
 *
 * @example
 * ```ts
 * import { ChatHub } from 'chathub';
 *
 * const hub = new ChatHub();
 * hub.on('message', ({ message }) => console.log(message?.from.name));
 * ```
 */
export interface Author {
  /** The member: one live session. */
  readonly id: string;
  /** The user; a guest's user id is the member's id. */
  readonly user: string;
  /** The user's name when it was said or done. */
  readonly name: string;
}

interface Stored {
  /** Unique in its room. Derives from user, room and `key` where there is a key, so that a repeat has the same one. */
  readonly id: string;
  /** 1, 2, 3 … inside the log's epoch, without holes. */
  readonly offset: number;
  readonly from: Author;
  /** When it was stored: milliseconds since 1970 by the engine's clock, never below its predecessor's. */
  readonly at: number;
  /** What makes a repeat of the same append recognisable. */
  readonly key?: string;
}

interface Content {
  readonly text: string;
  readonly data?: JsonValue;
}

interface Amendments {
  /** When the text was last changed, in milliseconds since 1970. */
  readonly edited?: number;
  /** When it was deleted, in milliseconds since 1970; its text is gone then. */
  readonly deleted?: number;
  /** User ids by reaction. */
  readonly reactions?: { readonly [reaction: string]: readonly string[] };
}

/**
 * A message in a room, as it is stored, sent to clients (it is a whole event of the wire protocol) and given to the application.
 *
 * @example
 * ```ts
 * import { ChatHub, type Message } from 'chathub';
 *
 * const hub = new ChatHub();
 * const message: Message = await hub.room('lobby').send('hello');
 * console.log(message.offset);
 * ```
 */
export interface Message extends Stored, Content, Amendments {
  readonly type: 'message';
  /** The room's name in normal form. */
  readonly room: string;
  /** Said as an action: `* alice waves`. */
  readonly action?: true;
}

/**
 * A message to one user, as it stands in the inbox of one of the two.
 *
 * @example
 * ```ts
 * import { ChatHub } from 'chathub';
 *
 * const hub = new ChatHub();
 * hub.on('direct', ({ message }) => console.log(message.from.name, 'to', message.to.name));
 * ```
 */
export interface DirectMessage extends Stored, Content {
  readonly type: 'direct';
  /** When it was erased, in milliseconds since 1970, since its author was forgotten; its text is gone then. */
  readonly deleted?: number;
  /** Whom it is for, with the name of that time. */
  readonly to: { readonly user: string; readonly name: string };
}

/**
 * An entry that changes the text of an earlier message.
 *
 * @example
 * ```ts
 * import type { Edit } from 'chathub';
 *
 * const show = (edit: Edit) => console.log(edit.message, 'now says', edit.text);
 * ```
 */
export interface Edit extends Stored, Content {
  readonly type: 'edit';
  /** The room's name in normal form. */
  readonly room: string;
  /** The id of the message that is changed. */
  readonly message: string;
}

/**
 * An entry that erases an earlier message.
 *
 * @example
 * ```ts
 * import type { Deletion } from 'chathub';
 *
 * const show = (deletion: Deletion) => console.log(deletion.message, 'is gone');
 * ```
 */
export interface Deletion extends Stored {
  readonly type: 'delete';
  /** The room's name in normal form. */
  readonly room: string;
  /** The id of the message that is erased. */
  readonly message: string;
}

/**
 * An entry that adds a user's reaction to an earlier message, or takes it back.
 *
 * @example
 * ```ts
 * import type { Reaction } from 'chathub';
 *
 * const show = (entry: Reaction) => console.log(entry.from.name, entry.removed ? 'takes back' : 'adds', entry.reaction);
 * ```
 */
export interface Reaction extends Stored {
  readonly type: 'reaction';
  /** The room's name in normal form. */
  readonly room: string;
  /** The id of the message reacted to. */
  readonly message: string;
  /** Such as an emoji; any text. */
  readonly reaction: string;
  /** The reaction is taken back. */
  readonly removed?: true;
}

/**
 * Whatever a log holds: in a room messages, edits, deletions and reactions; in an inbox direct messages.
 * Each is at the same time the event that clients are sent.
 *
 * @example
 * ```ts
 * import type { Entry } from 'chathub';
 *
 * const isMessage = (entry: Entry) => entry.type === 'message';
 * ```
 */
export type Entry = Message | DirectMessage | Edit | Deletion | Reaction;

type Unplaced<E> = E extends Entry ? Omit<E, 'offset' | 'at'> : never;

/**
 * An entry before the log gave it its place (`offset`) and time (`at`).
 *
 * @example
 * ```ts
 * import type { EntryDraft } from 'chathub';
 *
 * const draft: EntryDraft = {
 *   type: 'message',
 *   room: 'lobby',
 *   id: 'm1',
 *   from: { id: 'a', user: 'a', name: 'alice' },
 *   text: 'hello',
 * };
 * ```
 */
export type EntryDraft = Unplaced<Entry>;

/** The log of a user's direct messages. No room can have this name: rooms begin with a letter or digit. */
export function inboxOf(user: string): string {
  return `@${user}`;
}

/** Whether something that came from elsewhere is an {@link Author}. */
export function isAuthor(value: unknown): value is Author {
  const { id, user, name } = (value ?? {}) as Partial<Record<keyof Author, unknown>>;
  return typeof id === 'string' && typeof user === 'string' && typeof name === 'string';
}
