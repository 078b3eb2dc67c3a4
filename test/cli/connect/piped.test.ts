import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect, createServer as createSocketServer, type Server, type Socket } from 'node:net';
import { ChatError, ChatHub, type Policies } from 'chathub';
import { tcp } from 'chathub/tcp';
import { webSocket } from 'chathub/websocket';
import { describe, expect, onTestFinished, test } from 'vitest';
import { WebSocketServer } from 'ws';
import { enter, RawClient } from '../../integration/clients.js';
import type { Program } from '../../integration/program.js';
import { quietPort } from '../../integration/quiet-port.js';
import { chathub, serveWeb, type WebServer } from '../../integration/servers.js';

type Way = 'tcp' | 'ws';

const urlOf = (way: Way, { port, web }: WebServer) =>
  way === 'tcp' ? `tcp://127.0.0.1:${port}` : `${web.replace('http', 'ws')}/chat`;

/** `chathub connect`, with something in its pipe. */
function piped(url: string, ...options: readonly string[]): Program {
  return chathub(['connect', url, ...options]);
}

/** How it ended, and what it printed. */
async function result(program: Program) {
  const { code } = await program.exit();
  return { code, stdout: program.stdout, stderr: program.stderr };
}

/** Somebody at telnet, in a room. */
async function listener(port: number, name: string, room: string): Promise<RawClient> {
  const client = new RawClient(port);
  await enter(client, name, 1);
  client.say(`/join ${room}`);
  await client.hears(`* Joined ${room} (1 here).`);
  return client;
}

describe.each<Way>(['tcp', 'ws'])('over %s, in a pipe', (way) => {
  test('what comes in is said in the room that was asked for, acknowledged, and that is all', async () => {
    const server = await serveWeb();
    const alice = await listener(server.port, 'alice', 'tea');
    const program = piped(urlOf(way, server), '--room', 'tea', '--name', 'carol', '--once');
    program.end('hi there\nand again\r\n\n//slash\n');
    expect(await result(program)).toEqual({ code: 0, stdout: '', stderr: '' });
    const said: string[] = [];
    while (said.length < 3) {
      const line = await alice.nextLine();
      if (line.startsWith('[tea] carol: ')) said.push(line);
    }
    expect(said).toEqual(['[tea] carol: hi there', '[tea] carol: and again', '[tea] carol: /slash']);
  });

  test('without a room it is said where the server puts one', async () => {
    const server = await serveWeb();
    const alice = new RawClient(server.port);
    await enter(alice, 'alice', 1);
    const program = piped(urlOf(way, server), '--name', 'carol', '--once');
    program.end('hi');
    expect(await result(program)).toEqual({ code: 0, stdout: '', stderr: '' });
    await alice.until('message', () => alice.stdout.includes('[lobby] carol: hi') || undefined);
  });

  test('a command is answered, and the answer printed', async () => {
    const program = piped(urlOf(way, await serveWeb()), '--room', 'tea', '--name', 'carol', '--once');
    program.end('/who\n/blocked\n/topic be nice\n/topic\n');
    const { code, stdout, stderr } = await result(program);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const lines = stdout.trimEnd().split('\n');
    // That all are told of the topic may come before or behind the answer.
    const [who, blocked, , , topic] = lines;
    expect([who, blocked, topic]).toEqual(['* carol', '* You block nobody.', '* tea is about: be nice']);
    expect(lines.slice(2, 4).sort()).toEqual(['* Done.', '[tea] * carol says it is about: be nice']);
  });

  test('what the server does not take is told, and is the end of it', async () => {
    const program = piped(urlOf(way, await serveWeb()), '--name', 'carol', '--once');
    program.end('/kick bob\nnever said\n');
    const { code, stdout, stderr } = await result(program);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '! FORBIDDEN That is not allowed.\n' });
    expect(stderr).toBe('chathub: Not acknowledged (FORBIDDEN That is not allowed.): /kick bob\n');
  });

  test.each([
    [['--name', 'Alice'], /^chathub: NAME_TAKEN .*\n$/],
    [['--room', '-'], /^chathub: BAD_ROOM .*\n$/],
  ])('%j that can not be had is the end, before anything is said', async (options, reason) => {
    const server = await serveWeb();
    const alice = new RawClient(server.port);
    await enter(alice, 'alice', 1);
    const program = piped(urlOf(way, server), ...options, '--once');
    program.end('hi');
    expect(await result(program)).toEqual({ code: 1, stdout: '', stderr: expect.stringMatching(reason) });
    alice.say('/history', '/who');
    await alice.until('list', () => /^\* alice$/m.test(alice.stdout) || undefined);
    expect(alice.stdout).not.toContain(': hi');
  });

  test('it goes on when its input has ended, until a signal comes, and prints no secret', async () => {
    const server = await serveWeb();
    const program = piped(urlOf(way, server), '--room', 'tea');
    program.end('hello\n');
    await program.prints(/^\* Joined tea \(1 here\)\.$/m);
    const alice = new RawClient(server.port);
    await enter(alice, 'alice', 2);
    alice.say('/join tea', 'are you there?');
    await program.prints(/^\[tea\] alice: are you there\?$/m);
    expect(alice.stdout).toMatch(/^\[tea\] guest-\S+: hello\r?$/m);
    program.kill('SIGTERM');
    const { code, stdout, stderr } = await result(program);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^\* Welcome, guest-\S+\. \/help lists the commands\.$/m);
    expect(stdout).not.toContain('/resume');
    expect(stdout).not.toContain('\x1b');
  });

  test('/quit leaves', async () => {
    const program = piped(urlOf(way, await serveWeb()));
    program.write('/quit\n');
    expect(await result(program)).toMatchObject({ code: 0, stderr: '' });
  });

  test('that nobody reads what it prints is a quiet end', async () => {
    const server = await serveWeb();
    const program = piped(urlOf(way, server));
    await program.prints(/Joined lobby/);
    program.ignore();
    const alice = new RawClient(server.port);
    await enter(alice, 'alice', 2);
    alice.say('hi', 'hi');
    expect((await program.exit()).code).toBe(0);
  });

  test('but is none of what is said once: it ends when that is acknowledged', async () => {
    const server = await serveWeb();
    const alice = new RawClient(server.port);
    await enter(alice, 'alice', 1);
    const program = piped(urlOf(way, server), '--once');
    program.ignore();
    program.end('/who\nhi\n');
    expect((await program.exit()).code).toBe(0);
    await alice.until('message', () => /guest-\S+: hi/.test(alice.stdout) || undefined);
  });

  test('nobody listens there: a sentence', async () => {
    const port = await quietPort();
    const program = piped(`${way}://127.0.0.1:${port}`, '--once');
    program.end('hi');
    const { code, stdout, stderr } = await result(program);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(new RegExp(`^chathub: Nobody listens at 127\\.0\\.0\\.1:${port}/?\\.\n$`));
  });

  test('what listens there is no chat: a sentence', async () => {
    const server = createServer((_request, response) => response.writeHead(404).end());
    const program = piped(`${way}://127.0.0.1:${await listening(server)}`, '--once');
    program.end('hi');
    const { code, stderr } = await result(program);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^chathub: [^\n]*(?:no chat|hung up|greets)[^\n]*\n$/);
  }, 30_000);

  test('a server that comes back is gone on with', async () => {
    const port = await quietPort();
    const place = way === 'tcp' ? ['--tcp', `${port}`, '--web', 'off'] : ['--tcp', '0', '--web', `${port}`];
    const start = async () => {
      const program = chathub(['serve', ...place]);
      await program.prints(way === 'tcp' ? /^Listening on tcp/m : /^Listening on http/m);
      return program;
    };
    const first = await start();
    const url = way === 'tcp' ? `tcp://127.0.0.1:${port}` : `ws://127.0.0.1:${port}/chat`;
    const program = piped(url, '--room', 'tea', '--name', 'carol');
    await program.prints(/Joined tea/);
    first.kill('SIGKILL');
    await program.until('note', () => /^chathub: .*Coming back …$/m.test(program.stderr) || undefined);
    program.write('said while away\n/who\n');
    await start();
    await program.prints(/^\* carol$/m);
    program.write('/join tea\n');
    await program.prints(/^\[tea\] carol: said while away$/m);
    expect(program.stderr).toMatch(/^chathub: Connected again.*\.$/m);
  });
});

test('the same words do the same over either', async () => {
  const typed = [
    'one',
    '/edit two',
    '/me waves',
    '/delete',
    '/delete',
    '/edit',
    '/history',
    '/join ops',
    '/who',
    '/switch tea',
  ];
  const more = [
    '/search two',
    '/leave ops',
    '/leave ops',
    '/who ops',
    '/rooms',
    '/msg nobody hm',
    '/directs',
    '/block nobody',
  ];
  const last = ['/topic', '/switch x', '/nothing', '/help', '/join tea', '/mute carol 5', '/HISTORY 1', '/blocked'];
  const outputs: string[] = [];
  for (const way of ['tcp', 'ws'] as const) {
    const program = piped(urlOf(way, await serveWeb()), '--room', 'tea', '--name', 'carol');
    program.end([...typed, ...more, ...last].map((line) => `${line}\n`).join(''));
    await program.prints(/^\* You block nobody\.$/m);
    program.kill('SIGTERM');
    const { stdout } = await result(program);
    outputs.push(stdout.slice(stdout.indexOf('* Joined tea')));
  }
  expect(outputs[0]).toContain('! NO_SUCH_MESSAGE ');
  expect(outputs[0]).toContain('* Found 1 message:\n[tea] carol: two\n* Left ops.\n');
  expect(outputs[1]).toBe(outputs[0]);
});

/** A hub of this process, for what `chathub serve` has no option for. */
async function hubWith(policies: Policies<{ id: string; name?: string }>) {
  const hub = new ChatHub({ policies });
  hub.on('connect', ({ member }) => void member.join('lobby'));
  const [lines, web] = [tcp({ port: 0 }), webSocket({ port: 0 })];
  await hub.listen(lines, web);
  onTestFinished(() => hub.close({ signal: AbortSignal.abort() }));
  return { hub, tcp: String(lines.addresses[0]), ws: String(web.addresses[0]) };
}

describe.each<Way>(['tcp', 'ws'])('a log-in over %s', (way) => {
  const accounts = new Map([['sesame', { id: 'u1', name: 'alice' }]]);
  const authenticate = ({ token }: { readonly token?: string | undefined }) => accounts.get(token ?? '') ?? null;
  const noGuests = (request: { readonly token?: string | undefined }) => {
    const user = authenticate(request);
    if (user === null) throw new ChatError('UNAUTHENTICATED');
    return user;
  };

  test.each([
    ['no guests', noGuests],
    ['guests, too', authenticate],
  ])('is by a token of the environment, where there are %s', async (_who, policy) => {
    const { [way]: url } = await hubWith({ authenticate: policy });
    const program = chathub(['connect', url], { CHATHUB_TOKEN: 'sesame' });
    program.write('/who\n');
    await program.prints(/^\* alice$/m);
    program.kill('SIGTERM');
    const { code, stdout, stderr } = await result(program);
    const lines = '* Welcome, alice. /help lists the commands.\n* Joined lobby (1 here).\n* alice\n';
    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: lines, stderr: '' });
  });

  test('that is no good is the end', async () => {
    const { [way]: url } = await hubWith({ authenticate: noGuests });
    for (const options of [[], ['--token', 'wrong']]) {
      const { code, stdout, stderr } = await result(piped(url, ...options));
      expect([code, stdout]).toEqual([1, '']);
      expect(stderr).toMatch(/^chathub: UNAUTHENTICATED [^\n]+\n$/);
    }
  });

  test('may come later, and leaves one where one was; one that is refused changes nothing', async () => {
    const { [way]: url } = await hubWith({ authenticate });
    const program = piped(url, '--room', 'tea');
    program.write('/auth wrong\n/who\n/auth sesame\n/who tea\n/who lobby\n');
    await program.prints(/^! UNAUTHENTICATED .*\n(?:.*\n)*\* guest-\S+\n(?:.*\n)*\* Welcome, alice\..*\n/m);
    // In both rooms, where the guest may still be about to leave.
    await program.prints(/Welcome, alice(?:.*\n)*\* (?:guest-\S+, )?alice\n(?:.*\n)*\* (?:guest-\S+, )?alice\n/);
    expect(program.stderr).toBe("chathub: Not acknowledged (UNAUTHENTICATED That token is nobody's.): /auth ***\n");
  });
});

test.each<Way>(['tcp', 'ws'])('whom the server bans over %s is told so, and does not come back', async (way) => {
  const { hub, [way]: url } = await hubWith({});
  const arrived = new Promise<string>((resolve) => hub.on('join', ({ member }) => resolve(member.user.id)));
  const program = piped(url);
  await program.prints(/Joined lobby/);
  await hub.ban({ user: await arrived });
  const { code, stderr } = await result(program);
  expect([code, stderr]).toEqual([1, 'chathub: BANNED You are banned.\n']);
});

test('a certificate that is signed by nobody known is no way in, unless it is said who signs', async () => {
  const fixture = (name: string) => new URL(`../../transports/tcp/fixtures/${name}`, import.meta.url).pathname;
  const flags = ['--tls-cert', fixture('cert.pem'), '--tls-key', fixture('key.pem')];
  const server = chathub(['serve', '--tcp', 'tls:0', '--web', 'off', ...flags]);
  const [, port] = await server.prints(/^Listening on tls:.*:(\d+)\n/);
  const stranger = piped(`tls://localhost:${port}`, '--once');
  stranger.end('hi');
  const refused = await result(stranger);
  expect(refused.code).toBe(1);
  expect(refused.stderr).toMatch(/^chathub: The certificate of localhost:\d+ .*\n$/);
  const friend = piped(`tls://localhost:${port}`, '--once', '--tls-ca', fixture('cert.pem'));
  friend.end('hi');
  expect(await result(friend)).toEqual({ code: 0, stdout: '', stderr: '' });
  expect(server.stderr).toBe('');
});

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
  const server = createSocketServer((near) => {
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
    const server = createSocketServer((socket) => {
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

async function listening(server: Server | ReturnType<typeof createServer>): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

test('the wrong command line is refused in a line, with exit code 2', async () => {
  for (const args of [[], ['127.0.0.1:8080'], ['ftp://x'], ['tcp://x'], ['tcp://x:1', 'y'], ['tcp://x:1', '--dance']]) {
    const program = chathub(['connect', ...args]);
    expect(await program.exit()).toEqual({ code: 2, signal: null });
    expect(program.stderr).toMatch(/^chathub: [^\n]+ See chathub connect --help\n$/);
  }
});

test('help needs no URL', async () => {
  const help = chathub(['connect', '--help']);
  expect(await help.exit()).toEqual({ code: 0, signal: null });
  expect(help.stdout).toMatch(/^Usage: chathub connect URL/);
});
