import type { Timed } from './facts.js';
import { Holes } from './holes.js';
import { Lines } from './lines.js';
import { Memory, Unconcerned } from './load.js';
import { Lost } from './lost.js';
import { Once } from './once.js';
import { Order } from './order.js';
import { Present, Private } from './people.js';
import { type Invariant, invariants, type Rule, type RuleMaker } from './rule.js';
import { Seen } from './seen.js';
import { Silent } from './silent.js';
import { Sound } from './sound.js';
import { Twice } from './twice.js';

/** Of each invariant, so many lines are kept: the first one says most. */
const kept = 20;

const simple: readonly RuleMaker[] = [Lost, Silent, Twice, Order, Lines, Sound, Present, Private, Once];

/** Sees to all invariants, by what those who took part wrote down: while the run goes on, and in the end. */
export class Checker {
  readonly violations: string[] = [];
  readonly counts = new Map<Invariant, number>();
  readonly holes: Holes;
  readonly memory: Memory;
  readonly bystanders: Unconcerned;
  readonly #seen = new Seen();
  readonly #rules: readonly Rule[];
  readonly #onViolation: (line: string) => void;

  constructor(onViolation: (line: string) => void = () => undefined) {
    this.#onViolation = onViolation;
    const say = (invariant: Invariant, how: string) => this.#violated(invariant, how);
    this.holes = new Holes(this.#seen, say);
    this.memory = new Memory(this.#seen, say);
    this.bystanders = new Unconcerned(this.#seen, say);
    const others = simple.map((Maker) => new Maker(this.#seen, say));
    this.#rules = [...others, this.holes, this.memory, this.bystanders];
  }

  take(fact: Timed): void {
    this.#seen.take(fact);
    for (const rule of this.#rules) rule.take(fact);
  }

  tick(now: number): void {
    for (const rule of this.#rules) rule.tick?.(now);
  }

  end(): void {
    for (const rule of this.#rules) rule.end?.();
  }

  /** When the store was last in its right mind again; 0 where it always was. */
  get lied(): number {
    return Math.max(0, ...this.#seen.lies.all.map(({ to }) => to));
  }

  count(invariant: Invariant): number {
    return this.counts.get(invariant) ?? 0;
  }

  #violated(invariant: Invariant, how: string): void {
    const count = this.count(invariant) + 1;
    this.counts.set(invariant, count);
    if (count > kept) return;
    const line = `${invariant} ${invariants[invariant]}: ${how}`;
    this.violations.push(line);
    this.#onViolation(line);
  }
}
