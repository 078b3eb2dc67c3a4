import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, ServerResponse } from 'node:http';
import { createServer as createSecureServer, Server as SecureServer } from 'node:https';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { SecureContextOptions, TLSSocket } from 'node:tls';
import { OptionError } from '../../model/errors.js';
import type { TransportContext } from '../../ports/transport.js';
import { authorityOf } from '../shared/addresses.js';
import { Arrivals } from '../shared/arrivals.js';
import { bind } from '../shared/bind.js';
import { listenError } from '../shared/listen-error.js';
import type { OwnPlace } from '../shared/option-checks.js';
import type { TlsOptions } from '../shared/tls.js';
import type { WebSocketSettings } from './options.js';
import type { Refusal } from './refuse.js';
import { refuse } from './refuse.js';
import { pathOf, type Site, type Upgrades, upgradeRequired } from './upgrades.js';

/** Where upgrades come in, until it is closed. */
export interface Door {
  readonly addresses: readonly string[];
  /** Resolves when peers can connect. */
  open(signal: AbortSignal): Promise<void>;
  /** Takes no more upgrades; a server of our own listens no more. */
  close(): void;
  /** Other certificates for whoever connects from here on; only where TLS is ours. */
  setTls(tls: TlsOptions): void;
}

/** A listener of ours among those of a server, and the path that it is for. */
interface UpgradeListener {
  (request: IncomingMessage, socket: Duplex, head: Buffer): void;
  readonly [servedPath]: string;
}

const servedPath = Symbol('served path');

/** The longest that Node.js' timers can wait. */
const longestMs = 2 ** 31 - 1;

/** A server of the application's own: it is never closed here, and what else it serves is left alone. */
export class SharedDoor implements Door {
  readonly #server: Server | SecureServer;
  readonly #path: string;
  readonly #listener: UpgradeListener;
  #addresses: readonly string[] = [];

  constructor(server: Server | SecureServer, { path }: WebSocketSettings, upgrades: Upgrades) {
    this.#server = server;
    this.#path = path;
    const handle = (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      if (upgrades.concerns(request)) upgrades.handle(request, socket, head, siteOf(server));
      else if (!this.#isLeftToUs(pathOf(request))) return;
      else if (isPlainAsWell(request)) answerPlainly(server, request, socket);
      else refuse(socket, nothingHere);
    };
    this.#listener = Object.assign(handle, { [servedPath]: path });
  }

  get addresses(): readonly string[] {
    return this.#addresses;
  }

  async open(signal: AbortSignal): Promise<void> {
    if (this.#listeners.some((listener) => listener[servedPath] === this.#path))
      throw new OptionError('webSocket.path', 'a path that no other transport on this server has', this.#path);
    this.#server.on('upgrade', this.#listener);
    if (!this.#server.listening)
      await once(this.#server, 'listening', { signal }).catch((error: unknown) => {
        if (!signal.aborted) throw listenError({ server: this.#server }, error);
      });
    this.#addresses = addressesOf(this.#server, this.#server instanceof SecureServer, this.#path);
  }

  close(): void {
    this.#addresses = [];
    this.#server.off('upgrade', this.#listener);
  }

  /** Its certificates are the application's affair. */
  setTls(): void {}

  /**
   * An upgrade that no listener takes stays open for good. Where all listeners are ours, and none of them wants it, the
   * first of them ends it; else it may be somebody else's.
   */
  #isLeftToUs(path: string): boolean {
    const [first] = this.#listeners;
    return first === this.#listener && this.#listeners.every(({ [servedPath]: served = path }) => served !== path);
  }

  get #listeners(): readonly Partial<UpgradeListener>[] {
    return this.#server.listeners('upgrade') as readonly Partial<UpgradeListener>[];
  }
}

/** Whether it asks for an upgrade that nobody here speaks, such as `h2c` of `curl --http2`, and has all it needs without. */
function isPlainAsWell({ headers }: IncomingMessage): boolean {
  const hasBody = 'content-length' in headers || 'transfer-encoding' in headers;
  return headers.upgrade?.toLowerCase() !== 'websocket' && !hasBody;
}

/** RFC 9110, 7.8: a server may ignore an upgrade. Node.js does not, once anybody listens to upgrades at all. */
function answerPlainly(server: Server | SecureServer, request: IncomingMessage, socket: Duplex): void {
  const response = new ServerResponse(request);
  response.shouldKeepAlive = false;
  response.assignSocket(socket as Socket);
  // Nobody reads it: what else the client sends, and that it goes, is heard of only when it flows.
  socket.resume();
  response.on('finish', () => (socket as Socket).destroySoon());
  // A reset is one way for it to end, and without a listener would end the process.
  socket.on('error', () => {});
  server.emit('request', request, response);
}

/** A server of our own. */
export class OwnDoor implements Door {
  readonly #server: Server | SecureServer;
  readonly #place: OwnPlace;
  readonly #settings: WebSocketSettings;
  readonly #context: TransportContext;
  readonly #arrivals: Arrivals;
  #addresses: readonly string[] = [];

  constructor(place: OwnPlace, settings: WebSocketSettings, upgrades: Upgrades, context: TransportContext) {
    this.#place = place;
    this.#settings = settings;
    this.#context = context;
    this.#server = makeServer(settings, context);
    this.#arrivals = new Arrivals(this.#server);
    this.#server.on('request', (request: IncomingMessage, response: ServerResponse) =>
      answer(response, upgrades.concerns(request) ? plainRefusal(request) : nothingHere),
    );
    const site = siteOf(this.#server, (socket) => this.#arrivals.age(socket));
    this.#server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) =>
      upgrades.handle(request, socket, head, site),
    );
  }

  get addresses(): readonly string[] {
    return this.#addresses;
  }

  async open(): Promise<void> {
    await bind(this.#server, this.#place, this.#settings.backlog);
    this.#server.on('error', (error) => this.#context.onError(error));
    const { tls, path } = this.#settings;
    const fd = 'fd' in this.#place ? this.#place.fd : undefined;
    this.#addresses = addressesOf(this.#server, tls !== undefined, path, fd);
  }

  close(): void {
    this.#addresses = [];
    // The socket is closed at once; what is upgraded stays, and is the hub's to close. What is not, would stay for good:
    // a server that is closing looks for nobody's timeout.
    this.#server.close();
    this.#server.closeAllConnections();
    this.#server.on('secureConnection', (socket: TLSSocket) => socket.destroy());
  }

  setTls(tls: TlsOptions): void {
    if (this.#server instanceof SecureServer) this.#server.setSecureContext(tls as SecureContextOptions);
  }
}

function makeServer({ tls }: WebSocketSettings, { limits }: TransportContext): Server | SecureServer {
  const patience = Math.min(limits.helloTimeout, longestMs);
  // Node.js looks for those over their time every 30 s unless told otherwise.
  const options = { headersTimeout: patience, requestTimeout: patience, connectionsCheckingInterval: 1_000 };
  if (tls === undefined) return createServer(options);
  const server = createSecureServer({ ...options, ...(tls as object), handshakeTimeout: patience });
  // Some peer speaks no TLS, or is too slow at it: no affair of the operator's. Node.js leaves the socket to us.
  return server.on('tlsClientError', (_error, socket) => socket.destroy());
}

const nothingHere: Refusal = { status: 404, message: 'There is nothing here.' };

function plainRefusal({ method }: IncomingMessage): Refusal {
  if (method === 'GET' || method === 'HEAD') return upgradeRequired;
  return { status: 405, message: 'A WebSocket begins with GET.', headers: { Allow: 'GET' } };
}

function answer(response: ServerResponse, { status, message, headers = {} }: Refusal): void {
  // RFC 9110, 7.8: who sends Upgrade names it in Connection.
  const connection = 'Upgrade' in headers ? 'close, Upgrade' : 'close';
  response.writeHead(status, { ...headers, Connection: connection, 'Content-Type': 'text/plain; charset=utf-8' });
  response.end(`${message}\n`);
}

function siteOf(server: Server | SecureServer, age: Site['age'] = () => 0): Site {
  return {
    get bound() {
      const address = server.address();
      return address === null || typeof address === 'string' ? undefined : address.address;
    },
    age,
  };
}

function addressesOf(server: Server | SecureServer, secure: boolean, path: string, fd?: number): readonly string[] {
  const address = server.address();
  // Of a Unix socket that was handed to this process, Node.js does not know the path.
  if (address === null) return fd === undefined ? [] : [`fd:${fd}`];
  // There is no URL for it that everybody agrees on; this one is of `ws`.
  if (typeof address === 'string') return [`ws+unix:${address}:${path}`];
  return [`${secure ? 'wss' : 'ws'}://${authorityOf(address)}${path}`];
}
