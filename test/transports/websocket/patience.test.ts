import { once } from 'node:events';
import { connect as connectSecure } from 'node:tls';
import { ChatError } from 'chathub';
import { webSocket } from 'chathub/websocket';
import { describe, expect, onTestFinished, test } from 'vitest';
import { host } from '../../hub/set-up.js';
import { tls } from './certificate.js';
import { ask, closeFrame, RawSocket, rawSocket, upgraded, upgradeRequest } from './raw-frames.js';
import { type Stage, stage } from './stage.js';

/** A transport at /chat with a hub that hears of connections alone. */
function chat(limits: Parameters<typeof stage>[1] = {}): Promise<Stage> {
  return stage({ path: '/chat' }, limits);
}

describe('headers that do not end', () => {
  const helloTimeout = 300;
  /** Who is over its time is looked for once a second; Node.js itself would wait for a minute. */
  const latest = helloTimeout + 10_000;

  async function lifetime(raw: RawSocket): Promise<number> {
    const began = performance.now();
    await raw.gone();
    return performance.now() - began;
  }

  test.each([
    ['nothing', ''],
    ['half a line', 'GET /ch'],
    ['some headers', 'GET /chat HTTP/1.1\r\nHost: localhost\r\n'],
  ])('are cut off at helloTimeout: %s', async (_what, bytes) => {
    const { address, sides } = await chat({ helloTimeout });
    const raw = rawSocket(address);
    await raw.send(bytes);
    expect(await lifetime(raw)).toBeLessThan(latest);
    expect(sides).toEqual([]);
  });

  test('are cut off at helloTimeout even if some come now and then', async () => {
    const { address } = await chat({ helloTimeout });
    const raw = rawSocket(address);
    await raw.send('GET /chat HTTP/1.1\r\n');
    const drip = setInterval(() => void raw.send('X: y\r\n'), 50);
    onTestFinished(() => clearInterval(drip));
    expect(await lifetime(raw)).toBeLessThan(latest);
  });

  test('are cut off at helloTimeout within TLS', async () => {
    const it = await stage({ tls }, { helloTimeout });
    const raw = new RawSocket(
      connectSecure({
        port: Number(new URL(it.address).port),
        host: '127.0.0.1',
        ca: tls.cert,
        servername: 'localhost',
      }),
    );
    await raw.send('GET / HTTP/1.1\r\n');
    expect(await lifetime(raw)).toBeLessThan(latest);
  });

  test.each([
    ['nothing', ''],
    ['some headers', 'GET /chat HTTP/1.1\r\nHost: localhost\r\n'],
  ])('are cut off when the transport stops: %s', async (_what, bytes) => {
    const { address, transport } = await chat();
    const raw = rawSocket(address);
    await once(raw.socket, 'connect');
    await raw.send(bytes);
    // What connected later is accepted later: this one's answer says that the other has been.
    await ask(address);
    await transport.stop();
    await raw.gone();
  });
});

describe('a server that is full', () => {
  test('says so with 429 and when to come back, and takes the next when the first has gone', async () => {
    const transport = webSocket({ port: 0 });
    const { hub } = await host({ limits: { connections: 1 } }, transport);
    const address = String(transport.addresses[0]);
    const first = await upgraded(address);
    const { status, headers, body } = await ask(address);
    expect(status).toBe(429);
    expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
    expect(body).toMatch(/full/);
    expect(hub.status().connections).toBe(1);
    void first.send(closeFrame(1000));
    await first.gone();
    await expect.poll(() => hub.status().connections).toBe(0);
    expect((await ask(address)).status).toBe(101);
  });

  test('for another reason says 503', async () => {
    const it = await chat();
    it.refusal = new ChatError('SHUTDOWN');
    const { status, headers } = await ask(it.address);
    expect(status).toBe(503);
    expect(headers.has('retry-after')).toBe(true);
    expect(it.sides).toEqual([]);
  });
});

describe('after hub.close()', () => {
  test('nobody can connect', async () => {
    const transport = webSocket({ port: 0 });
    const { hub } = await host({}, transport);
    const address = String(transport.addresses[0]);
    await hub.close();
    await expect(ask(address)).rejects.toThrow('without an answer');
    expect(transport.addresses).toEqual([]);
  });

  test('an upgrade that was half-way is not let in', async () => {
    const transport = webSocket({ port: 0 });
    const { hub } = await host({}, transport);
    const address = String(transport.addresses[0]);
    let connects = 0;
    hub.on('connect', () => connects++);
    const head = upgradeRequest(address);
    const raw = rawSocket(address);
    await raw.send(head.slice(0, 40));
    await ask(address);
    const closed = hub.close({ drain: 200 });
    await raw.send(head.slice(40));
    const status = await raw.answer().then(
      (answer) => answer.status,
      () => 'cut off',
    );
    expect([503, 'cut off']).toContain(status);
    await closed;
    expect(connects).toBe(0);
  });
});
