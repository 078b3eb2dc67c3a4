import type { Author, DirectMessage, Entry, JsonValue, Message } from './entry.js';
import type { ErrorCode } from './errors.js';

interface Reply {
  /** The `id` of the command that this answers. */
  readonly re?: string | number;
}

/**
 * Where a room's stream begins for a client, and what it is given of the past.
 *
 * @example
 * ```ts
 * import type { JoinedFacts } from 'chathub';
 *
 * const nextOffset = (facts: JoinedFacts) => facts.offset + 1;
 * ```
 */
export interface JoinedFacts {
  /** The epoch in which offsets count. */
  readonly epoch: string;
  /** The last offset that `entries`, and what is still to follow of them, reach; the next live entry is one above. */
  readonly offset: number;
  /** Everything after the position that the client gave is in `entries` or follows. */
  readonly recovered: boolean;
  /** More entries up to `offset` follow as ordinary events. */
  readonly more: boolean;
  /** Of the past what was asked for, in offset order. */
  readonly entries: readonly Entry[];
  /** Left out in rooms above `presenceDetail`. */
  readonly members?: readonly Author[];
  /** How many users are in the room. */
  readonly count: number;
  /** What the room is about; left out where nobody said so. */
  readonly topic?: Topic;
  /** Up to where the user has read; left out where that is not known. */
  readonly read?: number;
  /** How many messages of others there are behind that, 1,000 at most. */
  readonly unread?: number;
}

/**
 * What a room is about.
 *
 * @example
 * ```ts
 * import type { Topic } from 'chathub';
 *
 * const show = ({ text, from }: Topic) => console.log(from.name, 'says it is about', text);
 * ```
 */
export interface Topic {
  /** Not empty. */
  readonly text: string;
  /** Who said so. */
  readonly from: Author;
  /** When, in milliseconds since 1970. */
  readonly at: number;
}

/**
 * A session has begun, or was taken up again.
 *
 * @example
 * ```ts
 * import type { WelcomeEvent } from 'chathub';
 *
 * const secretOf = (welcome: WelcomeEvent) => welcome.session;
 * ```
 */
export interface WelcomeEvent extends Reply {
  readonly type: 'welcome';
  /** The secret that takes this session up again. */
  readonly session: string;
  /** Who the client is. */
  readonly member: Author;
  /** Whether this is the earlier session that was asked for. */
  readonly resumed: boolean;
  /** Milliseconds after which a client that heard nothing should ask. */
  readonly heartbeat: number;
  /** What the server takes, in bytes. */
  readonly limits: { readonly messageBytes: number; readonly dataBytes: number; readonly frameBytes: number };
  /** In how many milliseconds the log-in runs out, if it does: by then the client must have shown a fresh token (`refresh`). */
  readonly expiresIn?: number;
  /** Each room that the session is in; under `@` the direct messages, when a position of theirs was given. */
  readonly rooms: { readonly [room: string]: JoinedFacts & { readonly room: string } };
}

/**
 * The client is in a room: what it is told of the room from here on begins behind `offset`.
 *
 * @example
 * ```ts
 * import type { JoinedEvent } from 'chathub';
 *
 * const describe = ({ room, count }: JoinedEvent) => `${room}: ${count} here`;
 * ```
 */
export interface JoinedEvent extends Reply, JoinedFacts {
  readonly type: 'joined';
  /** The room's name in normal form. */
  readonly room: string;
}

/**
 * The client is in a room no more.
 *
 * @example
 * ```ts
 * import type { LeftEvent } from 'chathub';
 *
 * const wasKicked = (left: LeftEvent) => left.code === 'KICKED';
 * ```
 */
export interface LeftEvent extends Reply {
  readonly type: 'left';
  /** The room's name in normal form. */
  readonly room: string;
  /** Why, when neither the member asked for it, nor the application. */
  readonly code?: ErrorCode;
  /** A sentence for the person, from whoever did it. */
  readonly reason?: string;
}

/**
 * What the client said is stored.
 *
 * @example
 * ```ts
 * import type { SentEvent } from 'chathub';
 *
 * const placeOf = ({ epoch, offset }: SentEvent) => ({ epoch, offset });
 * ```
 */
export interface SentEvent extends Reply {
  readonly type: 'sent';
  /** The room; left out of direct messages. */
  readonly room?: string;
  /** The message's id. */
  readonly message: string;
  /** The epoch in which the offset counts. */
  readonly epoch: string;
  /** The message's place in the room, of a direct message in the sender's own inbox. */
  readonly offset: number;
  /** When it was stored, in milliseconds since 1970. */
  readonly at: number;
  /** The same key had been stored before; these are the facts of the first one. */
  readonly duplicate: boolean;
}

/**
 * Users came to a room, left it or were renamed.
 *
 * @example
 * ```ts
 * import type { PresenceEvent } from 'chathub';
 *
 * const newcomers = (event: PresenceEvent) => event.joined.map(({ name }) => name);
 * ```
 */
export interface PresenceEvent {
  readonly type: 'presence';
  /** The room's name in normal form. */
  readonly room: string;
  /** Users whose first session came in. */
  readonly joined: readonly Author[];
  /** Users whose last session went. */
  readonly left: readonly Author[];
  /** Users with another name than before. */
  readonly renamed: readonly { readonly id: string; readonly name: string; readonly was: string }[];
  /** How many users are in the room now. */
  readonly count: number;
  /** The whole list, after changes were lost. */
  readonly members?: readonly Author[];
}

/**
 * Somebody in a room told something that is not stored.
 *
 * @example
 * ```ts
 * import type { SignalEvent } from 'chathub';
 *
 * const isTyping = (signal: SignalEvent) => signal.name === 'typing';
 * ```
 */
export interface SignalEvent {
  readonly type: 'signal';
  /** The room's name in normal form. */
  readonly room: string;
  /** What kind of signal it is, of the application's choice. */
  readonly name: string;
  /** Whom it comes from. */
  readonly from: Author;
  /** What came with it, or `null`. */
  readonly data: JsonValue;
}

/**
 * The client's user has another name.
 *
 * @example
 * ```ts
 * import type { RenamedEvent } from 'chathub';
 *
 * const event: RenamedEvent = { type: 'renamed', name: 'robert' };
 * ```
 */
export interface RenamedEvent extends Reply {
  readonly type: 'renamed';
  /** The name from here on. */
  readonly name: string;
}

/**
 * A page of earlier messages.
 *
 * @example
 * ```ts
 * import type { HistoryEvent } from 'chathub';
 *
 * const oldest = (page: HistoryEvent) => page.messages[0]?.offset;
 * ```
 */
export interface HistoryEvent extends Reply {
  readonly type: 'history';
  /** The room, when it was asked for one. */
  readonly room?: string;
  /** The user whose direct messages these are. */
  readonly with?: string;
  /** The epoch in which the offsets count. */
  readonly epoch: string;
  /** Oldest first. */
  readonly messages: readonly (Message | DirectMessage)[];
  /** There are more in the direction that was read. */
  readonly more: boolean;
}

/**
 * Messages in which all the words stand that were looked for.
 *
 * @example
 * ```ts
 * import type { FoundEvent } from 'chathub';
 *
 * const texts = ({ messages }: FoundEvent) => messages.map(({ text }) => text);
 * ```
 */
export interface FoundEvent extends Reply {
  readonly type: 'found';
  /** The room, when it was asked for one. */
  readonly room?: string;
  /** Oldest first: the newest that there are before where it was asked to go on. */
  readonly messages: readonly (Message | DirectMessage)[];
  /** There are older ones. */
  readonly more: boolean;
  /** What to give as `before` for those; only where there are more. */
  readonly next?: number | string;
}

/**
 * What a room is about now: the answer to who asked, or news for all.
 *
 * @example
 * ```ts
 * import type { TopicEvent } from 'chathub';
 *
 * const show = ({ room, text }: TopicEvent) => console.log(`${room} is about ${text}`);
 * ```
 */
export interface TopicEvent extends Reply {
  readonly type: 'topic';
  /** The room's name in normal form. */
  readonly room: string;
  /** Empty: about nothing in particular. */
  readonly text: string;
  /** Who said so; left out where there is none. */
  readonly from?: Author;
  /** When, in milliseconds since 1970. */
  readonly at?: number;
}

/**
 * The user has read a room up to here, in another of its sessions.
 *
 * @example
 * ```ts
 * import type { ReadEvent } from 'chathub';
 *
 * const badge = ({ unread }: ReadEvent) => (unread === 0 ? '' : String(unread));
 * ```
 */
export interface ReadEvent {
  readonly type: 'read';
  /** The room's name; `@` for direct messages. */
  readonly room: string;
  /** The epoch in which the offset counts. */
  readonly epoch: string;
  /** The last offset that was read. Not called `offset`: the event has no place in the log. */
  readonly upTo: number;
  /** How many messages of others there are behind that, 1,000 at most. */
  readonly unread: number;
}

/**
 * Who is in a room.
 *
 * @example
 * ```ts
 * import type { MembersEvent } from 'chathub';
 *
 * const names = ({ members = [] }: MembersEvent) => members.map(({ name }) => name);
 * ```
 */
export interface MembersEvent extends Reply {
  readonly type: 'members';
  /** The room's name in normal form. */
  readonly room: string;
  /** One for each user; left out in rooms above `presenceDetail`. */
  readonly members?: readonly Author[];
  /** How many users are in the room. */
  readonly count: number;
  /** False when nodes that could not be asked may hold more. */
  readonly complete: boolean;
}

/**
 * The rooms that have members, as far as the client may see them.
 *
 * @example
 * ```ts
 * import type { RoomsEvent } from 'chathub';
 *
 * const largest = ({ rooms }: RoomsEvent) => Math.max(...rooms.map(({ count }) => count));
 * ```
 */
export interface RoomsEvent extends Reply {
  readonly type: 'rooms';
  /** By name, with how many users are in each. */
  readonly rooms: readonly { readonly name: string; readonly count: number }[];
}

/**
 * The users that the client does not want to hear from.
 *
 * @example
 * ```ts
 * import type { BlockedEvent } from 'chathub';
 *
 * const names = ({ users }: BlockedEvent) => users.map(({ name }) => name);
 * ```
 */
export interface BlockedEvent extends Reply {
  readonly type: 'blocked';
  /** With the names that they had when they were blocked. */
  readonly users: readonly { readonly user: string; readonly name: string }[];
}

/**
 * What the application answers to a `request`.
 *
 * @example
 * ```ts
 * import type { ResponseEvent } from 'chathub';
 *
 * const event: ResponseEvent = { type: 'response', re: 9, data: { celsius: 21 } };
 * ```
 */
export interface ResponseEvent extends Reply {
  readonly type: 'response';
  /** Whatever JSON can hold; `null` where the application had nothing to say. */
  readonly data: JsonValue;
}

/**
 * A command that has no other reply was done.
 *
 * @example
 * ```ts
 * import type { OkEvent } from 'chathub';
 *
 * const event: OkEvent = { type: 'ok', re: 7 };
 * ```
 */
export interface OkEvent extends Reply {
  readonly type: 'ok';
  /** Of `refresh`: in how many milliseconds the fresh log-in runs out, if it does. */
  readonly expiresIn?: number;
}

/**
 * Answers a ping.
 *
 * @example
 * ```ts
 * import type { PongEvent } from 'chathub';
 *
 * const event: PongEvent = { type: 'pong', re: 7 };
 * ```
 */
export interface PongEvent extends Reply {
  readonly type: 'pong';
}

/**
 * What `member.send(text)` writes.
 *
 * @example
 * ```ts
 * import type { NoticeEvent } from 'chathub';
 *
 * const event: NoticeEvent = { type: 'notice', text: 'welcome' };
 * ```
 */
export interface NoticeEvent {
  readonly type: 'notice';
  /** What the application says. */
  readonly text: string;
  /** What it adds for programs. */
  readonly data?: JsonValue;
}

/**
 * These offsets will not come.
 *
 * @example
 * ```ts
 * import type { GapEvent } from 'chathub';
 *
 * const missed = ({ from, to }: GapEvent) => to - from + 1;
 * ```
 */
export interface GapEvent {
  readonly type: 'gap';
  /** The room's name; `@` for direct messages. */
  readonly room: string;
  /** The epoch in which the offsets count. */
  readonly epoch: string;
  /** The first offset that will not come. */
  readonly from: number;
  /** The last one. */
  readonly to: number;
}

/**
 * Forget your position: what follows is of this epoch.
 *
 * @example
 * ```ts
 * import type { ResetEvent } from 'chathub';
 *
 * const position = ({ epoch, offset }: ResetEvent) => ({ epoch, offset });
 * ```
 */
export interface ResetEvent {
  readonly type: 'reset';
  /** The room's name; `@` for direct messages. */
  readonly room: string;
  /** The epoch from here on. */
  readonly epoch: string;
  /** The next entry is one above. */
  readonly offset: number;
}

/**
 * The server ends the connection.
 *
 * @example
 * ```ts
 * import type { ByeEvent } from 'chathub';
 *
 * const seconds = (bye: ByeEvent) => Math.ceil(bye.retryAfter / 1_000);
 * ```
 */
export interface ByeEvent {
  readonly type: 'bye';
  /** Why, for programs. */
  readonly code: ErrorCode;
  /** Why, for people. */
  readonly message: string;
  /** Milliseconds after which to come back. */
  readonly retryAfter: number;
  /** The close code that WebSocket would have; for transports that have none. */
  readonly close?: number;
}

/**
 * A command was refused, or something else went wrong.
 *
 * @example
 * ```ts
 * import type { ErrorEvent } from 'chathub';
 *
 * const describe = ({ code, message }: ErrorEvent) => `${code} ${message}`;
 * ```
 */
export interface ErrorEvent extends Reply {
  readonly type: 'error';
  /** What went wrong, for programs. */
  readonly code: ErrorCode;
  /** What went wrong, for people. Never branch on it. */
  readonly message: string;
  /** Whether the same command can succeed later without a change. */
  readonly retryable: boolean;
  /** The room that it is about. */
  readonly room?: string;
}

/**
 * What a client may be told, whatever the wire format: the replies to its commands, and the events of its rooms.
 * A {@link Protocol} encodes them.
 *
 * @example
 * ```ts
 * import type { ServerEvent } from 'chathub';
 *
 * const event: ServerEvent = { type: 'notice', text: 'welcome' };
 * ```
 */
export type ServerEvent =
  | Entry
  | WelcomeEvent
  | JoinedEvent
  | LeftEvent
  | SentEvent
  | PresenceEvent
  | SignalEvent
  | RenamedEvent
  | HistoryEvent
  | FoundEvent
  | TopicEvent
  | ReadEvent
  | MembersEvent
  | RoomsEvent
  | BlockedEvent
  | ResponseEvent
  | OkEvent
  | PongEvent
  | NoticeEvent
  | GapEvent
  | ResetEvent
  | ByeEvent
  | ErrorEvent;

/** Ends a switch over a union: a member that was left out is an error of the compiler. */
export function assertNever(value: never): never {
  throw new Error(`Unexpected: ${JSON.stringify(value)}`);
}
