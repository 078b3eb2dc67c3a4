import { onTestFinished } from 'vitest';
import { type RedisOptions, redis } from '../../../src/engines/redis/index.js';
import {
  type Clock,
  type EngineContext,
  type EngineLoss,
  type EngineState,
  type Limits,
  limitTable,
  type OpenEngine,
  type PresenceChange,
  type PresenceList,
  type SessionRecord,
} from '../../../src/index.js';
import { systemClock } from '../../../src/ports/clock.js';
import { until } from '../../../src/testing/checks.js';
import { message } from '../../../src/testing/engine-kit/tape.js';
import { RedisServer } from './server.js';

const defaultLimits = Object.fromEntries(
  Object.entries(limitTable).map(([name, { value }]) => [name, value]),
) as Limits;

/** A server for this test alone. */
export async function startRedis(...settings: readonly string[]): Promise<RedisServer> {
  const server = await RedisServer.start(...settings);
  onTestFinished(() => server.end());
  return server;
}

/** A node of an engine, and what it was told outside of any call. */
export class Node {
  readonly name = crypto.randomUUID();
  readonly states: EngineState[] = [];
  readonly losses: EngineLoss[] = [];
  readonly errors: unknown[] = [];
  #engine: OpenEngine | undefined;

  /** @param place - a server, or a way to one */
  static async open(
    { url }: { readonly url: string },
    options: RedisOptions = {},
    limits: Partial<Limits> = {},
    clock: Clock = systemClock,
  ): Promise<Node> {
    const node = new Node();
    const context: EngineContext = {
      node: node.name,
      clock,
      limits: { ...defaultLimits, ...limits },
      onError: (error) => void node.errors.push(error),
      onState: (state) => void node.states.push(state),
      onLoss: (loss) => void node.losses.push(loss),
    };
    node.#engine = await redis({ ...(options.client === undefined ? { url } : {}), ...options }).open(context);
    onTestFinished(() => node.engine.close());
    return node;
  }

  get engine(): OpenEngine {
    if (this.#engine === undefined) throw new Error('The node is open.');
    return this.#engine;
  }

  get log() {
    return this.engine.log;
  }

  get presence() {
    return this.engine.presence;
  }

  get state(): EngineState['state'] | undefined {
    return this.states.at(-1)?.state;
  }

  /** A session of a user, with a name and in rooms. */
  async session(member: string, rooms: readonly string[], facts: Partial<SessionRecord> = {}): Promise<SessionRecord> {
    const record: SessionRecord = {
      member,
      generation: 1,
      secret: `hash of ${member}`,
      node: this.name,
      user: member,
      guest: false,
      name: '',
      rooms: [],
      ...facts,
    };
    await this.presence.openSession(record);
    await this.presence.claimName({ key: record.user, name: record.user.toUpperCase(), fence: record });
    for (const room of rooms) await this.presence.enter(room, record, 1_000);
    return record;
  }

  /** Waits until what is said is stored again. */
  async worksAgain(ms = 15_000): Promise<void> {
    const works = () => this.log.append('works-again', message(crypto.randomUUID()));
    await until('the node to work again', () => succeeds(works()), ms);
  }
}

/** Who is in a room, and what was told of it. */
export class Onlooker {
  readonly users = new Set<string>();
  readonly left: string[] = [];
  readonly joined: string[] = [];
  resets = 0;

  static async of({ presence }: Node, room: string): Promise<Onlooker> {
    const onlooker = new Onlooker();
    const { list } = await presence.watch(room, {
      change: (change) => onlooker.#change(change),
      reset: (anew) => onlooker.#reset(anew),
    });
    for (const { user } of list.members) onlooker.users.add(user);
    return onlooker;
  }

  #change({ joined, left }: PresenceChange): void {
    for (const { user } of joined) {
      this.joined.push(user);
      this.users.add(user);
    }
    for (const { user } of left) {
      this.left.push(user);
      this.users.delete(user);
    }
  }

  #reset({ members }: PresenceList): void {
    this.resets++;
    const now = new Set(members.map(({ user }) => user));
    for (const user of this.users) if (!now.has(user)) this.left.push(user);
    this.users.clear();
    for (const user of now) this.users.add(user);
  }
}

function succeeds(call: Promise<unknown>): Promise<boolean> {
  return call.then(
    () => true,
    () => false,
  );
}

/** The code that a call is refused with, and after how many milliseconds. */
export async function refusal(call: Promise<unknown>): Promise<{ code: unknown; after: number; message: string }> {
  const began = performance.now();
  try {
    await call;
  } catch (error) {
    const { code, message: text } = error as { code?: unknown; message: string };
    return { code, after: performance.now() - began, message: text };
  }
  throw new Error('It was not refused.');
}

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
