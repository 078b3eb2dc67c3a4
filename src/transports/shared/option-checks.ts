import { isAddressRange } from '../../model/addresses.js';
import { OptionError } from '../../model/errors.js';
import type { Protocol, SlowConsumerPolicy } from '../../ports/protocol.js';
import { Proxies } from './proxies.js';
import { type TlsOptions, tlsFault } from './tls.js';

/** Where to listen on a port. */
export interface PortPlace {
  readonly port: number;
  readonly host: string;
}

/** Where a server of ours listens. */
export type OwnPlace =
  | PortPlace
  | { readonly path: string; readonly mode: number | undefined }
  | { readonly fd: number };

/** What says where; exactly one of `port`, `path` and `fd`. */
interface PlaceOptions {
  readonly port?: unknown;
  readonly host?: unknown;
  readonly path?: unknown;
  readonly mode?: unknown;
  readonly fd?: unknown;
}

/** The checks of options that transports have in common, with messages that name the transport. */
export class OptionChecks {
  readonly #transport: string;

  constructor(transport: string) {
    this.#transport = transport;
  }

  /** @throws OptionError unless it is right */
  expect(right: boolean, name: string, expected: string, got: unknown): void {
    if (!right) throw new OptionError(`${this.#transport}.${name}`, expected, got);
  }

  /** Every option is one of these. */
  known(options: object, names: readonly string[]): void {
    this.expect(isObject(options), 'options', 'an object', options);
    for (const [name, value] of Object.entries(options)) {
      this.expect(value === undefined || names.includes(name), name, `one of ${names.join(', ')}`, value);
    }
  }

  /** None of these stands beside another option, which says the same. */
  absent(others: object, beside: string): void {
    for (const [name, value] of Object.entries(others)) {
      this.expect(value === undefined, name, `left out where ${this.#transport}.${beside} is given`, value);
    }
  }

  protocol(protocol: Protocol, example: string): void {
    const given: Partial<Protocol> = protocol;
    const right = isObject(given) && typeof given.encode === 'function' && typeof given.open === 'function';
    this.expect(right, 'protocol', `a protocol, such as ${example}`, protocol);
  }

  slowConsumer(policy: SlowConsumerPolicy | undefined): void {
    const known = policy === undefined || policy === 'disconnect' || policy === 'skip';
    this.expect(known, 'slowConsumer', '"disconnect" or "skip"', policy);
  }

  backlog(backlog: number): void {
    this.expect(isInteger(backlog, 1, 2 ** 31 - 1), 'backlog', 'a positive integer', backlog);
  }

  /** The proxies of a list. */
  proxies(list: readonly string[] | undefined): Proxies {
    const listed = list === undefined || (Array.isArray(list) && list.every((text) => typeof text === 'string'));
    this.expect(listed, 'trustProxy', 'a list of addresses', list);
    for (const [index, text] of (list ?? []).entries()) {
      const known = text === 'loopback' || text === 'unix' || isAddressRange(text);
      this.expect(known, `trustProxy.${index}`, 'an address, a range such as "10.0.0.0/8", "loopback" or "unix"', text);
    }
    return new Proxies(list);
  }

  /** @param pathName - what the option is called that names a Unix socket */
  place({ port, host, path, mode, fd }: PlaceOptions, pathName = 'path'): OwnPlace {
    if (fd !== undefined) {
      this.absent({ port, host, [pathName]: path, mode }, 'fd');
      this.expect(Number.isInteger(fd) && (fd as number) >= 0, 'fd', 'the number of a listening socket', fd);
      return { fd: fd as number };
    }
    const noPath = `left out where there is no ${this.#transport}.${pathName}`;
    this.expect(mode === undefined || path !== undefined, 'mode', noPath, mode);
    if (path === undefined) return this.#port({ port, host });
    this.expect(typeof path === 'string' && path !== '', pathName, 'the path of a Unix socket', path);
    this.absent({ port, host }, pathName);
    this.expect(mode === undefined || isInteger(mode, 0, 0o777), 'mode', 'a mode from 0 to 0o777', mode);
    return { path: path as string, mode: mode as number | undefined };
  }

  #port({ port, host = '127.0.0.1' }: { readonly port?: unknown; readonly host?: unknown }): PortPlace {
    this.expect(isInteger(port, 0, 65_535), 'port', 'an integer from 0 to 65535', port);
    this.expect(typeof host === 'string' && host !== '', 'host', 'an address or a name of this machine', host);
    return { port: port as number, host: host as string };
  }

  /** @throws Error where there is no TLS whose certificates could be changed */
  ownTls(tls: TlsOptions | undefined): void {
    if (tls !== undefined) return;
    throw new Error(`${this.#transport}() has no "tls" here. Of a server of your own, call its setSecureContext().`);
  }

  tls(tls: TlsOptions): void {
    const complete = isObject(tls) && ((tls.key !== undefined && tls.cert !== undefined) || tls.pfx !== undefined);
    this.expect(complete, 'tls', 'an object with key and cert, or with pfx', tls);
    const reason = tlsFault(tls);
    this.expect(reason === undefined, 'tls', `what node:tls accepts (${reason})`, tls);
  }
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function isInteger(value: unknown, least: number, most: number): boolean {
  return Number.isInteger(value) && (value as number) >= least && (value as number) <= most;
}
