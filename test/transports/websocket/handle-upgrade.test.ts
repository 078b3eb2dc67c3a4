import { createServer } from 'node:http';
import type { WebSocketOptions } from 'chathub/websocket';
import { describe, expect, test } from 'vitest';
import { addressOf, application } from './application.js';
import { ask, upgraded } from './raw-frames.js';
import { Stage } from './stage.js';

describe('handleUpgrade()', () => {
  async function handedOn(options: WebSocketOptions = {}) {
    const it = new Stage(options);
    const server = await application(createServer());
    server.on('upgrade', (request, socket, head) => it.transport.handleUpgrade(request, socket, head));
    return { it, server };
  }

  test('takes what the application hands on, and has no address', async () => {
    const { it, server } = await handedOn({ path: '/chat' });
    await it.start();
    expect(it.transport.addresses).toEqual([]);
    const client = await upgraded(addressOf(server));
    (await it.side(0)).say('hello');
    await client.frameThat('hello', ({ payload }) => String(payload) === 'hello');
    expect((await ask(addressOf(server, '/other'))).status).toBe(404);
  });

  test('refuses pages of other origins; the Host it cannot judge', async () => {
    const { it, server } = await handedOn({ path: '/chat' });
    await it.start();
    expect((await ask(addressOf(server), { Origin: 'https://evil.com' })).status).toBe(403);
    expect((await ask(addressOf(server), { Host: 'example.com' })).status).toBe(101);
  });

  test('answers 503 before the start and after the stop', async () => {
    const { it, server } = await handedOn();
    expect((await ask(addressOf(server, '/'))).status).toBe(503);
    await it.start();
    expect((await ask(addressOf(server, '/'))).status).toBe(101);
    await it.transport.stop();
    expect((await ask(addressOf(server, '/'))).status).toBe(503);
    expect(it.sides).toHaveLength(1);
  });

  test('works beside a port of its own', async () => {
    const { it, server } = await handedOn({ port: 0, path: '/chat' });
    await it.start();
    await it.link();
    await upgraded(addressOf(server));
    await it.side(1);
  });
});
