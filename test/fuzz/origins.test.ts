import type { IncomingMessage } from 'node:http';
import { type Connection, limitTable, type TransportContext } from 'chathub';
import { webSocket } from 'chathub/websocket';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { isOrigin, originRefusal } from '../../src/transports/shared/origins.js';
import { damaged, text } from './hostile.js';
import { fuzz } from './runs.js';
import { PeerWithoutSocket, upgradeOf } from './web-socket-peer.js';

const label = fc.stringMatching(/^[a-z][a-z0-9-]{0,5}[a-z0-9]$/).filter((name) => !name.includes('--'));
const domain = fc.array(label, { minLength: 1, maxLength: 3 }).map((labels) => `${labels.join('.')}.example`);
const hostname = fc.oneof(domain, fc.constantFrom('localhost', '127.0.0.1', '[::1]', '10.0.0.5'));
const port = fc.oneof(fc.constant(''), fc.constantFrom(':80', ':443', ':8081', ':3000'));
const scheme = fc.constantFrom('https', 'http');
const host = fc.tuple(hostname, port).map((parts) => parts.join(''));
const origin = fc.tuple(scheme, host).map(([name, place]) => new URL(`${name}://${place}`).origin);
/** Nearly one: with what a URL may have, or a reader may trip over. */
const odd = fc.oneof(
  fc.constantFrom(
    'null',
    '',
    '*',
    'file://',
    'https://',
    'https:///',
    'http://[',
    'HTTPS://A.EXAMPLE',
    'capacitor://localhost',
  ),
  fc
    .tuple(origin, fc.constantFrom('/', '.', ':', ':0', '@evil.example', '#', '?x', '\\', '%2e', ' ', '.evil.example'))
    .map((parts) => parts.join('')),
  fc.tuple(fc.constantFrom('user@', 'localhost@', 'localhost/', '127.0.0.1#'), host).map((parts) => parts.join('')),
  damaged(origin),
  text,
);
const bound = fc.constantFrom(undefined, '127.0.0.1', '::1', '::ffff:127.0.0.1', '127.0.0.2', '0.0.0.0', '::');
const allowed = fc.oneof(fc.constant(undefined), fc.array(origin, { maxLength: 2 }));

const request = (given: string | undefined, host: string, isEncrypted = false): IncomingMessage => {
  const headers = given === undefined ? { host } : { host, origin: given };
  return { headers, socket: isEncrypted ? { encrypted: true } : {} } as unknown as IncomingMessage;
};

describe('a page', () => {
  fuzz(
    'of an origin that is neither the server’s own nor in its list is kept out',
    fc.property(origin, host, fc.array(origin, { maxLength: 2 }), fc.boolean(), (page, host, list, isEncrypted) => {
      const { protocol } = new URL(page);
      const own =
        new URL(`${protocol}//${host}`).host === new URL(page).host && (!isEncrypted || protocol === 'https:');
      const refusal = originRefusal(request(page, host, isEncrypted), list, undefined);
      expect(refusal === undefined).toBe(own || list.includes(page));
    }),
  );

  fuzz(
    'is kept out of a server on loopback under any name that is not loopback’s or in its list',
    fc.property(
      fc.oneof(domain, hostname),
      port,
      allowed,
      fc.constantFrom('127.0.0.1', '::1'),
      (name, port, list, bound) => {
        const local = ['localhost', '127.0.0.1', '[::1]'].includes(name);
        const listed = list?.some((one) =>
          ['https', 'http'].some((scheme) => new URL(`${scheme}://${name}${port}`).origin === one),
        );
        // A program, which sends no origin.
        const refusal = originRefusal(request(undefined, `${name}${port}`), list, bound);
        expect(refusal === undefined).toBe(local || listed === true);
      },
    ),
  );

  fuzz(
    'that gives anything for an origin or a host is let in or refused with 403: nothing is thrown, and what is no origin is nobody’s',
    fc.property(
      fc.oneof(origin, odd),
      fc.oneof(host, odd),
      allowed,
      bound,
      fc.boolean(),
      (page, host, list, bound, isEncrypted) => {
        const refusal = originRefusal(request(page, host, isEncrypted), list, bound);
        if (refusal !== undefined) expect(refusal.status).toBe(403);
        else expect(list?.includes(page) || new URL(page).origin === page).toBe(true);
        const asked: string[] = [];
        originRefusal(request(page, host), (one) => asked.push(one) > 0, bound);
        for (const one of asked) expect(isOrigin(one)).toBe(true);
      },
    ),
  );
});

describe('an upgrade', () => {
  const connections: Connection[] = [];
  const errors: unknown[] = [];
  const transport = webSocket({ path: '/chat' });
  const limits = Object.fromEntries(Object.entries(limitTable).map(([name, { value }]) => [name, value]));
  const context = { limits, refusal: () => undefined, onError: (error: unknown) => void errors.push(error) };

  beforeAll(() =>
    transport.start((connection) => void connections.push(connection), context as unknown as TransportContext),
  );
  afterAll(() => transport.stop());

  const maybe = <T>(value: fc.Arbitrary<T>) => fc.oneof(fc.constant(undefined), value, value, value);
  const token = fc.oneof(fc.constantFrom('chathub.v1.json', 'chathub.v1.json, x', ', ,', 'x'), latin1(text));
  const headers = fc.record(
    {
      host: maybe(fc.oneof(host, latin1(odd))),
      origin: maybe(fc.oneof(origin, latin1(odd))),
      upgrade: maybe(fc.constantFrom('websocket', 'WebSocket', 'h2c', '')),
      connection: maybe(fc.constantFrom('Upgrade', 'keep-alive')),
      'sec-websocket-version': maybe(fc.constantFrom('13', '8', '', '13, 8')),
      'sec-websocket-key': maybe(fc.oneof(fc.constant('dGhlIHNhbXBsZSBub25jZQ=='), latin1(text))),
      'sec-websocket-protocol': maybe(token),
      'sec-websocket-extensions': maybe(
        fc.oneof(fc.constantFrom('permessage-deflate', 'permessage-deflate; x=1', ';;='), latin1(text)),
      ),
    },
    { requiredKeys: [] },
  );
  const url = fc.oneof({ weight: 4, arbitrary: fc.constant('/chat') }, { weight: 1, arbitrary: latin1(odd) });

  fuzz(
    'of any headers becomes a WebSocket, or is refused with a status of its own; nothing of the request stands in the answer’s head',
    fc.asyncProperty(headers, url, fc.constantFrom('GET', 'GET', 'GET', 'POST', ''), async (headers, url, method) => {
      const peer = new PeerWithoutSocket();
      transport.handleUpgrade(upgradeOf(peer, headers, { url, method }), peer, new Uint8Array());
      await new Promise((resolve) => setImmediate(resolve));
      const { status, head } = peer.answer();
      expect([101, 400, 403, 404, 405, 426]).toContain(status);
      for (const line of head.split('\r\n'))
        expect(line).toMatch(/^(HTTP\/1\.1 \d{3} [\w ]+|[A-Z][\w-]*: [\x20-\x7e]*)$/i);
      if (status === 101) connections.pop()?.terminate();
      expect(errors.splice(0)).toEqual([]);
    }),
  );
});

/** As `node:http` gives headers: bytes, and no line breaks. */
function latin1(any: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return any.map((value) =>
    Buffer.from(value.toWellFormed())
      .toString('latin1')
      .replace(/[\0\r\n]/g, ''),
  );
}
