import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { enter, RawClient } from '../../integration/clients.js';
import { quietPort } from '../../integration/quiet-port.js';
import { chathub, serveWeb, type WebServer } from '../../integration/servers.js';
import { lacksTmux, Tmux } from './tmux.js';

type Way = 'tcp' | 'ws';

const urlOf = (way: Way, { port, web }: Pick<WebServer, 'port' | 'web'>) =>
  way === 'tcp' ? `tcp://127.0.0.1:${port}` : `${web.replace('http', 'ws')}/chat`;

const commandLine = (url: string, ...options: readonly string[]) =>
  ['node', '--import', 'tsx', 'src/cli/main.ts', 'connect', url, ...options].join(' ');

const connected = (url: string, ...options: readonly string[]) => new Tmux(commandLine(url, ...options));

/** The last row, in which one types. */
const lastRow = (screen: string) => screen.split('\n').at(-1);

describe.skipIf(lacksTmux).each<Way>(['tcp', 'ws'])('in a terminal, over %s', (way) => {
  test('people talk, while the line that is typed stays whole', async () => {
    const server = await serveWeb();
    const bob = new RawClient(server.port);
    await enter(bob, 'bob', 1);
    const terminal = connected(urlOf(way, server), '--name', 'alice');
    await terminal.shows(/^\[lobby\] alice:$/m);
    terminal.type('this line is longer than what stands in one row of the terminal, which is eighty co');
    await terminal.shows(/eighty co$/);
    for (let count = 1; count <= 5; count++) bob.say(`line ${count}`);
    await terminal.shows(/bob: line 5\n\[lobby\] alice: this line is longer than .*\n.*eighty co$/);
    terminal.type('lumns');
    terminal.press('Enter');
    await bob.until(
      'message',
      () => /\[lobby\] alice: this .* which is eighty columns\r?\n/.test(bob.stdout) || undefined,
    );
    const screen = await terminal.shows(/eighty columns\n\[lobby\] alice:$/);
    expect(screen).not.toContain('/resume');
    // What one says stands there once.
    expect(screen.match(/this line/g)).toHaveLength(1);
  });

  test('colours are there, unless they are not wanted', async () => {
    const url = urlOf(way, await serveWeb());
    const colourful = new Tmux(commandLine(url));
    const plain = [new Tmux(commandLine(url, '--no-color')), new Tmux(`NO_COLOR=1 ${commandLine(url)}`)];
    for (const terminal of [colourful, ...plain]) await terminal.shows(/^\[lobby\] guest-\S+:$/m);
    expect(colourful.coloured).toContain('\x1b[');
    for (const terminal of plain) expect(terminal.coloured).not.toContain('\x1b[');
  });

  test('what is pasted into the midst of a line stands there, its tabs as spaces', async () => {
    const terminal = connected(urlOf(way, await serveWeb()), '--name', 'alice');
    await terminal.shows(/^\[lobby\] alice:$/m);
    terminal.type('ad');
    terminal.press('Left');
    terminal.paste('b\tc');
    await terminal.shows(/^\[lobby\] alice: ab cd$/m);
  });

  test('Tab knows the commands, and who is there', async () => {
    const server = await serveWeb();
    const bob = new RawClient(server.port);
    await enter(bob, 'bartholomew', 1);
    const terminal = connected(urlOf(way, server), '--name', 'alice');
    await terminal.shows(/^\[lobby\] alice:$/m);
    terminal.type('/ms');
    terminal.press('Tab');
    terminal.type('bar');
    terminal.press('Tab');
    terminal.type('psst');
    await terminal.shows(/^\[lobby\] alice: \/msg bartholomew psst$/m);
    terminal.press('Enter');
    await bob.until('message', () => /^\(direct\) alice: psst\r?$/m.test(bob.stdout) || undefined);
    terminal.press('Up');
    await terminal.shows(/psst\n.*psst$/);
  });

  test.each([
    ['Ctrl-C on an empty line', ['C-c']],
    ['Ctrl-C on a line, and again', ['x', 'C-c', 'C-c']],
    ['Ctrl-D', ['C-d']],
    ['/quit', ['/', 'q', 'u', 'i', 't', 'Enter']],
  ])('%s leaves, and the terminal is as it was', async (_how, keys) => {
    const terminal = connected(urlOf(way, await serveWeb()));
    await terminal.shows(/^\[lobby\] guest-\S+:$/m);
    terminal.press(...keys);
    const screen = await terminal.shows(/^exit code \d+\n-?icanon/m);
    expect(screen).toMatch(/^exit code 0\nicanon$/m);
  });

  test('narrower and wider, it has one line to type in', async () => {
    const terminal = connected(urlOf(way, await serveWeb()), '--name', 'alice');
    await terminal.shows(/^\[lobby\] alice:$/m);
    terminal.type('one two three four five six seven eight nine ten');
    await terminal.shows(/ten$/);
    await terminal.resize(30, 16);
    await terminal.shows(/^\[lobby\] alice: one two three f\nour/m);
    terminal.type(' 11');
    await terminal.shows(/11$/);
    await terminal.resize(100, 16);
    const screen = await terminal.shows(/^\[lobby\] alice: one .* ten 11$/m);
    expect(screen.match(/one two/g)).toHaveLength(1);
  });

  test('a server that was killed is gone on with, and what was typed meanwhile is said', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'chathub-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const [port, webPort] = [await quietPort(), await quietPort()];
    const start = async () => {
      const places = ['--tcp', `${port}`, '--web', `${webPort}`, '--engine', `sqlite:${folder}/chat.db`];
      const program = chathub(['serve', ...places]);
      await program.prints(/^Listening on http/m);
      return program;
    };
    const first = await start();
    const terminal = connected(urlOf(way, { port, web: `http://127.0.0.1:${webPort}` }), '--name', 'alice');
    await terminal.shows(/^\[lobby\] alice:$/m);
    terminal.type('/join tea');
    terminal.press('Enter');
    await terminal.shows(/^\[tea\] alice:$/m);
    first.kill('SIGKILL');
    await terminal.shows(/^-- .*Coming back … --$/m);
    terminal.type('are you back?');
    terminal.press('Enter');
    await terminal.shows(/^-- Not connected\. What you type is kept/m);
    terminal.type('half a li');
    await start();
    const bob = new RawClient(port);
    await bob.until('welcome', () => bob.stdout.includes('Joined lobby') || undefined);
    bob.say('/join tea');
    await bob.until('message', () => bob.stdout.includes('[tea] alice: are you back?') || undefined);
    const screen = await terminal.shows(/^-- Connected again\. --$/m);
    expect(lastRow(await terminal.shows(/\[tea\] alice: half a li$/))).toBe('[tea] alice: half a li');
    expect(screen).not.toContain('not known');
  });
});
