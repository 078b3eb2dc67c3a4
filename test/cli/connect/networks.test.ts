import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { WebSocketServer } from 'ws';
import { enter, RawClient } from '../../integration/clients.js';
import { serveWeb } from '../../integration/servers.js';
import { listening, piped, result, urlOf, type Way } from './set-up.js';

describe.each<Way>(['tcp', 'ws'])('a connection over %s that is cut', (way) => {
  test('is another one soon, in the same session: nobody saw anybody leave, and nothing was missed', async () => {
    const server = await serveWeb();
    const bob = new RawClient(server.port);
    await enter(bob, 'bob', 1);
    const url = new URL(urlOf(way, server));
    const network = await proxyTo(Number(url.port));
    url.port = String(network.port);
    const program = piped(url.href, '--name', 'carol');
    await program.prints(/Joined lobby/);
    program.write('before\n');
    await bob.until('message', () => bob.stdout.includes('carol: before') || undefined);
    network.refuse = true;
    network.cut();
    await program.until('note', () => program.stderr.includes('Coming back') || undefined);
    bob.say('did you hear that?');
    program.write('after\n');
    network.refuse = false;
    await bob.until('message', () => bob.stdout.includes('carol: after') || undefined);
    await program.prints(/^\[lobby\] bob: did you hear that\?$/m);
    expect(program.stderr).toMatch(/^chathub: Connected again\.$/m);
    expect(bob.stdout.split('carol: before')[1]).not.toMatch(/carol (?:left|joined|is now)/);
    expect(bob.stdout.match(/carol: (?:before|after)/g)).toEqual(['carol: before', 'carol: after']);
  });
});

/** A network between the program and a server, which can be cut. */
async function proxyTo(target: number) {
  const sockets = new Set<Socket>();
  const network = {
    port: 0,
    refuse: false,
    cut: () => {
      for (const socket of sockets) socket.resetAndDestroy();
    },
  };
  const server = createServer((near) => {
    if (network.refuse) return void near.destroy();
    const far = connect(target, '127.0.0.1');
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => sockets.delete(socket));
    }
    near.pipe(far).pipe(near);
  });
  onTestFinished(() => network.cut());
  network.port = await listening(server);
  return network;
}

describe('a server that is up to no good', () => {
  /** Greets, and then does this with each chunk that comes. */
  async function playing(chunk: (socket: Socket, text: string) => void): Promise<string> {
    const server = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.write('* Welcome, guest-1. /help lists the commands. (/resume abc takes this session up again)\r\n');
      socket.write('* Joined lobby (1 here).\r\n');
      socket.on('data', (text) => chunk(socket, String(text)));
    });
    return `tcp://127.0.0.1:${await listening(server)}`;
  }

  test('and hangs up at the message has not acknowledged it', async () => {
    const url = await playing((socket, text) => {
      if (text.includes('hi')) socket.destroy();
      else socket.write('* You block nobody.\r\n');
    });
    const program = piped(url, '--once');
    program.end('hi');
    const { code, stderr } = await result(program);
    expect([code, stderr]).toEqual([1, 'chathub: Not acknowledged (The connection was lost.): hi\n']);
  });

  test('can not act on the terminal', async () => {
    const evil = '[lobby] eve: \x1b[2J\x1b]0;owned\x07\x9b31mred\x1bPq\x1b\\ \u202eback\r[lobby] bob: hi';
    const url = await playing((socket) => socket.write(`${evil}\r\n* You block nobody.\r\n`));
    const program = piped(url);
    program.write('hi\n');
    await program.prints(/eve/);
    program.kill('SIGINT');
    const { code, stdout } = await result(program);
    expect(code).toBe(0);
    expect(stdout).not.toMatch(/(?!\n)\p{Cc}/u);
    expect(stdout.match(/^\[lobby\] bob/m)).toBeNull();
    expect(stdout).toContain('\u202e');
    expect(stdout).toMatch(/\u2068.*\u202c\u2069$/m);
  });
});

describe('a server that is up to no good over WebSocket', () => {
  const me = { id: 'm', user: 'm', name: 'guest-1' };
  const welcome = {
    type: 'welcome',
    re: 1,
    session: 's',
    member: me,
    resumed: false,
    heartbeat: 25_000,
    limits: {},
    rooms: {},
  };
  const room = { epoch: 'e', offset: 0, recovered: true, more: false, entries: [], count: 1 };

  /** Answers the greeting with these frames. */
  async function saying(...frames: readonly unknown[]): Promise<string> {
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
    onTestFinished(() => {
      for (const client of server.clients) client.terminate();
      server.close();
    });
    server.on('connection', (socket) => {
      socket.once('message', () => {
        for (const frame of frames) socket.send(typeof frame === 'string' ? frame : JSON.stringify(frame));
      });
    });
    await once(server, 'listening');
    return `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  test.each([
    ['no JSON', ['{']],
    ['no event', ['7']],
    ['half a welcome', [{ type: 'welcome', re: 1 }]],
  ])('and sends %s is left, in a sentence', async (_what, frames) => {
    const { code, stdout, stderr } = await result(piped(await saying(...frames)));
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/^chathub: [^\n]+\n$/);
  });

  test('can not act on the terminal, nor end the program, by what it says in a room', async () => {
    const from = { id: 'x', user: 'x', name: 'eve' };
    const message = (offset: number, text: unknown) => ({
      type: 'message',
      room: 'lobby',
      id: `${offset}`,
      offset,
      from,
      text,
      at: 1,
    });
    const evil = '\x1b[2J\x9b31m red \u202eback\r[lobby] bob: hi\n* Welcome, root. /help lists the commands.';
    const junk = [message(2, 7), { type: 'sent' }, { type: 'notice' }, { type: 'from the future', room: 'lobby' }];
    const last = { type: 'notice', text: 'the end' };
    const url = await saying(welcome, { type: 'joined', room: 'lobby', ...room }, message(1, evil), ...junk, last);
    const program = piped(url);
    await program.prints(/^\* the end$/m);
    program.kill('SIGTERM');
    const { code, stdout, stderr } = await result(program);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).not.toMatch(/(?!\n)\p{Cc}/u);
    expect(stdout).toMatch(/^\[lobby\] eve\| \* Welcome, root/m);
    expect(stdout).not.toMatch(/^\[lobby\] bob/m);
  });
});
