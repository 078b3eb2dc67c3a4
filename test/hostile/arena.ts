import { afterAll, beforeAll, test } from 'vitest';
import { Bystanders } from './bystanders.js';
import type { Reading } from './fixtures/gauge.js';
import type { Target } from './target.js';

const megabyte = 1_048_576;

/** What an attack may leave behind. */
const mostLeft = 20 * megabyte;

/** For the system to take back what was freed, which it does in its own time. */
const settlingMs = 2_000;

/** Stands in every text and token that is sent here, so that a log which holds any of them gives itself away. */
export const hush = 'hush-4e1f';

/** Where a stack shows: `at file:///…`, `node:internal/…`, `session.ts:12:3`. */
const stack = /^\s+at |node:internal|\.[cm]?[jt]s:\d+/;

/** What an attack is allowed besides. */
export interface AttackOptions {
  /** Log lines: one for each event that is worth it. Default: 1. */
  readonly lines?: number;
  /** Megabytes of memory that it may take for a while, above what there was before. Default: any. */
  readonly peak?: number;
}

/**
 * One process under attack, with two bystanders. After each attack: it is the same process and lives, the bystanders talk on
 * within a second, memory is back, and the log has a line at most, without a stack, a token or a text.
 */
export class Arena {
  readonly #name: string;
  readonly #start: () => Promise<Target>;
  #target: Target | undefined;
  #bystanders: Bystanders | undefined;
  #pid: number | undefined;
  #first: Reading | undefined;
  /** Before an attack is after the last one: what that left later is seen, too. */
  #last: Reading | undefined;
  /** Lines of the log that were looked at. */
  #seen = 0;
  #cases = 0;

  /** @param start - the process; it listens for lines first, and its WebSockets are at `/chat` of its last address */
  constructor(name: string, start: () => Promise<Target>) {
    this.#name = name;
    this.#start = start;
  }

  /** The process. */
  get target(): Target {
    if (this.#target === undefined) throw new Error('The arena is not open.');
    return this.#target;
  }

  /** The port of lines. */
  get port(): number {
    return this.portOf(0);
  }

  /** Where WebSockets are. */
  get chat(): string {
    return `${(this.target.addresses.at(-1) ?? '').replace(/^http/, 'ws')}/chat`;
  }

  /** The port of an address of the process. */
  portOf(index: number): number {
    return Number(new URL(this.target.addresses[index] ?? '').port);
  }

  async open(): Promise<void> {
    this.#target = await this.#start();
    this.#pid = this.#target.pid;
    this.#bystanders = await Bystanders.enter(this.port, this.chat);
    // Code is compiled and buffers are made when they are first needed, and stay.
    for (let round = 0; round < 5; round++) await this.#bystanders.exchange();
    this.#first = await this.target.read();
    this.#last = this.#first;
    this.#seen = this.target.log.length;
  }

  /** Makes the attack, and sees what it did to the process and to others. */
  async run(attack: () => Promise<void>, { lines = 1, peak }: AttackOptions = {}): Promise<void> {
    if (this.#bystanders === undefined || this.#last === undefined) throw new Error('The arena is not open.');
    const before = this.#last;
    await this.#bystanders.during(attack());
    const [settled, talked] = await Promise.allSettled([this.#settled(before), this.#bystanders.exchange()]);
    // A process that is gone, and then who had to wait, is said before what memory does on a machine with much to do.
    this.#checkProcess();
    if (talked.status === 'rejected') throw talked.reason;
    if (settled.status === 'rejected') throw settled.reason;
    const after = settled.value;
    this.#checkLog(lines);
    if (after.inherited !== before.inherited) throw new Error('Prototypes that all objects share were changed.');
    const most = after.peak - before.rss;
    if (peak !== undefined && most > peak * megabyte) throw new Error(`It took ${inMegabytes(most)} for a while.`);
    this.#cases++;
  }

  /** The bystanders talk, which takes a while: they are no faster than they may be. */
  async exchange(): Promise<void> {
    await this.#bystanders?.exchange();
  }

  /** Ends the process in good order, after a last look at what all attacks together have left; a sentence on all of it. */
  async close(): Promise<string> {
    if (this.#first === undefined) return `hostile input: ${this.#name} did not begin`;
    const { highest, used } = await this.target.read();
    // Little by little, too. Of RSS that can't be said: code is compiled all the time, and memory comes to lie in pieces.
    if (used - this.#first.used > mostLeft)
      throw new Error(`${inMegabytes(used - this.#first.used)} of heap were left.`);
    this.#checkProcess();
    const slowest = Math.round(this.#bystanders?.slowest ?? 0);
    this.#bystanders?.leave();
    const ending = await this.target.stop();
    if (ending !== 'code 0') throw new Error(`The process ended with ${ending}.`);
    return `hostile input, ${this.#name}: ${this.#cases} cases against one process, peak RSS ${inMegabytes(highest)}, others waited ${slowest} ms at most`;
  }

  /** Resolves with how the process is when its memory is back. */
  async #settled(before: Reading): Promise<Reading> {
    const deadline = performance.now() + settlingMs;
    let peak = 0;
    for (;;) {
      const reading = await this.target.read();
      this.#last = reading;
      peak = Math.max(peak, reading.peak);
      const used = reading.used - before.used;
      // Either may grow by itself: RSS with the empty pages that V8 keeps, what is held when V8 gives up some that never were in RSS.
      const outside = Math.min(reading.rss - before.rss, reading.held - before.held);
      if (used <= mostLeft && outside <= mostLeft) return { ...reading, peak };
      if (performance.now() > deadline)
        throw new Error(`Memory did not come back: ${inMegabytes(used)} of heap, ${inMegabytes(outside)} of RSS.`);
    }
  }

  #checkProcess(): void {
    const { pid, ending } = this.target;
    if (ending !== undefined) throw new Error(`The process has ended with ${ending}.`);
    if (pid !== this.#pid) throw new Error('It is another process.');
  }

  #checkLog(most: number): void {
    const lines = this.target.log.slice(this.#seen);
    this.#seen = this.target.log.length;
    const shown = JSON.stringify(lines.slice(0, 5));
    if (lines.length > most) throw new Error(`It logged ${lines.length} lines: ${shown}`);
    if (lines.some((line) => stack.test(line))) throw new Error(`It logged a stack: ${shown}`);
    if (lines.some((line) => line.includes(hush))) throw new Error(`It logged what somebody sent: ${shown}`);
  }
}

/** An attack as a test of its own. */
export type Attack = (name: string, attack: () => Promise<void>, options?: AttackOptions) => void;

/** An arena for all attacks of a test file. At the end of it, a line says what it was. */
export function arena(name: string, start: () => Promise<Target>) {
  const arena = new Arena(name, start);
  beforeAll(() => arena.open());
  afterAll(async () => console.log(await arena.close()));
  const attack: Attack = (what, fn, options) => test(what, () => arena.run(fn, options));
  return { arena, attack };
}

function inMegabytes(bytes: number): string {
  return `${Math.round(bytes / megabyte)} MB`;
}
