import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { quietPort } from '../../integration/quiet-port.js';
import { FaultProxy } from '../network/fault-proxy.js';

/** What a node has to live with all the time. */
export interface Lot {
  readonly name: string;
  /** Milliseconds by which its clock is wrong. */
  readonly ahead: number;
  /** Megabytes of its heap (`--max-old-space-size`). */
  readonly heap?: number;
  /** File descriptors (`ulimit -n`). */
  readonly files?: number;
  /** The most that the process may take, in bytes. */
  readonly most: number;
}

/** Where nodes belong. */
interface Surroundings {
  readonly folder: string;
  readonly program: string;
  /** The port of Redis. */
  readonly redis: number;
  /** Told when the process ends by itself. */
  onEnd(node: FaultyNode, how: string): void;
}

/** One node in a process of its own, on the same ports however often it is started; its way to Redis is a proxy. */
export class FaultyNode {
  readonly lot: Lot;
  readonly number: number;
  readonly web: number;
  readonly tcp: number;
  readonly way: FaultProxy;
  /** What the hub calls itself. */
  id = '';
  /** Milliseconds by which its clock was seen to be wrong, and megabytes that its heap may have. */
  seen = { ahead: 0, heap: 0 };
  /** What it said of errors. */
  readonly complaints: string[] = [];
  readonly #surroundings: Surroundings;
  readonly #log: string;
  #process: ChildProcess | undefined;
  /** It has been told to end. */
  #ending = true;

  private constructor(lot: Lot, number: number, surroundings: Surroundings, way: FaultProxy, ports: readonly number[]) {
    this.lot = lot;
    this.number = number;
    this.#surroundings = surroundings;
    this.#log = path.join(surroundings.folder, `${lot.name}.log`);
    this.way = way;
    [this.web = 0, this.tcp = 0] = ports;
  }

  static async create(lot: Lot, number: number, surroundings: Surroundings): Promise<FaultyNode> {
    const way = await FaultProxy.to(surroundings.redis);
    return new FaultyNode(lot, number, surroundings, way, [await quietPort(), await quietPort()]);
  }

  get name(): string {
    return this.lot.name;
  }

  /** Of what it said, all that does not just say that Redis is away, or full. */
  get serious(): readonly string[] {
    return this.complaints.filter((complaint) => !complaint.includes('"code":"ENGINE_UNAVAILABLE"'));
  }

  /** What the process takes now, in bytes; undefined where it is down, or where nobody can say. */
  get memory(): number | undefined {
    try {
      const [, kilobytes] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${this.#process?.pid}/status`, 'utf8')) ?? [];
      return kilobytes === undefined ? undefined : Number(kilobytes) * 1_024;
    } catch {
      return undefined;
    }
  }

  /** Starts the process, and resolves once it listens: when Redis is there. */
  async start(): Promise<void> {
    const { heap, files, ahead } = this.lot;
    const places = { WEB: String(this.web), TCP: String(this.tcp), REDIS: this.way.url, AHEAD: String(ahead) };
    const limited = heap === undefined ? [] : [`--max-old-space-size=${heap}`];
    const command = [process.execPath, ...limited, '--enable-source-maps', this.#surroundings.program];
    // The shell makes way: signals are for the node.
    const shell = files === undefined ? 'exec "$0" "$@"' : `ulimit -n ${files}; exec "$0" "$@"`;
    const started = spawn('sh', ['-c', shell, ...command], { env: { ...process.env, ...places } });
    this.#process = started;
    this.#ending = false;
    this.#say(`started as ${started.pid}`);
    started.stderr.on('data', (bytes: Buffer) => this.#complain(String(bytes)));
    let output = '';
    await new Promise<void>((resolve, reject) => {
      started.stdout.on('data', (bytes: Buffer) => {
        output += bytes;
        appendFileSync(this.#log, bytes);
        const [, id, time, megabytes] = /^Listening as (\S+) at (\d+) with (\d+)\n/m.exec(output) ?? [];
        if (id === undefined) return;
        this.id = id;
        this.seen = { ahead: Number(time) - Date.now(), heap: Number(megabytes) };
        output = '';
        resolve();
      });
      // Killed while it starts, or it could not: who waits is told by the exit.
      started.once('exit', (code, signal) => {
        const how = `${code ?? signal}`;
        this.#say(`ended with ${how}`);
        if (!this.#ending) this.#surroundings.onEnd(this, `${how}: ${this.complaints.at(-1) ?? ''}`);
        reject(new Error(`${this.name} ended with ${how}: ${this.complaints.at(-1) ?? ''}`));
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

  /** It does nothing but compute, for three seconds. */
  block(): void {
    this.#process?.kill('SIGUSR2');
  }

  async close(): Promise<void> {
    await this.kill();
    await this.way.close();
  }

  async #end(signal: NodeJS.Signals): Promise<number | NodeJS.Signals | null> {
    const ending = this.#process;
    this.#ending = true;
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
