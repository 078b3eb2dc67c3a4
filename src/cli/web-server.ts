import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type WebSocketTransport, webSocket } from '../transports/websocket/index.js';
import type { Address } from './address.js';
import { logError } from './log.js';
import type { PageFiles } from './page-files.js';
import { chatPath, type EngineHealth, Site } from './site.js';

/** How long a request may take to come. Nothing here is sent in earnest but a few lines. */
const patienceMs = 10_000;

/** HTTP on one address: the page, and the chat itself at `/chat`. */
export class WebServer {
  /** What the hub listens to. */
  readonly transport: WebSocketTransport;
  readonly #server: Server;
  readonly #site: Site;

  constructor(page: PageFiles | undefined, engine: () => EngineHealth) {
    this.#site = new Site(page, engine);
    this.#server = createServer(
      // Node.js looks for those over their time every 30 s unless told otherwise.
      { headersTimeout: patienceMs, requestTimeout: patienceMs, connectionsCheckingInterval: 1_000 },
      (request, response) => this.#answer(request, response),
    );
    this.transport = webSocket({ server: this.#server, path: chatPath });
  }

  /** Where it listens, as a URL without a path. */
  get address(): string {
    const { address, port, family } = this.#server.address() as AddressInfo;
    return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
  }

  /** @throws Error that says in a sentence why it cannot */
  async listen(place: Address): Promise<void> {
    try {
      this.#server.listen({ ...place });
      await once(this.#server, 'listening');
    } catch (error) {
      throw new Error(`Cannot listen on ${nameOf(place)}: ${reasonOf(error)}`, { cause: error });
    }
    this.#server.on('error', (error) => logError({ error, stage: 'web' }));
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
    const { status, headers, body } = this.#site.answer(request);
    response.writeHead(status, headers);
    // Of the answer to HEAD, Node.js leaves the body out.
    response.end(body);
  }
}

function nameOf({ host, port }: Address): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** As the transports say it of ports of their own. */
function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  switch (code) {
    case 'EADDRINUSE':
      return 'another process is using it. Choose another port.';
    case 'EACCES':
      return 'this user may not. Choose a port above 1023.';
    case 'EADDRNOTAVAIL':
      return 'this machine has no such address. Use 0.0.0.0 or :: for all that it has.';
    default:
      return `${message}.`;
  }
}
