import { isIP } from 'node:net';
import { plainAddress } from '../shared/addresses.js';

/** What a proxy says before anything of the client it speaks for: the PROXY protocol, versions 1 and 2 (haproxy.org, proxy-protocol.txt). */
export interface ProxyHeader {
  /** How many bytes it takes; the client's own come behind it. */
  readonly length: number;
  /** Who connected to the proxy; undefined where the proxy speaks for itself, or does not know. */
  readonly source: { readonly address: string; readonly port: number } | undefined;
}

/** Section 2.1: a line of at most 107 bytes, with its CR LF. */
const longestLine = 107;

const lineStart = Buffer.from('PROXY ');

/** Section 2.2. No other protocol begins like that. */
export const proxySignature = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1');
/** Signature, version and command, family and protocol, length. */
const fixedBytes = 16;
/** More than addresses and what proxies add to them come to; the length could say 65,535. */
const mostAdded = 4_096;

/** Whether bytes are the beginning of a header, of either version, or may become one. */
function mayBeProxyHeader(start: Uint8Array): boolean {
  return beginsLike(start, lineStart) || beginsLike(start, proxySignature);
}

/** Whether a line is a header of version 1, good or not. */
export function isProxyLine(line: Uint8Array): boolean {
  return /^PROXY (?:TCP[46]|UNKNOWN)(?: |\r?$)/.test(latin1(line));
}

/** Reads a header from the first bytes of a connection; `more`: it has not all come yet, `bad`: it is none. */
export function readProxyHeader(start: Uint8Array): ProxyHeader | 'more' | 'bad' {
  if (!mayBeProxyHeader(start)) return 'bad';
  return start[0] === proxySignature[0]
    ? readBinary(Buffer.from(start.buffer, start.byteOffset, start.length))
    : readLine(start);
}

function readLine(start: Uint8Array): ProxyHeader | 'more' | 'bad' {
  const text = latin1(start.subarray(0, longestLine));
  const end = text.indexOf('\r\n');
  if (end === -1) return start.length < longestLine && !text.includes('\n') ? 'more' : 'bad';
  const length = end + 2;
  const [, family, ...rest] = text.slice(0, end).split(' ');
  // Section 2.1: whatever comes behind UNKNOWN is to be ignored.
  if (family === 'UNKNOWN') return { length, source: undefined };
  const [address = '', target = '', port = '', targetPort = '', ...more] = rest;
  const version = family === 'TCP4' ? 4 : family === 'TCP6' ? 6 : -1;
  const fits = isIP(address) === version && isIP(target) === version && isPort(port) && isPort(targetPort);
  return fits && more.length === 0 ? { length, source: { address: plain(address), port: Number(port) } } : 'bad';
}

function readBinary(start: Buffer): ProxyHeader | 'more' | 'bad' {
  if (start.length < fixedBytes) return 'more';
  const command = start.readUInt8(12);
  const family = start.readUInt8(13);
  const added = start.readUInt16BE(14);
  // LOCAL or PROXY, of version 2.
  if ((command !== 0x20 && command !== 0x21) || added > mostAdded) return 'bad';
  const length = fixedBytes + added;
  if (start.length < length) return 'more';
  // Section 2.2: for LOCAL, the proxy speaks for itself, and addresses are to be ignored.
  if (command === 0x20) return { length, source: undefined };
  const addresses = start.subarray(fixedBytes, length);
  if (family === 0x11) return addresses.length < 12 ? 'bad' : { length, source: ipv4Source(addresses) };
  if (family === 0x21) return addresses.length < 36 ? 'bad' : { length, source: ipv6Source(addresses) };
  // Of Unix sockets, and of what is not specified, nothing is known; datagrams don't come this way.
  return family === 0x00 || family === 0x31 ? { length, source: undefined } : 'bad';
}

function ipv4Source(addresses: Buffer) {
  return { address: [...addresses.subarray(0, 4)].join('.'), port: addresses.readUInt16BE(8) };
}

function ipv6Source(addresses: Buffer) {
  const groups = Array.from({ length: 8 }, (_, index) => addresses.readUInt16BE(2 * index).toString(16));
  const mapped = groups.slice(0, 6).join(':') === '0:0:0:0:0:ffff';
  const address = mapped
    ? [...addresses.subarray(12, 16)].join('.')
    : new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1);
  return { address, port: addresses.readUInt16BE(32) };
}

function plain(address: string): string {
  return plainAddress(address) ?? address;
}

function isPort(text: string): boolean {
  return /^(?:0|[1-9]\d{0,4})$/.test(text) && Number(text) <= 65_535;
}

function beginsLike(start: Uint8Array, known: Uint8Array): boolean {
  const length = Math.min(start.length, known.length);
  return known.subarray(0, length).every((byte, index) => byte === start[index]);
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
}
