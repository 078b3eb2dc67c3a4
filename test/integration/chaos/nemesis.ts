import {
  banish,
  type Fault,
  type Faults,
  fence,
  freezeRedisLong,
  nodeFaults,
  pause,
  redisFaults,
  smallFaults,
  type Victims,
  wayFaults,
} from './faults.js';

/** A node that others are to declare dead is frozen once in so many seconds. */
const fenceEvery = 100;

/** Breaks things, as its dice say: of each kind one after the other, and different kinds at the same time. */
export class Nemesis {
  /** How often each was done. */
  readonly counts = new Map<string, number>();
  /** What should not have happened. */
  readonly faults: string[] = [];
  readonly #victims: Victims;
  #until = 0;
  /** While a node is frozen until others declare it dead, Redis is left alone: after an interruption nobody is. */
  #calm: Promise<unknown> = Promise.resolve();

  constructor(victims: Victims) {
    this.#victims = victims;
  }

  /**
   * Resolves when all is whole again.
   *
   * @param seconds - for how long it begins new things
   */
  async run(seconds: number): Promise<void> {
    this.#until = performance.now() + seconds * 1_000;
    const banished = this.#do('banish clients', banish);
    await Promise.all([
      this.#onNodes(seconds),
      this.#onRedis(seconds, banished),
      this.#again(wayFaults, 500, 3_000, true),
      this.#again(smallFaults, 200, 1_500, false),
      banished,
    ]);
  }

  async #onNodes(seconds: number): Promise<void> {
    for (let left = Math.max(1, Math.floor(seconds / fenceEvery)); left > 0; left--) {
      await this.#fence();
      const isLast = left === 1;
      await this.#again(nodeFaults, 300, 2_000, false, isLast ? undefined : performance.now() + 70_000);
    }
  }

  async #fence(): Promise<void> {
    const fenced = this.#do('fence node', fence);
    this.#calm = fenced;
    if ((await fenced) === '') this.faults.push('a node that was frozen for 26 s was not declared dead');
  }

  /** Where Redis does not answer, no session ends: those that are to be lost are first. */
  async #onRedis(seconds: number, banished: Promise<unknown>): Promise<void> {
    await this.#calm;
    if (seconds >= 60) await banished;
    if (seconds >= 60) await this.#do('freeze redis long', freezeRedisLong);
    await this.#again(redisFaults, 500, 3_000, true);
  }

  /**
   * One fault after the other, with pauses: first each of them once, however long it takes, then by their weights.
   *
   * @param calmly - not while there is to be calm
   */
  async #again(faults: Faults, least: number, most: number, calmly: boolean, until = this.#until): Promise<void> {
    const { dice } = this.#victims;
    const due = Object.keys(faults)
      .map((name) => [dice.next(), name] as const)
      .sort()
      .map(([, name]) => name);
    const choices = Object.entries(faults).map(([name, [weight]]) => [weight, name] as const);
    for (;;) {
      await pause(dice.between(least, most));
      if (calmly) await this.#calm;
      if (due.length === 0 && performance.now() >= Math.min(until, this.#until)) return;
      const name = due.pop() ?? dice.weighted(choices);
      await this.#do(name, faults[name]![1]);
    }
  }

  async #do(name: string, fault: Fault): Promise<string> {
    const { world } = this.#victims;
    world.note(`${name} …`);
    try {
      const done = await fault(this.#victims);
      world.note(`… ${name}: ${done}`);
      if (done !== '') this.counts.set(name, (this.counts.get(name) ?? 0) + 1);
      return done;
    } catch (error) {
      world.note(`… ${name} failed: ${String(error)}`);
      // Of Redis, when it ends in the middle of a small one.
      if (!(name in smallFaults)) this.faults.push(`${name}: ${String(error)}`);
      return 'failed';
    }
  }
}
