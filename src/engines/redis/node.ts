import type { Redis } from 'ioredis';
import type { Durability, EngineContext, EngineFacts, OpenEngine } from '../../ports/engine.js';
import { NodeScope } from '../shared/node-scope.js';
import { Ears } from './ears.js';
import { Gate } from './gate.js';
import { Health } from './health.js';
import { Held } from './held.js';
import { Keys } from './keys.js';
import { Lease } from './lease.js';
import { Link } from './link.js';
import { LogStore } from './log-store.js';
import { Logs } from './logs.js';
import type { RedisOptions } from './options.js';
import { Patrol } from './patrol.js';
import { RedisPresence } from './presence.js';
import { PresenceCalls } from './presence-calls.js';
import { logScripts } from './scripts/log.js';
import { presence as presenceScripts } from './scripts/presence.js';
import { probe, publish } from './scripts/publish.js';
import { withoutMemoryLimit } from './scripts/script.js';
import { stateScripts } from './scripts/state.js';
import { type Server, serverOf } from './server.js';
import { RedisSignals } from './signals.js';
import { RedisState } from './state.js';
import { disconnect, troubleOf, type Wires } from './wires.js';

/** One node of a chat in Redis: its connections, its lease, and what it follows. */
export class RedisNode implements OpenEngine {
  readonly log: Logs;
  readonly presence: RedisPresence;
  readonly signals: RedisSignals;
  readonly state: RedisState;
  readonly #context: EngineContext;
  readonly #options: RedisOptions;
  readonly #wires: Wires;
  #server: Server;
  readonly #link: Link;
  readonly #appending: Link;
  readonly #ears: Ears;
  readonly #gate: Gate;
  readonly #lease: Lease;
  readonly #patrol: Patrol;
  readonly #scope: NodeScope;
  readonly #keys: Keys;
  readonly #health: Health;
  readonly #held = new Held();
  #dropped = 0;
  #repaired = 0;
  #preparing: Promise<void> | undefined;
  #closing: Promise<void> | undefined;

  private constructor(
    wires: Wires,
    server: Server,
    [link, appending]: readonly [Link, Link],
    options: RedisOptions,
    context: EngineContext,
  ) {
    const { clock, limits } = context;
    this.#context = context;
    this.#options = options;
    this.#wires = wires;
    this.#server = server;
    this.#link = link;
    this.#appending = appending;
    this.#keys = new Keys(`${options.prefix ?? 'chathub:'}${databaseOf(wires)}`);
    this.#gate = new Gate(clock, { isFresh: () => this.#lease.fresh, hurry: () => this.#lease.hurry() });
    this.#scope = new NodeScope(context);
    this.#health = new Health((state) => context.onState?.(state));
    this.#patrol = new Patrol(clock, (error) => context.onError(error));
    const sharded = options.sharded ?? server.sharded;
    this.#ears = new Ears(wires, sharded, clock, {
      deafened: () => this.#deafened(),
      hearing: () => this.#hearing(),
    });
    const calls = new PresenceCalls(link, this.#ears, this.#keys);
    const dropped = () => void this.#dropped++;
    const failed = (error: unknown) => this.#failed(error);
    this.#lease = new Lease({
      context,
      calls,
      held: this.#held,
      gate: this.#gate,
      scripts: () => (this.#server.flags ? flagged : presenceScripts),
      tell: (told) => this.presence.tell(told),
      lost: () => void this.#patrol.all(),
      settled: () => this.#settled(),
      failing: (why, isStale) => this.#health.begin(isStale ? 'lease' : 'answers', why),
    });
    const shared = {
      link,
      ears: this.#ears,
      gate: this.#gate,
      keys: this.#keys,
      clock,
      patrol: this.#patrol,
      scope: this.#scope,
      dropped,
      failed,
    };
    const store = new LogStore(link, appending, this.#keys, limits, () => this.#ears.publish);
    const feeds = {
      ...shared,
      store,
      repaired: (count: number) => {
        this.#repaired += count;
      },
    };
    this.log = new Logs(feeds, this.#keys, this.#gate, this.#patrol, this.#scope);
    this.presence = new RedisPresence({ ...shared, context, calls, held: this.#held, lease: this.#lease });
    this.signals = new RedisSignals(link, this.#ears, this.#keys, this.#scope, dropped);
    this.state = new RedisState(shared);
  }

  /** @throws ChatError `ENGINE_UNAVAILABLE` */
  static async open(wires: Wires, options: RedisOptions, context: EngineContext): Promise<RedisNode> {
    const scripts = [...logScripts, ...stateScripts, ...Object.values(presenceScripts), ...[publish, probe]];
    let node: RedisNode | undefined;
    /** Before there is a node, whoever opens it is told of what fails. */
    const told = (tell: (node: RedisNode) => void) => {
      if (node !== undefined) tell(node);
    };
    const { minReplicas = 0 } = options;
    const link = new Link(wires, scripts, 0, context.clock, {
      connected: () => told((node) => node.#connected()),
      lost: (why) => told((node) => node.#lost(why)),
      failed: (error) => told((node) => node.#failed(error)),
      full: () => told((node) => node.#health.begin('memory', 'Redis is full (maxmemory).')),
    });
    // What becomes of the other connections is told of this one, too.
    const quiet = { connected: noop, lost: noop, failed: (error: unknown) => context.onError(error), full: noop };
    const appending = minReplicas === 0 ? link : new Link(wires, scripts, minReplicas, context.clock, quiet);
    try {
      const server = await serverOf(link);
      if (server.flags) link.add(Object.values(flagged));
      await link.prepare();
      node = new RedisNode(wires, server, [link, appending], options, context);
      await node.#lease.begin();
      node.#health.tell();
      return node;
    } catch (error) {
      told((node) => node.#end());
      appending.close();
      link.close();
      disconnect(wires);
      throw error;
    }
  }

  get durability(): Durability {
    return this.#server.durability;
  }

  get warnings(): readonly string[] {
    return this.#server.warnings;
  }

  facts(): EngineFacts {
    const { waiting, calls } = this.#link.counts;
    return {
      calls,
      waiting,
      channels: this.#ears.size,
      dropped: this.#dropped,
      repaired: this.#repaired,
      sessions: this.#held.size,
    };
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#scope.close();
    this.log.close();
    this.presence.close();
    this.state.close();
    this.#patrol.close();
    this.#gate.close();
    try {
      await this.#lease.end();
    } catch {
      // Redis is away: the lease runs out by itself, and others see to what it held.
    }
    this.#end();
    this.#appending.close();
    this.#link.close();
    disconnect(this.#wires);
  }

  #end(): void {
    this.#scope.close();
    this.#patrol.close();
    this.#ears.close();
    this.#lease.stop();
  }

  #lost(why: string): void {
    this.#gate.shut();
    this.#patrol.paused = true;
    this.#lease.interrupted();
    const trouble = troubleOf(this.#wires.commands);
    this.#health.begin('connection', trouble === undefined ? `${why}.` : `${why} (${trouble}).`);
  }

  /** The same server again, or another: scripts, channels and what this node holds are put where they belong before anybody may write. */
  #connected(): void {
    this.#preparing ??= this.#prepare().finally(() => {
      this.#preparing = undefined;
    });
    // What fails for want of a connection is done again with the next one.
    this.#preparing.catch(() => undefined);
  }

  async #prepare(): Promise<void> {
    await this.#link.prepare();
    // Perhaps another server, of another version, or set up in another way.
    this.#server = await serverOf(this.#link);
    this.#ears.sharded = this.#options.sharded ?? this.#server.sharded;
    this.#gate.shut();
    await this.#lease.reconnected();
  }

  #settled(): void {
    const wasDown = this.#patrol.paused;
    this.#patrol.paused = false;
    this.#health.end('connection', 'lease', 'answers');
    if (wasDown) void this.#patrol.all();
    if (this.#health.has('memory')) void this.#probe();
  }

  async #probe(): Promise<void> {
    await this.#link.call(probe, [this.#keys.presence], []).then(
      () => this.#health.end('memory'),
      () => undefined,
    );
  }

  #deafened(): void {
    this.#patrol.urgent = true;
    this.#health.begin('ears', 'Nothing is heard of other nodes but by asking.');
  }

  #hearing(): void {
    this.#patrol.urgent = false;
    this.#health.end('ears');
    void this.#patrol.all();
  }

  #failed(error: unknown): void {
    if ((error as { code?: unknown }).code !== 'ENGINE_UNAVAILABLE') this.#context.onError(error);
  }
}

const noop = (): void => undefined;

/** Channels know no databases: two chats in two of them must not hear each other. */
function databaseOf({ commands, isCluster }: Wires): string {
  const database = isCluster ? 0 : ((commands as Redis).options.db ?? 0);
  return database === 0 ? '' : `db${database}:`;
}

/** For what must go on where the memory of Redis is full. */
const flagged = {
  renew: withoutMemoryLimit(presenceScripts.renew),
  reap: withoutMemoryLimit(presenceScripts.reap),
  quit: withoutMemoryLimit(presenceScripts.quit),
};
