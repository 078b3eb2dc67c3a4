import { Dice } from '../../hub/model/dice.js';
import { pause } from '../pause.js';
import type { World } from '../world/world.js';
import { banish, clientFaults } from './client-faults.js';
import { crash } from './crash.js';
import type { Kind, Victims } from './kind.js';
import { Lane, type Pauses } from './lane.js';
import { lastLie, lies } from './lies.js';
import { nodeFaults } from './node-faults.js';
import { redisFaults } from './redis-faults.js';
import { smallFaults } from './small-faults.js';
import { wayFaults } from './way-faults.js';

const crashes: Kind = { name: 'nodes crashed for long', weight: 0, run: (victims) => crash(victims, 26_000) };
const longCrash: Kind = { name: 'node frozen 45 s', weight: 0, least: 120, run: (victims) => crash(victims, 45_000) };
const banishment: Kind = { name: 'clients banished', weight: 0, run: banish };

/** A round begins with a crash, and has as many seconds as this, or more. */
const roundTime = 100;

/** Which of all this is done. */
export interface Plan {
  readonly seconds: number;
  /** Only these kinds, by name; default: all. */
  readonly only?: readonly string[];
}

/**
 * Breaks things, as its dice say, in rounds. In each, two nodes crash while Redis and the ways to it are left alone; then the store lies,
 * and then all goes on at the same time: nodes, Redis and ways are broken, each one after the other. Clients are all the time.
 */
export class Nemesis {
  /** How often each was done. */
  readonly counts = new Map<string, number>();
  readonly #victims: Victims;
  readonly #plan: Plan;
  readonly #stopped: AbortSignal;

  constructor(victims: Victims, plan: Plan, stopped: AbortSignal) {
    this.#victims = victims;
    this.#plan = plan;
    this.#stopped = stopped;
  }

  /** Resolves when all is whole again. */
  async run(): Promise<void> {
    const began = performance.now();
    const { seconds } = this.#plan;
    const end = began + seconds * 1_000;
    const rounds = Math.max(1, Math.floor(seconds / roundTime));
    const lane = (kinds: readonly Kind[], ...pauses: Pauses) => this.#lane(kinds, pauses);
    const [nodes, redis, ways] = [
      lane(nodeFaults, 300, 1_500),
      lane(redisFaults, 300, 1_500),
      lane(wayFaults, 200, 1_000),
    ];
    const always = [lane(clientFaults, 300, 1_500).run(end, true), lane(smallFaults, 200, 1_500).run(end, true)];
    for (let round = 1; round <= rounds; round++) {
      const until = began + (round * (end - began)) / rounds;
      const isLast = round === rounds;
      // Its aftermath is to be over before the next crash.
      const evicts = round === Math.max(1, rounds - 1);
      const lying = lane(
        lies.filter(({ name }) => evicts || name !== 'redis evicting'),
        500,
        1_500,
      );
      always.push(this.#once(banishment));
      await this.#once(round === 1 && this.#isFor(longCrash) ? longCrash : crashes);
      await Promise.all([
        nodes.run(until, isLast),
        ways.run(until, isLast),
        lying
          .once()
          .then(() => this.#once(lastLie))
          .then(() => redis.run(until, isLast)),
      ]);
    }
    await Promise.all(always);
    while (performance.now() < end && !this.#stopped.aborted) await pause(100);
    this.#countLots();
  }

  #lane(kinds: readonly Kind[], pauses: Pauses): Lane {
    const chosen = kinds.filter((kind) => this.#isFor(kind));
    // How long one lane takes shall not change what another one does.
    const victims = { ...this.#victims, dice: new Dice(this.#victims.dice.below(2 ** 31)) };
    return new Lane(chosen, victims, pauses, (kind) => this.#do(kind, victims), this.#stopped);
  }

  #isFor(kind: Kind): boolean {
    const { seconds, only } = this.#plan;
    if (only !== undefined) return only.includes(kind.name);
    return (kind.least ?? 0) <= seconds && kind.lacks?.(this.#victims.world) === undefined;
  }

  async #once(kind: Kind): Promise<void> {
    if (this.#isFor(kind)) await this.#do(kind, this.#victims);
  }

  /** False when there was nothing to be done, or it failed. */
  async #do(kind: Kind, victims: Victims): Promise<boolean> {
    if (this.#stopped.aborted) return true;
    const { world } = victims;
    const { name } = kind;
    world.note(`${name} …`);
    try {
      const done = await kind.run(victims);
      world.note(`… ${name}: ${done}`);
      if (done === '') return false;
      this.counts.set(name, (this.counts.get(name) ?? 0) + 1);
      return true;
    } catch (error) {
      world.note(`… ${name} failed: ${String(error)}`);
      // Of Redis, when it ends in the middle of a small one.
      if (!smallFaults.includes(kind))
        world.ledger.note({ fact: 'odd', who: 'nemesis', what: `${name}: ${String(error)}` });
      return false;
    }
  }

  /** What nodes had to live with all the time, as they said themselves. */
  #countLots(): void {
    for (const { lot, seen } of this.#victims.world.nodes) {
      if (lot.heap !== undefined && seen.heap < lot.heap + 64) this.counts.set(lotNames.heap, 1);
      if (lot.ahead !== 0 && Math.abs(seen.ahead - lot.ahead) < 60_000) this.counts.set(lotNames.clock, 1);
    }
  }
}

const lotNames = { heap: 'heap of 96 MB', clock: 'clocks an hour apart' } as const;

/** What a run of so many seconds meets, here; and what it can't, and why. */
export function expectedOf(world: World, seconds: number): { readonly met: string[]; readonly left: string[] } {
  const longest = seconds >= (longCrash.least ?? 0) ? longCrash : crashes;
  const kinds = [...nodeFaults, ...redisFaults, ...lies, ...wayFaults, ...clientFaults, ...smallFaults].concat(
    lastLie,
    longest,
    banishment,
  );
  const fitting = kinds.filter(({ least = 0 }) => least <= seconds);
  const left = fitting.flatMap((kind) => {
    const why = kind.lacks?.(world);
    return why === undefined ? [] : [`${kind.name}: ${why}`];
  });
  const met = fitting.filter((kind) => kind.lacks?.(world) === undefined).map(({ name }) => name);
  return { met: [...met, ...Object.values(lotNames)], left };
}
