/**
 * The client, for browsers and Node.js: a connection that comes back by itself, rooms whose messages come once and in order.
 *
 * @module chathub/client
 */
import type { JsonValue } from '../model/entry.js';
import type { AnyRequests, RequestMap } from '../model/requests.js';
import type { ChatClient } from './chat-client.js';
import { Client } from './client.js';
import type { ConnectOptions } from './options.js';

export type { ChatClient, ClientEvents } from './chat-client.js';
export { ClientError } from './client-error.js';
export type { ClientRoom, ClientRoomEvents } from './client-room.js';
export type { ClientState } from './connector.js';
export type {
  ClientDirectMessage,
  ClientHistoryOptions,
  ClientMessage,
  ClientSearchOptions,
  ClientSendOptions,
  HistoryPage,
  SearchResult,
  Sent,
} from './messages.js';
export type { ConnectOptions, SavedSession, WebSocketConstructor, WebSocketLike } from './options.js';

/**
 * Connects to a chat that speaks `chathub.v1.json`, such as a `webSocket()` of a hub. Returns at once; calls wait for the
 * connection, and it is opened again whenever it is lost.
 *
 * @typeParam Data - what the application puts into `data` of messages; a promise of whoever writes it, not a check
 * @typeParam Api - the requests that the server answers, as functions by name
 * @param url - `ws:` or `wss:`; in a page it may be relative, such as `/chat`
 * @param options - see {@link ConnectOptions}
 * @throws TypeError when the URL is none, or there is no `WebSocket`
 *
 * @example
 * ```ts
 * import { connect } from 'chathub/client';
 *
 * interface Api {
 *   weather(data: { city: string }): { celsius: number };
 * }
 * const client = connect<{ image?: string }, Api>('ws://127.0.0.1:8081/chat', { name: 'alice' });
 * const lobby = await client.join('lobby', { history: 20 });
 * lobby.on('message', ({ from, text, data }) => console.log(from.name, text, data?.image));
 * await lobby.send('hello');
 * console.log((await client.request('weather', { city: 'Porto' })).celsius);
 * ```
 */
export function connect<Data = JsonValue, Api extends RequestMap<Api> = AnyRequests>(
  url: string | URL,
  options: ConnectOptions = {},
): ChatClient<Data, Api> {
  return new Client(url, options);
}
