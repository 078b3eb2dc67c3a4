import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createSecureServer, Server as SecureServer, type ServerOptions } from 'node:https';
import { authorityOf } from '../transports/shared/addresses.js';
import { bind } from '../transports/shared/bind.js';
import type { TlsOptions } from '../transports/shared/tls.js';
import { type WebSocketTransport, webSocket } from '../transports/websocket/index.js';
import type { Address } from './address.js';
import type { AdminApi } from './admin/api.js';
import { logError } from './log.js';
import type { PageFiles } from './page-files.js';
import { chatPath, type EngineHealth, Site } from './site.js';

/** How long a request may take to come. Nothing here is sent in earnest but a few lines. */
const patienceMs = 10_000;

/** Connections that may wait for being accepted. */
const backlog = 4_096;

/** What a {@link WebServer} is made of. */
export interface WebOptions {
  readonly place: Address;
  readonly page: PageFiles | undefined;
  readonly engine: () => EngineHealth;
  /** What administrators ask; undefined where there is to be nothing of the kind. */
  readonly admin?: AdminApi | undefined;
  /** Where the place says so. */
  readonly tls?: TlsOptions | undefined;
  readonly origins?: readonly string[];
  readonly trustProxy?: readonly string[];
}

/** HTTP on one address: the page, and the chat itself at `/chat`. */
export class WebServer {
  /** What the hub listens to. */
  readonly transport: WebSocketTransport;
  readonly #server: Server | SecureServer;
  readonly #place: Address;
  readonly #site: Site;
  readonly #admin: AdminApi | undefined;

  constructor({ place, page, engine, admin, tls, origins, trustProxy }: WebOptions) {
    this.#site = new Site(page, engine);
    this.#admin = admin;
    this.#place = place;
    // Node.js looks for those over their time every 30 s unless told otherwise.
    const patience = { headersTimeout: patienceMs, requestTimeout: patienceMs, connectionsCheckingInterval: 1_000 };
    const answer = (request: IncomingMessage, response: ServerResponse) => this.#answer(request, response);
    this.#server =
      tls === undefined
        ? createServer(patience, answer)
        : createSecureServer({ ...patience, ...(tls as ServerOptions), handshakeTimeout: patienceMs }, answer);
    // Some peer speaks no TLS: no affair of the operator's. Node.js leaves the socket to us.
    this.#server.on('tlsClientError', (_error, socket) => socket.destroy());
    this.transport = webSocket({ server: this.#server, path: chatPath, origins, trustProxy });
  }

  /** Where it listens: as a URL without a path, where there is one. */
  get address(): string {
    const address = this.#server.address();
    if (address === null) return 'fd' in this.#place ? `fd:${this.#place.fd}` : '';
    if (typeof address === 'string') return `unix:${address}`;
    return `${this.#place.tls ? 'https' : 'http'}://${authorityOf(address)}`;
  }

  /**
   * @param mode - of the file of a Unix socket
   * @throws Error that says in a sentence why it cannot
   */
  async listen(mode?: number): Promise<void> {
    const { tls: _, ...place } = this.#place;
    await bind(this.#server, 'path' in place ? { ...place, mode } : place, backlog);
    this.#server.on('error', (error) => logError({ error, stage: 'web' }));
  }

  /** Other certificates for whoever connects from here on. */
  setTls(tls: TlsOptions): void {
    if (this.#server instanceof SecureServer) this.#server.setSecureContext(tls as ServerOptions);
  }

  /** The chat can be reached. */
  open(): void {
    this.#site.state = 'open';
  }

  /** The chat ends: whoever asks is told so, until `close()`. */
  drain(): void {
    this.#site.state = 'draining';
  }

  /** Whoever still waits for an answer waits no longer. May be called more than once. */
  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    if (this.#admin?.concerns(request)) {
      void this.#admin.handle(request, response, { state: this.#site.state, bound: this.#bound });
      return;
    }
    const { status, headers, body } = this.#site.answer(request);
    response.writeHead(status, headers);
    // Of the answer to HEAD, Node.js leaves the body out.
    response.end(body);
  }

  get #bound(): string | undefined {
    const address = this.#server.address();
    return address === null || typeof address === 'string' ? undefined : address.address;
  }
}
