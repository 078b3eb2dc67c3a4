import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Accept, Transport, TransportContext } from '../../ports/transport.js';
import type { TlsOptions } from '../shared/tls.js';
import { type Door, OwnDoor, SharedDoor } from './doors.js';
import { resolveOptions, type WebSocketOptions, type WebSocketSettings, withTls } from './options.js';
import { refuse } from './refuse.js';
import { type Site, Upgrades } from './upgrades.js';

/**
 * The transport that {@link webSocket} makes.
 *
 * @example
 * ```ts
 * import { createServer } from 'node:http';
 * import { ChatHub } from 'chathub';
 * import { type WebSocketTransport, webSocket } from 'chathub/websocket';
 *
 * const transport: WebSocketTransport = webSocket({ path: '/chat' });
 * await new ChatHub().listen(transport);
 * const server = createServer();
 * server.on('upgrade', (request, socket, head) => transport.handleUpgrade(request, socket, head));
 * ```
 */
export interface WebSocketTransport extends Transport {
  /**
   * Takes an upgrade that came to a server of the application's, as its `'upgrade'` event gives it: for frameworks, and for whoever
   * looks at requests first. What is no WebSocket of this transport is refused by HTTP, with the reason. Never throws for
   * what a client sent. Where `origins` leaves it open, the `Host` is not checked here: which address the server is bound
   * to is not known.
   *
   * @param request - an `IncomingMessage` of `node:http`
   * @param socket - the request's socket
   * @param head - what came behind the request already
   */
  handleUpgrade(request: object, socket: object, head: Uint8Array): void;
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
 * WebSocket (RFC 6455), for browsers and programs: on a port of its own, on the application's HTTP server, or fed with
 * upgrades by `handleUpgrade()`.
 *
 * Frames are text; a binary one closes with 1003. `limits.frameBytes` and `limits.fragments` bound a message, beyond them
 * a connection is closed with 1009 or 1008. A peer that is silent for `limits.heartbeat` is sent a ping, and is lost
 * when it does not answer within `limits.heartbeatTimeout`. `limits.helloTimeout` counts from the connect, TLS and upgrade included; on a
 * server of the application's own, from the upgrade.
 *
 * `start()`, which `hub.listen()` calls, rejects with an error whose `code` is the system's, such as `EADDRINUSE`, and
 * whose message says what to do.
 *
 * @param options - where to listen, who may connect, and what the messages mean
 * @throws OptionError for an option that is unknown, is no such value, or does not go with another
 *
 * @example
 * ```ts
 * import { ChatHub } from 'chathub';
 * import { webSocket } from 'chathub/websocket';
 *
 * const hub = new ChatHub();
 * await hub.listen(webSocket({ port: 8081, path: '/chat' }));
 * ```
 */
export function webSocket(options: WebSocketOptions = {}): WebSocketTransport {
  return new WebSocketTransports(resolveOptions(options));
}

/** Nothing is known of a server whose upgrades somebody else hands on. */
const unknownSite: Site = { bound: undefined, age: () => 0 };

class WebSocketTransports implements WebSocketTransport {
  readonly name = 'websocket';
  #settings: WebSocketSettings;
  #upgrades: Upgrades | undefined;
  #door: Door | undefined;
  #opened: Promise<void> | undefined;
  #stopped = new AbortController();

  constructor(settings: WebSocketSettings) {
    this.#settings = settings;
  }

  get addresses(): readonly string[] {
    return this.#door?.addresses ?? [];
  }

  async start(accept: Accept, context: TransportContext): Promise<void> {
    if (this.#upgrades !== undefined)
      throw new Error('This transport has been started: each hub needs one of its own.');
    this.#stopped = new AbortController();
    this.#upgrades = new Upgrades(this.#settings, accept, context);
    this.#door = doorOf(this.#settings, this.#upgrades, context);
    this.#opened = this.#open(this.#door, this.#stopped.signal);
    try {
      await this.#opened;
    } catch (error) {
      this.#shut();
      throw error;
    }
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    this.#upgrades?.close();
    // Binding cannot be called off once it is under way: it is undone.
    await this.#opened?.catch(() => {});
    this.#shut();
  }

  handleUpgrade(request: object, socket: object, head: Uint8Array): void {
    const peer = socket as Duplex;
    if (this.#upgrades === undefined) refuse(peer, { status: 503, message: 'The chat is not open.' });
    else this.#upgrades.handle(request as IncomingMessage, peer, Buffer.from(head), unknownSite);
  }

  setTls(tls: TlsOptions): void {
    this.#settings = withTls(this.#settings, tls);
    this.#door?.setTls(tls);
  }

  async #open(door: Door | undefined, signal: AbortSignal): Promise<void> {
    await door?.open(signal);
    if (signal.aborted) throw new Error('Stopped before it was listening.');
  }

  #shut(): void {
    this.#upgrades?.close();
    this.#door?.close();
    this.#upgrades = undefined;
    this.#door = undefined;
  }
}

function doorOf(settings: WebSocketSettings, upgrades: Upgrades, context: TransportContext): Door | undefined {
  const { source } = settings;
  if (source === 'elsewhere') return undefined;
  return 'server' in source
    ? new SharedDoor(source.server, settings, upgrades)
    : new OwnDoor(source, settings, upgrades, context);
}
