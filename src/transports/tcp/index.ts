/**
 * The TCP transport: ports, Unix sockets and TLS.
 *
 * @module chathub/tcp
 */
export type { TcpOptions, TcpServerLike, TcpTlsOptions } from './options.js';
export { tcp } from './tcp.js';
