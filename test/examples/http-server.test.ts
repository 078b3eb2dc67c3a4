import { once } from 'node:events';
import { expect, test } from 'vitest';
import { WebSocketClient } from '../integration/json-client.js';
import { chatClient, expectPortInUse, said, serveWebExample } from '../integration/web-examples.js';

test('the page is at /, and nothing elsewhere', async () => {
  const { url } = await serveWebExample('http-server');
  const page = await fetch(url('/'));
  expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
  expect(await page.text()).toMatch(/^<!doctype html>/);
  expect((await fetch(url('/other'))).status).toBe(404);
});

test('what the page sends is understood, and people with a client share its room', async () => {
  const { chat } = await serveWebExample('http-server');
  const alice = chatClient(chat, { name: 'alice' });
  const lobby = await alice.join('lobby');
  await lobby.send('hello');
  // Word for word what the script of the page does.
  const page = new WebSocketClient(chat, ['chathub.v1.json']);
  page.tell({ type: 'join', room: 'lobby', history: 10 });
  expect(await page.next('joined')).toMatchObject({ entries: [{ type: 'message', from: { name: 'alice' } }] });
  page.tell({ type: 'send', room: 'lobby', text: 'hi' });
  expect(await page.next('message')).toMatchObject({ room: 'lobby', text: 'hi' });
  expect(await said(lobby, 2)).toEqual(['alice: hello', expect.stringMatching(/^guest-[0-9a-f]{4}: hi$/)]);
});

test('a path that nobody serves is refused', async () => {
  const { url } = await serveWebExample('http-server');
  const { ws } = new WebSocketClient(url('/elsewhere').replace('http', 'ws'));
  const [, { statusCode }] = await once(ws, 'unexpected-response');
  expect(statusCode).toBe(404);
});

test('Ctrl-C says goodbye to people, and ends it', async () => {
  const { program, chat } = await serveWebExample('http-server');
  const page = new WebSocketClient(chat, ['chathub.v1.json']);
  await page.request('joined', { type: 'join', room: 'lobby' });
  program.kill('SIGINT');
  expect(await page.next('bye')).toMatchObject({ code: 'SHUTDOWN' });
  expect(await page.closed()).toMatchObject({ code: 4002 });
  expect(await program.exit()).toEqual({ code: 0, signal: null });
  expect(program.stderr).toBe('');
});

test('a port in use is an error of one line, and exit code 1', async () => {
  await expectPortInUse('http-server', await serveWebExample('http-server'));
});
