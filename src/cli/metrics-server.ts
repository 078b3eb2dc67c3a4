import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { Server as SecureServer, type ServerOptions } from 'node:https';
import type { Registry } from 'prom-client';
import type { ChatHub, Logger } from '../index.js';
import { bind } from '../transports/shared/bind.js';
import type { TlsOptions } from '../transports/shared/tls.js';
import type { Address } from './address.js';
import { addressOf, httpServer } from './http.js';
import { oneLine } from './log.js';
import { UsageError } from './usage-error.js';

/** Connections that may wait for being accepted: a scraper has one. */
const backlog = 64;

/** What a {@link MetricsServer} is made of. */
export interface MetricsServerOptions {
  readonly place: Address;
  /** Where the place says so. */
  readonly tls: TlsOptions | undefined;
  readonly log: Logger;
}

/** HTTP for Prometheus, on an address of its own: how much is said on a server is no affair of those who chat on it. */
export class MetricsServer {
  readonly #server: Server | SecureServer;
  readonly #place: Address;
  readonly #register: Registry;
  readonly #log: Logger;

  private constructor(register: Registry, { place, tls, log }: MetricsServerOptions) {
    this.#register = register;
    this.#place = place;
    this.#log = log;
    this.#server = httpServer(place.tls ? tls : undefined, (request, response) => void this.#answer(request, response));
  }

  /** @throws UsageError where `prom-client` is not installed */
  static async of(hub: ChatHub, options: MetricsServerOptions): Promise<MetricsServer> {
    const { Registry, collectDefaultMetrics } = await library(() => import('prom-client'));
    const { collectMetrics } = await library(() => import('../metrics/index.js'));
    const register = new Registry();
    // Those of the process: its memory, its processor time, its files.
    collectDefaultMetrics({ register });
    collectMetrics(hub, { register });
    return new MetricsServer(register, options);
  }

  /** Where Prometheus finds them: a URL, where there is one. */
  get address(): string {
    const address = addressOf(this.#server, this.#place);
    return address.startsWith('http') ? `${address}/metrics` : address;
  }

  /**
   * @param mode - of the file of a Unix socket
   * @throws Error that says in a sentence why it cannot
   */
  async listen(mode?: number): Promise<void> {
    const { tls: _, ...place } = this.#place;
    await bind(this.#server, 'path' in place ? { ...place, mode } : place, backlog);
    this.#server.on('error', (error) => this.#log.error({ stage: 'metrics' }, `metrics: ${error.message}`));
  }

  /** Another certificate for whoever connects from here on. */
  setTls(tls: TlsOptions): void {
    if (this.#server instanceof SecureServer) this.#server.setSecureContext(tls as ServerOptions);
  }

  /** May be called more than once. */
  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  async #answer({ method, url = '/' }: IncomingMessage, response: ServerResponse): Promise<void> {
    if (method !== 'GET' && method !== 'HEAD') {
      response.setHeader('Allow', 'GET, HEAD').setHeader('Connection', 'close');
      return plain(response, 405, 'There is nothing to do here but to read.');
    }
    if (url.split('?', 1)[0] !== '/metrics') return plain(response, 404, 'There is /metrics here.');
    try {
      const text = await this.#register.metrics();
      answer(response, 200, this.#register.contentType, text);
    } catch (error) {
      this.#log.error({ stage: 'metrics' }, `metrics: ${oneLine(error)}`);
      plain(response, 500, 'The metrics could not be read; the log says why.');
    }
  }
}

function plain(response: ServerResponse, status: number, sentence: string): void {
  answer(response, status, 'text/plain; charset=utf-8', `${sentence}\n`);
}

/** Of the answer to HEAD, Node.js leaves the body out. */
function answer(response: ServerResponse, status: number, type: string, body: string): void {
  const headers = { 'Content-Type': type, 'Content-Length': Buffer.byteLength(body), 'Cache-Control': 'no-store' };
  response.writeHead(status, headers).end(body);
}

/** What nobody needs who does not ask for metrics is not installed with this package. */
async function library<T>(load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error;
    throw new UsageError(
      '--metrics needs the package prom-client: "npm install prom-client" beside chathub, or "npx -p chathub -p prom-client chathub serve …".',
    );
  }
}
