import type { Author, JsonValue } from '../model/entry.js';
import type { ErrorCode } from '../model/errors.js';
import type { BlockedEvent, NoticeEvent, RoomsEvent } from '../model/events.js';
import type { AnyRequests, RequestMap, RequestParameters, RequestResult } from '../model/requests.js';
import type { ClientError } from './client-error.js';
import type { ClientRoom } from './client-room.js';
import type { ClientState } from './connector.js';
import type { Listenable } from './emitter.js';
import type {
  ClientDirectMessage,
  ClientHistoryOptions,
  ClientSearchOptions,
  HistoryPage,
  SearchResult,
  Sent,
} from './messages.js';
import type { SavedSession } from './options.js';

/**
 * What a client tells, by event name.
 *
 * @example
 * ```ts
 * import { connect } from 'chathub/client';
 *
 * const client = connect('ws://127.0.0.1:8081/chat');
 * client.on('state', ({ state, retryIn }) => console.log(state, retryIn));
 * client.on('direct', ({ from, text }) => console.log(from.name, text));
 * ```
 */
export interface ClientEvents<Data = JsonValue> {
  /** The connection stands, or no longer does. `error` says why, `retryIn` in how many milliseconds the next attempt is made. */
  state: {
    readonly state: ClientState;
    readonly error?: ClientError | undefined;
    readonly retryIn?: number | undefined;
  };
  /** You are in a room: you asked for it, or the server put you there. */
  join: { readonly room: ClientRoom<Data> };
  /** You are in a room no more. `code` says why, when you did not ask for it. */
  leave: { readonly room: ClientRoom<Data>; readonly code: ErrorCode | undefined; readonly reason: string | undefined };
  /** The next direct message, to you or from you, on any of your connections: each once. */
  direct: ClientDirectMessage<Data>;
  /** Direct messages were missed: they are kept no longer. */
  missed: { readonly [none: string]: never };
  /** What the server says to you alone. */
  notice: Omit<NoticeEvent, 'type'>;
  /** You have another name. */
  rename: { readonly name: string };
  /** An error that answers no call of yours. Where nobody listens to this, it goes to the console. */
  error: { readonly error: unknown };
}

/**
 * A chat, over a connection that comes back by itself: `connect()` makes it. Calls wait for the connection; what was missed
 * meanwhile is caught up with.
 *
 * @typeParam Data - what the application puts into `data` of messages
 * @typeParam Api - the requests that the server answers, as functions by name
 *
 * @example
 * ```ts
 * import { type ChatClient, connect } from 'chathub/client';
 *
 * const client: ChatClient = connect('ws://127.0.0.1:8081/chat', { name: 'alice' });
 * await client.direct('bob', 'psst');
 * client.close();
 * ```
 */
export interface ChatClient<Data = JsonValue, Api extends RequestMap<Api> = AnyRequests>
  extends Listenable<ClientEvents<Data>>,
    Disposable {
  /** `connecting`, `online`, `offline` until the next attempt, or `closed` for good. */
  readonly state: ClientState;
  /** Who you are; undefined before the first welcome. */
  readonly me: Author | undefined;
  /** How many direct messages of others came since `markRead()`, in this session or another. */
  readonly unread: number;
  /** The rooms that you are in, by name in normal form. */
  readonly rooms: ReadonlyMap<string, ClientRoom<Data>>;
  /**
   * Resolves with who you are when the connection stands.
   *
   * @throws ClientError when it never will, such as `UNAUTHENTICATED`
   */
  ready(): Promise<Author>;
  /**
   * Joins a room, and stays in it through any number of reconnects.
   *
   * @param room - its name, in any case
   * @param options - `history`: how many of the last messages to be given, to the first who listens; default 0, at most 200. In a
   *   room that you listen to already, use `room.history()`
   * @throws ClientError what the server said, such as `FORBIDDEN`
   */
  join(room: string, options?: { readonly history?: number }): Promise<ClientRoom<Data>>;
  /**
   * Says something to one user. Resolves when it is stored; without a connection it waits for one.
   *
   * @param to - a name, or a user id
   * @throws ClientError as `room.send()`; `NO_SUCH_MEMBER`
   */
  direct(to: string, text: string, options?: { readonly data?: Data }): Promise<Sent>;
  /**
   * Asks the server's application for something: `hub.handle()` answers. It is asked once: when the connection is lost
   * meanwhile, nobody knows.
   *
   * @param name - what for
   * @param data - whatever JSON can hold
   * @throws ClientError what the application threw; `TIMEOUT`: it is not known whether it was done
   */
  request<Name extends keyof Api & string>(
    name: Name,
    ...data: RequestParameters<Api, Name>
  ): Promise<RequestResult<Api, Name>>;
  /**
   * Takes another name; resolves with it as the server writes it.
   *
   * @throws ClientError `NAME_TAKEN`, `BAD_NAME`
   */
  nick(name: string): Promise<string>;
  /**
   * The rooms that have members, as far as you may see them.
   *
   * @throws ClientError what the server said
   */
  listRooms(): Promise<RoomsEvent['rooms']>;
  /**
   * Reads direct messages with somebody.
   *
   * @param who - a name, or a user id; `@` for those with everybody
   * @throws ClientError `NO_SUCH_MEMBER`
   */
  history(who: string, options?: ClientHistoryOptions): Promise<HistoryPage<ClientDirectMessage<Data>>>;
  /**
   * Finds messages: the newest in which all words are. `"in quotes"` they stand next to each other, `wor*` begins like that.
   *
   * @param options - in one room, or with `room: '@'` among the direct messages; by default in all rooms that you are in
   * @throws ClientError what the server said
   */
  search(text: string, options?: ClientSearchOptions): Promise<SearchResult<Data>>;
  /**
   * Hears no more from somebody: direct messages of theirs are refused, and their mentions wake you no more. What they say in rooms is
   * told to all who are there: leave it out where you show it.
   *
   * @param who - a name, or a user id
   * @throws ClientError `NO_SUCH_MEMBER`; `TOO_LONG`: you block too many
   */
  block(who: string): Promise<void>;
  /** Hears from somebody again. */
  unblock(who: string): Promise<void>;
  /** The users that you block, with the names that they had then. */
  blocked(): Promise<BlockedEvent['users']>;
  /** Tells your other sessions, and those to come, that you have read your direct messages. Without a connection it is not told. */
  markRead(): void;
  /**
   * Shows the server a fresh token, of the `token` option, before the old one runs out. Done by itself half a minute before, where that
   * option is a function.
   *
   * @throws ClientError `UNAUTHENTICATED`
   */
  refresh(): Promise<void>;
  /**
   * What a later `connect()` takes this session up with, as long as the server keeps it: 30 s after its connection is lost.
   * Undefined while there is none.
   */
  save(): SavedSession | undefined;
  /**
   * Leaves everything, for good. What waits is rejected with `SHUTDOWN`; of what was sent and not answered, with `TIMEOUT`: it may
   * be stored, or not. May be called more than once.
   */
  close(): void;
}
