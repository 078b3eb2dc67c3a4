import { on, once } from 'node:events';
import { connect } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import { enter, RawClient } from '../integration/clients.js';
import { serveWeb } from '../integration/servers.js';

describe('over HTTP there', () => {
  test('is a page, with its script and its style sheet, and nothing else', async () => {
    const { web } = await serveWeb();
    const page = await fetch(web);
    expect(page.status).toBe(200);
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
    const html = await page.text();
    expect(html).not.toMatch(/<style|style=|\son\w+=/);
    const own = [...html.matchAll(/\b(?:src|href)="(?!#|data:)([^"]+)"/g)].map(([, path]) => path);
    expect(own).toEqual(['page.css', 'page.js']);
    const types = { 'page.css': 'text/css; charset=utf-8', 'page.js': 'text/javascript; charset=utf-8' };
    for (const [path, type] of Object.entries(types)) {
      const file = await fetch(`${web}/${path}`);
      expect(file.status).toBe(200);
      expect(file.headers.get('content-type')).toBe(type);
      expect((await file.arrayBuffer()).byteLength).toBe(Number(file.headers.get('content-length')));
    }
    expect((await fetch(`${web}/page.js.map`)).status).toBe(404);
  });

  test('is nothing to be sent again to who has it', async () => {
    const { web } = await serveWeb();
    const first = await fetch(`${web}/page.js`);
    const etag = first.headers.get('etag') ?? '';
    await first.arrayBuffer();
    const second = await fetch(`${web}/page.js`, { headers: { 'If-None-Match': etag } });
    expect(second.status).toBe(304);
    expect(second.headers.get('etag')).toBe(etag);
    expect(await second.text()).toBe('');
  });

  test('is no body for HEAD, no other method, and only WebSockets at /chat', async () => {
    const { web } = await serveWeb();
    const head = await fetch(web, { method: 'HEAD' });
    expect(head.status).toBe(200);
    expect(Number(head.headers.get('content-length'))).toBeGreaterThan(1_000);
    expect(await head.text()).toBe('');
    const post = await fetch(web, { method: 'POST', body: 'x'.repeat(100_000) });
    expect([post.status, post.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
    const chat = await fetch(`${web}/chat`);
    expect([chat.status, chat.headers.get('upgrade')]).toEqual([426, 'websocket']);
  });

  test('is word of how it is', async () => {
    const { web } = await serveWeb();
    const health = await fetch(`${web}/healthz`);
    expect([health.status, await health.text()]).toEqual([200, '{"status":"ok","engine":{"state":"up"}}']);
    expect(health.headers.get('content-type')).toBe('application/json');
    expect(health.headers.get('cache-control')).toBe('no-store');
  });

  test('is no patience with who does not say what they want', async () => {
    const { web } = await serveWeb();
    const socket = connect(Number(new URL(web).port), '127.0.0.1');
    onTestFinished(() => void socket.destroy());
    socket.write('GET / HTTP/1.1\r\nHost: x\r\n');
    const chunks: Buffer[] = [];
    socket.on('data', (chunk) => chunks.push(chunk));
    await once(socket, 'close');
    expect(String(Buffer.concat(chunks))).toMatch(/^HTTP\/1\.1 408 /);
  });
});

describe('the chat of the page', () => {
  test('is that of the terminals: whoever comes is in the lobby, and told what was said last', async () => {
    const { web, port } = await serveWeb();
    const carol = new RawClient(port);
    await enter(carol, 'carol', 1);
    carol.say(...Array.from({ length: 11 }, (_, index) => `line ${index + 1}`), '/who');
    await carol.hears('* carol');
    const socket = new WebSocket(`${web.replace('http', 'ws')}/chat`, 'chathub.v1.json');
    onTestFinished(() => socket.terminate());
    const messages = on(socket, 'message');
    await once(socket, 'open');
    socket.send(JSON.stringify({ type: 'hello', name: 'dave' }));
    const texts: string[] = [];
    for await (const [data] of messages) {
      const event = JSON.parse(String(data));
      if (event.type !== 'joined') continue;
      expect(event.room).toBe('lobby');
      texts.push(...event.entries.map(({ text }: { text: string }) => text));
      break;
    }
    expect(texts).toEqual(Array.from({ length: 10 }, (_, index) => `line ${index + 2}`));
    await carol.hears('[lobby] * dave joined (2 here)');
  });

  test('is closed to pages of other origins, those included whose name was made to lead here', async () => {
    const { web } = await serveWeb();
    const url = `${web.replace('http', 'ws')}/chat`;
    expect(await statusOf(url, { origin: 'http://evil.example' })).toBe(403);
    expect(await statusOf(url, { origin: 'http://evil.example', headers: { Host: 'evil.example' } })).toBe(403);
    expect(await statusOf(url, { origin: web })).toBe(101);
  });
});

/** What a WebSocket is answered with. */
async function statusOf(url: string, options: object): Promise<number> {
  const socket = new WebSocket(url, 'chathub.v1.json', options);
  onTestFinished(() => socket.terminate());
  socket.on('error', () => {});
  return new Promise((resolve) => {
    socket.on('open', () => resolve(101));
    socket.on('unexpected-response', (_request, response) => resolve(response.statusCode ?? 0));
  });
}
