import type { IncomingMessage } from 'node:http';
import fc from 'fast-check';
import { describe, expect } from 'vitest';
import { addressBytes } from '../../src/model/addresses.js';
import { clientOf } from '../../src/transports/shared/client-facts.js';
import { Proxies } from '../../src/transports/shared/proxies.js';
import { readProxyHeader } from '../../src/transports/tcp/proxy-header.js';
import { handshakeOf } from '../../src/transports/websocket/handshake.js';
import { text } from './hostile.js';
import { fuzz } from './runs.js';

const address = fc.oneof(fc.ipV4(), fc.ipV6());
/** What proxies write, and what clients wrote before them. */
const hop = fc.oneof(
  address,
  fc.tuple(fc.ipV4(), fc.nat(65_535)).map(([ip, port]) => `${ip}:${port}`),
  fc.tuple(fc.ipV6(), fc.nat(65_535)).map(([ip, port]) => `[${ip}]:${port}`),
  fc.constantFrom('', ' ', 'unknown', '_hidden', '127.0.0.1', '::1', '10.0.0.1', '::ffff:10.0.0.1', 'localhost'),
  text,
);

const request = (headers: object) => ({ url: '/', headers }) as unknown as IncomingMessage;

describe('who is behind a proxy', () => {
  const believed = new Proxies(['loopback', '10.0.0.0/8']);
  const peer = { remoteAddress: '127.0.0.1', remotePort: 4711 };

  fuzz(
    'is an address, whatever stands in X-Forwarded-For, and never one that stands before what no proxy of ours wrote',
    fc.property(fc.array(hop, { maxLength: 6 }), fc.ipV4(), (before, client) => {
      fc.pre(!believed.has(client));
      const forged = before.join(',');
      const { remoteAddress } = clientOf(
        request({ 'x-forwarded-for': `${forged}, ${client}, 10.0.0.9` }),
        peer,
        believed,
      );
      expect(remoteAddress).toBe(client);
      const found = clientOf(request({ 'x-forwarded-for': forged }), peer, believed).remoteAddress;
      expect(addressBytes(String(found))).toBeDefined();
    }),
  );

  fuzz(
    'is the peer itself, whatever it says, unless it is believed',
    fc.property(fc.array(hop, { maxLength: 4 }), fc.ipV4(), (hops, remoteAddress) => {
      fc.pre(!believed.has(remoteAddress));
      const forged = request({ 'x-forwarded-for': hops.join(','), 'x-forwarded-proto': 'https' });
      expect(clientOf(forged, { remoteAddress, remotePort: 1 }, believed)).toEqual({
        remoteAddress,
        remotePort: 1,
        secure: false,
      });
    }),
  );
});

describe('a PROXY header', () => {
  const port = fc.nat(65_535);

  fuzz(
    'of any address is read as that one, and what comes behind it is left',
    fc.property(fc.ipV4(), fc.ipV6(), port, port, fc.boolean(), fc.uint8Array(), (ipv4, ipv6, from, to, is6, rest) => {
      const family = is6 ? `TCP6 ${ipv6} ::1` : `TCP4 ${ipv4} 127.0.0.1`;
      const header = Buffer.from(`PROXY ${family} ${from} ${to}\r\n`);
      const read = readProxyHeader(Buffer.concat([header, rest]));
      if (typeof read === 'string') throw new Error(`${header}: ${read}`);
      expect(read.length).toBe(header.length);
      expect(read.source?.port).toBe(from);
      expect(addressBytes(read.source?.address ?? '')).toEqual(addressBytes(is6 ? ipv6 : ipv4));
    }),
  );

  fuzz(
    'that was damaged is read, waited for or refused: nothing is thrown, and nothing is read beyond what came',
    fc.property(
      fc.constantFrom(
        'PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n',
        'PROXY UNKNOWN\r\n',
        '\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c',
      ),
      fc.array(fc.tuple(fc.nat(60), fc.nat(255)), { maxLength: 3 }),
      fc.nat(60),
      (header, changes, length) => {
        const bytes = Buffer.concat([Buffer.from(header, 'latin1'), Buffer.alloc(16)]);
        for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value;
        const came = bytes.subarray(0, length);
        const read = readProxyHeader(came);
        if (typeof read === 'string') expect(['more', 'bad']).toContain(read);
        else expect(read.length).toBeLessThanOrEqual(came.length);
      },
    ),
  );
});

describe('what an upgrade says of who comes', () => {
  fuzz(
    'is text by name, of no object’s prototype, and of cookies only where they may be used',
    fc.property(text, text, text, fc.boolean(), (cookie, authorization, offered, mayUse) => {
      const headers = { cookie, authorization, 'sec-websocket-protocol': offered, host: 'a' };
      const handshake = handshakeOf(request(headers), mayUse);
      expect(Object.getPrototypeOf(handshake.cookies)).toBeNull();
      for (const value of Object.values(handshake.cookies)) expect(typeof value).toBe('string');
      if (!mayUse) expect([Object.keys(handshake.cookies), handshake.headers.cookie]).toEqual([[], undefined]);
      const { token } = handshake;
      if (token !== undefined) expect(`${authorization} ${offered}`).toContain(token);
    }),
  );
});
