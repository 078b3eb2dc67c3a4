import { UsageError } from './usage-error.js';

/** Where to listen. */
export type Address = Place & {
  /** Encrypted, by the certificate of `--tls-cert`. */
  readonly tls: boolean;
};

type Place = { readonly host: string; readonly port: number } | { readonly path: string } | { readonly fd: number };

/** What people who try it out want: nobody else can connect. */
const localhost = '127.0.0.1';

/**
 * Reads `[HOST:]PORT`, where an IPv6 address stands in brackets, as in URLs (RFC 3986, 3.2.2); `unix:PATH`; or `fd:NUMBER`. `tls:` before it
 * encrypts.
 *
 * @param text - what was typed
 * @param source - the flag or variable that it comes from
 * @throws UsageError
 */
export function parseAddress(text: string, source: string): Address {
  const [, prefix, rest = ''] = /^(tls:)?(.*)$/s.exec(text) ?? [];
  const place = placeOf(rest);
  if (place !== undefined) return { ...place, tls: prefix !== undefined };
  const expected = '[HOST:]PORT with a port up to 65535, such as 8080 or [::1]:8080, unix:PATH or fd:NUMBER';
  throw new UsageError(`${source}: expected ${expected}, got ${JSON.stringify(text)}.`);
}

function placeOf(text: string): Place | undefined {
  if (/^unix:./.test(text)) return { path: text.slice('unix:'.length) };
  if (/^fd:\d{1,9}$/.test(text)) return { fd: Number(text.slice('fd:'.length)) };
  const { ipv6, name, digits } =
    /^(?:(?:\[(?<ipv6>[^\]]+)\]|(?<name>[^:[\]]+)):)?(?<digits>\d+)$/.exec(text)?.groups ?? {};
  const port = Number(digits);
  return port <= 65_535 ? { host: ipv6 ?? name ?? localhost, port } : undefined;
}

/** As people would type it: `telnet 127.0.0.1 8080`; undefined where telnet can't go. */
export function telnetCommand(url: string): string | undefined {
  if (url.startsWith('unix:')) return `nc -U ${url.slice('unix:'.length)}`;
  if (!url.startsWith('tcp:')) return undefined;
  const { hostname, port } = new URL(url);
  const host = hostname.replace(/^\[|\]$/g, '');
  return `telnet ${anyAddress.get(host) ?? host} ${port}`;
}

/** Where a browser on this machine finds what listens at this URL; undefined where none can. */
export function pageUrl(url: string): string | undefined {
  if (!url.startsWith('http')) return undefined;
  const page = new URL(url);
  const host = anyAddress.get(page.hostname.replace(/^\[|\]$/g, ''));
  if (host !== undefined) page.hostname = host.includes(':') ? `[${host}]` : host;
  return page.href;
}

/** To listen on these means on all addresses; to connect to them means nothing everywhere. */
const anyAddress: ReadonlyMap<string, string> = new Map([
  ['0.0.0.0', localhost],
  ['::', '::1'],
]);
