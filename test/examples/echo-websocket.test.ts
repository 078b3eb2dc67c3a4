import { once } from 'node:events';
import { expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import { RawClient } from '../integration/clients.js';
import { example } from '../integration/servers.js';

async function serve() {
  const program = example('echo-websocket', '127.0.0.1:0', '127.0.0.1:0');
  const pattern = /^Listening on: tcp:\/\/127\.0\.0\.1:(\d+)\nListening on: (ws:\/\/127\.0\.0\.1:\d+)\/\n/;
  const [, port, url = ''] = await program.prints(pattern);
  return { program, port: Number(port), url };
}

async function open(url: string): Promise<WebSocket> {
  const socket = new WebSocket(url);
  onTestFinished(() => socket.terminate());
  await once(socket, 'open');
  return socket;
}

async function answer(socket: WebSocket): Promise<{ text: string; isBinary: boolean }> {
  const [data, isBinary] = await once(socket, 'message');
  return { text: String(data), isBinary };
}

test('lines and messages go back to whoever sent them, and to nobody else', async () => {
  const { program, port, url } = await serve();
  const telnet = new RawClient(port);
  const browser = await open(url);
  await program.prints(/\nguest-[0-9a-f]{4} came over websocket\n/);
  telnet.say('over TCP');
  await telnet.hears('over TCP');
  await program.prints(/\nguest-[0-9a-f]{4} came over tcp\n/);
  browser.send('over WebSocket');
  // Had it been sent the line, too, that would have come before.
  expect(await answer(browser)).toEqual({ text: 'over WebSocket', isBinary: false });
  telnet.say('again');
  await telnet.hears('again');
});

test('a message goes back as it was: newlines, commands of other protocols, every script', async () => {
  const { url } = await serve();
  const browser = await open(url);
  for (const text of ['two\nlines', '/quit', '{"type":"quit"}', '', 'привет 你好 🎉\u202e\0\x1b[31m']) {
    browser.send(text);
    expect(await answer(browser)).toEqual({ text, isBinary: false });
  }
});

test('says who is gone', async () => {
  const { program, url } = await serve();
  const browser = await open(url);
  const [, name] = await program.prints(/\n(guest-[0-9a-f]{4}) came over websocket\n/);
  browser.close(1000);
  await program.prints(new RegExp(`\n${name} is gone\n$`));
});

test('a port in use is an error of one line, and the other port is free again', async () => {
  const { port } = await serve();
  const second = example('echo-websocket', '127.0.0.1:0', `127.0.0.1:${port}`);
  expect(await second.exit()).toEqual({ code: 1, signal: null });
  expect(second.stderr).toBe(`Cannot listen on 127.0.0.1:${port}: another process is using it. Choose another port.\n`);
  expect(second.stdout).toBe('');
});
