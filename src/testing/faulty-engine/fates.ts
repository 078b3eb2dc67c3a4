import { Dice } from '../engine-kit/dice.js';
import type { FaultDelay, FaultSpan } from './faults.js';

/** How long something is to be late. */
export interface Lateness {
  readonly ms: number;
  readonly turns: number;
}

/** As fine as rates are. */
const grain = 1_000_000_000;

/**
 * Chooses what happens on one node. Each kind of fault has dice of its own, so that one more or less of one kind leaves the others
 * where they were.
 */
export class Fates {
  readonly #seed: string;
  readonly #dice = new Map<string, Dice>();

  constructor(seed: string) {
    this.#seed = seed;
  }

  happens(kind: string, rate: number | undefined): boolean {
    return rate !== undefined && rate > 0 && this.#of(kind).below(grain) < rate * grain;
  }

  within(kind: string, span: FaultSpan): number {
    const [least, most] = typeof span === 'number' ? [span, span] : span;
    return least === most ? least : least + this.#of(kind).below(Math.floor(most - least) + 1);
  }

  /** Undefined: not late at all. */
  lateness(kind: string, delay: FaultDelay | undefined): Lateness | undefined {
    if (delay === undefined || !this.happens(`${kind} rate`, delay.rate ?? 1)) return undefined;
    return { ms: this.within(`${kind} ms`, delay.ms ?? 0), turns: this.within(`${kind} turns`, delay.turns ?? 0) };
  }

  #of(kind: string): Dice {
    let dice = this.#dice.get(kind);
    if (dice === undefined) this.#dice.set(kind, (dice = new Dice(hash(`${this.#seed}/${kind}`))));
    return dice;
  }
}

/** FNV-1a: seeds that differ by a digit begin far from each other. */
function hash(text: string): number {
  let state = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) state = Math.imul(state ^ text.charCodeAt(at), 0x01000193);
  return state >>> 0;
}
