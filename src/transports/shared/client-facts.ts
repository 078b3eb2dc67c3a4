import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { addressBytes } from '../../model/addresses.js';
import { plainAddress } from './addresses.js';
import type { Proxies } from './proxies.js';

/** Where a client is, as far as it can be known. */
export interface ClientFacts {
  readonly remoteAddress: string | undefined;
  readonly remotePort: number | undefined;
  readonly secure: boolean;
}

/**
 * Who is at the other end: the peer of the socket, or whom it speaks for, if it is a proxy that is believed. Each proxy adds to the end
 * of `X-Forwarded-For` whom it heard from; so that is read from its end, and what stands before an address that is no such proxy's is
 * whatever that one liked to say.
 */
export function clientOf({ headers }: IncomingMessage, peer: unknown, proxies: Proxies): ClientFacts {
  const socket = peer as Partial<Socket>;
  const address = plainAddress(socket.remoteAddress);
  const encrypted = peer instanceof TLSSocket;
  if (!proxies.has(address)) return { remoteAddress: address, remotePort: socket.remotePort, secure: encrypted };
  const scheme = lastOf(headers['x-forwarded-proto']);
  const secure = scheme === undefined ? encrypted : scheme === 'https' || scheme === 'wss';
  const forwarded = clientBehind(listOf(headers['x-forwarded-for']), proxies);
  if (forwarded === undefined) return { remoteAddress: address, remotePort: socket.remotePort, secure };
  return { remoteAddress: forwarded, remotePort: undefined, secure };
}

function clientBehind(hops: readonly string[], proxies: Proxies): string | undefined {
  let client: string | undefined;
  for (const hop of hops.toReversed()) {
    const address = addressIn(hop);
    // What can't be read was not written by a proxy that is believed, or is nobody's address.
    if (address === undefined) return client;
    client = address;
    if (!proxies.has(address)) return client;
  }
  return client;
}

/** Some proxies add the port: `192.0.2.1:4711`, `[2001:db8::1]:4711`. */
function addressIn(hop: string): string | undefined {
  const [, ipv6, ipv4] = /^(?:\[([\da-f:.]+)\](?::\d+)?|(\d+\.\d+\.\d+\.\d+):\d+)$/i.exec(hop) ?? [];
  const address = ipv6 ?? ipv4 ?? hop;
  return addressBytes(address) === undefined ? undefined : plainAddress(address);
}

function lastOf(header: string | readonly string[] | undefined): string | undefined {
  return listOf(header).at(-1)?.toLowerCase();
}

/** Several headers of one name are one list (RFC 9110, 5.3). */
function listOf(header: string | readonly string[] | undefined): readonly string[] {
  if (header === undefined) return [];
  return String(header)
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}
