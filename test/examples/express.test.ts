import { expect, test } from 'vitest';
import { WebSocketClient } from '../integration/json-client.js';
import { chatClient, expectPortInUse, said, serveWebExample, type WebExample } from '../integration/web-examples.js';

function post({ url }: WebExample, room: string, body: string): Promise<Response> {
  const headers = { 'Content-Type': 'application/json' };
  return fetch(url(`/rooms/${room}/messages`), { method: 'POST', headers, body });
}

test('a route speaks in a room', async () => {
  const server = await serveWebExample('express');
  const lobby = await chatClient(server.chat, { name: 'alice' }).join('lobby');
  const response = await post(server, 'lobby', '{"text":"Lunch is ready"}');
  expect(response.status).toBe(201);
  expect(await response.json()).toEqual({ id: expect.any(String), at: expect.any(Number) });
  expect(await said(lobby, 1)).toEqual(['canteen: Lunch is ready']);
});

test('what the hub refuses is answered with its code, and what is no message with 400', async () => {
  const server = await serveWebExample('express');
  const badRoom = await post(server, 'no%20such', '{"text":"x"}');
  expect(badRoom.status).toBe(400);
  expect(await badRoom.json()).toMatchObject({ code: 'BAD_ROOM' });
  const tooLong = await post(server, 'lobby', JSON.stringify({ text: 'x'.repeat(5_000) }));
  expect(tooLong.status).toBe(400);
  expect(await tooLong.json()).toMatchObject({ code: 'TOO_LONG' });
  for (const body of ['{"text":1}', '{}', '[]', '{'])
    expect((await post(server, 'lobby', body)).status, body).toBe(400);
});

test('the application drops upgrades of other paths, and goes on', async () => {
  const { url, chat } = await serveWebExample('express');
  const stranger = new WebSocketClient(url('/elsewhere').replace('http', 'ws'));
  expect(await stranger.closed()).toMatchObject({ code: 1006 });
  expect(await chatClient(`${chat}?theme=dark`, { name: 'alice' }).ready()).toMatchObject({ name: 'alice' });
});

test('Ctrl-C says goodbye to people, and ends it', async () => {
  const { program, chat } = await serveWebExample('express');
  const somebody = new WebSocketClient(chat, ['chathub.v1.json']);
  await somebody.request('welcome', { type: 'hello' });
  program.kill('SIGINT');
  expect(await somebody.closed()).toMatchObject({ code: 4002 });
  expect(await program.exit()).toEqual({ code: 0, signal: null });
  expect(program.stderr).toBe('');
});

test('a port in use is an error of one line, and exit code 1', async () => {
  await expectPortInUse('express', await serveWebExample('express'));
});
