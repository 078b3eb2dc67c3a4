import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, rmSync } from 'node:fs';
import path from 'node:path';
import { RedisServer } from '../../engines/redis/server.js';
import { Disk } from './disk.js';

/** The file of all that was written, which an acknowledged message is in. */
const aof = 'appendonlydir';

/** The Redis of a run, which keeps all that it acknowledges until it is made to forget. */
export class Store {
  readonly redis: RedisServer;
  readonly disk: Disk;
  /** Whether slow writing can be had. */
  readonly canSlow = spawnSync('strace', ['-qq', '-e', 'trace=none', 'true']).status === 0;
  /** It answers, as far as we know. */
  up = true;

  /** Of a run that breaks off, nothing is left. */
  readonly #onExit = () => void (this.redis.running && process.kill(this.redis.pid, 'SIGKILL'));

  private constructor(redis: RedisServer, disk: Disk) {
    this.redis = redis;
    this.disk = disk;
    process.once('exit', this.#onExit);
  }

  static async start(): Promise<Store> {
    const disk = new Disk();
    const settings = ['--appendonly', 'yes', '--appendfsync', 'always', '--dir', disk.path];
    // It is copied, and the disk is filled: neither is to meet it while it writes its file anew.
    settings.push('--auto-aof-rewrite-percentage', '0');
    return new Store(await RedisServer.start(...settings), disk);
  }

  async ask(command: string, ...args: readonly string[]): Promise<unknown> {
    return this.redis.ask(command, ...args);
  }

  set(name: string, value: string): Promise<unknown> {
    return this.ask('CONFIG', 'SET', name, value);
  }

  /** Whether it takes what is to be written. */
  async writes(): Promise<boolean> {
    return this.ask('SET', 'chathub-faults', '').then(
      () => true,
      () => false,
    );
  }

  async kill(): Promise<void> {
    this.up = false;
    await this.redis.stop();
  }

  async start(): Promise<void> {
    await this.redis.start();
    this.up = true;
  }

  freeze(): void {
    this.up = false;
    this.redis.freeze();
  }

  thaw(): void {
    this.redis.thaw();
    this.up = true;
  }

  /** Copies what is written by now. */
  copy(): void {
    rmSync(this.#copy, { recursive: true, force: true });
    cpSync(path.join(this.disk.path, aof), this.#copy, { recursive: true });
  }

  /** Puts back what was copied: nobody is to be running. */
  rollBack(): void {
    this.wipe();
    cpSync(this.#copy, path.join(this.disk.path, aof), { recursive: true });
  }

  /** Nothing is left: nobody is to be running. */
  wipe(): void {
    rmSync(path.join(this.disk.path, aof), { recursive: true, force: true });
  }

  /** Each time that it makes sure that something is written takes so long. Ends with what is given back. */
  slow(ms: number): () => Promise<void> {
    const inject = ['-e', 'trace=fdatasync', '-e', `inject=fdatasync:delay_enter=${ms * 1_000}`];
    const tracer = spawn('strace', ['-f', '-qq', '-o', '/dev/null', ...inject, '-p', String(this.redis.pid)]);
    return () => ended(tracer);
  }

  async end(): Promise<void> {
    process.off('exit', this.#onExit);
    await this.redis.end();
    this.disk.close();
    rmSync(this.#copy, { recursive: true, force: true });
  }

  get #copy(): string {
    return `${this.disk.path}-copy`;
  }
}

async function ended(tracer: ChildProcess): Promise<void> {
  if (tracer.exitCode !== null || tracer.signalCode !== null) return;
  const gone = once(tracer, 'exit');
  tracer.kill('SIGINT');
  await gone;
}
