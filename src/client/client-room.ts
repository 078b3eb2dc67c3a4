import type { Author, Entry, JsonValue, Position } from '../model/entry.js';
import type { ErrorCode } from '../model/errors.js';
import type { PresenceEvent, SignalEvent, Topic } from '../model/events.js';
import type { Listenable } from './emitter.js';
import type { ClientHistoryOptions, ClientMessage, ClientSendOptions, HistoryPage, Sent } from './messages.js';

/**
 * What a room tells, by event name.
 *
 * @example
 * ```ts
 * import type { ClientRoom } from 'chathub/client';
 *
 * function show(room: ClientRoom) {
 *   room.on('message', ({ from, text }) => console.log(from.name, text));
 *   room.on('gap', ({ from, to }) => console.log(`${to - from + 1} messages are lost`));
 * }
 * ```
 */
export interface ClientRoomEvents<Data = JsonValue> {
  /** The next message: each once, in the room's order, through any number of reconnects. Yours come back, too. */
  message: ClientMessage<Data>;
  /** What was done to a message: an edit, a deletion, a reaction. `message` in it is the message's id. */
  entry: Exclude<Entry, { readonly type: 'message' | 'direct' }>;
  /** These offsets will not come: they are kept no longer, or were left out. */
  gap: { readonly from: number; readonly to: number };
  /** The room's log began anew: what was missed can't be told. */
  reset: Position;
  /** Somebody came, left or was renamed; or the whole list is another. */
  presence: Pick<PresenceEvent, 'joined' | 'left' | 'renamed' | 'count'>;
  /** Something that is not stored, such as that somebody types. */
  signal: Pick<SignalEvent, 'name' | 'from' | 'data'>;
  /** What the room is about is another now; empty: nothing in particular. */
  topic: Pick<Topic, 'text' | 'from' | 'at'>;
  /** You have read it in another session: so much is unread. */
  read: { readonly unread: number };
  /** You are in this room no more. `code` says why, when you did not ask for it. */
  leave: { readonly code: ErrorCode | undefined; readonly reason: string | undefined };
}

/**
 * A room that this client is in. Its messages wait until somebody listens: the first `on('message')`, or the first `for await`,
 * is given those since the join, the history that was asked for included; the last 1,000, should it come so late.
 *
 * @typeParam Data - what the application puts into `data` of messages
 *
 * @example
 * ```ts
 * import { connect } from 'chathub/client';
 *
 * const client = connect('ws://127.0.0.1:8081/chat', { name: 'alice' });
 * const lobby = await client.join('lobby', { history: 20 });
 * await lobby.send('hello');
 * for await (const { from, text } of lobby) console.log(`${from.name}: ${text}`);
 * ```
 */
export interface ClientRoom<Data = JsonValue> extends Listenable<ClientRoomEvents<Data>> {
  /** In normal form. */
  readonly name: string;
  /** Who is here, one for each user; empty in rooms that are too large for it. */
  readonly members: readonly Author[];
  /** How many users are here. */
  readonly count: number;
  /** Up to where the room was read. */
  readonly position: Position;
  /** What it is about; empty where nobody said so. */
  readonly topic: string;
  /** How many messages of others came since `markRead()`, in this session or another; 1,000 at most are counted of what was missed. */
  readonly unread: number;
  /** Whether you are in it; false once you left, or were taken out. */
  readonly joined: boolean;
  /**
   * Its messages, from now on; for the first reader from the join on. Ends when you are in the room no more. A reader that
   * leaves 10,000 messages waiting gets an error, `SLOW_CONSUMER`.
   */
  [Symbol.asyncIterator](): AsyncIterator<ClientMessage<Data>>;
  /**
   * Says something. Resolves when it is stored. Without a connection it waits for one, and is repeated until it is known what
   * became of it: it is stored once, or not at all. What one says keeps its order, unless the server could not store a message at first. Nobody
   * need await it: what fails then is not told.
   *
   * @throws ClientError `TIMEOUT`: it is not known whether it was stored; `RATE_LIMITED`: too many wait; or what the server said
   */
  send(text: string, options?: ClientSendOptions<Data>): Promise<Sent>;
  /**
   * Gives a message another text; whose it is may, and moderators. As safe as `send()`; so are `delete()` and `react()`.
   *
   * @param message - its id
   * @throws ClientError as `send()`; `FORBIDDEN`, `NO_SUCH_MESSAGE`
   */
  edit(message: string, text: string, options?: { readonly data?: Data }): Promise<Sent>;
  /**
   * Erases a message; whose it is may, and moderators.
   *
   * @param message - its id
   * @throws ClientError as `send()`; `FORBIDDEN`, `NO_SUCH_MESSAGE`
   */
  delete(message: string): Promise<Sent>;
  /**
   * Adds a reaction to a message, or takes yours back.
   *
   * @param message - its id
   * @param reaction - such as an emoji
   * @throws ClientError as `send()`; `NO_SUCH_MESSAGE`
   */
  react(message: string, reaction: string, remove?: boolean): Promise<Sent>;
  /**
   * Says what the room is about; empty: nothing in particular.
   *
   * @throws ClientError what the server said
   */
  setTopic(topic: string): Promise<void>;
  /** Tells your other sessions, and those to come, up to where you have read: to the end, unless you say where. Without a connection it is not told. */
  markRead(upTo?: Position): void;
  /** Tells those who are here now something that is not stored, such as `typing`. At most once; without a connection not at all. */
  signal(name: string, data?: JsonValue): void;
  /**
   * Reads what was said earlier.
   *
   * @throws ClientError what the server said
   */
  history(options?: ClientHistoryOptions): Promise<HistoryPage<ClientMessage<Data>>>;
  /**
   * Leaves the room.
   *
   * @throws ClientError what the server said
   */
  leave(): Promise<void>;
}
