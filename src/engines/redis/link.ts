import type { Cluster, Redis } from 'ioredis';
import { ChatError } from '../../model/errors.js';
import type { Clock } from '../../ports/clock.js';
import { closedError, isDemoted, isNoScript, unavailable, wordOf } from './failures.js';
import type { Script } from './scripts/script.js';
import type { Wires } from './wires.js';

/** What Redis may take to answer: callers have their answer within 5 s. */
const answerTime = 4_000;

/** How often it is looked whether somebody waits too long. */
const lookEvery = 250;

/** The most calls that wait for Redis. Beyond it they are refused: who floods a slow Redis must not fill this process. */
const mostWaiting = 20_000;

/** How long `WAIT` may take. */
const replicaTime = 2_000;

interface Call {
  readonly script: Script;
  readonly keys: readonly string[];
  readonly args: readonly string[];
  readonly since: number;
  resolve(reply: unknown): void;
  reject(error: ChatError): void;
}

/** Told of what happens to the connection. */
export interface LinkEvents {
  /** It is there again. */
  connected(): void;
  lost(why: string): void;
  /** Something that should not happen: a script that failed. */
  failed(error: unknown): void;
  /** There is no memory left for what was to be written. */
  full(): void;
}

/**
 * The way of commands to Redis. What is called in one turn leaves in one write, in the order of the calls. While Redis is away calls fail at
 * once; who was waiting for an answer is told within 4 s that it is unknown.
 */
export class Link {
  readonly #wire: Redis | Cluster;
  readonly #isCluster: boolean;
  readonly #clock: Clock;
  readonly #events: LinkEvents;
  readonly #scripts: Script[];
  readonly #minReplicas: number;
  #queue: Call[] = [];
  readonly #sent = new Set<Call>();
  /** Scripts that Redis has forgotten are loaded again: until then what must be sent again waits in its order. */
  #again: Call[] | undefined;
  #flushing = false;
  #up = true;
  #closed = false;
  #calls = 0;
  #connectingSince: number | undefined;
  #cancelLook: (() => void) | undefined;

  /** @param minReplicas - more than 0: this link is for what is to be on so many replicas, and waits for them */
  constructor(
    { commands, copies, isCluster }: Wires,
    scripts: readonly Script[],
    minReplicas: number,
    clock: Clock,
    events: LinkEvents,
  ) {
    this.#wire = minReplicas > 0 ? (copies ?? commands) : commands;
    this.#isCluster = isCluster;
    this.#scripts = [...scripts];
    this.#minReplicas = minReplicas;
    this.#clock = clock;
    this.#events = events;
    const wire = this.#wire as Redis;
    wire.on('ready', () => this.#connected());
    wire.on('close', () => this.#lost('The connection to Redis was closed'));
    this.#look();
  }

  /** How many calls wait for Redis, and how many there were. */
  get counts(): { readonly waiting: number; readonly calls: number } {
    return { waiting: this.#queue.length + this.#sent.size, calls: this.#calls };
  }

  /** Further scripts that will be called. */
  add(scripts: readonly Script[]): void {
    this.#scripts.push(...scripts);
  }

  /** Loads the scripts, so that the order of calls is kept from the first on. */
  async prepare(): Promise<void> {
    await this.#load();
  }

  call(script: Script, keys: readonly string[], args: readonly string[]): Promise<unknown> {
    if (this.#closed) return Promise.reject(closedError());
    if (!this.#up) return Promise.reject(new ChatError('ENGINE_UNAVAILABLE'));
    if (this.#queue.length + this.#sent.size >= mostWaiting)
      return Promise.reject(new ChatError('ENGINE_UNAVAILABLE', 'Too much waits for Redis.'));
    return new Promise((resolve, reject) => {
      this.#queue.push({ script, keys, args, since: this.#clock.monotonic(), resolve, reject });
      this.#calls++;
      this.#flushSoon();
    });
  }

  /** What the servers say of themselves; of a Cluster, each primary. */
  async info(section: string): Promise<readonly string[]> {
    return this.#timely(Promise.all(this.#nodes().map((node) => node.info(section))));
  }

  /** A setting of the servers; undefined where it may not be asked for. */
  async setting(name: string): Promise<readonly (string | undefined)[]> {
    const ask = async (node: Redis) => ((await node.config('GET', name)) as string[])[1];
    return this.#timely(Promise.all(this.#nodes().map((node) => ask(node).catch(() => undefined))));
  }

  /**
   * Keys of all servers, some at a time.
   *
   * @param after - what an earlier call gave as `next`
   */
  async scan(
    pattern: string,
    limit: number,
    after = '0 0',
  ): Promise<{ readonly keys: string[]; readonly next?: string }> {
    const nodes = this.#nodes();
    const [index, cursor] = after.split(' ') as [string, string];
    const node = nodes[Number(index)];
    if (node === undefined) return { keys: [] };
    const [next, keys] = await this.#timely(node.scan(cursor, 'MATCH', pattern, 'COUNT', limit));
    if (next !== '0') return { keys, next: `${index} ${next}` };
    return Number(index) + 1 < nodes.length ? { keys, next: `${Number(index) + 1} 0` } : { keys };
  }

  close(): void {
    this.#closed = true;
    this.#cancelLook?.();
    this.#failAll(closedError());
  }

  #nodes(): Redis[] {
    return this.#isCluster ? (this.#wire as Cluster).nodes('master') : [this.#wire as Redis];
  }

  #flushSoon(): void {
    if (this.#flushing || this.#again !== undefined) return;
    this.#flushing = true;
    const flush = () => {
      this.#flushing = false;
      if (this.#again === undefined) this.#flush();
    };
    // Where Redis has nothing to do for us, all that this step calls for leaves behind it. Else by the end of the turn, when everything that
    // could be read in it has been: it goes in one write.
    if (this.#sent.size === 0) process.nextTick(flush);
    else setImmediate(flush);
  }

  #flush(): void {
    const calls = this.#queue;
    if (calls.length === 0) return;
    this.#queue = [];
    for (const call of calls) this.#sent.add(call);
    if (this.#isCluster) for (const group of bySlot(calls)) this.#sendTogether(group);
    else this.#sendTogether(calls);
  }

  #sendTogether(calls: readonly Call[]): void {
    const [only] = calls;
    if (calls.length === 1 && only !== undefined && this.#minReplicas === 0) {
      this.#sendOne(only);
      return;
    }
    const pipeline = this.#wire.pipeline();
    for (const { script, keys, args } of calls) pipeline.evalsha(script.sha, keys.length, ...keys, ...args);
    const isCopied = this.#minReplicas > 0;
    if (isCopied) pipeline.wait(this.#minReplicas, replicaTime);
    pipeline.exec().then(
      (replies) => {
        const [failure, reached] = (isCopied ? replies?.[calls.length] : undefined) ?? [];
        const copied = !isCopied || (!failure && Number(reached) >= this.#minReplicas);
        for (const [index, call] of calls.entries()) {
          const [error = null, reply] = replies?.[index] ?? [new Error('no reply')];
          this.#settle(call, error ?? (copied ? null : notCopied()), reply);
        }
      },
      (error: unknown) => {
        for (const call of calls) this.#settle(call, error, undefined);
      },
    );
  }

  /** Without the weight of a pipeline: most calls of a quiet server go alone. */
  #sendOne(call: Call): void {
    const { script, keys, args } = call;
    this.#wire.evalsha(script.sha, keys.length, ...keys, ...args).then(
      (reply) => this.#settle(call, null, reply),
      (error: unknown) => this.#settle(call, error, undefined),
    );
  }

  #settle(call: Call, error: unknown, reply: unknown): void {
    // Over already: it was told that nothing is known.
    if (!this.#sent.delete(call)) return;
    if (error === null) {
      call.resolve(reply);
      return;
    }
    if (isNoScript(error)) {
      this.#sendAgain(call);
      return;
    }
    if (isDemoted(error) && !this.#isCluster) this.#reconnect('Redis is no primary any more');
    else if (wordOf(error) === 'OOM') this.#events.full();
    else if (wordOf(error) === 'ERR') this.#events.failed(error);
    call.reject(unavailable(error));
  }

  /** Replies come in the order of the calls: so does what must be sent again. What is called meanwhile waits behind it. */
  #sendAgain(call: Call): void {
    if (this.#again !== undefined) {
      this.#again.push(call);
      return;
    }
    this.#again = [call];
    const resume = () => {
      this.#queue = [...(this.#again ?? []), ...this.#queue];
      this.#again = undefined;
      this.#flushSoon();
    };
    this.#load().then(resume, resume);
  }

  async #load(): Promise<void> {
    const loads = this.#nodes().flatMap((node) => this.#scripts.map(({ lua }) => node.script('LOAD', lua)));
    await this.#timely(Promise.all(loads));
  }

  /** What is no call of a script has an answer in time, too. */
  async #timely<T>(work: Promise<T>): Promise<T> {
    let cancel = (): void => undefined;
    const late = new Promise<never>((_, reject) => {
      cancel = this.#clock.after(answerTime, () => reject(new ChatError('ENGINE_UNAVAILABLE')));
    });
    try {
      return await Promise.race([work, late]);
    } catch (error) {
      throw unavailable(error);
    } finally {
      cancel();
    }
  }

  #connected(): void {
    if (this.#closed) return;
    this.#connectingSince = undefined;
    this.#up = true;
    this.#events.connected();
  }

  #lost(why: string): void {
    if (this.#closed) return;
    this.#connectingSince ??= this.#clock.monotonic();
    const was = this.#up;
    this.#up = false;
    this.#failAll(new ChatError('ENGINE_UNAVAILABLE'));
    if (was) this.#events.lost(why);
  }

  #failAll(error: ChatError): void {
    const calls = [...this.#sent, ...(this.#again ?? []), ...this.#queue];
    this.#sent.clear();
    this.#queue = [];
    if (this.#again !== undefined) this.#again = [];
    for (const call of calls) call.reject(error);
  }

  #reconnect(why: string): void {
    this.#lost(why);
    this.#connectingSince = this.#clock.monotonic();
    (this.#wire as Redis).disconnect(true);
  }

  /** Looks whether somebody waits too long: for an answer, or for the connection. */
  #look(): void {
    if (this.#closed) return;
    this.#cancelLook = this.#clock.after(lookEvery, () => this.#look());
    const latest = this.#clock.monotonic() - answerTime;
    const oldest = [this.#again?.[0], this.#sent.values().next().value, this.#queue[0]];
    const late = oldest.some((call) => call !== undefined && call.since < latest);
    // Who waits for replicas is told after its time that nothing is known; Redis is well all the same.
    if (late && !this.#isCluster && this.#minReplicas === 0) this.#reconnect('Redis does not answer');
    else if (late) this.#failLate(latest);
    // A connection that is begun and never answered is not given up by itself.
    else if (!this.#up && !this.#isCluster && (this.#connectingSince ?? latest) < latest)
      this.#reconnect('Redis does not answer');
  }

  /** In a Cluster, the other servers go on. */
  #failLate(latest: number): void {
    for (const call of [...this.#sent, ...this.#queue]) {
      if (call.since >= latest) continue;
      this.#sent.delete(call);
      call.reject(new ChatError('ENGINE_UNAVAILABLE'));
    }
    this.#queue = this.#queue.filter(({ since }) => since >= latest);
  }
}

function notCopied(): ChatError {
  return new ChatError('ENGINE_UNAVAILABLE', 'It is not on enough replicas yet.');
}

/** What is known to be on one server of a Cluster: calls with the same hash tag. */
function bySlot(calls: readonly Call[]): Iterable<readonly Call[]> {
  const groups = new Map<string, Call[]>();
  for (const call of calls) {
    const key = call.keys[0] ?? '';
    const tag = key.slice(key.indexOf('{'), key.indexOf('}'));
    const group = groups.get(tag);
    if (group === undefined) groups.set(tag, [call]);
    else group.push(call);
  }
  return groups.values();
}
