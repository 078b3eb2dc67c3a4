import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import { RawClient } from './clients.js';
import { serveWeb } from './servers.js';

interface Told {
  readonly type: string;
  readonly [name: string]: unknown;
}

interface Page {
  readonly messages: readonly { readonly id: string; readonly offset: number }[];
  readonly more: boolean;
}

/** Says one thing after another in the lobby, and keeps what it was told. */
class Talker {
  readonly acknowledged = new Set<string>();
  readonly socket: WebSocket;
  bye: Told | undefined;
  readonly closed: Promise<number>;
  #said = 0;

  constructor(web: string, name: string) {
    this.socket = new WebSocket(`${web.replace('http', 'ws')}/chat`, 'chathub.v1.json');
    onTestFinished(() => this.socket.terminate());
    this.closed = once(this.socket, 'close').then(([code]) => Number(code));
    this.socket.on('open', () => this.socket.send(JSON.stringify({ type: 'hello', name, id: 0 })));
    this.socket.on('message', (data) => this.#hear(JSON.parse(String(data)) as Told));
  }

  #hear(event: Told): void {
    if (event.type === 'bye') this.bye = event;
    if (event.type === 'sent') this.acknowledged.add(String(event.message));
    if (event.type === 'joined' || event.type === 'sent') this.#say();
  }

  #say(): void {
    this.socket.send(JSON.stringify({ type: 'send', room: 'lobby', text: `${++this.#said}`, id: this.#said }));
  }
}

/** All messages of the lobby, by their ids. */
async function historyOf(web: string): Promise<Set<string>> {
  const socket = new WebSocket(`${web.replace('http', 'ws')}/chat`, 'chathub.v1.json');
  onTestFinished(() => socket.terminate());
  const next = (matches: (event: Told) => boolean) =>
    new Promise<Told>((resolve) => {
      const hear = (data: unknown) => {
        const event = JSON.parse(String(data)) as Told;
        if (!matches(event)) return;
        socket.off('message', hear);
        resolve(event);
      };
      socket.on('message', hear);
    });
  await once(socket, 'open');
  const joined = next(({ type }) => type === 'joined');
  socket.send('{"type":"hello"}');
  await joined;
  const ids = new Set<string>();
  for (let before: number | undefined; ; ) {
    const answer = next(({ re }) => re === 'page');
    socket.send(JSON.stringify({ type: 'history', room: 'lobby', before, limit: 200, id: 'page' }));
    const { messages, more } = (await answer) as unknown as Page;
    for (const { id } of messages) ids.add(id);
    before = messages[0]?.offset;
    if (!more) return ids;
  }
}

test('a server that is told to end in the middle of all keeps what it acknowledged, and says when to come back', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'chathub-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const options = ['--engine', `sqlite:${folder}/chat.db`, '--limit', 'drain=3000', '--limit', 'sendsPerSecond=off'];
  const { program, port, web } = await serveWeb(...options, '--limit', 'commandsPerSecond=off');
  const talkers = Array.from({ length: 20 }, (_, index) => new Talker(web, `talker-${index}`));
  // Who neither reads nor goes, and who goes on and on.
  const stubborn = new RawClient(port);
  stubborn.stall();
  const flood = new RawClient(port);
  const flooding = setInterval(() => flood.say('on', 'and', 'on'), 1);
  onTestFinished(() => clearInterval(flooding));
  await expect.poll(() => Math.min(...talkers.map(({ acknowledged }) => acknowledged.size))).toBeGreaterThan(20);

  program.kill('SIGTERM');
  expect(await program.exit()).toEqual({ code: 0, signal: null });
  clearInterval(flooding);
  expect(new Set(await Promise.all(talkers.map(({ closed }) => closed)))).toEqual(new Set([4002]));
  const waits = talkers.map(({ bye }) => Number(bye?.retryAfter));
  expect(Math.min(...waits)).toBeGreaterThan(0);
  expect(Math.max(...waits)).toBeLessThanOrEqual(3_000);
  // Not together: that 20 of 3,000 milliseconds fall into one twentieth happens once in 10^24 times.
  expect(Math.max(...waits) - Math.min(...waits)).toBeGreaterThan(150);

  const again = await serveWeb(...options);
  const kept = await historyOf(again.web);
  const lost = talkers.flatMap(({ acknowledged }) => [...acknowledged].filter((id) => !kept.has(id)));
  expect(lost).toEqual([]);
});
