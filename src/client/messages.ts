import type { DirectMessage, JsonValue, Message } from '../model/entry.js';

/**
 * A message as a client is given it; `Data` is what the application puts into `data`.
 *
 * @example
 * ```ts
 * import type { ClientMessage } from 'chathub/client';
 *
 * const imageOf = (message: ClientMessage<{ image: string }>) => message.data?.image;
 * ```
 */
export type ClientMessage<Data = JsonValue> = Omit<Message, 'data'> & { readonly data?: Data };

/**
 * A direct message as a client is given it.
 *
 * @example
 * ```ts
 * import type { ClientDirectMessage } from 'chathub/client';
 *
 * const show = ({ from, text }: ClientDirectMessage) => console.log(from.name, text);
 * ```
 */
export type ClientDirectMessage<Data = JsonValue> = Omit<DirectMessage, 'data'> & { readonly data?: Data };

/**
 * What may come with a message.
 *
 * @example
 * ```ts
 * import type { ClientSendOptions } from 'chathub/client';
 *
 * const waving: ClientSendOptions = { action: true };
 * ```
 */
export interface ClientSendOptions<Data = JsonValue> {
  /** For programs: whatever JSON can hold. */
  readonly data?: Data;
  /** Said as an action: `* alice waves`. Not of direct messages. */
  readonly action?: boolean;
}

/**
 * That a message is stored, and where.
 *
 * @example
 * ```ts
 * import type { Sent } from 'chathub/client';
 *
 * const isAt = (sent: Sent, offset: number) => sent.offset === offset;
 * ```
 */
export interface Sent {
  /** The message's id. */
  readonly id: string;
  /** Its place in the room, of a direct message in one's own inbox. */
  readonly offset: number;
  /** The epoch in which the offset counts. */
  readonly epoch: string;
  /** When it was stored, in milliseconds since 1970. */
  readonly at: number;
}

/**
 * Which messages of the past to ask for: the newest, or those before or after an offset.
 *
 * @example
 * ```ts
 * import type { ClientHistoryOptions } from 'chathub/client';
 *
 * const older: ClientHistoryOptions = { before: 40, limit: 20 };
 * ```
 */
export interface ClientHistoryOptions {
  /** The newest below this offset. */
  readonly before?: number;
  /** The oldest above this offset. */
  readonly after?: number;
  /** How many at most; default 50, at most 200. */
  readonly limit?: number;
}

/**
 * A page of the past.
 *
 * @example
 * ```ts
 * import type { HistoryPage } from 'chathub/client';
 *
 * const oldest = ({ messages }: HistoryPage<{ offset: number }>) => messages[0]?.offset;
 * ```
 */
export interface HistoryPage<M> {
  /** Oldest first. */
  readonly messages: readonly M[];
  /** There are more in the direction that was read. */
  readonly more: boolean;
}

/**
 * Where to look for words.
 *
 * @example
 * ```ts
 * import { type ClientSearchOptions, connect } from 'chathub/client';
 *
 * const options: ClientSearchOptions = { room: 'lobby', limit: 20 };
 * const { messages } = await connect('ws://127.0.0.1:8081/chat').search('lunch', options);
 * ```
 */
export interface ClientSearchOptions {
  /** In this room; `@` for direct messages. By default in all rooms that you are in. */
  readonly room?: string;
  /** What an earlier page gave as `next`. */
  readonly before?: number | string;
  /** How many at most; default 50, at most 200. */
  readonly limit?: number;
}

/**
 * What a search found.
 *
 * @example
 * ```ts
 * import type { SearchResult } from 'chathub/client';
 *
 * const texts = ({ messages }: SearchResult) => messages.map(({ text }) => text);
 * ```
 */
export interface SearchResult<Data = JsonValue> {
  /** Oldest first. */
  readonly messages: readonly (ClientMessage<Data> | ClientDirectMessage<Data>)[];
  /** There are older ones. */
  readonly more: boolean;
  /** What to give as `before` for those. */
  readonly next?: number | string;
}
