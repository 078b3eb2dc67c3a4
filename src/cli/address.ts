import { UsageError } from './usage-error.js';

/** Where to listen. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

/** What people who try it out want: nobody else can connect. */
const localhost = '127.0.0.1';

/**
 * Reads `[HOST:]PORT`; an IPv6 address stands in brackets, as in URLs (RFC 3986, 3.2.2).
 *
 * @param text - what was typed
 * @param source - the flag or variable that it comes from
 * @throws UsageError
 */
export function parseAddress(text: string, source: string): Address {
  const { ipv6, name, digits } =
    /^(?:(?:\[(?<ipv6>[^\]]+)\]|(?<name>[^:[\]]+)):)?(?<digits>\d+)$/.exec(text)?.groups ?? {};
  const port = Number(digits);
  if (port <= 65_535) return { host: ipv6 ?? name ?? localhost, port };
  const expected = '[HOST:]PORT with a port up to 65535, such as 8080 or [::1]:8080';
  throw new UsageError(`${source}: expected ${expected}, got ${JSON.stringify(text)}.`);
}

/** As people would type it: `telnet 127.0.0.1 8080`. */
export function telnetCommand(url: string): string {
  const { hostname, port } = new URL(url);
  const host = hostname.replace(/^\[|\]$/g, '');
  return `telnet ${anyAddress.get(host) ?? host} ${port}`;
}

/** Where a browser on this machine finds what listens at this URL. */
export function pageUrl(url: string): string {
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
