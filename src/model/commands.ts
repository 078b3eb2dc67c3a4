import type { JsonValue, Position } from './entry.js';

interface Base {
  /** Chosen by the client; the reply carries it as `re`. */
  readonly id?: string | number;
}

interface Repeatable {
  /** Makes a send safe to repeat: the same key of the same user in the same room is stored once within `keyWindow`. */
  readonly key?: string;
  /** This may be a repeat: it is looked up before limits and policies. */
  readonly repeat?: boolean;
}

/**
 * Asks for a session: a new one, or with `session` an earlier one.
 *
 * @example
 * ```ts
 * import type { HelloCommand } from 'chathub';
 *
 * const command: HelloCommand = { type: 'hello', token: 'sesame', name: 'alice' };
 * ```
 */
export interface HelloCommand extends Base {
  readonly type: 'hello';
  /** What the `authenticate` policy is to judge by. */
  readonly token?: string;
  /** The name that the client wishes for; refused when it is taken. */
  readonly name?: string;
  /** The secret of an earlier session, from its welcome. */
  readonly session?: string;
  /** The last position seen of each room, of the inbox under `@`. */
  readonly rooms?: ReadonlyMap<string, Position>;
  /** Go on from what was last handed to the earlier connection: for people, who keep no positions. */
  readonly fromLast?: true;
  /** Sent by the protocol on behalf of a person, who may still log in when guests are refused. */
  readonly automatic?: true;
}

/**
 * Logs in on a connection that already has a session: that session ends, its rooms are joined again.
 *
 * @example
 * ```ts
 * import type { AuthCommand } from 'chathub';
 *
 * const command: AuthCommand = { type: 'auth', token: 'sesame' };
 * ```
 */
export interface AuthCommand extends Base {
  readonly type: 'auth';
  /** What the `authenticate` policy is to judge by. */
  readonly token: string;
}

/**
 * Joins a room, and asks for what is past there: everything after a position, or the last messages.
 *
 * @example
 * ```ts
 * import type { JoinCommand } from 'chathub';
 *
 * const command: JoinCommand = { type: 'join', room: 'lobby', history: 10 };
 * ```
 */
export interface JoinCommand extends Base {
  readonly type: 'join';
  /** The room's name, in any case. */
  readonly room: string;
  /** Everything after this position; another epoch gets the newest page instead. */
  readonly after?: Position;
  /** How many of the last messages to show; default 0. */
  readonly history?: number;
}

/**
 * Leaves a room.
 *
 * @example
 * ```ts
 * import type { LeaveCommand } from 'chathub';
 *
 * const command: LeaveCommand = { type: 'leave', room: 'lobby' };
 * ```
 */
export interface LeaveCommand extends Base {
  readonly type: 'leave';
  /** The room's name, in any case. */
  readonly room: string;
}

/**
 * Says something in a room that the member is in.
 *
 * @example
 * ```ts
 * import type { SendCommand } from 'chathub';
 *
 * const command: SendCommand = { type: 'send', room: 'lobby', text: 'hello' };
 * ```
 */
export interface SendCommand extends Base, Repeatable {
  readonly type: 'send';
  /** The room's name, in any case. */
  readonly room: string;
  /** At most `messageBytes` in UTF-8. */
  readonly text: string;
  /** Said as an action: `* alice waves`. */
  readonly action?: boolean;
  /** Whatever JSON can hold, at most `dataBytes`. */
  readonly data?: JsonValue;
}

interface Amend extends Base, Repeatable {
  /** The room's name, in any case. */
  readonly room: string;
  /** The id of the message. */
  readonly message: string;
}

/**
 * Gives a message another text. Its author may, and whom the `moderate` policy lets.
 *
 * @example
 * ```ts
 * import type { EditCommand } from 'chathub';
 *
 * const command: EditCommand = { type: 'edit', room: 'lobby', message: 'm1', text: 'hello again' };
 * ```
 */
export interface EditCommand extends Amend {
  readonly type: 'edit';
  /** At most `messageBytes` in UTF-8. */
  readonly text: string;
  /** Whatever JSON can hold, at most `dataBytes`; in place of what was there. */
  readonly data?: JsonValue;
}

/**
 * Erases a message. Its author may, and whom the `moderate` policy lets.
 *
 * @example
 * ```ts
 * import type { DeleteCommand } from 'chathub';
 *
 * const command: DeleteCommand = { type: 'delete', room: 'lobby', message: 'm1' };
 * ```
 */
export interface DeleteCommand extends Amend {
  readonly type: 'delete';
}

/**
 * Adds a reaction to a message, or takes it back.
 *
 * @example
 * ```ts
 * import type { ReactCommand } from 'chathub';
 *
 * const command: ReactCommand = { type: 'react', room: 'lobby', message: 'm1', reaction: '👍' };
 * ```
 */
export interface ReactCommand extends Amend {
  readonly type: 'react';
  /** Such as an emoji: 1 to 64 characters. */
  readonly reaction: string;
  /** Takes it back. */
  readonly remove?: boolean;
}

/**
 * Says what a room is about, or asks for it.
 *
 * @example
 * ```ts
 * import type { TopicCommand } from 'chathub';
 *
 * const command: TopicCommand = { type: 'topic', room: 'lobby', topic: 'be nice' };
 * ```
 */
export interface TopicCommand extends Base {
  readonly type: 'topic';
  /** The room's name, in any case. */
  readonly room: string;
  /** At most `topicBytes` in UTF-8; empty for none. Left out: what is it? */
  readonly topic?: string;
}

/**
 * Tells up to where the user has read a room, for all its sessions.
 *
 * @example
 * ```ts
 * import type { ReadCommand } from 'chathub';
 *
 * const command: ReadCommand = { type: 'read', room: 'lobby', offset: 15 };
 * ```
 */
export interface ReadCommand extends Base {
  readonly type: 'read';
  /** The room's name, in any case; `@` for direct messages. */
  readonly room: string;
  /** The last offset that was read. It never goes back. */
  readonly offset: number;
  /** The epoch in which the offset counts; of another one than the room's, it says nothing. */
  readonly epoch?: string;
}

/**
 * Looks for words in what was said.
 *
 * @example
 * ```ts
 * import type { SearchCommand } from 'chathub';
 *
 * const command: SearchCommand = { type: 'search', text: 'lunch', room: 'lobby', limit: 20 };
 * ```
 */
export interface SearchCommand extends Base {
  readonly type: 'search';
  /** Words that must all be there; `"in quotes"` next to each other, `wor*` by how they begin. */
  readonly text: string;
  /** In this room; `@` for direct messages. Left out: in all rooms that the member is in. */
  readonly room?: string;
  /** What `found` gave to go on with; in one room an offset. */
  readonly before?: number | string;
  /** Default 50, at most 200. */
  readonly limit?: number;
}

/**
 * Says something to one user.
 *
 * @example
 * ```ts
 * import type { DirectCommand } from 'chathub';
 *
 * const command: DirectCommand = { type: 'direct', to: 'bob', text: 'psst' };
 * ```
 */
export interface DirectCommand extends Base, Repeatable {
  readonly type: 'direct';
  /** A name or a user id. */
  readonly to: string;
  /** At most `messageBytes` in UTF-8. */
  readonly text: string;
  /** Whatever JSON can hold, at most `dataBytes`. */
  readonly data?: JsonValue;
}

/**
 * Tells whoever is in a room now something that is not stored, such as that somebody types.
 *
 * @example
 * ```ts
 * import type { SignalCommand } from 'chathub';
 *
 * const command: SignalCommand = { type: 'signal', room: 'lobby', name: 'typing' };
 * ```
 */
export interface SignalCommand extends Base {
  readonly type: 'signal';
  /** The room's name, in any case. */
  readonly room: string;
  /** What kind of signal it is: 1 to 64 characters of the application's choice. */
  readonly name: string;
  /** Whatever JSON can hold, at most `dataBytes`; default `null`. */
  readonly data?: JsonValue;
}

/**
 * Asks the application for something: what `hub.handle(name, …)` answers.
 *
 * @example
 * ```ts
 * import type { RequestCommand } from 'chathub';
 *
 * const command: RequestCommand = { type: 'request', name: 'weather', data: { city: 'Porto' } };
 * ```
 */
export interface RequestCommand extends Base {
  readonly type: 'request';
  /** What is asked for: 1 to 64 characters of the application's choice. */
  readonly name: string;
  /** Whatever JSON can hold, at most `dataBytes`; default `null`. */
  readonly data?: JsonValue;
}

/**
 * Asks for earlier messages, of a room or with a user: the newest, or those before or after an offset.
 *
 * @example
 * ```ts
 * import type { HistoryCommand } from 'chathub';
 *
 * const command: HistoryCommand = { type: 'history', room: 'lobby', before: 40, limit: 20 };
 * ```
 */
export interface HistoryCommand extends Base {
  readonly type: 'history';
  /** Of which room, `@` for all direct messages; exactly one of `room` and `with`. */
  readonly room?: string;
  /** With which user, by name or user id: the direct messages of the two. */
  readonly with?: string;
  /** The newest messages below this offset; not together with `after`. */
  readonly before?: number;
  /** The oldest messages above this offset. */
  readonly after?: number;
  /** The epoch in which the offset was counted; in another one the newest messages are given. */
  readonly epoch?: string;
  /** Default 50, at most 200. */
  readonly limit?: number;
}

/**
 * Asks who is in a room.
 *
 * @example
 * ```ts
 * import type { MembersCommand } from 'chathub';
 *
 * const command: MembersCommand = { type: 'members', room: 'lobby' };
 * ```
 */
export interface MembersCommand extends Base {
  readonly type: 'members';
  /** The room's name, in any case. */
  readonly room: string;
}

/**
 * Asks for the rooms that have members.
 *
 * @example
 * ```ts
 * import type { RoomsCommand } from 'chathub';
 *
 * const command: RoomsCommand = { type: 'rooms' };
 * ```
 */
export interface RoomsCommand extends Base {
  readonly type: 'rooms';
}

/**
 * Takes another name.
 *
 * @example
 * ```ts
 * import type { NickCommand } from 'chathub';
 *
 * const command: NickCommand = { type: 'nick', name: 'robert' };
 * ```
 */
export interface NickCommand extends Base {
  readonly type: 'nick';
  /** The name that is wished for. */
  readonly name: string;
}

/**
 * Shows a fresh token of the same user, before the old one runs out.
 *
 * @example
 * ```ts
 * import type { RefreshCommand } from 'chathub';
 *
 * const command: RefreshCommand = { type: 'refresh', token: 'sesame' };
 * ```
 */
export interface RefreshCommand extends Base {
  readonly type: 'refresh';
  /** What the `authenticate` policy is to judge by. */
  readonly token: string;
}

interface Moderate<Action extends 'kick' | 'ban' | 'mute' | 'unban' | 'unmute'> extends Base {
  /** What is to be done. */
  readonly type: Action;
  /** The room in which it is to hold. */
  readonly room: string;
  /** A member's id, a user's id or a name. */
  readonly member: string;
  /** A sentence for whom it concerns. */
  readonly reason?: string;
  /** How long a ban or a mute holds: above 0, at most 10^11; without it for good. */
  readonly seconds?: number;
}

/**
 * Takes a user out of a room, keeps it out, or keeps it from speaking there, or takes that back, if the `moderate` policy allows.
 *
 * @example
 * ```ts
 * import type { ModerateCommand } from 'chathub';
 *
 * const command: ModerateCommand = { type: 'mute', room: 'lobby', member: 'bob', seconds: 300 };
 * ```
 */
export type ModerateCommand =
  | Moderate<'kick'>
  | Moderate<'ban'>
  | Moderate<'mute'>
  | Moderate<'unban'>
  | Moderate<'unmute'>;

/**
 * Ends the session, and the connection with it.
 *
 * @example
 * ```ts
 * import type { QuitCommand } from 'chathub';
 *
 * const command: QuitCommand = { type: 'quit' };
 * ```
 */
export interface QuitCommand extends Base {
  readonly type: 'quit';
  /** A last word; nobody is told it. */
  readonly text?: string;
}

/**
 * Asks whether anybody is there.
 *
 * @example
 * ```ts
 * import type { PingCommand } from 'chathub';
 *
 * const command: PingCommand = { type: 'ping' };
 * ```
 */
export interface PingCommand extends Base {
  readonly type: 'ping';
}

/**
 * A frame for the application, with no room: what `plainText()` makes of each line.
 *
 * @example
 * ```ts
 * import type { MessageCommand } from 'chathub';
 *
 * const command: MessageCommand = { type: 'message', text: 'hello' };
 * ```
 */
export interface MessageCommand extends Base {
  readonly type: 'message';
  /** The whole frame. */
  readonly text: string;
}

/**
 * Hears no more from a user, or hears from it again: its direct messages are refused, and its mentions do not wake anybody. What it says in
 * rooms is told to all who are there.
 *
 * @example
 * ```ts
 * import type { BlockCommand } from 'chathub';
 *
 * const command: BlockCommand = { type: 'block', member: 'eve' };
 * ```
 */
export type BlockCommand = Block<'block'> | Block<'unblock'>;

interface Block<Action extends 'block' | 'unblock'> extends Base {
  readonly type: Action;
  /** A member's id, a user's id or a name. */
  readonly member: string;
}

/**
 * From whom nothing is heard?
 *
 * @example
 * ```ts
 * import type { BlockedCommand } from 'chathub';
 *
 * const command: BlockedCommand = { type: 'blocked' };
 * ```
 */
export interface BlockedCommand extends Base {
  readonly type: 'blocked';
}

/**
 * What a client may ask of the hub, whatever the wire format. A {@link Protocol} makes these from frames.
 *
 * @example
 * ```ts
 * import type { Command } from 'chathub';
 *
 * const command: Command = { type: 'join', room: 'lobby', history: 10 };
 * ```
 */
export type Command =
  | HelloCommand
  | AuthCommand
  | JoinCommand
  | LeaveCommand
  | SendCommand
  | EditCommand
  | DeleteCommand
  | ReactCommand
  | TopicCommand
  | ReadCommand
  | SearchCommand
  | DirectCommand
  | SignalCommand
  | RequestCommand
  | HistoryCommand
  | MembersCommand
  | RoomsCommand
  | NickCommand
  | RefreshCommand
  | ModerateCommand
  | BlockCommand
  | BlockedCommand
  | QuitCommand
  | PingCommand
  | MessageCommand;

/**
 * The command of a type.
 *
 * @example
 * ```ts
 * import type { CommandOf } from 'chathub';
 *
 * const roomOf = (command: CommandOf<'join'>) => command.room;
 * ```
 */
export type CommandOf<T extends Command['type']> = Extract<Command, { readonly type: T }>;
