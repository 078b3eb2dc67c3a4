import { Server } from 'node:net';
import { OptionError } from '../../model/errors.js';
import type { Protocol, SlowConsumerPolicy } from '../../ports/protocol.js';
import { lines } from '../../protocols/lines/index.js';
import { OptionChecks, type PortPlace } from '../shared/option-checks.js';
import type { TlsOptions } from '../shared/tls.js';

/**
 * Options of {@link tcp}. Exactly one of `port`, `path` and `server` says where to listen.
 *
 * @example
 * ```ts
 * import { plainText } from 'chathub';
 * import { type TcpOptions, tcp } from 'chathub/tcp';
 *
 * const options: TcpOptions = { host: '::', port: 7001, protocol: plainText() };
 * const transport = tcp(options);
 * ```
 */
export interface TcpOptions {
  /** The port, from 0 to 65535. 0 lets the system choose one; `addresses` says which. */
  readonly port?: number | undefined;
  /** The address or name of this machine to listen on, together with `port`. Default: `127.0.0.1`. `::` means all. */
  readonly host?: string | undefined;
  /**
   * The path of a Unix socket, at most 107 bytes on Linux. The file is removed at stop, and before start when it is a
   * socket that nobody listens on any more.
   */
  readonly path?: string | undefined;
  /**
   * A server of the application's own, made by `node:net` or `node:tls`, listening already or later. It is never
   * closed here. TLS handshakes are then under that server's own `handshakeTimeout`.
   */
  readonly server?: TcpServerLike | undefined;
  /** Encrypts. Not together with `server`: make that with `node:tls` instead. */
  readonly tls?: TlsOptions | undefined;
  /** What the lines mean. Default: {@link lines}, for people at telnet. */
  readonly protocol?: Protocol | undefined;
  /** What becomes of members that read too slowly. Default: what the protocol says. */
  readonly slowConsumer?: SlowConsumerPolicy | undefined;
  /** How many connections may wait for being accepted; the system may allow fewer. Default: 511. */
  readonly backlog?: number | undefined;
}

/**
 * A listening socket of the application's own: a `Server` of `node:net` or `node:tls`.
 *
 * @example
 * ```ts
 * import { createServer } from 'node:net';
 * import { type TcpServerLike, tcp } from 'chathub/tcp';
 *
 * const server: TcpServerLike = createServer({ noDelay: true }).listen(7000);
 * const transport = tcp({ server });
 * ```
 */
export interface TcpServerLike {
  /** Whether it listens by now. */
  readonly listening: boolean;
  /** Where it listens. */
  address(): { readonly address: string; readonly port: number } | string | null;
  /** Adds a listener. */
  on(event: string, listener: (...details: unknown[]) => void): unknown;
  /** Removes a listener. */
  off(event: string, listener: (...details: unknown[]) => void): unknown;
}

/** {@link TcpOptions} after a look at each. */
export interface TcpSettings {
  readonly place: Place;
  readonly tls: TlsOptions | undefined;
  readonly backlog: number;
  readonly protocol: Protocol;
  readonly slowConsumer: SlowConsumerPolicy | undefined;
}

/** Where to listen. */
export type Place = PortPlace | { readonly path: string } | { readonly server: Server };

const names = ['port', 'host', 'path', 'server', 'tls', 'protocol', 'slowConsumer', 'backlog'] as const;
const checks = new OptionChecks('tcp');

/**
 * @throws OptionError for an option that is unknown, is no such value, or does not go with another
 */
export function resolveOptions(options: TcpOptions): TcpSettings {
  checks.known(options, names);
  const { protocol = lines(), slowConsumer, backlog = 511, tls } = options;
  checks.protocol(protocol, 'lines()');
  checks.slowConsumer(slowConsumer);
  checks.backlog(backlog);
  const place = resolvePlace(options);
  if (tls !== undefined) checks.tls(tls);
  return { place, tls, backlog, protocol, slowConsumer };
}

function resolvePlace({ port, host, path, server, tls, backlog }: TcpOptions): Place {
  if (server !== undefined) {
    checks.absent({ port, host, path, tls, backlog }, 'server');
    if (server instanceof Server) return { server };
    throw new OptionError('tcp.server', 'a server of node:net or node:tls', server);
  }
  if (path === undefined) return checks.port({ port, host });
  checks.expect(typeof path === 'string' && path !== '', 'path', 'the path of a Unix socket', path);
  checks.absent({ port, host }, 'path');
  return { path };
}
