import { UsageError } from '../usage-error.js';

/** Where a chat is that speaks lines, as telnet does. */
export interface LinesTarget {
  readonly protocol: 'lines';
  /** For people. */
  readonly name: string;
  readonly place: { readonly host: string; readonly port: number } | { readonly path: string };
  readonly tls: boolean;
}

/** Where a chat is that speaks JSON over WebSocket. */
export interface JsonTarget {
  readonly protocol: 'json';
  /** For people. */
  readonly name: string;
  readonly url: string;
}

export type Target = LinesTarget | JsonTarget;

/** Where `chathub serve` has its chat. */
const chatPath = '/chat';

const examples = 'tcp://127.0.0.1:8080 or ws://127.0.0.1:8081/chat';

/**
 * Reads what a server says that it listens on: `tcp://HOST:PORT`, `tls://HOST:PORT`, `unix:PATH`; `ws:` and `wss:` with a path; or the
 * address of its page, `http://HOST:PORT`.
 *
 * @param text - what was typed
 * @throws UsageError
 */
export function parseTarget(text: string | undefined): Target {
  if (text === undefined) throw new UsageError(`Where to? Give a URL such as ${examples}.`);
  if (/^unix:./s.test(text))
    return { protocol: 'lines', name: text, place: { path: text.slice('unix:'.length) }, tls: false };
  const url = URL.canParse(text) ? new URL(text) : undefined;
  // What was typed may hold a password: it is not repeated.
  if (url !== undefined && (url.username !== '' || url.password !== ''))
    throw new UsageError('A URL is no place for a password. Give --token TOKEN, or better CHATHUB_TOKEN.');
  const target = url && targetOf(url);
  if (target !== undefined) return target;
  throw new UsageError(`Expected a URL such as ${examples}, got ${JSON.stringify(text)}.`);
}

function targetOf(url: URL): Target | undefined {
  const { protocol, hostname, port, pathname, search, hash } = url;
  if (protocol === 'tcp:' || protocol === 'tls:') {
    const bare = /^\/?$/.test(pathname) && search === '' && hash === '';
    if (hostname === '' || !bare || !(Number(port) > 0)) return undefined;
    const place = { host: hostname.replace(/^\[|\]$/g, ''), port: Number(port) };
    return { protocol: 'lines', name: `${hostname}:${port}`, place, tls: protocol === 'tls:' };
  }
  if (!/^(?:ws|http)s?:$/.test(protocol)) return undefined;
  // The page itself is at `/`, and so is nothing that chats beside it.
  if (protocol.startsWith('http') && pathname === '/') url.pathname = chatPath;
  url.protocol = protocol.replace('http', 'ws');
  url.hash = '';
  return { protocol: 'json', name: `${url.host}${url.pathname}`, url: url.href };
}
