import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { CutProxy } from '../../engines/redis/cut-proxy.js';
import type { RedisServer } from '../../engines/redis/server.js';
import { quietPort } from '../quiet-port.js';

const program = fileURLToPath(new URL('server.ts', import.meta.url));

/** One node in a process of its own, on the same ports however often it is started; its way to Redis can be cut. */
export class ChaosNode {
  readonly name: string;
  readonly web: number;
  readonly tcp: number;
  readonly way: CutProxy;
  /** What the hub calls itself. */
  id = '';
  /** What it said of errors. */
  readonly complaints: string[] = [];
  readonly #log: string;
  #process: ChildProcess | undefined;

  private constructor(name: string, folder: string, way: CutProxy, [web, tcp]: readonly [number, number]) {
    this.name = name;
    this.#log = path.join(folder, `${name}.log`);
    this.way = way;
    this.web = web;
    this.tcp = tcp;
  }

  static async create(name: string, folder: string, redis: RedisServer): Promise<ChaosNode> {
    return new ChaosNode(name, folder, await CutProxy.to(redis.port), [await quietPort(), await quietPort()]);
  }

  /** Of these, what does not just say that Redis is away. */
  get serious(): readonly string[] {
    return this.complaints.filter((complaint) => !complaint.includes('"code":"ENGINE_UNAVAILABLE"'));
  }

  /** Starts the process, and resolves once it listens: when Redis is there. */
  async start(): Promise<void> {
    const places = { WEB: String(this.web), TCP: String(this.tcp), REDIS: this.way.url };
    const started = spawn(process.execPath, ['--import', 'tsx', program], { env: { ...process.env, ...places } });
    this.#process = started;
    this.#say(`started as ${started.pid}`);
    started.stderr.on('data', (bytes: Buffer) => this.#complain(String(bytes)));
    let output = '';
    await new Promise<void>((resolve, reject) => {
      started.stdout.on('data', (bytes: Buffer) => {
        output += bytes;
        appendFileSync(this.#log, bytes);
        const [, id] = /^Listening as (\S+)\n/m.exec(output) ?? [];
        this.id = id ?? this.id;
        if (id !== undefined) resolve();
      });
      // Killed while it starts, or it could not: who waits is told by the exit.
      started.once('exit', (code, signal) => {
        this.#say(`ended with ${code ?? signal}`);
        reject(new Error(`${this.name} ended with ${code ?? signal}: ${this.complaints.at(-1) ?? ''}`));
      });
    });
  }

  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  /** Ends it in good order. Resolves with its exit code, or the signal that had to end it. */
  async drain(): Promise<number | NodeJS.Signals | null> {
    const late = setTimeout(() => this.#process?.kill('SIGKILL'), 20_000);
    const exit = await this.#end('SIGTERM');
    clearTimeout(late);
    return exit;
  }

  freeze(): void {
    this.#say('frozen');
    this.#process?.kill('SIGSTOP');
  }

  thaw(): void {
    this.#say('thawed');
    this.#process?.kill('SIGCONT');
  }

  async close(): Promise<void> {
    await this.kill();
    await this.way.close();
  }

  async #end(signal: NodeJS.Signals): Promise<number | NodeJS.Signals | null> {
    const ending = this.#process;
    if (ending === undefined || ending.exitCode !== null || ending.signalCode !== null) return null;
    const gone = once(ending, 'exit');
    this.#say(signal);
    ending.kill(signal);
    const [code, by] = (await gone) as [number | null, NodeJS.Signals | null];
    return code ?? by;
  }

  #complain(text: string): void {
    // Of one that is killed, the last may be torn.
    this.complaints.push(...text.split('\n').filter((line) => line !== ''));
    appendFileSync(this.#log, text);
  }

  #say(what: string): void {
    appendFileSync(this.#log, `${new Date().toISOString()} ${what}\n`);
  }
}
