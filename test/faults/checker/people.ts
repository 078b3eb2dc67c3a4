import type { Timed } from './facts.js';
import { isOf, placed, type Rule, type Say } from './rule.js';
import type { Seen } from './seen.js';

/** I5: presence is true within 20 s of a crash, and in the end. */
export class Present implements Rule {
  readonly #say: Say;

  constructor(_: Seen, say: Say) {
    this.#say = say;
  }

  take(fact: Timed): void {
    if (isOf(fact, 'ghost'))
      this.#say(
        'I5',
        `room=${fact.room} ${fact.who} is there to ${fact.asked}, ${Math.round(fact.after)} ms after the crash`,
      );
    if (!isOf(fact, 'presence')) return;
    const extra = fact.extra === '' ? '' : `; not there: ${fact.extra}`;
    const missing = fact.missing === '' ? '' : `; missing: ${fact.missing}`;
    this.#say('I5', `room=${fact.room} to ${fact.asked}${extra}${missing}`);
  }
}

/** I8: nobody sees what they are no member for: messages of other rooms, and direct messages to others. */
export class Private implements Rule {
  readonly #seen: Seen;
  readonly #say: Say;
  readonly #members = new Set<string>();

  constructor(seen: Seen, say: Say) {
    this.#seen = seen;
    this.#say = say;
  }

  take(fact: Timed): void {
    if (isOf(fact, 'in')) this.#members.add(`${fact.who} ${fact.room}`);
    if (isOf(fact, 'out')) this.#members.delete(`${fact.who} ${fact.room}`);
    if (isOf(fact, 'shown')) this.#say('I8', `room=${fact.room} shown to ${fact.who}: ${fact.what}`);
    if (!isOf(fact, 'told', 'dropped', 'line', 'began')) return;
    const { who, room } = fact;
    const place = 'offset' in fact ? placed(fact) : `room=${room}`;
    if (!this.#members.has(`${who} ${room}`))
      this.#say('I8', `${place} told to ${who}, who is not in it (${fact.fact})`);
    if (!('text' in fact)) return;
    // Both have a direct message in their inboxes: who sent it, and whom it is for.
    const meant = this.#seen.said(fact.text);
    if (meant !== undefined && meant.room !== room && room !== `@user-${meant.who}`)
      this.#say('I8', `${place} told to ${who}: "${fact.text}", which ${meant.who} said in ${meant.room}`);
  }
}
