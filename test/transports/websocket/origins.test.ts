import type { IncomingMessage } from 'node:http';
import type { WebSocketOptions } from 'chathub/websocket';
import { describe, expect, test } from 'vitest';
import { originRefusal } from '../../../src/transports/shared/origins.js';
import { hasIpv6 } from '../ipv6.js';
import { ask, type Headers } from './raw-frames.js';
import { type Stage, stage } from './stage.js';

const everywhere = { host: '0.0.0.0' };

/** What is bound to all addresses, as this machine reaches it. */
function addressOf({ address }: Stage): string {
  return address.replace('0.0.0.0', '127.0.0.1');
}

/** The status of an upgrade; of whom is refused, the hub hears nothing. */
async function statusOf(options: WebSocketOptions, headers: Headers): Promise<number> {
  const it = await stage(options);
  const { status } = await ask(addressOf(it), headers);
  expect(it.sides).toHaveLength(status === 101 ? 1 : 0);
  expect(it.errors).toEqual([]);
  return status;
}

describe('without a list of origins', () => {
  test('a page of this very server may connect', async () => {
    const it = await stage();
    const { host } = new URL(it.address);
    expect((await ask(it.address, { Origin: `http://${host}` })).status).toBe(101);
  });

  test('a program, which sends no Origin, may connect', async () => {
    expect(await statusOf({}, {})).toBe(101);
  });

  test.each([
    'https://evil.com',
    'null',
    'https://good.com.evil.com',
    'file://',
    'file:///home',
    '',
    '*',
    'localhost',
    'http://',
    'about:blank',
    'chrome-extension://abcdefghijklmnop',
  ])('a page of %j may not', async (origin) => {
    const it = await stage();
    const { status, headers, body } = await ask(it.address, { Origin: origin });
    expect(status).toBe(403);
    expect(headers.has('sec-websocket-accept')).toBe(false);
    expect(body).toContain('origins');
    expect(it.sides).toEqual([]);
  });

  test('a page of the same host with another port may not', async () => {
    const it = await stage();
    const { port, hostname } = new URL(it.address);
    for (const other of [`:${Number(port) - 1}`, `:${port}0`, ''])
      expect((await ask(it.address, { Origin: `http://${hostname}${other}` })).status).toBe(403);
  });

  test('a page of the same port with another host may not', async () => {
    const it = await stage();
    const { port } = new URL(it.address);
    for (const other of ['127.0.0.2', '127.0.0.1.evil.com', 'localhost'])
      expect((await ask(it.address, { Origin: `http://${other}:${port}` })).status).toBe(403);
  });

  test('what looks like the same origin but is more, or two, may not', async () => {
    const it = await stage();
    const origin = `http://${new URL(it.address).host}`;
    for (const other of [`${origin}/`, `${origin}/chat`, `${origin}, https://evil.com`, `${origin} https://evil.com`])
      expect((await ask(it.address, { Origin: other })).status).toBe(403);
    expect((await ask(it.address, { Origin: origin, origin: 'https://evil.com' })).status).toBe(403);
  });

  test.each([
    ['example.com', 'https://example.com'],
    ['example.com', 'http://example.com'],
    ['example.com:443', 'https://example.com'],
    ['example.com:80', 'http://example.com'],
    ['EXAMPLE.com', 'https://example.com'],
    ['example.com:8443', 'https://example.com:8443'],
  ])('the Host %s and the Origin %s are the same, as the port may be left out', async (host, origin) => {
    expect(await statusOf(everywhere, { Host: host, Origin: origin })).toBe(101);
  });

  test.each([
    ['example.com', 'https://example.com:8443'],
    ['example.com:80', 'https://example.com'],
    ['example.com:443', 'http://example.com'],
    ['example.com', 'https://www.example.com'],
    ['www.example.com', 'https://example.com'],
  ])('the Host %s and the Origin %s are not', async (host, origin) => {
    expect(await statusOf(everywhere, { Host: host, Origin: origin })).toBe(403);
  });
});

describe('a list of origins', () => {
  const options = { origins: ['https://good.com', 'http://localhost:5173'] };

  test.each(['https://good.com', 'http://localhost:5173'])('lets pages of %s in', async (origin) => {
    expect(await statusOf(options, { Origin: origin })).toBe(101);
  });

  test.each([
    'http://good.com',
    'https://good.com:8443',
    'https://good.com.evil.com',
    'https://evil.com/https://good.com',
    'https://www.good.com',
    'https://good.comm',
    'HTTPS://GOOD.COM',
    'http://localhost:5174',
    'null',
  ])('does not let pages of %s in', async (origin) => {
    expect(await statusOf(options, { Origin: origin })).toBe(403);
  });

  test('lets those of this very server in, too', async () => {
    const it = await stage(options);
    expect((await ask(it.address, { Origin: `http://${new URL(it.address).host}` })).status).toBe(101);
  });

  test('that is empty lets no other page in', async () => {
    expect(await statusOf({ origins: [] }, { Origin: 'https://good.com' })).toBe(403);
  });
});

test.each(['https://evil.com', 'null', 'file://'])('"*" lets pages of %s in', async (origin) => {
  expect(await statusOf({ origins: '*' }, { Origin: origin, Host: 'whatever.com' })).toBe(101);
});

describe('a function', () => {
  const origins = (origin: string) => new URL(origin).hostname.endsWith('.good.com');

  test.each([
    ['https://chat.good.com', 101],
    ['https://good.com', 403],
    ['https://chat.good.com.evil.com', 403],
  ])('decides of %s', async (origin, status) => {
    expect(await statusOf({ origins }, { Origin: origin })).toBe(status);
  });

  test('is not asked of what is no origin', async () => {
    const asked: string[] = [];
    const it = await stage({ origins: (origin) => asked.push(origin) > 0 });
    for (const origin of ['null', 'x', 'file://', 'https://good.com/path'])
      expect((await ask(it.address, { Origin: origin })).status).toBe(403);
    expect(asked).toEqual([]);
  });

  test.each(['capacitor://localhost', 'tauri://localhost', 'chrome-extension://abcdef'])(
    'may be of an app or an extension: %s',
    async (Origin) => {
      expect(await statusOf({ origins: [Origin] }, { Origin })).toBe(101);
      expect(await statusOf({ origins: (origin) => origin === Origin }, { Origin })).toBe(101);
      expect(await statusOf({ origins: ['app://other'] }, { Origin })).toBe(403);
    },
  );

  test('lets in by nothing but true', async () => {
    const later = (async () => false) as unknown as () => boolean;
    expect(await statusOf({ origins: later }, { Origin: 'https://good.com' })).toBe(403);
  });

  test('that throws lets nobody in, and the application hears of it', async () => {
    const fault = new Error('a fault in the application');
    const it = await stage({
      origins: () => {
        throw fault;
      },
    });
    const { status, body } = await ask(it.address, { Origin: 'https://good.com' });
    expect(status).toBeGreaterThanOrEqual(403);
    expect(body).not.toContain('fault');
    expect(it.sides).toEqual([]);
    expect(it.errors).toEqual([fault]);
  });
});

describe('bound to loopback, against DNS rebinding,', () => {
  test.each([
    'evil.com',
    'evil.com:80',
    'localhost.evil.com',
    '127.0.0.1.evil.com',
    'evil.com:localhost',
    '',
    '0.0.0.0',
  ])('the Host %j is refused, though the Origin is the same', async (host) => {
    expect(await statusOf({}, { Host: host, Origin: `http://${host}` })).toBe(403);
    expect(await statusOf({}, { Host: host })).toBe(403);
  });

  test.each(['localhost', '127.0.0.1', '[::1]'])('the Host %s is fine, with a port or without', async (name) => {
    const it = await stage();
    const { port } = new URL(it.address);
    for (const host of [name, `${name}:${port}`, `${name.toUpperCase()}:1`]) {
      expect((await ask(it.address, { Host: host })).status).toBe(101);
    }
    expect((await ask(it.address, { Host: name, Origin: `http://${name}` })).status).toBe(101);
  });

  test('the Host of an origin that may connect is fine: it is a proxy that asks', async () => {
    const options = { origins: ['https://good.com'] };
    expect(await statusOf(options, { Host: 'good.com', Origin: 'https://good.com' })).toBe(101);
    expect(await statusOf(options, { Host: 'good.com' })).toBe(101);
    expect(await statusOf(options, { Host: 'evil.com', Origin: 'https://good.com' })).toBe(403);
    expect(await statusOf(options, { Host: 'good.com:8080' })).toBe(403);
  });

  test('the Host of an origin that a function lets in is fine', async () => {
    const origins = (origin: string) => origin === 'https://good.com';
    expect(await statusOf({ origins }, { Host: 'good.com', Origin: 'https://good.com' })).toBe(101);
    expect(await statusOf({ origins }, { Host: 'evil.com', Origin: 'https://good.com' })).toBe(403);
  });

  test('another address of loopback is as good, under its own name', async () => {
    expect(await statusOf({ host: '127.0.0.2' }, { Host: '127.0.0.2' })).toBe(101);
    expect(await statusOf({ host: '127.0.0.2' }, { Host: 'evil.com' })).toBe(403);
  });

  test.runIf(hasIpv6)('that of IPv6 is, too', async () => {
    expect(await statusOf({ host: '::1' }, {})).toBe(101);
    expect(await statusOf({ host: '::1' }, { Host: 'localhost' })).toBe(101);
    expect(await statusOf({ host: '::1' }, { Host: 'evil.com', Origin: 'http://evil.com' })).toBe(403);
    const mapped = { host: '::ffff:127.0.0.1' };
    expect(await statusOf(mapped, {})).toBe(101);
    expect(await statusOf(mapped, { Host: 'evil.com', Origin: 'http://evil.com' })).toBe(403);
  });
});

test('bound to all addresses, the Host is not looked at', async () => {
  expect(await statusOf(everywhere, { Host: 'example.com' })).toBe(101);
  expect(await statusOf(everywhere, { Host: 'example.com', Origin: 'http://example.com' })).toBe(101);
  expect(await statusOf(everywhere, { Host: 'example.com', Origin: 'http://evil.com' })).toBe(403);
});

// `URL.canParse()` of Node.js 20 says yes to some hosts in Latin-1 that are none, once it has been called so often that it
// is compiled. What `new URL()` then threw was a 500, and an error event, for whoever asked.
test('a Host or an Origin that is none is refused as such, however many were looked at before', () => {
  for (const bad of ['http://z-\u00c3\u0080', 'http://z-\u00f0\u009f\u0098\u0080', 'http://[', 'http://a b']) {
    const request = {
      headers: { host: bad.slice('http://'.length), origin: bad },
      socket: {},
    } as unknown as IncomingMessage;
    for (let times = 0; times < 3_000; times++) originRefusal(request, ['https://good.com'], '127.0.0.1');
    expect(originRefusal(request, ['https://good.com'], '127.0.0.1')).toMatchObject({ status: 403 });
    expect(originRefusal(request, ['https://good.com'], '0.0.0.0')).toMatchObject({ status: 403 });
  }
});
