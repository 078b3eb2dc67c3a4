import type { Accept, Transport, TransportContext } from '../../ports/transport.js';
import type { TlsOptions } from '../shared/tls.js';
import { Listener } from './listener.js';
import { resolveOptions, type TcpOptions, type TcpSettings, withTls } from './options.js';
import { makeDoor } from './server.js';

/**
 * The transport that {@link tcp} makes.
 *
 * @example
 * ```ts
 * import { readFileSync } from 'node:fs';
 * import { type TcpTransport, tcp } from 'chathub/tcp';
 *
 * const read = () => ({ key: readFileSync('privkey.pem'), cert: readFileSync('fullchain.pem') });
 * const listen = (): TcpTransport => tcp({ host: '::', port: 7443, tls: read() });
 * const renew = (transport: TcpTransport) => transport.setTls(read());
 * ```
 */
export interface TcpTransport extends Transport {
  /**
   * Other certificates for whoever connects from now on; those who are connected stay. What else was said of TLS must be said again, but
   * whether clients must bring certificates stays as it was.
   *
   * @param tls - as the option of that name
   * @throws OptionError for what `node:tls` does not take: the certificates before are kept then
   * @throws Error where this transport has no TLS of its own
   */
  setTls(tls: TlsOptions): void;
}

/**
 * Lines over TCP, over TLS or over a Unix socket. What they mean is the protocol's affair: people at telnet by default.
 *
 * Lines end with LF or CR LF, and answers end as the client's lines do. A line longer than `limits.frameBytes`, or of
 * invalid UTF-8, is an error and costs nothing else. `limits.helloTimeout` holds for the TLS handshake,
 * `limits.heartbeat` is the silence before keep-alive probes, and after `limits.idleTimeout` without a byte either way a
 * connection is cut.
 *
 * `start()`, which `hub.listen()` calls, rejects with an error whose `code` is the system's, such as `EADDRINUSE`, and
 * whose message says what to do.
 *
 * @param options - where to listen, and what the lines mean
 * @throws OptionError for an option that is unknown, is no such value, or does not go with another
 *
 * @example
 * ```ts
 * import { ChatHub } from 'chathub';
 * import { tcp } from 'chathub/tcp';
 *
 * const hub = new ChatHub();
 * await hub.listen(tcp({ host: '::', port: 7000 }));
 * ```
 */
export function tcp(options: TcpOptions): TcpTransport {
  return new TcpTransports(resolveOptions(options));
}

class TcpTransports implements TcpTransport {
  readonly name = 'tcp';
  #settings: TcpSettings;
  #listener: Listener | undefined;

  constructor(settings: TcpSettings) {
    this.#settings = settings;
  }

  get addresses(): readonly string[] {
    return this.#listener?.addresses ?? [];
  }

  async start(accept: Accept, context: TransportContext): Promise<void> {
    if (this.#listener !== undefined)
      throw new Error('This transport has been started: each hub needs one of its own.');
    const { protocol, slowConsumer } = this.#settings;
    const door = makeDoor(this.#settings, context);
    const listener = new Listener(door, this.#settings.place, accept, {
      secure: door.secure,
      protocol,
      slowConsumer,
      context,
    });
    this.#listener = listener;
    try {
      await listener.open();
    } catch (error) {
      this.#listener = undefined;
      throw error;
    }
  }

  async stop(): Promise<void> {
    const listener = this.#listener;
    await listener?.close();
    if (this.#listener === listener) this.#listener = undefined;
  }

  setTls(tls: TlsOptions): void {
    this.#settings = withTls(this.#settings, tls);
    this.#listener?.door.setTls(tls);
  }
}
