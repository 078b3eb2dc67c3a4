import { Server as HttpServer } from 'node:http';
import { Server as HttpsServer } from 'node:https';
import { OptionError } from '../../model/errors.js';
import type { Protocol, SlowConsumerPolicy } from '../../ports/protocol.js';
import { json } from '../../protocols/json/index.js';
import { OptionChecks, type OwnPlace } from '../shared/option-checks.js';
import { type AllowedOrigins, isOrigin } from '../shared/origins.js';
import type { Proxies } from '../shared/proxies.js';
import type { TlsOptions } from '../shared/tls.js';

/**
 * Options of {@link webSocket}. `port`, `socket` or `fd` makes a server of its own, `server` shares one of the application's; without
 * any, give upgrades to `handleUpgrade()`.
 *
 * @example
 * ```ts
 * import { type WebSocketOptions, webSocket } from 'chathub/websocket';
 *
 * const options: WebSocketOptions = { host: '::', port: 8081, path: '/chat', origins: ['https://example.com'] };
 * const transport = webSocket(options);
 * ```
 */
export interface WebSocketOptions {
  /** The port, from 0 to 65535. 0 lets the system choose one; `addresses` says which. */
  readonly port?: number | undefined;
  /** The address or name of this machine to listen on, together with `port`. Default: `127.0.0.1`. `::` means all. */
  readonly host?: string | undefined;
  /** The path of a Unix socket to listen on instead of a port, at most 107 bytes on Linux: for a proxy on the same machine. */
  readonly socket?: string | undefined;
  /** Who may connect to that, as the mode of its file: `0o660` lets in its user and its group. Default: what the umask leaves of `0o777`. */
  readonly mode?: number | undefined;
  /** The number of a socket that listens already and was handed to this process, such as 3 by systemd. It is closed at stop. */
  readonly fd?: number | undefined;
  /**
   * An HTTP or HTTPS server of the application's own, listening already or later: `hub.listen()` resolves when it does. It is never
   * closed here, and upgrades of other paths are left to the application.
   */
  readonly server?: HttpServerLike | undefined;
  /** The path of the URL that clients connect to, without a query. Default: `/`. */
  readonly path?: string | undefined;
  /** Encrypts (`wss:`). Together with `port`, `socket` or `fd`. */
  readonly tls?: TlsOptions | undefined;
  /** What the messages mean. Default: {@link json}, for browsers and programs. */
  readonly protocol?: Protocol | undefined;
  /**
   * Whose pages may connect besides those that this server's own address serves. A server that is bound to loopback also wants
   * a `Host` of loopback, or of one of these: behind a proxy, name the public origin. Clients that are no browsers send
   * no `Origin`, and are let in. Default: none.
   */
  readonly origins?: AllowedOrigins | undefined;
  /**
   * The proxies whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed: addresses, ranges such as `10.0.0.0/8`, `loopback`, or
   * `unix` for the peers of a Unix socket. Limits per address, bans and `remoteAddress` then are about the client behind them. Give
   * none that clients can reach you around. Default: none.
   */
  readonly trustProxy?: readonly string[] | undefined;
  /** What becomes of members that read too slowly. Default: what the protocol says. */
  readonly slowConsumer?: SlowConsumerPolicy | undefined;
  /** How many connections may wait for being accepted, together with `port`; the system may allow fewer. Default: 4,096. */
  readonly backlog?: number | undefined;
  /**
   * Compresses messages of 1 KiB and more for clients that can (RFC 7692), each once for all of them: about half the bytes, for
   * little more of the server's CPU in a large room, and up to twice as much in one of ten. Default: `false`.
   */
  readonly compression?: boolean | undefined;
}

/**
 * An HTTP server of the application's own: a `Server` of `node:http` or `node:https`.
 *
 * @example
 * ```ts
 * import { createServer } from 'node:http';
 * import { type HttpServerLike, webSocket } from 'chathub/websocket';
 *
 * const server: HttpServerLike = createServer().listen(3000);
 * const transport = webSocket({ server, path: '/chat' });
 * ```
 */
export interface HttpServerLike {
  /** Whether it listens by now. */
  readonly listening: boolean;
  /** Where it listens. */
  address(): { readonly address: string; readonly port: number } | string | null;
  /** Adds a listener. */
  on(event: string, listener: (...details: unknown[]) => void): unknown;
  /** Removes a listener. */
  off(event: string, listener: (...details: unknown[]) => void): unknown;
}

/** Where upgrades come from. */
type Source = OwnPlace | { readonly server: HttpServer | HttpsServer } | 'elsewhere';

/** {@link WebSocketOptions} after a look at each. */
export interface WebSocketSettings {
  readonly source: Source;
  readonly path: string;
  readonly tls: TlsOptions | undefined;
  readonly protocol: Protocol;
  readonly origins: AllowedOrigins | undefined;
  readonly proxies: Proxies;
  readonly slowConsumer: SlowConsumerPolicy | undefined;
  readonly backlog: number;
  readonly compression: boolean;
}

const names =
  'port host socket mode fd server path tls protocol origins trustProxy slowConsumer backlog compression'.split(' ');
const checks = new OptionChecks('webSocket');

/**
 * @throws OptionError for an option that is unknown, is no such value, or does not go with another
 */
export function resolveOptions(options: WebSocketOptions): WebSocketSettings {
  checks.known(options, names);
  const { path = '/', tls, protocol = json(), origins, slowConsumer, backlog = 4_096, compression = false } = options;
  const isPath = typeof path === 'string' && /^\/[^?#\s]*$/.test(path);
  checks.expect(isPath, 'path', 'a path of a URL, such as "/chat"', path);
  checks.protocol(protocol, 'json()');
  checkOrigins(origins);
  const proxies = checks.proxies(options.trustProxy);
  checks.slowConsumer(slowConsumer);
  checks.backlog(backlog);
  checks.expect(typeof compression === 'boolean', 'compression', 'true or false', compression);
  const source = resolveSource(options);
  if (tls !== undefined) checks.tls(tls);
  return { source, path, tls, protocol, origins, proxies, slowConsumer, backlog, compression };
}

function resolveSource({ port, host, socket, mode, fd, server, tls, backlog }: WebSocketOptions): Source {
  if (server !== undefined) {
    checks.absent({ port, host, socket, mode, fd, tls, backlog }, 'server');
    if (server instanceof HttpServer || server instanceof HttpsServer) return { server };
    throw new OptionError('webSocket.server', 'a server of node:http or node:https', server);
  }
  if (port !== undefined || socket !== undefined || fd !== undefined)
    return checks.place({ port, host, path: socket, mode, fd }, 'socket');
  for (const [name, value] of Object.entries({ host, mode, tls, backlog }))
    checks.expect(value === undefined, name, 'left out where there is no webSocket.port', value);
  return 'elsewhere';
}

/** The same with other certificates. */
export function withTls(settings: WebSocketSettings, tls: TlsOptions): WebSocketSettings {
  checks.ownTls(settings.tls);
  checks.tls(tls);
  return { ...settings, tls };
}

/** A list with a slash too many would let nobody in, and say nothing. */
function checkOrigins(origins: AllowedOrigins | undefined): void {
  if (origins === undefined || origins === '*' || typeof origins === 'function') return;
  checks.expect(Array.isArray(origins), 'origins', 'a list of origins, "*" or a function', origins);
  for (const [index, origin] of origins.entries()) {
    const right = typeof origin === 'string' && isOrigin(origin);
    checks.expect(right, `origins.${index}`, 'an origin such as "https://example.com"', origin);
  }
}
