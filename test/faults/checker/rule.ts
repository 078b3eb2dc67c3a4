import type { Fact, Timed } from './facts.js';
import type { Seen } from './seen.js';

/** What the invariants are called, and what it is called when one does not hold. I0 is what the protocol says beside them. */
export const invariants = {
  I0: 'odd',
  I1: 'lost',
  I2: 'doubled',
  I3: 'out of order',
  I4: 'unsaid gap',
  I5: 'presence',
  I6: 'memory',
  I7: 'noticed',
  I8: 'leaked',
  I9: 'unacknowledged twice',
} as const;

export type Invariant = keyof typeof invariants;

/** Says that an invariant does not hold: how, in a line. */
export type Say = (invariant: Invariant, how: string) => void;

/** Sees to one invariant. */
export interface Rule {
  take(fact: Timed): void;
  /** Some time has gone by. */
  tick?(now: number): void;
  /** All has been said. */
  end?(): void;
}

export type RuleMaker = new (seen: Seen, say: Say) => Rule;

/** Where something stands, to be read. */
export function placed({ room, epoch, offset }: { room: string; epoch: string; offset: number }): string {
  return `room=${room} epoch=${epoch} offset=${offset}`;
}

export function isOf<Kind extends Fact['fact']>(
  fact: Timed,
  ...kinds: readonly Kind[]
): fact is Timed<Extract<Fact, { readonly fact: Kind }>> {
  return kinds.includes(fact.fact as Kind);
}
