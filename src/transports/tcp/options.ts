import { Server } from 'node:net';
import { Server as TlsServer } from 'node:tls';
import { OptionError } from '../../model/errors.js';
import type { Protocol, SlowConsumerPolicy } from '../../ports/protocol.js';
import { lines } from '../../protocols/lines/index.js';
import { OptionChecks, type OwnPlace } from '../shared/option-checks.js';
import type { Proxies } from '../shared/proxies.js';
import type { TlsOptions } from '../shared/tls.js';

/**
 * Options of {@link tcp}. Exactly one of `port`, `path`, `fd` and `server` says where to listen.
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
   * Who may connect to the Unix socket at `path`, as the mode of its file: `0o660` lets in its user and its group. Default: what the
   * process's umask leaves of `0o777`.
   */
  readonly mode?: number | undefined;
  /**
   * The number of a socket that listens already and was handed to this process, such as 3 by systemd (`ListenStream=`). It is closed at
   * stop.
   */
  readonly fd?: number | undefined;
  /**
   * A server of the application's own, made by `node:net` or `node:tls`, listening already or later. It is never
   * closed here. TLS handshakes are then under that server's own `handshakeTimeout`.
   */
  readonly server?: TcpServerLike | undefined;
  /** Encrypts. Not together with `server`: make that with `node:tls` instead. */
  readonly tls?: TlsOptions | undefined;
  /**
   * The proxies that say by the PROXY protocol, version 1 or 2, whom they speak for: addresses, ranges such as `10.0.0.0/8`, `loopback`, or
   * `unix` for the peers of a Unix socket. From these, a connection must begin with such a header; from anybody else it must not.
   * Default: none.
   */
  readonly trustProxy?: readonly string[] | undefined;
  /** What the lines mean. Default: {@link lines}, for people at telnet. */
  readonly protocol?: Protocol | undefined;
  /** What becomes of members that read too slowly. Default: what the protocol says. */
  readonly slowConsumer?: SlowConsumerPolicy | undefined;
  /** How many connections may wait for being accepted; the system may allow fewer. Default: 4,096. */
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
  readonly proxies: Proxies;
  readonly protocol: Protocol;
  readonly slowConsumer: SlowConsumerPolicy | undefined;
}

/** Where to listen. */
export type Place = OwnPlace | { readonly server: Server };

const names = 'port host path mode fd server tls trustProxy protocol slowConsumer backlog'.split(' ');
const checks = new OptionChecks('tcp');

/**
 * @throws OptionError for an option that is unknown, is no such value, or does not go with another
 */
export function resolveOptions(options: TcpOptions): TcpSettings {
  checks.known(options, names);
  const { protocol = lines(), slowConsumer, backlog = 4_096, tls } = options;
  checks.protocol(protocol, 'lines()');
  checks.slowConsumer(slowConsumer);
  checks.backlog(backlog);
  const place = resolvePlace(options);
  if (tls !== undefined) checks.tls(tls);
  const proxies = checks.proxies(options.trustProxy);
  // Those of a Unix socket can't be told apart: nobody would know whose handshake it is.
  const blurred = tls !== undefined && options.trustProxy?.includes('unix') === true;
  checks.expect(!blurred, 'trustProxy', 'without "unix" where there is tcp.tls', options.trustProxy);
  return { place, tls, backlog, proxies, protocol, slowConsumer };
}

/** The same with other certificates. */
export function withTls(settings: TcpSettings, tls: TlsOptions): TcpSettings {
  checks.ownTls(settings.tls);
  checks.tls(tls);
  return { ...settings, tls };
}

function resolvePlace({ port, host, path, mode, fd, server, tls, trustProxy, backlog }: TcpOptions): Place {
  if (server === undefined) return checks.place({ port, host, path, mode, fd });
  checks.absent({ port, host, path, mode, fd, tls, backlog }, 'server');
  if (!(server instanceof Server)) throw new OptionError('tcp.server', 'a server of node:net or node:tls', server);
  // The header comes before the handshake, which is that server's affair.
  const late = trustProxy !== undefined && server instanceof TlsServer;
  checks.expect(!late, 'trustProxy', 'left out where tcp.server is of node:tls', trustProxy);
  return { server };
}
