import { once } from 'node:events';
import { expect, test } from 'vitest';
import { WebSocketClient } from '../integration/json-client.js';
import { chatClient, expectPortInUse, serveWebExample, type WebExample } from '../integration/web-examples.js';

async function get({ url }: WebExample, path: string): Promise<{ readonly status: number; readonly body: unknown }> {
  const response = await fetch(url(path));
  return { status: response.status, body: await response.json() };
}

test('a route tells who is in a room', async () => {
  const server = await serveWebExample('fastify');
  expect(await get(server, '/rooms/lobby/members')).toEqual({ status: 200, body: [] });
  const alice = chatClient(server.chat, { name: 'alice' });
  const bob = chatClient(server.chat, { name: 'bob' });
  // The server puts them in without being asked; a join is answered once they are.
  await alice.join('lobby');
  await bob.join('lobby');
  await bob.join('kitchen');
  expect(await get(server, '/rooms/lobby/members')).toEqual({ status: 200, body: ['alice', 'bob'] });
  expect(await get(server, '/rooms/Kitchen/members')).toEqual({ status: 200, body: ['bob'] });
});

test('what is not the name of a room is answered with its code', async () => {
  const server = await serveWebExample('fastify');
  const { status, body } = await get(server, '/rooms/no%20such/members');
  expect({ status, body }).toMatchObject({ status: 400, body: { code: 'BAD_ROOM' } });
  expect((await get(server, '/other')).status).toBe(404);
});

test('a path that nobody serves is refused', async () => {
  const { url } = await serveWebExample('fastify');
  const { ws } = new WebSocketClient(url('/elsewhere').replace('http', 'ws'));
  const [, { statusCode }] = await once(ws, 'unexpected-response');
  expect(statusCode).toBe(404);
});

test('Ctrl-C says goodbye to people, and ends it', async () => {
  const { program, chat } = await serveWebExample('fastify');
  const somebody = new WebSocketClient(chat, ['chathub.v1.json']);
  await somebody.request('welcome', { type: 'hello' });
  program.kill('SIGINT');
  expect(await somebody.closed()).toMatchObject({ code: 4002 });
  expect(await program.exit()).toEqual({ code: 0, signal: null });
  expect(program.stderr).toBe('');
});

test('a port in use is an error of one line, and exit code 1', async () => {
  await expectPortInUse('fastify', await serveWebExample('fastify'));
});
