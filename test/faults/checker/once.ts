import type { Timed } from './facts.js';
import { isOf, placed, type Rule, type Say } from './rule.js';
import type { Seen } from './seen.js';

/** I9: what was said appears once in an epoch, or never where it was not acknowledged; and nothing that nobody said, or that was refused. */
export class Once implements Rule {
  readonly #seen: Seen;
  readonly #say: Say;
  readonly #places = new Map<string, number>();
  readonly #refused = new Set<string>();

  constructor(seen: Seen, say: Say) {
    this.#seen = seen;
    this.#say = say;
  }

  take(fact: Timed): void {
    if (isOf(fact, 'refused')) this.#refused.add(fact.text);
    if (!isOf(fact, 'stored', 'told')) return;
    const { room, epoch, offset, text, at } = fact;
    const said = this.#seen.said(text);
    const key = `${room} ${epoch} ${text}`;
    const first = this.#places.get(key);
    this.#places.set(key, offset);
    // Where it stood first, something else may stand since the store was rolled back.
    if (first !== undefined && first !== offset && this.#seen.entry({ room, epoch, offset: first, at })?.text === text)
      this.#say('I9', `${placed(fact)} is "${text}" of ${said?.who}, which stands at ${first}, too`);
    if (said === undefined) this.#say('I9', `${placed(fact)} is "${text}", which nobody said`);
    if (this.#refused.has(text)) this.#say('I9', `${placed(fact)} is "${text}", which was refused to ${said?.who}`);
  }
}
