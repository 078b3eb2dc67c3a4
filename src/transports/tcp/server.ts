import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type TLSSocket, type TlsOptions, Server as TlsServer } from 'node:tls';
import type { TransportContext } from '../../ports/transport.js';
import { Arrivals, endOf } from '../shared/arrivals.js';
import { bind } from '../shared/bind.js';
import { listenError } from '../shared/listen-error.js';
import type { OwnPlace } from '../shared/option-checks.js';
import type { Proxies } from '../shared/proxies.js';
import { identify, type Peer, peerOf } from './behind-proxy.js';
import type { TcpSettings } from './options.js';

/** The longest that Node.js' timers can wait. */
const longestMs = 2 ** 31 - 1;

/** Somebody who has connected: by now it is known who, and encrypted if it is to be. */
export interface Arrival {
  readonly socket: Socket;
  readonly peer: Peer;
  /** Milliseconds since it connected. */
  readonly age: number;
}

/** A server, and what to do with it, which depends on whose it is. */
export interface Door {
  readonly secure: boolean;
  /** Where it listens: undefined where nobody knows. */
  readonly address: ReturnType<Server['address']>;
  /** Resolves when peers can connect; each of them is handed over from here on. */
  open(admit: (arrival: Arrival) => void, signal: AbortSignal): Promise<void>;
  /** Closes it, if it is ours. Its connections stay. */
  close(): void;
  /** Other certificates for whoever connects from here on; only where TLS is ours. */
  setTls(tls: NonNullable<TcpSettings['tls']>): void;
}

export function makeDoor(settings: TcpSettings, context: TransportContext): Door {
  const { place, proxies } = settings;
  return 'server' in place ? new GivenDoor(place.server, proxies, context) : new OwnDoor(place, settings, context);
}

/** A server of the application's own. */
class GivenDoor implements Door {
  readonly secure: boolean;
  readonly #server: Server;
  readonly #proxies: Proxies;
  readonly #patience: number;
  #admit: ((socket: Socket) => void) | undefined;

  constructor(server: Server, proxies: Proxies, { limits }: TransportContext) {
    this.secure = server instanceof TlsServer;
    this.#server = server;
    this.#proxies = proxies;
    this.#patience = Math.min(limits.helloTimeout, longestMs);
  }

  get address(): ReturnType<Server['address']> {
    return this.#server.address();
  }

  async open(admit: (arrival: Arrival) => void, signal: AbortSignal): Promise<void> {
    this.#admit = (socket) => arrive(socket, this.#proxies, this.#patience, admit);
    this.#server.on(this.#event, this.#admit);
    if (this.#server.listening) return;
    await once(this.#server, 'listening', { signal }).catch((error: unknown) => {
      if (!signal.aborted) throw listenError({ server: this.#server }, error);
    });
  }

  close(): void {
    if (this.#admit !== undefined) this.#server.off(this.#event, this.#admit);
  }

  /** Its certificates are the application's affair. */
  setTls(): void {}

  /** A TLS server has 'connection' too: it is for the socket beneath, before the handshake. */
  get #event(): 'connection' | 'secureConnection' {
    return this.secure ? 'secureConnection' : 'connection';
  }
}

/** A server of ours. Where proxies say whom they speak for, they do so before the handshake of TLS. */
class OwnDoor implements Door {
  readonly secure: boolean;
  readonly #place: OwnPlace;
  readonly #settings: TcpSettings;
  readonly #context: TransportContext;
  readonly #patience: number;
  /** What listens. */
  readonly #server: Server;
  /** What encrypts; the same, where nothing is said before. */
  readonly #tls: TlsServer | undefined;

  constructor(place: OwnPlace, settings: TcpSettings, context: TransportContext) {
    this.#place = place;
    this.#settings = settings;
    this.#context = context;
    this.#patience = Math.min(context.limits.helloTimeout, longestMs);
    this.secure = settings.tls !== undefined;
    this.#tls = settings.tls === undefined ? undefined : createSecure(settings.tls, this.#patience);
    this.#server =
      this.#tls === undefined || !settings.proxies.none ? createServer({ allowHalfOpen: true }) : this.#tls;
  }

  get address(): ReturnType<Server['address']> {
    return this.#server.address();
  }

  async open(admit: (arrival: Arrival) => void): Promise<void> {
    const { proxies, backlog } = this.#settings;
    const plain = (then: (arrival: Arrival) => void) =>
      this.#server.on('connection', (socket: Socket) => arrive(socket, proxies, this.#patience, then));
    if (this.#tls === undefined) plain(admit);
    else if (this.#tls === this.#server) this.#admitSecure(this.#tls, admit);
    else plain(this.#shakeHands(this.#tls, admit));
    await bind(this.#server, this.#place, backlog);
    this.#server.on('error', (error) => this.#context.onError(error));
  }

  close(): void {
    // The socket is closed at once, and a Unix socket's file removed; it is 'close' that waits for all connections.
    this.#server.close();
  }

  setTls(tls: NonNullable<TcpSettings['tls']>): void {
    this.#tls?.setSecureContext(tls as TlsOptions);
  }

  #admitSecure(server: TlsServer, admit: (arrival: Arrival) => void): void {
    const arrivals = new Arrivals(server);
    server.on('secureConnection', (socket: TLSSocket) =>
      admit({ socket, peer: peerOf(socket), age: arrivals.age(socket) }),
    );
  }

  /** Hands those who said who they are to TLS, and knows them again afterwards. */
  #shakeHands(server: TlsServer, admit: (arrival: Arrival) => void): (arrival: Arrival) => void {
    const known = new Map<string, { readonly peer: Peer; readonly since: number }>();
    server.on('secureConnection', (socket: TLSSocket) => {
      const { peer, since } = known.get(endOf(socket)) ?? { peer: peerOf(socket), since: performance.now() };
      admit({ socket, peer, age: performance.now() - since });
    });
    return ({ socket, peer, age }) => {
      const end = endOf(socket);
      known.set(end, { peer, since: performance.now() - age });
      socket.once('close', () => known.delete(end));
      server.emit('connection', socket);
    };
  }
}

function arrive(socket: Socket, proxies: Proxies, patience: number, then: (arrival: Arrival) => void): void {
  const since = performance.now();
  identify(socket, proxies, patience, (peer) => then({ socket, peer, age: performance.now() - since }));
}

function createSecure(tls: NonNullable<TcpSettings['tls']>, handshakeTimeout: number): TlsServer {
  const server = createTlsServer({ ...(tls as TlsOptions), allowHalfOpen: true, handshakeTimeout });
  // Some peer speaks no TLS, or is too slow at it: no affair of the operator's. Node.js leaves the socket to us.
  server.on('tlsClientError', (_error, socket) => socket.destroy());
  return server;
}
