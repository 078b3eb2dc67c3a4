/**
 * The TCP transport: ports, Unix sockets and TLS.
 *
 * @module chathub/tcp
 */
export type { TlsOptions as TcpTlsOptions } from '../shared/tls.js';
export type { TcpOptions, TcpServerLike } from './options.js';
export { type TcpTransport, tcp } from './tcp.js';
