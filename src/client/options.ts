import type { Position } from '../model/entry.js';

/**
 * A connection as `WebSocket` of browsers, of Node.js 22 and of the package `ws` has it.
 *
 * @example
 * ```ts
 * import type { WebSocketLike } from 'chathub/client';
 *
 * const hangUp = (socket: WebSocketLike) => socket.close(1000);
 * ```
 */
export interface WebSocketLike {
  /** Hears that it is open. */
  onopen: ((event: never) => void) | null;
  /** Hears of each message. */
  onmessage: ((event: never) => void) | null;
  /** Hears that it is closed. */
  onclose: ((event: never) => void) | null;
  /** Hears of errors; a close follows. */
  onerror: ((event: never) => void) | null;
  /** Sends a text message. */
  send(data: string): void;
  /** Closes. */
  close(code?: number, reason?: string): void;
}

/**
 * What makes connections.
 *
 * @example
 * ```ts
 * import { connect, type WebSocketConstructor } from 'chathub/client';
 *
 * const open = (WebSocket: WebSocketConstructor) => connect('ws://127.0.0.1:8081/chat', { WebSocket });
 * ```
 */
export type WebSocketConstructor = new (url: string, protocols: string[]) => WebSocketLike;

/**
 * A session as `client.save()` gives it, to be taken up by a later `connect()`: after a page was reloaded, say. It
 * is plain JSON, and a secret.
 *
 * @example
 * ```ts
 * import { connect, type SavedSession } from 'chathub/client';
 *
 * const resume = (saved: SavedSession) => connect('ws://127.0.0.1:8081/chat', { resume: saved });
 * ```
 */
export interface SavedSession {
  /** The secret. */
  readonly session: string;
  /** Up to where each room was read; under `@` the direct messages. */
  readonly rooms: { readonly [room: string]: Position };
}

/**
 * Options of {@link connect}; none is needed in a browser.
 *
 * @example
 * ```ts
 * import { type ConnectOptions, connect } from 'chathub/client';
 *
 * const options: ConnectOptions = { name: 'alice', token: async () => (await fetch('/token')).text() };
 * const client = connect('wss://chat.example.com/chat', options);
 * ```
 */
export interface ConnectOptions {
  /** The name that is wished for. Is it taken, the server makes one, and an `error` event says so. */
  readonly name?: string | undefined;
  /** What the server's `authenticate` is to judge by; a function is asked before each connect, so that it can give a fresh one. */
  readonly token?: string | (() => string | undefined | Promise<string | undefined>) | undefined;
  /** Default: the platform's. Node.js before 22 has none: give the one of the package `ws`. */
  readonly WebSocket?: WebSocketConstructor | undefined;
  /** An earlier session to take up; when it is over, a new one begins. */
  readonly resume?: SavedSession | undefined;
  /** How many messages may be unacknowledged, and how many other calls may wait for a connection; more are refused with `RATE_LIMITED`. Default: 256. */
  readonly queue?: number | undefined;
  /** Milliseconds within which the first attempt to reconnect is made; doubled for each further one. Default: 500. */
  readonly retryDelay?: number | undefined;
  /** The most that `retryDelay` grows to. Default: 30,000. */
  readonly retryDelayMax?: number | undefined;
}
