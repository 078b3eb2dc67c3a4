import type { Timed } from './facts.js';
import { isOf, placed, type Rule, type Say } from './rule.js';
import type { Seen } from './seen.js';

/** I2: no member sees a message twice, over however many connections and sessions. */
export class Twice implements Rule {
  readonly #say: Say;
  /** Where somebody was told of a message. */
  readonly #places = new Map<string, Map<string, string>>();

  constructor(_: Seen, say: Say) {
    this.#say = say;
  }

  take(fact: Timed): void {
    if (!isOf(fact, 'told', 'dropped')) return;
    const { who, room, epoch, offset, id } = fact;
    const places = this.#of(who, room);
    const before = places.get(id);
    const place = `${epoch} ${offset}`;
    if (before === undefined) places.set(id, place);
    // A log that began anew may have it again; it is for the client to know it.
    const isAgain = before !== undefined && (fact.fact === 'told' || before.startsWith(`${epoch} `));
    if (isAgain)
      this.#say('I2', `${placed(fact)} seen twice by ${who}: ${id}, first at ${before.replace(' ', ' offset=')}`);
  }

  #of(who: string, room: string): Map<string, string> {
    const key = `${who} ${room}`;
    let places = this.#places.get(key);
    if (places === undefined) this.#places.set(key, (places = new Map()));
    return places;
  }
}
