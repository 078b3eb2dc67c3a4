import { resumeWindow } from '../settings.js';
import type { Timed } from './facts.js';
import { isOf, type Rule, type Say } from './rule.js';
import type { Seen } from './seen.js';

/** Some of the time that a session has is spent on ways that are slow: one that was away for nearly as long may be over. */
const slack = 6_000;

/** What a node holds, and the store lost unseen, is put back once a minute. */
const restoreTime = 70_000;

/** I0: nothing comes that the protocol does not foresee, and no session is over before its time. */
export class Sound implements Rule {
  readonly #seen: Seen;
  readonly #say: Say;

  constructor(seen: Seen, say: Say) {
    this.#seen = seen;
    this.#say = say;
  }

  take(fact: Timed): void {
    if (isOf(fact, 'odd')) this.#say('I0', `${fact.who}: ${fact.what}`);
    if (!isOf(fact, 'back') || fact.resumed || fact.away >= resumeWindow - slack) return;
    if (this.#seen.lies.within(fact.t - fact.away, fact.t, restoreTime)) return;
    this.#say('I0', `${fact.who} lost its session, after ${Math.round(fact.away)} ms away`);
  }
}
