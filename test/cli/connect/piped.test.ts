import { createServer } from 'node:http';
import { describe, expect, test } from 'vitest';
import { enter, RawClient } from '../../integration/clients.js';
import { quietPort } from '../../integration/quiet-port.js';
import { chathub, serveWeb } from '../../integration/servers.js';
import { listener, listening, piped, result, urlOf, type Way } from './set-up.js';

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
    await alice.until('message', () => /^\[tea\] guest-\S+: hello\r?$/m.test(alice.stdout) || undefined);
    program.kill('SIGTERM');
    const { code, stdout, stderr } = await result(program);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^\* Welcome, guest-\S+\. \/help lists the commands\.$/m);
    expect(stdout).not.toContain('/resume');
    expect(stdout).not.toContain('\x1b');
  });

  test('a signal is no good end of what is to be said once', async () => {
    const server = await serveWeb();
    const alice = new RawClient(server.port);
    await enter(alice, 'alice', 1);
    const program = piped(urlOf(way, server), '--once');
    program.write('hi\n');
    await alice.until('message', () => /: hi\r?\n/.test(alice.stdout) || undefined);
    program.kill('SIGTERM');
    const { code, stderr } = await result(program);
    expect([code, stderr]).toEqual([1, 'chathub: Not all was acknowledged before a signal ended it.\n']);
  });

  test('/quit leaves', async () => {
    const program = piped(urlOf(way, await serveWeb()));
    program.write('/quit\n');
    expect(await result(program)).toMatchObject({ code: 0, stderr: '' });
  });

  test('that nobody reads what it prints is a quiet end', async () => {
    const server = await serveWeb();
    const alice = new RawClient(server.port);
    await enter(alice, 'alice', 1);
    const program = piped(urlOf(way, server));
    await program.prints(/Joined lobby/);
    program.ignore();
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
