import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Redis } from 'ioredis';
import { until } from '../../../src/testing/checks.js';

/** A port that is free now. */
export async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as net.AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** A port for a node of a Cluster: its bus listens 10,000 above. */
async function freeClusterPort(): Promise<number> {
  for (;;) {
    const port = await freePort();
    if (port <= 55_000) return port;
    // The system gives them in no order: a lower one comes.
  }
}

/** A redis-server of our own, on a free port of loopback, with its files in a folder of its own. */
export class RedisServer {
  readonly port: number;
  readonly #folder: string;
  readonly #settings: readonly string[];
  #process: ChildProcess | undefined;

  private constructor(port: number, folder: string, settings: readonly string[]) {
    this.port = port;
    this.#folder = folder;
    this.#settings = settings;
  }

  static async start(...settings: readonly string[]): Promise<RedisServer> {
    const port = settings.includes('--cluster-enabled') ? freeClusterPort() : freePort();
    const server = new RedisServer(await port, await mkdtemp(path.join(tmpdir(), 'chathub-redis-')), settings);
    await server.start();
    return server;
  }

  /** One that watches over others. @param lines - of its configuration, which it writes to */
  static async sentinel(...lines: readonly string[]): Promise<RedisServer> {
    const folder = await mkdtemp(path.join(tmpdir(), 'chathub-redis-'));
    const file = path.join(folder, 'sentinel.conf');
    await writeFile(file, `${lines.join('\n')}\n`);
    const server = new RedisServer(await freePort(), folder, [file, '--sentinel']);
    await server.start();
    return server;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  get pid(): number {
    return this.#process?.pid ?? 0;
  }

  /** The process has not ended, by itself or otherwise. */
  get running(): boolean {
    return this.#process !== undefined && this.#process.exitCode === null && this.#process.signalCode === null;
  }

  async start(): Promise<void> {
    const place = ['--port', String(this.port), '--bind', '127.0.0.1', '--dir', this.#folder];
    // The configuration of a sentinel comes first.
    const args = this.#settings.includes('--sentinel')
      ? [...this.#settings, ...place]
      : [...place, '--save', '', '--loglevel', 'warning', ...this.#settings];
    this.#process = spawn('redis-server', args, { stdio: 'ignore' });
    await until('redis-server', () => this.#answers(), 20_000);
  }

  /** By hand: one that wants a password answers, too. */
  #answers(): Promise<boolean> {
    return new Promise((resolve) => {
      const socket = net.connect(this.port, '127.0.0.1', () => socket.write('PING\r\n'));
      socket.on('data', (answer) => {
        resolve(/^(\+PONG|-NOAUTH)/.test(String(answer)));
        socket.destroy();
      });
      socket.on('error', () => resolve(false));
    });
  }

  /** Ends the process as a crash does, or on its request. */
  async stop(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    const ended = this.#process;
    if (ended === undefined || !this.running) return;
    const gone = once(ended, 'exit');
    // A frozen one has to go on to hear of a signal that it may refuse.
    ended.kill('SIGCONT');
    ended.kill(signal);
    await gone;
  }

  freeze(): void {
    this.#process?.kill('SIGSTOP');
  }

  thaw(): void {
    this.#process?.kill('SIGCONT');
  }

  /** One command over a connection of its own. */
  async ask(command: string, ...args: readonly string[]): Promise<unknown> {
    const client = new Redis(this.port, '127.0.0.1', { retryStrategy: () => null, lazyConnect: true, protocol: 2 });
    client.on('error', () => undefined);
    try {
      await client.connect();
      return await client.call(command, ...args);
    } finally {
      client.disconnect();
    }
  }

  async end(): Promise<void> {
    await this.stop();
    await rm(this.#folder, { recursive: true, force: true });
  }
}

/** Three primaries that share the slots. */
export class RedisCluster {
  readonly servers: readonly RedisServer[];

  private constructor(servers: readonly RedisServer[]) {
    this.servers = servers;
  }

  static async start(): Promise<RedisCluster> {
    const settings = ['--cluster-enabled', 'yes', '--cluster-node-timeout', '2000'];
    const servers = await Promise.all([1, 2, 3].map(() => RedisServer.start(...settings)));
    const share = Math.ceil(16_384 / servers.length);
    for (const [index, server] of servers.entries()) {
      const last = Math.min((index + 1) * share, 16_384) - 1;
      await server.ask('CLUSTER', 'ADDSLOTSRANGE', String(index * share), String(last));
      await server.ask('CLUSTER', 'SET-CONFIG-EPOCH', String(index + 1));
    }
    for (const { port } of servers.slice(1)) await servers[0]?.ask('CLUSTER', 'MEET', '127.0.0.1', String(port));
    for (const server of servers) {
      const isReady = async () =>
        /cluster_state:ok[\s\S]*cluster_known_nodes:3/.test(String(await server.ask('CLUSTER', 'INFO')));
      await until('the cluster', isReady, 30_000);
    }
    return new RedisCluster(servers);
  }

  async end(): Promise<void> {
    for (const server of this.servers) await server.end();
  }
}
