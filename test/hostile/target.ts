import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { Watched } from '../integration/watched.js';
import type { Reading } from './fixtures/gauge.js';

const gauge = new URL('./fixtures/gauge.ts', import.meta.url).href;

/** The command line's own defaults, and a malloc (of glibc) that gives back what was freed: otherwise RSS says little. */
const environment = {
  ...{ NO_COLOR: '1', CHATHUB_TCP_PORT: '', CHATHUB_WEB_PORT: '', CHATHUB_ENGINE: '' },
  ...{ MALLOC_ARENA_MAX: '2', MALLOC_MMAP_THRESHOLD_: '65536', MALLOC_TRIM_THRESHOLD_: '65536' },
};

/** A server in a process of its own, which tells how it is. It lives as long as a test file, or a test. */
export class Target extends Watched {
  /** All lines that it printed since it was started, on either stream. */
  readonly log: string[] = [];
  /** Where it listens, in the order in which it said so. */
  readonly addresses: string[] = [];
  readonly #process: ChildProcessWithoutNullStreams;
  readonly #readings: { readonly stdout: Reading[]; readonly stderr: Reading[] } = { stdout: [], stderr: [] };
  #asked = 0;
  #ending: string | undefined;

  private constructor(program: string, args: readonly string[]) {
    super();
    const node = ['--expose-gc', '--import', 'tsx', '--import', gauge, program, ...args];
    this.#process = spawn(process.execPath, node, { env: { ...process.env, ...environment } });
    // Its end tells so.
    this.#process.stdin.on('error', () => {});
    for (const stream of ['stdout', 'stderr'] as const)
      createInterface({ input: this.#process[stream] }).on('line', (line) => this.#read(stream, line));
    this.#process.on('close', (code, signal) => {
      this.#ending = signal ?? `code ${code}`;
      this.changed();
    });
  }

  /** `chathub serve` on free ports, with its rooms in memory unless `options` say where. */
  static serve(...options: readonly string[]): Promise<Target> {
    const engine = options.includes('--engine') ? [] : ['--engine', 'memory'];
    return Target.#start('src/cli/main.ts', ['serve', '--tcp', '0', '--web', '0', ...engine, ...options], /^or open /);
  }

  /** A program of `fixtures/`, which says where it listens, and then that it is ready. */
  static fixture(name: string, ...args: readonly string[]): Promise<Target> {
    return Target.#start(`test/hostile/fixtures/${name}.ts`, args, /^Ready$/);
  }

  static async #start(program: string, args: readonly string[], last: RegExp): Promise<Target> {
    const target = new Target(program, args);
    await target.until('start', () => {
      if (target.#ending !== undefined) throw new Error(`It ended at once. ${target.describe()}`);
      return target.log.some((line) => last.test(line)) || undefined;
    });
    for (const line of target.log) target.addresses.push(...(/^Listening on (\S+)$/.exec(line)?.slice(1) ?? []));
    return target;
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  /** How it ended; undefined while it lives. */
  get ending(): string | undefined {
    return this.#ending;
  }

  /** How it is once its garbage is collected; what it logged before is in `log` then. */
  async read(): Promise<Reading> {
    const count = ++this.#asked;
    this.#process.stdin.write('?\n');
    return this.until('reading', () => {
      if (this.#ending !== undefined) throw new Error(`The process has ended. ${this.describe()}`);
      return this.#readings.stdout.length >= count ? this.#readings.stderr[count - 1] : undefined;
    });
  }

  /** Asks it to end, and resolves with how it did. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<string> {
    this.#process.kill(signal);
    return this.until('end of the process', () => this.#ending);
  }

  protected override describe(): string {
    return `Ended: ${this.#ending}; printed: ${JSON.stringify(this.log.slice(-20))}`;
  }

  #read(stream: 'stdout' | 'stderr', line: string): void {
    if (line.startsWith('\0')) this.#readings[stream].push(JSON.parse(line.slice(1)) as Reading);
    else this.log.push(line);
    this.changed();
  }
}
