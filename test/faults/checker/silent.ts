import type { FactOf, Timed } from './facts.js';
import type { Lie } from './lies.js';
import { isOf, placed, type Rule, type Say } from './rule.js';
import type { Seen } from './seen.js';

/** The latest that somebody knows of a room in one epoch. */
type Known = Timed<FactOf<'told' | 'dropped' | 'acked'>>;

/** So long after the store was rolled back, all who live have looked. Whatever comes before that may be overtaken by the next lie. */
const noticeTime = 30_000;

/** I1, where the store was rolled back: nothing is lost in silence. Whoever knew of something that is gone is told that the log began anew. */
export class Silent implements Rule {
  readonly #seen: Seen;
  readonly #say: Say;
  readonly #known = new Map<string, Known>();
  /** Those who know of what is gone, and have not been told so. */
  readonly #deceived = new Map<string, Known>();

  constructor(seen: Seen, say: Say) {
    this.#seen = seen;
    this.#say = say;
  }

  take(fact: Timed): void {
    if (isOf(fact, 'told', 'dropped', 'acked')) this.#learn(fact);
    if (isOf(fact, 'reset', 'out') || (isOf(fact, 'began') && !this.#goesOn(fact))) {
      this.#known.delete(`${fact.who} ${fact.room}`);
      this.#deceived.delete(`${fact.who} ${fact.room}`);
    }
    if (!isOf(fact, 'lie')) return;
    this.#judge(fact.t - noticeTime);
    for (const [key, known] of this.#known) if (this.#rollBackOf(known) !== undefined) this.#deceived.set(key, known);
  }

  end(): void {
    this.#judge(Number.POSITIVE_INFINITY);
  }

  #learn(fact: Known): void {
    const key = `${fact.who} ${fact.room}`;
    if ((this.#known.get(key)?.at ?? 0) <= fact.at) this.#known.set(key, fact);
    if (this.#rollBackOf(fact) !== undefined) this.#deceived.set(key, fact);
  }

  /** What a log has that began after the store was rolled back is there: to the millisecond nobody knows from when on something was lost. */
  #rollBackOf({ room, epoch, at }: Known): Lie | undefined {
    return this.#seen.lies.rollBackOf(at, this.#seen.log(room, epoch)?.began);
  }

  /** The client was told that it has all that there is. */
  #goesOn({ who, room, epoch, recovered }: FactOf<'began'>): boolean {
    return recovered && (this.#known.get(`${who} ${room}`)?.epoch ?? epoch) === epoch;
  }

  #judge(before: number): void {
    for (const known of this.#deceived.values()) {
      const { who, id, t } = known;
      const what = this.#rollBackOf(known)?.what;
      if (t > before) continue;
      this.#say(
        'I1',
        `${placed(known)} is gone since ${what}: ${id} was known to ${who}, who was told nothing of that`,
      );
    }
    this.#deceived.clear();
  }
}
