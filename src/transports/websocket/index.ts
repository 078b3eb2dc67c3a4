/**
 * The WebSocket transport: on a port of its own, or on the application's HTTP server.
 *
 * @module chathub/websocket
 */
export type { AllowedOrigins } from '../shared/origins.js';
export type { TlsOptions as WebSocketTlsOptions } from '../shared/tls.js';
export type { HttpServerLike, WebSocketOptions } from './options.js';
export { type WebSocketTransport, webSocket } from './web-socket.js';
