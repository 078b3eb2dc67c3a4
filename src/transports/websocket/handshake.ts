import type { IncomingMessage } from 'node:http';
import type { HandshakeRequest } from '../../ports/transport.js';

/**
 * Browsers can't set headers of a WebSocket: what they offer as subprotocols is where a token fits. It is never agreed to. All that
 * a subprotocol may hold (RFC 6455, 4.1; RFC 9110, 5.6.2) may stand in it, which a JWT does.
 */
const tokenPrefix = 'chathub.token.';

/** @param mayUseCookies - the page that it comes from, if it comes from one, is one of ours */
export function handshakeOf({ url = '/', headers }: IncomingMessage, mayUseCookies: boolean): HandshakeRequest {
  const kept = Object.create(null) as { [name: string]: string };
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined || (name === 'cookie' && !mayUseCookies)) continue;
    kept[name] = typeof value === 'string' ? value : value.join(', ');
  }
  const cookies = cookiesIn(mayUseCookies ? headers.cookie : undefined);
  return { url, headers: kept, cookies, token: bearer(headers.authorization) ?? offeredToken(headers) };
}

/** Whether what a client offers as a subprotocol is none, but its token. */
export function isToken(subprotocol: string): boolean {
  return subprotocol.startsWith(tokenPrefix);
}

/** RFC 6750, 2.1; the scheme in any case (RFC 9110, 11.1). */
function bearer(authorization: string | undefined): string | undefined {
  return /^bearer +([\w.~+/-]+=*) *$/i.exec(authorization ?? '')?.[1];
}

function offeredToken(headers: IncomingMessage['headers']): string | undefined {
  const offered = headers['sec-websocket-protocol']?.split(',').map((name) => name.trim());
  return offered?.find(isToken)?.slice(tokenPrefix.length) || undefined;
}

/** RFC 6265, 5.4: pairs apart by `;`. Of several of one name the first counts: it is the more specific one. */
function cookiesIn(header: string | undefined): HandshakeRequest['cookies'] {
  const cookies = Object.create(null) as { [name: string]: string };
  for (const pair of header?.split(';') ?? []) {
    const equals = pair.indexOf('=');
    const name = pair.slice(0, equals).trim();
    if (equals > 0 && name !== '' && !(name in cookies)) cookies[name] = decoded(pair.slice(equals + 1).trim());
  }
  return cookies;
}

/** In quotes or not; what looks encoded and is not stays as it is. */
function decoded(value: string): string {
  const plain = /^"(.*)"$/.exec(value)?.[1] ?? value;
  try {
    return decodeURIComponent(plain);
  } catch {
    return plain;
  }
}
