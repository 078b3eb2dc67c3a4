import { connect } from 'node:net';
import { describe, expect } from 'vitest';
import { upgradeRequest } from '../transports/websocket/raw-frames.js';
import { arena, hush } from './arena.js';
import { LineSocket } from './people.js';
import { Target } from './target.js';

/** The proxy that is believed is another address of this machine: everybody else comes from 127.0.0.1. */
const proxy = '127.0.0.2';
const options = ['--proxy-protocol', proxy, '--trust-proxy', proxy, '--limit', 'connectionsPerAddress=1'];

const { arena: it, attack } = arena('serve behind proxies', () =>
  Target.serve(...options, '--limit', 'helloTimeout=1000'),
);

const signature = Buffer.from('\r\n\r\n\0\r\nQUIT\n');
const ipv4 = (last: number) =>
  Buffer.concat([signature, Buffer.from([0x21, 0x11, 0, 12, 203, 0, 113, last, 192, 0, 2, 2, 0x1f, 0x90, 0x1f, 0x91])]);

function through(opening: string | Uint8Array): LineSocket {
  const socket = new LineSocket(it.port, proxy);
  socket.write(opening);
  return socket;
}

describe('TCP: from a proxy that is believed', () => {
  for (const [what, opening] of [
    ['no PROXY header', `/join ops\r\n${hush}\r\n`],
    ['a header that is not first', `hello\r\nPROXY TCP4 203.0.113.1 192.0.2.2 1 2\r\n${hush}\r\n`],
    ['a malformed one', `PROXY TCP4 nowhere\r\n${hush}\r\n`],
    ['one with an address of another family', `PROXY TCP4 2001:db8::1 192.0.2.2 1 2\r\n${hush}\r\n`],
    ['one that is too long', `PROXY UNKNOWN ${'x'.repeat(200)}\r\n${hush}\r\n`],
    ['a binary one of another version', Buffer.concat([signature, Buffer.from([0x11, 0x11, 0, 12]), Buffer.alloc(12)])],
    ['a binary one that declares 65,535 bytes', Buffer.concat([signature, Buffer.from([0x21, 0x11, 0xff, 0xff])])],
    ['a TLS ClientHello', Buffer.from('\x16\x03\x01\x02\x00\x01', 'latin1')],
  ] as const)
    attack(`${what} closes, and nothing is done`, async () => {
      const socket = through(opening);
      await socket.closed();
      expect(socket.lines).toEqual([]);
    });

  attack('silence, or a header byte by byte that does not end, closes at helloTimeout', async () => {
    const [silent, slow] = [through(''), through('PROXY TCP4 ')];
    const drip = setInterval(() => slow.write('1'), 100);
    await Promise.all([silent.closed(), slow.closed()]);
    clearInterval(drip);
    expect([silent.lines, slow.lines]).toEqual([[], []]);
  });

  attack('the header says whose limits they are, in either version', async () => {
    const first = through('PROXY TCP4 203.0.113.7 192.0.2.2 4711 8080\r\n');
    await first.sees(/^\* Joined lobby/);
    const again = through(ipv4(7));
    await again.sees(/^! RATE_LIMITED /);
    const other = through(ipv4(8));
    await other.sees(/^\* Joined lobby/);
    first.socket.destroy();
    other.socket.destroy();
  });
});

describe('HTTP: X-Forwarded-For', () => {
  async function status(from: string, forwarded: string): Promise<number> {
    const socket = connect({ port: Number(new URL(it.chat).port), host: '127.0.0.1', localAddress: from });
    socket.write(upgradeRequest(it.chat, { 'X-Forwarded-For': forwarded }));
    const head = await new Promise<string>((resolve) => socket.once('data', (bytes) => resolve(String(bytes))));
    held.push(socket);
    return Number(head.split(' ')[1]);
  }
  const held: { destroy(): void }[] = [];

  attack('of a proxy that is believed counts, of anybody else it does not, nor what stands before it', async () => {
    expect(await status(proxy, '203.0.113.20')).toBe(101);
    expect(await status(proxy, '198.51.100.1, 203.0.113.20')).toBe(429);
    expect(await status('127.0.0.1', '203.0.113.20')).toBe(101);
    expect(await status(proxy, `203.0.113.21, ${'nonsense, '.repeat(50)}`)).toBe(101);
    for (const socket of held) socket.destroy();
  });
});
