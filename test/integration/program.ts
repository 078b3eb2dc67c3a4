import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { onTestFinished } from 'vitest';
import { LineClient } from './line-client.js';

/** How a program ended: with an exit code, or by a signal. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A real process, which ends with the test that started it at the latest. */
export class Program extends LineClient {
  readonly #name: string;
  readonly #process: ChildProcessWithoutNullStreams;
  readonly #stdout: Buffer[] = [];
  readonly #stderr: Buffer[] = [];
  #exit: Exit | undefined;

  constructor(command: string, args: readonly string[] = [], environment: NodeJS.ProcessEnv = {}) {
    super();
    this.#name = [command, ...args].join(' ');
    this.#process = spawn(command, args, { env: { ...process.env, ...environment } });
    this.#collect(this.#process.stdout, this.#stdout);
    this.#collect(this.#process.stderr, this.#stderr);
    this.#process.on('error', (error) => this.#stderr.push(Buffer.from(String(error))));
    // A program that has ended cannot be written to: its end tells so.
    this.#process.stdin.on('error', () => {});
    this.#process.on('close', (code, signal) => {
      this.#exit = { code, signal };
      this.changed();
    });
    onTestFinished(async () => {
      this.kill('SIGKILL');
      await this.exit();
    });
  }

  get pid(): number {
    return this.#process.pid ?? Number.NaN;
  }

  get output(): Buffer {
    return Buffer.concat(this.#stdout);
  }

  get stdout(): string {
    return String(this.output);
  }

  get stderr(): string {
    return String(Buffer.concat(this.#stderr));
  }

  write(bytes: string | Uint8Array): void {
    this.#process.stdin.write(bytes);
  }

  /** Writes, and closes the program's standard input. */
  end(bytes: string | Uint8Array = ''): void {
    this.#process.stdin.end(bytes);
  }

  /** Reads nothing that it prints any more; its next write fails. */
  ignore(): void {
    this.#process.stdout.destroy();
    this.#process.stderr.destroy();
  }

  kill(signal: NodeJS.Signals): void {
    this.#process.kill(signal);
  }

  /** Resolves with what the pattern finds in what was printed. */
  prints(pattern: RegExp): Promise<RegExpExecArray> {
    return this.until(String(pattern), () => {
      const found = pattern.exec(this.stdout) ?? undefined;
      if (found === undefined && this.over) throw new Error(`It ended without ${pattern}. ${this.describe()}`);
      return found;
    });
  }

  /** Resolves when the program has ended, and all that it printed was read. */
  exit(): Promise<Exit> {
    return this.until('end', () => this.#exit);
  }

  protected override get over(): boolean {
    return this.#exit !== undefined;
  }

  protected override describe(): string {
    return `${this.#name} printed ${JSON.stringify(this.stdout)}, and as errors ${JSON.stringify(this.stderr)}`;
  }

  #collect(stream: NodeJS.ReadableStream, chunks: Buffer[]): void {
    stream.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      this.changed();
    });
  }
}
