import type { IncomingMessage } from 'node:http';
import type { EngineStatus } from '../index.js';
import type { PageFile, PageFiles } from './page-files.js';

/** What is answered to a request. */
export interface Answer {
  readonly status: number;
  readonly headers: { readonly [name: string]: string };
  readonly body: string | Buffer;
}

/** `starting` until the chat is open, `draining` once it ends. */
export type SiteState = 'starting' | 'open' | 'draining';

/** Whether what is said can be stored. */
export type EngineHealth = Pick<EngineStatus, 'state' | 'reason'>;

/** Where the chat is. */
export const chatPath = '/chat';

/**
 * The page is made of its own files alone, and talks to its own server: nothing that anybody writes in a chat can bring in
 * more, nor can other pages put it into a frame.
 */
export const securityHeaders = {
  'Content-Security-Policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "connect-src 'self'",
    "img-src 'self' data:",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
  ].join('; '),
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
} as const;

/** What stands under which path, besides the WebSockets of the chat. */
export class Site {
  state: SiteState = 'starting';
  readonly #files: PageFiles | undefined;
  readonly #engine: () => EngineHealth;

  /**
   * @param files - the page; undefined where it was not built
   * @param engine - how the engine is, asked for each time
   */
  constructor(files: PageFiles | undefined, engine: () => EngineHealth) {
    this.#files = files;
    this.#engine = engine;
  }

  answer(request: Pick<IncomingMessage, 'method' | 'url' | 'headers'>): Answer {
    const { status, headers, body } = this.#find(request);
    const length = status === 304 ? {} : { 'Content-Length': String(Buffer.byteLength(body)) };
    return { status, headers: { ...securityHeaders, ...length, ...headers }, body };
  }

  #find({ method, url = '/', headers }: Pick<IncomingMessage, 'method' | 'url' | 'headers'>): Answer {
    if (method !== 'GET' && method !== 'HEAD')
      return plain(405, 'There is nothing to do here but to read.', { Allow: 'GET, HEAD', Connection: 'close' });
    const path = pathOf(url);
    if (path === chatPath) return this.#chat();
    if (path === '/healthz') return this.#health(this.state === 'open');
    if (path === '/readyz') return this.#health(this.state === 'open' && this.#engine().state !== 'down');
    // Its files are beside it: with the slash, a browser would look for them below it.
    if (path === '/admin/' && this.#files?.has('/admin'))
      return plain(308, 'The page is at /admin.', { Location: '../admin' });
    const file = this.#files?.get(path);
    if (file !== undefined) return fileAnswer(file, headers['if-none-match']);
    if (path === '/' && this.#files === undefined)
      return plain(503, 'The page was not built. Run "npm run build", then start the server again.');
    return plain(404, 'There is nothing here.');
  }

  /** Upgrades come here, too, while nobody takes them: before the chat is open, and once it ends. */
  #chat(): Answer {
    if (this.state !== 'open') return plain(503, 'The chat is not open.', { 'Retry-After': '5', Connection: 'close' });
    // RFC 9110, 15.5.22.
    const headers = { Upgrade: 'websocket', Connection: 'Upgrade' };
    return plain(426, 'This is a WebSocket: connect with a client for those.', headers);
  }

  /**
   * `/healthz`: to start it again would help it. `/readyz`: to send nobody here would, as when its engine is away, which no new start
   * brings back.
   */
  #health(isWell: boolean): Answer {
    const { state, reason } = this.#engine();
    const engine = reason === undefined ? { state } : { state, reason };
    const status = this.state === 'open' ? (isWell ? 'ok' : 'unavailable') : this.state;
    const headers = { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' };
    return { status: isWell ? 200 : 503, headers, body: JSON.stringify({ status, engine }) };
  }
}

function fileAnswer({ type, body, etag }: PageFile, known: string | undefined): Answer {
  // Browsers ask each time: after an update, no page meets the scripts of another.
  const headers = { ETag: etag, 'Cache-Control': 'no-cache' };
  if (matches(known, etag)) return { status: 304, headers, body: '' };
  return { status: 200, headers: { ...headers, 'Content-Type': type }, body };
}

/** A weak tag, as proxies that compress make them, is as good here (RFC 9110, 13.1.2). */
function matches(known: string | undefined, etag: string): boolean {
  return known?.split(',').some((tag) => ['*', etag, `W/${etag}`].includes(tag.trim())) ?? false;
}

function plain(status: number, sentence: string, headers: Answer['headers'] = {}): Answer {
  const text = { 'Content-Type': 'text/plain; charset=utf-8', 'Cache-Control': 'no-store' };
  return { status, headers: { ...text, ...headers }, body: `${sentence}\n` };
}

/** Without its query; a proxy may give a whole URL (RFC 9112, 3.2.2). */
export function pathOf(url: string): string {
  return /^(?:https?:\/\/[^/?#]*)?([^?#]*)/i.exec(url)?.[1] || '/';
}
