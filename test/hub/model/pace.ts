import type { Clock } from 'chathub';
import type { Dice } from './dice.js';

/** When an engine does what it is asked, and when it says so. */
export type Pace = <T>(work: () => Promise<T>) => Promise<T>;

/** At once, as memory does. */
export const atOnce: Pace = (work) => work();

/**
 * As an engine behind a socket: one thing after another, each after a while, and its answer, in the same order, after another.
 * What it does is told to followers when it does it, which is before it answers.
 */
export function behindASocket(dice: Dice, clock: Clock): Pace {
  let done: Promise<unknown> = Promise.resolve();
  let answered: Promise<unknown> = Promise.resolve();
  return <T>(work: () => Promise<T>): Promise<T> => {
    const result = done.then(() => aWhile(dice, clock)).then(work);
    done = result.catch(() => undefined);
    const answer = Promise.allSettled([answered, done])
      .then(() => aWhile(dice, clock))
      .then(() => result);
    answered = answer.catch(() => undefined);
    return answer;
  };
}

async function aWhile(dice: Dice, clock: Clock): Promise<void> {
  if (dice.chance(60)) for (let ticks = dice.below(6); ticks > 0; ticks--) await undefined;
  else if (dice.chance(90)) await new Promise<void>((resolve) => setImmediate(resolve));
  else await new Promise<void>((resolve) => void clock.after(dice.between(1, 20), resolve));
}
