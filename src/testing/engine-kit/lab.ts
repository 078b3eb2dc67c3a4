import assert from 'node:assert/strict';
import {
  type Clock,
  type EngineContext,
  type Limits,
  limitTable,
  type OpenEngine,
  type SessionRecord,
} from '../../index.js';
import type { VirtualClock } from '../clock.js';

/**
 * What a check of {@link engineConformance} is run against: an engine over an empty store of its own. Any `Engine` will do.
 *
 * @example
 * ```ts
 * import { memory } from 'chathub';
 * import type { EngineSetUp } from 'chathub/testing';
 *
 * const setUp = (): EngineSetUp => ({ open: memory().open, tearDown: async () => console.log('gone') });
 * ```
 */
export interface EngineSetUp {
  /** Opens the store as a node. Called once for each node of a check; each is closed by the check. */
  open(context: EngineContext): Promise<OpenEngine>;
  /** Called last: throws the store away. */
  tearDown?(): Promise<void>;
  /** Puts the store out of reach of all nodes, until the function that it gives is called. */
  outage?(): Promise<() => Promise<void>>;
  /** Ends a node without its doing: nothing that it would do at its end happens. */
  kill?(engine: OpenEngine): Promise<void>;
}

/**
 * What an engine is, for {@link engineConformance} to check it by.
 *
 * @example
 * ```ts
 * import { memory } from 'chathub';
 * import { type EngineConformanceOptions, virtualClock } from 'chathub/testing';
 *
 * const options: EngineConformanceOptions = { setUp: memory, nodes: 'many', clock: virtualClock };
 * ```
 */
export interface EngineConformanceOptions {
  /** Called by each check for a store of its own, empty. */
  setUp(): EngineSetUp | Promise<EngineSetUp>;
  /** Whether a store can be open on several nodes at once. Checks of two nodes are run on the same one where it can't. */
  readonly nodes: 'one' | 'many';
  /** A clock that can be moved, when it is the one that the engine goes by. Without it, checks that need one are left out. */
  clock?(): Clock & Pick<VirtualClock, 'advance'>;
  /** Which limits of retention the engine keeps; by default all. */
  readonly bounds?: readonly ('history' | 'historyAge' | 'historyBytes')[];
  /** Whether it has `search`. Default: it has. */
  readonly search?: boolean;
  /** Whether it has `names` and `erase`. Default: it has. */
  readonly erase?: boolean;
  /** What the set-up can do to the engine; by default nothing, and checks that need it are left out. */
  readonly faults?: readonly ('outage' | 'kill')[];
  /** Where the random checks begin; a failure names it. Default 1. */
  readonly seed?: number;
}

/** What an engine or its set-up must have for a check to make sense. */
export type Need =
  | 'clock'
  | 'many'
  | 'history'
  | 'historyAge'
  | 'historyBytes'
  | 'outage'
  | 'kill'
  | 'search'
  | 'erase';

/** A check before it is bound to an engine. */
export interface EngineCheck {
  readonly name: string;
  readonly needs: readonly Need[];
  run(lab: Lab): Promise<void>;
}

export function check(name: string, run: (lab: Lab) => Promise<void>): EngineCheck {
  return { name, needs: [], run };
}

export function checkWith(needs: readonly Need[], name: string, run: (lab: Lab) => Promise<void>): EngineCheck {
  return { name, needs, run };
}

/** What one check works with: its own store, the nodes that it opened, and what they reported. */
export class Lab {
  /** What nodes reported to `onError`. A check that provokes errors takes them out; what is left at the end fails it. */
  readonly errors: unknown[] = [];
  readonly seed: number;
  readonly #options: EngineConformanceOptions;
  readonly #setUp: EngineSetUp;
  readonly #clock: (Clock & Pick<VirtualClock, 'advance'>) | undefined;
  readonly #nodes = new Map<OpenEngine, string>();

  private constructor(options: EngineConformanceOptions, setUp: EngineSetUp) {
    this.#options = options;
    this.#setUp = setUp;
    this.#clock = options.clock?.();
    this.seed = options.seed ?? 1;
  }

  static async run(options: EngineConformanceOptions, body: (lab: Lab) => Promise<void>): Promise<void> {
    const lab = new Lab(options, await options.setUp());
    try {
      await body(lab);
      assert.deepEqual(lab.errors, [], 'nothing is reported to onError');
    } finally {
      for (const node of [...lab.#nodes.keys()]) await node.close();
      await lab.#setUp.tearDown?.();
    }
  }

  /** The clock that nodes are opened with. */
  get clock(): Clock {
    return this.#clock ?? platformClock;
  }

  get movable(): boolean {
    return this.#clock !== undefined;
  }

  /** Opens a node. */
  async open(limits: Partial<Limits> = {}, clock: Clock = this.clock): Promise<OpenEngine> {
    const node = crypto.randomUUID();
    const onError = (error: unknown) => void this.errors.push(error);
    const engine = await this.#setUp.open({ node, clock, limits: { ...defaultLimits(), ...limits }, onError });
    this.#nodes.set(engine, node);
    return engine;
  }

  /** Opens two nodes; where there can be one only, that one is both. */
  async pair(limits: Partial<Limits> = {}, clocks: readonly Clock[] = []): Promise<[OpenEngine, OpenEngine]> {
    const first = await this.open(limits, clocks[0]);
    return [first, this.#options.nodes === 'one' ? first : await this.open(limits, clocks[1])];
  }

  nodeOf(engine: OpenEngine): string {
    return this.#nodes.get(engine) ?? assert.fail('a node that this lab opened');
  }

  /** Opens a session of a user on a node; a guest's user id is the member's id. */
  async session(engine: OpenEngine, member: string, facts: Partial<SessionRecord> = {}): Promise<SessionRecord> {
    const session: SessionRecord = {
      member,
      generation: 1,
      secret: `hash of ${member}`,
      node: this.nodeOf(engine),
      user: member,
      guest: false,
      name: `${member}'s name`,
      rooms: [],
      ...facts,
    };
    await engine.presence.openSession(session);
    return session;
  }

  /** A new session of a user enters a room. */
  async enter(engine: OpenEngine, user: string, room = 'lobby', limit = 1_000): Promise<boolean | 'full'> {
    return engine.presence.enter(room, await this.session(engine, crypto.randomUUID(), { user }), limit);
  }

  async advance(ms: number): Promise<void> {
    await (this.#clock ?? assert.fail('a check that needs the clock says so')).advance(ms);
  }

  outage(): Promise<() => Promise<void>> {
    return this.#setUp.outage?.() ?? assert.fail('a set-up whose faults name "outage" has outage()');
  }

  async kill(engine: OpenEngine): Promise<void> {
    this.#nodes.delete(engine);
    await (this.#setUp.kill ?? assert.fail('a set-up whose faults name "kill" has kill()'))(engine);
  }
}

const platformClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after(ms, run) {
    const timer = setTimeout(run, ms).unref();
    return () => clearTimeout(timer);
  },
};

function defaultLimits(): Limits {
  return Object.fromEntries(Object.entries(limitTable).map(([name, { value }]) => [name, value])) as Limits;
}
