import type { Timed } from './facts.js';
import { isOf, type Rule, type Say } from './rule.js';
import type { Seen } from './seen.js';

/** The 99th of a hundred bystanders waits no longer, in milliseconds. */
const mostWait = 1_000;

/** Fewer say nothing about one in a hundred. */
const fewest = 100;

/** I6: the memory of each node is bounded, and none ends for want of it. */
export class Memory implements Rule {
  readonly peaks = new Map<string, number>();
  readonly #say: Say;
  readonly #over = new Set<string>();

  constructor(_: Seen, say: Say) {
    this.#say = say;
  }

  take(fact: Timed): void {
    if (isOf(fact, 'ended')) this.#say('I6', `node=${fact.node} ended with ${fact.how}`);
    if (!isOf(fact, 'memory')) return;
    const { node, bytes, most } = fact;
    this.peaks.set(node, Math.max(bytes, this.peaks.get(node) ?? 0));
    if (bytes <= most || this.#over.has(node)) return;
    this.#over.add(node);
    this.#say('I6', `node=${node} holds ${megabytes(bytes)} MB, of at most ${megabytes(most)}`);
  }
}

/** I7: who isn't concerned doesn't notice. */
export class Unconcerned implements Rule {
  readonly #say: Say;
  /** Of messages that nothing should have held up. */
  readonly #waits: number[] = [];

  constructor(_: Seen, say: Say) {
    this.#say = say;
  }

  take(fact: Timed): void {
    if (isOf(fact, 'echo') && !fact.concerned) this.#waits.push(fact.ms);
  }

  end(): void {
    const { count, p99 } = this;
    if (count >= fewest && p99 > mostWait)
      this.#say('I7', `p99 of bystanders is ${Math.round(p99)} ms, of ${count} messages`);
  }

  get count(): number {
    return this.#waits.length;
  }

  get p99(): number {
    const sorted = this.#waits.toSorted((one, other) => one - other);
    return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * 0.99))] ?? 0;
  }
}

export function megabytes(bytes: number): number {
  return Math.round(bytes / 1_048_576);
}
