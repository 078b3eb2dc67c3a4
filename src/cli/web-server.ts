import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { Server as SecureServer, type ServerOptions } from 'node:https';
import type { Logger } from '../index.js';
import { bind } from '../transports/shared/bind.js';
import type { TlsOptions } from '../transports/shared/tls.js';
import { type WebSocketTransport, webSocket } from '../transports/websocket/index.js';
import type { Address } from './address.js';
import type { AdminApi } from './admin/api.js';
import { addressOf, httpServer } from './http.js';
import { programLog } from './log.js';
import type { PageFiles } from './page-files.js';
import { chatPath, type EngineHealth, Site } from './site.js';

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
  /** Default: that of the program as it is without options. */
  readonly log?: Logger;
}

/** HTTP on one address: the page, and the chat itself at `/chat`. */
export class WebServer {
  /** What the hub listens to. */
  readonly transport: WebSocketTransport;
  readonly #server: Server | SecureServer;
  readonly #place: Address;
  readonly #site: Site;
  readonly #admin: AdminApi | undefined;
  readonly #log: Logger;

  constructor({ place, page, engine, admin, tls, origins, trustProxy, log = programLog() }: WebOptions) {
    this.#site = new Site(page, engine);
    this.#admin = admin;
    this.#place = place;
    this.#log = log;
    this.#server = httpServer(tls, (request, response) => this.#answer(request, response));
    this.transport = webSocket({ server: this.#server, path: chatPath, origins, trustProxy });
  }

  /** Where it listens: as a URL without a path, where there is one. */
  get address(): string {
    return addressOf(this.#server, this.#place);
  }

  /**
   * @param mode - of the file of a Unix socket
   * @throws Error that says in a sentence why it cannot
   */
  async listen(mode?: number): Promise<void> {
    const { tls: _, ...place } = this.#place;
    await bind(this.#server, 'path' in place ? { ...place, mode } : place, backlog);
    this.#server.on('error', (error) => this.#log.error({ stage: 'web' }, `web: ${error.message}`));
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
