import { Server } from 'node:net';
import { createSecureContext } from 'node:tls';
import { OptionError } from '../../model/errors.js';
import type { Protocol, SlowConsumerPolicy } from '../../ports/protocol.js';
import { lines } from '../../protocols/lines/index.js';

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
  readonly tls?: TcpTlsOptions | undefined;
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

/**
 * What `node:tls` needs to know; it describes each of these. Options that are not listed here can be set on a server of
 * the application's own.
 *
 * @example
 * ```ts
 * import { readFileSync } from 'node:fs';
 * import { type TcpTlsOptions, tcp } from 'chathub/tcp';
 *
 * const tls = (folder: string): TcpTlsOptions => ({
 *   key: readFileSync(`${folder}/privkey.pem`),
 *   cert: readFileSync(`${folder}/fullchain.pem`),
 * });
 * const transport = (folder: string) => tcp({ host: '::', port: 7443, tls: tls(folder) });
 * ```
 */
export interface TcpTlsOptions {
  /** The private key, in PEM. */
  readonly key?: string | Uint8Array | undefined;
  /** The certificate and those between it and the root, in PEM. */
  readonly cert?: string | Uint8Array | undefined;
  /** Key and certificate in one, in PKCS 12; instead of `key` and `cert`. */
  readonly pfx?: string | Uint8Array | undefined;
  /** For a `key` or `pfx` that is encrypted. */
  readonly passphrase?: string | undefined;
  /** Who may sign clients' certificates, in PEM. Default: the authorities that Node.js knows. */
  readonly ca?: string | Uint8Array | undefined;
  /** Whether clients must bring a certificate. Default: `false`. */
  readonly requestCert?: boolean | undefined;
  /** Whether a client's certificate must be signed by `ca`, if `requestCert`. Default: `true`. */
  readonly rejectUnauthorized?: boolean | undefined;
  /** Default: what Node.js takes, `TLSv1.2`. */
  readonly minVersion?: 'TLSv1.2' | 'TLSv1.3' | undefined;
  /** The ciphers in OpenSSL's notation. Default: what Node.js takes. */
  readonly ciphers?: string | undefined;
}

/** {@link TcpOptions} after a look at each. */
export interface TcpSettings {
  readonly place: Place;
  readonly tls: TcpTlsOptions | undefined;
  readonly backlog: number;
  readonly protocol: Protocol;
  readonly slowConsumer: SlowConsumerPolicy | undefined;
}

/** Where to listen. */
export type Place =
  | { readonly port: number; readonly host: string }
  | { readonly path: string }
  | { readonly server: Server };

const names = ['port', 'host', 'path', 'server', 'tls', 'protocol', 'slowConsumer', 'backlog'] as const;

/**
 * @throws OptionError for an option that is unknown, is no such value, or does not go with another
 */
export function resolveOptions(options: TcpOptions): TcpSettings {
  expect(isObject(options), 'options', 'an object', options);
  for (const [name, value] of Object.entries(options)) {
    expect(value === undefined || names.some((known) => known === name), name, `one of ${names.join(', ')}`, value);
  }
  const { protocol = lines(), slowConsumer, backlog = 511, tls } = options;
  expect(isProtocol(protocol), 'protocol', 'a protocol, such as lines()', protocol);
  const known = slowConsumer === undefined || slowConsumer === 'disconnect' || slowConsumer === 'skip';
  expect(known, 'slowConsumer', '"disconnect" or "skip"', slowConsumer);
  expect(isInteger(backlog, 1, 2 ** 31 - 1), 'backlog', 'a positive integer', backlog);
  const place = resolvePlace(options);
  if (tls !== undefined) checkTls(tls);
  return { place, tls, backlog, protocol, slowConsumer };
}

function resolvePlace({ port, host, path, server, tls, backlog }: TcpOptions): Place {
  if (server !== undefined) {
    const others = { port, host, path, tls, backlog };
    for (const [name, value] of Object.entries(others)) {
      expect(value === undefined, name, 'left out where tcp.server is given', value);
    }
    if (server instanceof Server) return { server };
    throw new OptionError('tcp.server', 'a server of node:net or node:tls', server);
  }
  if (path !== undefined) {
    expect(typeof path === 'string' && path !== '', 'path', 'the path of a Unix socket', path);
    expect(port === undefined, 'port', 'left out where tcp.path is given', port);
    expect(host === undefined, 'host', 'left out where tcp.path is given', host);
    return { path };
  }
  const { port: number = Number.NaN, host: name = '127.0.0.1' } = { port, host };
  expect(isInteger(port, 0, 65_535), 'port', 'an integer from 0 to 65535', port);
  expect(typeof name === 'string' && name !== '', 'host', 'an address or a name of this machine', host);
  return { port: number, host: name };
}

function checkTls(tls: TcpTlsOptions): void {
  const complete = isObject(tls) && ((tls.key !== undefined && tls.cert !== undefined) || tls.pfx !== undefined);
  expect(complete, 'tls', 'an object with key and cert, or with pfx', tls);
  try {
    createSecureContext(tls as Parameters<typeof createSecureContext>[0]);
  } catch (error) {
    // Such as a key that is not the certificate's: better told here than by each handshake.
    const reason = error instanceof Error ? error.message : String(error);
    throw new OptionError('tcp.tls', `what node:tls accepts (${reason})`, tls);
  }
}

function expect(right: boolean, name: string, expected: string, got: unknown): void {
  if (!right) throw new OptionError(`tcp.${name}`, expected, got);
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function isInteger(value: unknown, least: number, most: number): boolean {
  return Number.isInteger(value) && (value as number) >= least && (value as number) <= most;
}

function isProtocol(value: Partial<Protocol>): boolean {
  return isObject(value) && typeof value.encode === 'function' && typeof value.open === 'function';
}
