import type { FactOf, Timed } from './facts.js';
import { isOf, placed, type Rule, type Say } from './rule.js';
import type { Seen } from './seen.js';

/** So far may the clock of the store be from the one of those who listen: they are on one machine. */
const apart = 5_000;

/** I3: at each offset all see the same entry, and its time is by the clock of the store alone. */
export class Order implements Rule {
  readonly #seen: Seen;
  readonly #say: Say;
  readonly #times = new Map<string, { readonly offset: number; readonly at: number }>();

  constructor(seen: Seen, say: Say) {
    this.#seen = seen;
    this.#say = say;
  }

  take(fact: Timed): void {
    if (isOf(fact, 'told', 'dropped', 'acked', 'stored')) this.#compare(fact);
    if (isOf(fact, 'stored')) this.#look(fact);
    if (isOf(fact, 'past')) this.#say('I3', `room=${fact.room} history of ${fact.asked} is another: ${fact.what}`);
  }

  #compare(fact: Timed<FactOf<'told' | 'dropped' | 'acked' | 'stored'>>): void {
    const known = this.#seen.entry(fact);
    if (known === undefined || known.id === fact.id) return;
    const by = 'who' in fact ? fact.who : 'Redis';
    this.#say('I3', `${placed(fact)} is ${known.id} to ${known.by} and ${fact.id} to ${by}`);
  }

  #look({ room, epoch, offset, at, t }: Timed<FactOf<'stored'>>): void {
    const before = this.#times.get(`${room} ${epoch}`);
    if (before !== undefined && offset > before.offset && at < before.at)
      this.#say('I3', `${placed({ room, epoch, offset })} is of ${at}, after one of ${before.at}`);
    this.#times.set(`${room} ${epoch}`, { offset, at });
    // What is found late may be of long ago, but nothing is of the time to come.
    if (at > t + apart) this.#say('I3', `${placed({ room, epoch, offset })} is of ${at}, ${at - t} ms to come`);
  }
}
