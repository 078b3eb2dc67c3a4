import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, onTestFinished } from 'vitest';
import type { Exit, Program } from '../program.js';
import { quietPort } from '../quiet-port.js';
import { chathub } from '../servers.js';

/** Nobody is too fast, or too slow. */
const limits = [
  ...['sendsPerSecond=off', 'sendBurst=off', 'commandsPerSecond=off', 'commandBurst=off'],
  // Hardly anything comes with a welcome: most of what was missed follows it, and the first repeats meet it on its way.
  ...['recover=off', 'recoverBytes=1', 'outboxBytes=67108864'],
].flatMap((limit) => ['--limit', limit]);

/** `chathub serve` on one file and the same ports, however often it is killed. */
export class KilledServer {
  /** The database. */
  readonly file: string;
  readonly tcp: number;
  readonly web: number;
  kills = 0;
  readonly #runs: Program[] = [];

  private constructor(file: string, tcp: number, web: number) {
    this.file = file;
    this.tcp = tcp;
    this.web = web;
  }

  static async create(): Promise<KilledServer> {
    const folder = mkdtempSync(path.join(tmpdir(), 'chathub-killed-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    return new KilledServer(path.join(folder, 'chat.db'), await quietPort(), await quietPort());
  }

  /** For WebSockets. */
  get url(): string {
    return `ws://127.0.0.1:${this.web}/chat`;
  }

  /** What all runs said is wrong. */
  get complaints(): string {
    return this.#runs.map(({ stderr }) => stderr).join('');
  }

  /** Starts the process; it does not listen yet. */
  spawn(): Program {
    const places = ['--tcp', String(this.tcp), '--web', String(this.web)];
    const run = chathub(['serve', ...places, '--engine', `sqlite:${this.file}`, ...limits]);
    this.#runs.push(run);
    return run;
  }

  /** Starts it, and resolves once it listens to all. */
  async start(): Promise<void> {
    await this.spawn().prints(/^History is kept in .*\n/m);
  }

  async kill(): Promise<void> {
    // One that had ended by itself was not killed.
    expect(await this.#end('SIGKILL')).toEqual({ code: null, signal: 'SIGKILL' });
    this.kills++;
  }

  /** In good order. */
  async stop(): Promise<void> {
    expect(await this.#end('SIGTERM')).toEqual({ code: 0, signal: null });
  }

  async #end(signal: NodeJS.Signals): Promise<Exit | undefined> {
    const run = this.#runs.at(-1);
    run?.kill(signal);
    return run?.exit();
  }
}
