import { describe, expect } from 'vitest';
import {
  type Answer,
  frame,
  type Headers,
  rawSocket,
  requestHead,
  TEXT,
  upgradeRequest,
} from '../../transports/websocket/raw-frames.js';
import { type Arena, type Attack, hush } from '../arena.js';

/** "HTTP and upgrade" of the page, as far as it shows without an application of one's own. */
export function http(it: Arena, attack: Attack): void {
  /** What is answered to bytes, behind which nothing comes. */
  async function answerTo(bytes: string): Promise<Answer> {
    const raw = rawSocket(it.chat);
    try {
      await raw.send(bytes);
      raw.socket.end();
      return await raw.answer();
    } finally {
      raw.socket.destroy();
    }
  }

  const host = () => new URL(it.chat).host;
  const request = (what: string, headers: Headers = {}) => answerTo(requestHead(what, { Host: host(), ...headers }));
  const upgrade = (headers: Headers = {}, url = it.chat, method = 'GET') =>
    answerTo(upgradeRequest(url, headers, method));

  describe('HTTP: a request that is no upgrade', () => {
    attack('is told to become one, by 426', async () => {
      const { status, headers } = await request('GET /chat');
      expect([status, headers.get('upgrade')]).toEqual([426, 'websocket']);
    });

    attack('is refused as POST, by 405', async () => {
      expect((await request('POST /chat', { 'Content-Length': '0' })).status).toBe(405);
    });

    attack('to an unknown path finds nothing, by 404', async () => {
      expect((await request(`GET /${hush}/../etc/passwd`)).status).toBe(404);
    });

    attack('with 3,000 headers is refused, by 431', async () => {
      const many = Object.fromEntries(Array.from({ length: 3_000 }, (_, index) => [`X-Header-${index}`, hush]));
      expect((await request('GET /', many)).status).toBe(431);
    });

    attack('with two Content-Length is refused, by 400', async () => {
      // The second differs in case alone, so that both stand in the head.
      expect((await request('POST /', { 'Content-Length': '1', 'content-length': '2' })).status).toBe(400);
    });

    attack('that is no HTTP is refused, by 400', async () => {
      expect((await answerTo(`${hush} \x00\xff\r\n\r\n`)).status).toBe(400);
    });
  });

  describe('HTTP: an upgrade', () => {
    attack('of version 7 is refused by 400, with the version that there is', async () => {
      const { status, headers } = await upgrade({ 'Sec-WebSocket-Version': '7' });
      expect([status, headers.get('sec-websocket-version')]).toEqual([400, '13']);
    });

    for (const key of ['', hush, 'x'.repeat(10_000), undefined])
      attack(`with the bad key ${key?.slice(0, 10)} is refused, by 400`, async () => {
        expect((await upgrade({ 'Sec-WebSocket-Key': key })).status).toBe(400);
      });

    attack('by POST is refused, by 405', async () => {
      expect((await upgrade({}, it.chat, 'POST')).status).toBe(405);
    });

    attack('of an unknown path is refused, by 404', async () => {
      expect((await upgrade({}, new URL(`/${hush}`, it.chat).href)).status).toBe(404);
    });

    attack('with 3,000 headers is refused, by 431', async () => {
      const many = Object.fromEntries(Array.from({ length: 3_000 }, (_, index) => [`x${index}`, '']));
      expect((await upgrade(many)).status).toBe(431);
    });

    attack('with two Content-Length is refused, by 400', async () => {
      expect((await upgrade({ 'Content-Length': '1', 'content-length': '2' })).status).toBe(400);
    });

    for (const origin of [
      'https://good.com.evil.com',
      'null',
      'https://evil.com',
      'http://127.0.0.1.evil.com',
      'http://127.0.0.1:1',
      'file://',
      '',
    ])
      attack(`from a page of the origin ${JSON.stringify(origin)} is refused, by 403`, async () => {
        expect((await upgrade({ Origin: origin })).status).toBe(403);
      });

    for (const name of [
      'evil.com',
      'localhost.evil.com',
      '127.0.0.1.evil.com',
      '0.0.0.0',
      '10.0.0.1',
      '[::2]',
      'evil.com@127.0.0.1',
    ])
      attack(`to the Host ${name}, which is not of loopback, is refused, by 403`, async () => {
        const there = `${name}:${new URL(it.chat).port}`;
        // As a browser sends it after DNS rebinding: to it, the page and the chat are of one origin.
        expect((await upgrade({ Host: there, Origin: `http://${there}` })).status).toBe(403);
        expect((await upgrade({ Host: there })).status).toBe(403);
      });

    for (const name of ['localhost', '127.0.0.1', '[::1]'])
      attack(`to the Host ${name} is let in, from its own pages and from programs, which have no Origin`, async () => {
        const here = `${name}:${new URL(it.chat).port}`;
        expect((await upgrade({ Host: here, Origin: `http://${here}` })).status).toBe(101);
        expect((await upgrade({ Host: here })).status).toBe(101);
      });

    attack('with a token in its query leaves no trace of it in the log, whatever becomes of it', async () => {
      const url = `${it.chat}?token=${hush}`;
      const good = await upgrade({}, url);
      const bad = [
        await upgrade({ 'Sec-WebSocket-Version': '7' }, url),
        await upgrade({ Origin: 'https://evil.com' }, url),
        await upgrade({ 'Content-Length': '1', 'content-length': '2' }, url),
        await request(`GET /nowhere?token=${hush}`),
      ];
      expect([good, ...bad].map(({ status }) => status)).toEqual([101, 400, 403, 400, 404]);
    });

    attack('with a frame behind it has that frame processed', async () => {
      const raw = rawSocket(it.chat);
      const hello = frame(TEXT, JSON.stringify({ type: 'hello', id: 7 }));
      await raw.send(Buffer.concat([Buffer.from(upgradeRequest(it.chat)), hello]));
      expect(await raw.event('welcome')).toMatchObject({ re: 7 });
      raw.socket.destroy();
    });

    attack('that is refused has nothing behind it done', async () => {
      const refused = upgradeRequest(it.chat, { Origin: 'https://evil.com' });
      const raw = rawSocket(it.chat);
      await raw.send(Buffer.concat([Buffer.from(refused + upgradeRequest(it.chat)), frame(TEXT, '{"type":"hello"}')]));
      expect((await raw.answer()).status).toBe(403);
      await raw.gone();
      expect(raw.frames).toEqual([]);
    });
  });
}
