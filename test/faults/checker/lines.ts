import type { FactOf, Timed } from './facts.js';
import { isOf, type Rule, type Say } from './rule.js';
import type { Seen } from './seen.js';

type Shown = Timed<FactOf<'line' | 'skipped' | 'anew'>>;

interface Place {
  readonly epoch: string;
  readonly offset: number;
  readonly at: number;
}

/** Nothing is shown before it is stored, but for what two clocks differ by. */
const blur = 1_000;

/** I2, I3 and I4 of those at a terminal, who see texts and no offsets: what is shown is a piece of the log, without an unsaid hole. */
export class Lines implements Rule {
  readonly #seen: Seen;
  readonly #say: Say;
  readonly #shown = new Map<string, Shown[]>();

  constructor(seen: Seen, say: Say) {
    this.#seen = seen;
    this.#say = say;
  }

  take(fact: Timed): void {
    if (!isOf(fact, 'line', 'skipped', 'anew')) return;
    const key = `${fact.who} ${fact.room}`;
    const shown = this.#shown.get(key);
    if (shown === undefined) this.#shown.set(key, [fact]);
    else shown.push(fact);
  }

  /** Then it is known where each text stands. */
  end(): void {
    for (const shown of this.#shown.values()) this.#read(shown, this.#places(shown[0]!.room));
  }

  #read(shown: readonly Shown[], places: ReadonlyMap<string, readonly Place[]>): void {
    // All that it may have been, since a log that began anew may have the same once more; none where that is not known.
    let last: readonly Place[] = [];
    for (const fact of shown) {
      if (fact.fact === 'anew') last = [];
      else if (fact.fact === 'skipped') last = last.map((place) => ({ ...place, offset: place.offset + fact.count }));
      else {
        // It may stand where nobody else saw it, until the store forgot it, and have been said once more.
        const all = (places.get(fact.text) ?? []).filter(({ at }) => at <= fact.t + blur);
        const following = all.filter((place) => last.some((before) => follows(place, before)));
        if (last.length > 0 && all.length > 0 && following.length === 0) this.#complain(fact, last.at(-1)!, all);
        last = following.length > 0 ? following : all;
      }
    }
  }

  #complain({ who, room, text }: FactOf<'line'>, last: Place, candidates: readonly Place[]): void {
    const there = candidates.find(({ epoch }) => epoch === last.epoch);
    const invariant =
      there === undefined || there.offset > last.offset ? 'I4' : there.offset === last.offset ? 'I2' : 'I3';
    const at = candidates.map(({ epoch, offset }) => `${offset} of ${epoch}`).join(' or ');
    this.#say(invariant, `room=${room} "${text}" (${at}) shown to ${who} behind ${last.offset} of ${last.epoch}`);
  }

  #places(room: string): ReadonlyMap<string, readonly Place[]> {
    const places = new Map<string, Place[]>();
    for (const { epoch, entries, gone } of this.#seen.epochs(room)) {
      for (const [offset, { text, at }] of [...entries, ...gone]) {
        const known = places.get(text);
        if (known === undefined) places.set(text, [{ epoch, offset, at }]);
        else known.push({ epoch, offset, at });
      }
    }
    return places;
  }
}

function follows(place: Place, before: Place): boolean {
  return place.epoch === before.epoch && place.offset === before.offset + 1;
}
