import { once } from 'node:events';
import { connect } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import { arrive, RawClient } from '../integration/clients.js';
import { serveWeb } from '../integration/servers.js';

test('a client by WebSocket is told that the server ends, upon SIGTERM', async () => {
  const { program, web } = await serveWeb();
  const socket = new WebSocket(`${web.replace('http', 'ws')}/chat`, 'chathub.v1.json');
  onTestFinished(() => socket.terminate());
  const events: { type: string; code?: string }[] = [];
  const welcomed = new Promise<void>((resolve) => {
    socket.on('message', (data) => {
      const event = JSON.parse(String(data));
      events.push(event);
      if (event.type === 'welcome') resolve();
    });
  });
  await once(socket, 'open');
  socket.send('{"type":"hello"}');
  await welcomed;
  program.kill('SIGTERM');
  const [code] = await once(socket, 'close');
  expect(code).toBe(4002);
  expect(events.at(-1)).toMatchObject({ type: 'bye', code: 'SHUTDOWN' });
  expect(await program.exit()).toEqual({ code: 0, signal: null });
  expect(program.stderr).toBe('');
});

test('whoever is connected over HTTP and says nothing is not waited for', async () => {
  const { program, web } = await serveWeb();
  const silent = connect(Number(new URL(web).port), '127.0.0.1');
  onTestFinished(() => void silent.destroy());
  silent.on('error', () => {});
  await once(silent, 'connect');
  await (await fetch(`${web}/healthz`)).text();
  program.kill('SIGTERM');
  expect(await program.exit()).toEqual({ code: 0, signal: null });
});

test('while it ends, it says that it does, and lets nobody in', async () => {
  const { program, web, port } = await serveWeb();
  const stubborn = new RawClient(port);
  await arrive(stubborn);
  // It neither reads nor hangs up, so that the server has somebody to wait for.
  stubborn.stall();
  program.kill('SIGTERM');
  await program.prints(/^Closing connections/m);
  const health = await fetch(`${web}/healthz`);
  expect([health.status, await health.text()]).toEqual([503, '{"status":"draining","engine":{"state":"up"}}']);
  const late = new WebSocket(`${web.replace('http', 'ws')}/chat`, 'chathub.v1.json');
  late.on('error', () => {});
  const [, response] = await once(late, 'unexpected-response');
  expect(response.statusCode).toBe(503);
  late.terminate();
});
