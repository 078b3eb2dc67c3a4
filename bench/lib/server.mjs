// A server in a process of its own, kept to one processor, and clients of the load generator on the other.

import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import net from 'node:net';
import { createInterface } from 'node:readline';
import { loadProgram } from './prepare.mjs';

/** How the load generator talks to a server; `{room}` and `{text}` are replaced.
 * @typedef {{ wire: 'ws' | 'lines', path?: string, protocol?: string, greet: { send: string, until: string }[], say: string,
 *   answer?: { to: string, with: string }[] }} Dialect */
/** @typedef {{ name: string, version: string, serves: 'rooms' | 'echo', command: (port: number) => string[], dialect: Dialect }} Subject */
/** What the load generator tells, an event a line; `at` is in seconds of the monotonic clock, and `mainCpu` of one thread of `serverCpu`. `bytes` are of payloads,
 * `received` all that came.
 * @typedef {{ event: string, at: number, seconds: number, clients: number, deliveries: number, compressed: number, bytes: number, received: number, lost: number, doubled: number,
 *   disordered: number, missing: number, said: number, serverCpu: number, mainCpu: number, clientBusy: number, p50: number, p99: number, max: number,
 *   late: number, failures: number, [counted: string]: number | string }} Told */

/** The server has a processor for itself, and so have its clients. */
export const serverCore = '0';
const clientCore = '1';

/** Goes before whatever else wants the processor, where we may say so: what waits for it is not late because of the server. */
const urgently = spawnSync('chrt', ['-f', '1', 'true']).status === 0 ? ['chrt', '-f', '1'] : [];

/** Longer than anything takes that comes at all. */
const patience = 180;

/** Below the ports that the system takes for clients, so that none of these has it. */
const ports = { next: 11_000 + (process.pid % 1_000) * 10, last: 32_000 };

export class Server {
  /** @type {import('node:child_process').ChildProcess} */
  #child;
  #errors = '';
  port;

  /**
   * @param {import('node:child_process').ChildProcess} child
   * @param {number} port
   */
  constructor(child, port) {
    this.#child = child;
    this.port = port;
    child.stderr?.setEncoding('utf8').on('data', (text) => (this.#errors += text));
  }

  get pid() {
    return /** @type {number} */ (this.#child.pid);
  }

  /** Bytes that the process has in memory. */
  get rss() {
    const [, kilobytes] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${this.pid}/status`, 'utf8')) ?? [];
    return Number(kilobytes) * 1_024;
  }

  get child() {
    return this.#child;
  }

  /**
   * @param {Subject} subject
   * @param {NodeJS.ProcessEnv} [env]
   * @param {number} [at] - the port; one that is free when it is left out
   */
  static async start(subject, env = {}, at = undefined) {
    const port = at ?? (await freePort());
    const child = spawn('taskset', ['-c', serverCore, ...subject.command(port)], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...env },
    });
    const server = new Server(child, port);
    const lines = createInterface({ input: /** @type {import('node:stream').Readable} */ (child.stdout) });
    const [word] = await Promise.race([once(lines, 'line'), once(child, 'exit').then(() => ['it ended'])]);
    if (word !== 'listening') throw new Error(`${subject.name} does not listen: ${word}\n${server.#errors}`);
    return server;
  }

  async stop() {
    if (this.#child.exitCode !== null) return;
    const gone = once(this.#child, 'exit');
    this.#child.kill('SIGTERM');
    const late = setTimeout(() => this.#child.kill('SIGKILL'), 3_000);
    await gone;
    clearTimeout(late);
    if (this.#errors !== '') throw new Error(this.#errors);
  }
}

/** Clients of one load generator. */
export class Load {
  /** @type {import('node:child_process').ChildProcessWithoutNullStreams} */
  #child;
  #errors = '';
  /** @type {Told[]} */
  #told = [];
  /** @type {(() => void)[]} */
  #waiters = [];
  #ended = false;

  /**
   * @param {{ port: number, pid: number }} server
   * @param {Dialect} dialect
   * @param {Record<string, string | number>} options
   * @param {string[]} [more] - further words of the command line
   * @param {boolean} [urgent] - other clients on the same processor must not make these late
   */
  constructor(server, dialect, options, more = [], urgent = false) {
    const words = [...dialectWords(dialect), '--port', String(server.port), '--pid', String(server.pid)];
    for (const [name, value] of Object.entries(options)) words.push(`--${name}`, String(value));
    const program = [...(urgent ? urgently : []), loadProgram];
    const child = spawn('taskset', ['-c', clientCore, ...program, ...words, ...more], { stdio: 'pipe' });
    this.#child = child;
    child.stderr.setEncoding('utf8').on('data', (text) => (this.#errors += text));
    createInterface({ input: child.stdout }).on('line', (line) => {
      this.#told.push(JSON.parse(line));
      this.#wake();
    });
    child.on('close', () => {
      this.#ended = true;
      this.#wake();
    });
    child.stdin.on('error', () => {});
  }

  /**
   * Resolves with the next event of a kind.
   *
   * @param {string} event
   * @param {number} [seconds] - to wait for it
   * @returns {Promise<Told>}
   */
  async told(event, seconds = patience) {
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      this.#wake();
    }, seconds * 1_000);
    try {
      return await this.#next(event, () => late && `${seconds} s went by`);
    } finally {
      clearTimeout(timer);
    }
  }

  /**
   * @param {string} event
   * @param {() => string | false} given
   */
  async #next(event, given) {
    for (;;) {
      const at = this.#told.findIndex((told) => told.event === event);
      const [found] = at < 0 ? [] : this.#told.splice(at, 1);
      if (found !== undefined) return found;
      const over = this.#ended ? 'the load generator ended' : given();
      if (over) throw new Error(`${over} before "${event}": ${this.#errors}`);
      await new Promise((/** @type {(value?: undefined) => void} */ resolve) => this.#waiters.push(resolve));
    }
  }

  /** What was seen since the last time, or since all were there. */
  slice() {
    this.say('');
    return this.told('slice');
  }

  /**
   * Gives it a line: see its usage.
   *
   * @param {string} line
   */
  say(line) {
    this.#child.stdin.write(`${line}\n`);
  }

  async stop() {
    if (this.#ended) return;
    const gone = once(this.#child, 'close');
    this.#child.stdin.end();
    await gone;
  }

  #wake() {
    for (const resolve of this.#waiters.splice(0)) resolve();
  }
}

/** @param {Dialect} dialect */
function dialectWords({ wire, path, protocol, greet, say, answer = [] }) {
  const words = ['--wire', wire, '--say', say];
  if (path !== undefined) words.push('--path', path);
  if (protocol !== undefined) words.push('--protocol', protocol);
  for (const step of greet) words.push('--greet', step.send, step.until);
  for (const reply of answer) words.push('--answer', reply.to, reply.with);
  return words;
}

/** @returns {Promise<number>} */
export async function freePort() {
  for (; ports.next < ports.last; ) {
    const port = ports.next++;
    const server = net.createServer();
    const free = await new Promise((resolve) => {
      server.once('error', () => resolve(false));
      server.listen({ port, host: '127.0.0.1' }, () => server.close(() => resolve(true)));
    });
    if (free) return port;
  }
  throw new Error('no port is free');
}
