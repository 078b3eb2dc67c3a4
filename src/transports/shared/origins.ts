import type { IncomingMessage } from 'node:http';
import { isLoopback } from '../../model/addresses.js';

/**
 * Whose pages may connect: origins such as `https://chat.example.com`, `'*'` for all, or a function that decides.
 *
 * @example
 * ```ts
 * import type { AllowedOrigins } from 'chathub/websocket';
 *
 * const ours: AllowedOrigins = (origin) => new URL(origin).hostname.endsWith('.example.com');
 * ```
 */
export type AllowedOrigins = readonly string[] | '*' | ((origin: string) => boolean);

/** Why a page may not connect. */
export interface OriginRefusal {
  readonly status: 403;
  /** A sentence for whoever reads it. */
  readonly message: string;
}

const localNames: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]']);

/**
 * Why a page may not connect; undefined when it may. Browsers let every page open a WebSocket to every server, with the
 * cookies of that server: the `Origin` that they add is what tells pages apart (RFC 6455, 10.2). Programs send none.
 *
 * @param bound - the address that the server listens on, where it is known
 */
export function originRefusal(
  { headers, socket }: IncomingMessage,
  allowed: AllowedOrigins | undefined,
  bound: string | undefined,
): OriginRefusal | undefined {
  if (allowed === '*') return undefined;
  const host = plainHost(headers.host);
  if (bound !== undefined && isLoopback(bound) && !isLocalHost(host, bound) && !isAllowedHost(host, allowed)) {
    return forbidden(`This server listens on loopback, and the Host is another: add its origin to "origins".`);
  }
  const { origin } = headers;
  if (origin === undefined || isSameOrigin(origin, host, 'encrypted' in socket) || isAllowed(origin, allowed))
    return undefined;
  return forbidden('Pages of that origin may not connect here: add it to "origins".');
}

/**
 * Whether the cookies of a request were sent for one of our own pages. Where every page may connect, those of others would act with
 * the cookies of whoever looks at them (cross-site WebSocket hijacking); and what is no browser has no cookies of ours.
 */
export function mayUseCookies({ headers, socket }: IncomingMessage, allowed: AllowedOrigins | undefined): boolean {
  const { origin, host } = headers;
  if (origin === undefined) return false;
  return isSameOrigin(origin, plainHost(host), 'encrypted' in socket) || isAllowed(origin, allowed);
}

/**
 * The Host, if it is a host and perhaps a port (RFC 9110, 7.2). As the beginning of a URL, which it is compared as,
 * `evil.com@127.0.0.1` would be the machine behind the `@`.
 */
function plainHost(host = ''): string {
  return /[\s/?#@\\]/.test(host) ? '' : host;
}

function forbidden(message: string): OriginRefusal {
  return { status: 403, message };
}

/**
 * As the URL of what it is compared with: the port may be left out where it is the scheme's. The scheme may be a proxy's; but
 * where TLS ends here, a page that came without may be anybody's who is on its way.
 */
function isSameOrigin(origin: string, host: string, isEncrypted: boolean): boolean {
  const page = urlOf(origin);
  if (isEncrypted && page?.protocol !== 'https:') return false;
  return page !== undefined && page.origin === origin && page.host === urlOf(`${page.protocol}//${host}`)?.host;
}

function isAllowed(origin: string, allowed: AllowedOrigins | undefined): boolean {
  // Such as the `null` of a sandboxed frame: nobody's, so that no function need cope with it.
  if (allowed === undefined || allowed === '*' || !isOrigin(origin)) return false;
  // A promise is no yes: what is decided later is decided too late.
  return typeof allowed === 'function' ? allowed(origin) === true : allowed.includes(origin);
}

/**
 * A page whose name was made to resolve to 127.0.0.1 (DNS rebinding) comes from the same origin, as far as the browser
 * can tell: its Host is what gives it away.
 */
function isLocalHost(host: string, bound: string): boolean {
  const name = urlOf(`http://${host}`)?.hostname;
  return (
    name !== undefined &&
    (localNames.has(name) || name === urlOf(`http://${bound.includes(':') ? `[${bound}]` : bound}`)?.hostname)
  );
}

function isAllowedHost(host: string, allowed: AllowedOrigins | undefined): boolean {
  return ['https', 'http'].some((scheme) => {
    const origin = urlOf(`${scheme}://${host}`)?.origin;
    return origin !== undefined && isAllowed(origin, allowed);
  });
}

/** As RFC 6454, 6.2 writes one. Those of apps and extensions have schemes of their own, such as `capacitor://localhost`. */
export function isOrigin(text: string): boolean {
  return /^https?:/.test(text) ? urlOf(text)?.origin === text : /^[a-z][a-z\d+.-]*:\/\/[^\s/?#]+$/.test(text);
}

/** Not by `URL.canParse()`: that of Node.js 20, once it is compiled, takes Latin-1 for UTF-8, and says yes to what throws. */
function urlOf(text: string): URL | undefined {
  try {
    return new URL(text);
  } catch {
    return undefined;
  }
}
