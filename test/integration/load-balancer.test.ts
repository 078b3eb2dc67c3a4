import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import type { ChatClient, ClientRoom } from 'chathub/client';
import { describe, expect, onTestFinished, test } from 'vitest';
import { missingTools } from '../../scripts/system-tools.mjs';
import { CutProxy } from '../engines/redis/cut-proxy.js';
import { freePort, RedisServer } from '../engines/redis/server.js';
import { arrive, RawClient } from './clients.js';
import { Program } from './program.js';
import { serveWeb, type WebServer } from './servers.js';
import { chatClient } from './web-examples.js';

/** The one that docs/scaling.md gives to whoever runs HAProxy. */
const guide = /```haproxy\n(.*?)```/s.exec(readFileSync('docs/scaling.md', 'utf8'))?.[1] ?? '';

/** Two nodes of one chat, each with a way of its own to Redis, and a load balancer before them. */
async function balanced() {
  const redis = await RedisServer.start('--appendonly', 'yes');
  onTestFinished(() => redis.end());
  const ways = [await CutProxy.to(redis.port), await CutProxy.to(redis.port)] as const;
  const believing = ['--trust-proxy', 'loopback', '--proxy-protocol', 'loopback'];
  const nodes = await Promise.all(ways.map(({ url }) => serveWeb('--engine', url, ...believing)));
  for (const way of ways) onTestFinished(() => way.close());
  const balancer = await Balancer.start(nodes);
  await balancer.until('both nodes', (row) => row.node1 === 'UP' && row.node2 === 'UP');
  return { nodes, ways, balancer };
}

/** HAProxy, as the guide sets it up: with ports of this test, and without TLS. */
class Balancer {
  readonly web: string;
  readonly lines: number;
  readonly #admin: string;

  private constructor(web: number, lines: number, admin: string) {
    this.web = `ws://127.0.0.1:${web}/chat`;
    this.lines = lines;
    this.#admin = admin;
  }

  static async start(nodes: readonly WebServer[]): Promise<Balancer> {
    const folder = mkdtempSync(path.join(tmpdir(), 'chathub-haproxy-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const [web, lines, admin] = [await freePort(), await freePort(), path.join(folder, 'admin')];
    let config = `global\n  stats socket ${admin}\n${guide}`;
    config = config.replace(/bind :443 .*/, `bind 127.0.0.1:${web}`).replace('bind :8080', `bind 127.0.0.1:${lines}`);
    for (const [index, node] of nodes.entries()) {
      const page = new URL(node.web).port;
      config = config.replaceAll(`10.0.0.${index + 1}:8081`, `127.0.0.1:${page}`);
      config = config.replaceAll(`10.0.0.${index + 1}:8080 port 8081`, `127.0.0.1:${node.port} port ${page}`);
    }
    const file = path.join(folder, 'haproxy.cfg');
    writeFileSync(file, config);
    const checked = new Program('haproxy', ['-c', '-f', file]);
    expect(await checked.exit(), checked.stderr).toMatchObject({ code: 0 });
    new Program('haproxy', ['-db', '-f', file]);
    return new Balancer(web, lines, admin);
  }

  /** Of a backend, for each of its servers: whether it is up, and how many connections it has. */
  async rows(
    backend: 'web' | 'lines',
  ): Promise<Record<string, { readonly status: string; readonly sessions: number }>> {
    const socket = connect(this.#admin);
    await once(socket, 'connect');
    socket.end('show stat\n');
    const [head = '', ...lines] = (await text(socket)).trim().split('\n');
    const names = head.replace('# ', '').split(',');
    const rows = lines.map((line) => {
      const values = line.split(',');
      return Object.fromEntries(names.map((name, index) => [name, values[index] ?? '']));
    });
    const ours = rows.filter(({ pxname, svname }) => pxname === backend && /^node\d$/.test(svname ?? ''));
    return Object.fromEntries(
      ours.map(({ svname = '', status = '', scur }) => [svname, { status, sessions: Number(scur) }]),
    );
  }

  async until(what: string, holds: (status: Record<string, string>) => boolean): Promise<void> {
    const look = async () => {
      const rows = await this.rows('web').catch(() => ({}));
      return holds(Object.fromEntries(Object.entries(rows).map(([name, { status }]) => [name, status])));
    };
    await expect.poll(look, { message: what }).toBe(true);
  }

  /** How many WebSockets each node has. */
  async spread(): Promise<readonly number[]> {
    const { node1, node2 } = await this.rows('web');
    return [node1?.sessions ?? 0, node2?.sessions ?? 0];
  }
}

/** Somebody in the lobby, and what it sees there. */
class Person {
  readonly heard: string[] = [];
  /** What must not be. */
  readonly faults: string[] = [];
  readonly name: string;
  readonly client: ChatClient;
  readonly #room: Promise<ClientRoom>;

  constructor(url: string, name: string) {
    this.name = name;
    this.client = chatClient(url, { name, retryDelay: 50 });
    this.client.on('error', ({ error }) => this.faults.push(String(error)));
    this.client.on('rename', (change) => this.faults.push(`is ${change.name} now`));
    this.#room = this.#enter();
  }

  /** Resolves when it is in the lobby. */
  async arrived(): Promise<void> {
    await this.#room;
  }

  async say(words: string): Promise<void> {
    await (await this.#room).send(words);
  }

  async #enter(): Promise<ClientRoom> {
    const room = await this.client.join('lobby');
    room.on('message', ({ text }) => this.heard.push(text));
    room.on('gap', ({ from, to }) => this.faults.push(`a gap, ${from} to ${to}`));
    room.on('reset', () => this.faults.push('a reset'));
    room.on('presence', ({ left }) => this.faults.push(...left.map(({ name }) => `${name} left`)));
    return room;
  }
}

async function people(balancer: Balancer, ...names: readonly string[]): Promise<readonly Person[]> {
  const all = names.map((name) => new Person(balancer.web, name));
  for (const person of all) await person.arrived();
  return all;
}

describe.skipIf(['haproxy', 'redis-server'].some((tool) => missingTools().includes(tool)))(
  'HAProxy as in the guide',
  () => {
    test('spreads people over two nodes, and those of a node that is killed go on at the other one: nobody sees more than a pause', {
      timeout: 90_000,
    }, async () => {
      const { nodes, balancer } = await balanced();
      const all = await people(balancer, 'ann', 'bob', 'cat', 'dan');
      expect(await balancer.spread()).toEqual([2, 2]);
      const said: string[] = [];
      const saySome = async () => {
        const words = all.map(({ name }) => `${name} ${said.length}`);
        said.push(...words);
        await Promise.all(all.map((person, index) => person.say(words[index] ?? '')));
      };
      await saySome();
      const resumed = all.map(({ client }) => client.me?.id);
      const [first] = nodes;
      first?.program.kill('SIGKILL');
      for (let round = 0; round < 20; round++) await saySome();
      await expect.poll(() => balancer.spread()).toEqual([0, 4]);
      await saySome();

      await expect.poll(() => all.map(({ heard }) => heard.length)).toEqual(all.map(() => said.length));
      // Each once, and for all in one order.
      expect(all[0]?.heard.toSorted()).toEqual(said.toSorted());
      for (const { heard, faults, name } of all) {
        expect(heard, name).toEqual(all[0]?.heard);
        expect(faults, name).toEqual([]);
      }
      expect(all.map(({ client }) => client.me?.id)).toEqual(resumed);
    });

    test('sends nobody to a node that can not reach Redis, until it can', { timeout: 90_000 }, async () => {
      const { ways, balancer } = await balanced();
      const [, way] = ways;
      way.cut();
      await balancer.until('the second to be out', (row) => row.node1 === 'UP' && row.node2 === 'DOWN');
      await people(balancer, 'ann', 'bob', 'cat', 'dan');
      expect(await balancer.spread()).toEqual([4, 0]);
      way.mend();
      await balancer.until('the second to be back', (row) => row.node2 === 'UP');
      await people(balancer, 'eve', 'fay');
      expect(await balancer.spread()).toEqual([5, 1]);
    });

    test('spreads lines over TCP likewise, in the same rooms', { timeout: 90_000 }, async () => {
      const { balancer } = await balanced();
      const [ann] = await people(balancer, 'ann');
      const [bob, cat] = [new RawClient(balancer.lines), new RawClient(balancer.lines)];
      await arrive(bob);
      await bob.hears(/^\* Joined lobby \(\d here\)\.$/);
      await arrive(cat);
      const { node1, node2 } = await balancer.rows('lines');
      expect([node1?.sessions, node2?.sessions]).toEqual([1, 1]);
      bob.say('/nick bob', 'hello');
      await cat.until('bob', () => /\n\[lobby\] bob: hello\r?\n/.exec(cat.stdout) ?? undefined);
      await expect.poll(() => ann?.heard).toEqual(['hello']);
    });
  },
);
