import type { AddressInfo } from 'node:net';

export { customerOf } from '../../model/addresses.js';

/** A peer's address; of an IPv4 peer on a socket for both as IPv4 (RFC 4291, 2.5.5.2). */
export function plainAddress(address: string | undefined): string | undefined {
  return address?.replace(/^::ffff:(?=\d+\.)/i, '');
}

/** A listening socket's address as URLs have it: IPv6 in brackets (RFC 3986, 3.2.2). */
export function authorityOf({ address, port, family }: Pick<AddressInfo, 'address' | 'port' | 'family'>): string {
  return `${family === 'IPv6' ? `[${address}]` : address}:${port}`;
}
