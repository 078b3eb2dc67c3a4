import { limits } from '../settings.js';
import type { FactOf, Timed } from './facts.js';
import { isOf, placed, type Rule, type Say } from './rule.js';
import type { Seen } from './seen.js';

/** Up to where somebody was told of a room. */
interface Stream {
  epoch: string;
  offset: number;
}

/** Offsets that were passed over. */
interface Hole extends Stream {
  readonly who: string;
  readonly room: string;
  readonly from: number;
}

/** In which somebody else is told what stands in a hole, or it is read from the log. */
const patience = 10_000;

/** The log goes on while somebody is told that a part of it is missing. */
const moving = 20;

/** For so long after the store lied, what is kept and what is not is for nobody to say. */
const aftermath = 15_000;

/**
 * I4: who is in a room is told all of it, or of what is missing; and is told that something is missing only where it is not kept.
 * A client that holds an entry already passes over it in silence.
 */
export class Holes implements Rule {
  /** Entries that somebody was told not to get. */
  said = 0;
  resets = 0;
  readonly #seen: Seen;
  readonly #say: Say;
  readonly #streams = new Map<string, Stream>();
  #holes: (Hole & { readonly t: number })[] = [];
  /** Where the rooms stand in the end. */
  readonly #heads: Timed<FactOf<'head'>>[] = [];

  constructor(seen: Seen, say: Say) {
    this.#seen = seen;
    this.#say = say;
  }

  take(fact: Timed): void {
    if (isOf(fact, 'head')) this.#heads.push(fact);
    if (isOf(fact, 'out')) this.#streams.delete(`${fact.who} ${fact.room}`);
    if (isOf(fact, 'began')) this.#begin(fact);
    if (isOf(fact, 'told', 'dropped')) this.#step(fact);
    if (isOf(fact, 'gap')) this.#skip(fact);
    if (isOf(fact, 'reset')) this.#reset(fact);
  }

  /** As soon as it is known what stands there. */
  tick(now: number): void {
    const due = this.#holes.filter(({ t }) => now - t > patience);
    if (due.length === 0) return;
    this.#holes = this.#holes.filter(({ t }) => now - t <= patience);
    for (const how of due.flatMap((hole) => this.#unsaid(hole))) this.#say('I4', how);
  }

  end(): void {
    const unsaid = this.#holes.flatMap((hole) => this.#unsaid(hole));
    // Who was in the room to its end was told of it to its end.
    for (const how of [...unsaid, ...this.#heads.flatMap((head) => this.behind(head.room, head))]) this.#say('I4', how);
  }

  #begin(fact: Timed<FactOf<'began'>>): void {
    const { who, room, epoch, offset, recovered, start } = fact;
    const stream = this.#streams.get(`${who} ${room}`);
    this.#streams.set(`${who} ${room}`, { epoch, offset: start });
    if (stream === undefined) return;
    if (recovered && (stream.epoch !== epoch || start !== stream.offset))
      this.#say('I4', `${placed(fact)} recovered to ${who}, who stood at ${stream.offset} of ${stream.epoch}`);
    if (recovered || stream.epoch !== epoch) return;
    if (start > stream.offset) this.#missing(fact, stream.offset + 1, start, offset);
    else if (!this.#isLied(fact.t)) this.#say('I4', `${placed(fact)} is behind ${stream.offset}, where ${who} stood`);
  }

  #step(fact: Timed<FactOf<'told' | 'dropped'>>): void {
    const { who, room, epoch, offset } = fact;
    const stream = this.#streams.get(`${who} ${room}`);
    this.#streams.set(`${who} ${room}`, { epoch, offset });
    if (stream === undefined) return;
    if (stream.epoch !== epoch)
      this.#say('I4', `${placed(fact)} told to ${who} without a word of ${stream.epoch} being over`);
    else if (offset <= stream.offset) this.#say('I2', `${placed(fact)} told to ${who} behind ${stream.offset}`);
    else if (offset > stream.offset + 1) this.#hole(fact, stream.offset + 1, offset - 1);
  }

  #skip(fact: Timed<FactOf<'gap'>>): void {
    const { who, room, epoch, from, to } = fact;
    const stream = this.#streams.get(`${who} ${room}`);
    this.#streams.set(`${who} ${room}`, { epoch, offset: to });
    if (stream === undefined || stream.epoch !== epoch) return;
    if (from > stream.offset + 1) this.#hole(fact, stream.offset + 1, from - 1);
    this.#missing(fact, Math.max(from, stream.offset + 1), to, this.#seen.log(room, epoch)?.head ?? to);
  }

  #reset({ who, room, epoch, offset }: Timed<FactOf<'reset'>>): void {
    if (this.#streams.has(`${who} ${room}`)) this.resets++;
    this.#streams.set(`${who} ${room}`, { epoch, offset });
  }

  #hole({ who, room, epoch, t }: Timed<FactOf<'told' | 'dropped' | 'gap'>>, from: number, offset: number): void {
    this.#holes.push({ who, room, epoch, from, offset, t });
  }

  /** It was said that these do not come: they are not kept; or one of them is not, where all are passed over for the newest page. */
  #missing(fact: Timed<FactOf<'gap' | 'began'>>, from: number, to: number, head: number): void {
    this.said += to - from + 1;
    const newest = fact.fact === 'gap' && fact.exact ? to : from;
    if (newest <= head - limits.history + moving || this.#isLied(fact.t)) return;
    const { who, room, epoch } = fact;
    this.#say(
      'I1',
      `${placed({ room, epoch, offset: from })} to ${to} withheld from ${who}; the log stands at ${head}`,
    );
  }

  /** Who stands somewhere else than where a room stands, and has not been told of what is between. */
  behind(room: string, { epoch, offset }: Stream): string[] {
    const place = placed({ room, epoch, offset });
    return [...this.#streams].flatMap(([key, stream]) => {
      const [who = '', of] = key.split(' ');
      if (of !== room) return [];
      if (stream.epoch !== epoch)
        return [`${place} is its end, and ${who} stands at ${stream.offset} of ${stream.epoch}`];
      return this.#unsaid({ who, room, epoch, from: stream.offset + 1, offset });
    });
  }

  /** A client that held an entry was not told of it again. */
  #unsaid({ who, room, epoch, from, offset: to }: Hole): string[] {
    const told = this.#seen.toldTo(who);
    const missed: number[] = [];
    for (let offset = from; offset <= to; offset++) {
      const log = this.#seen.log(room, epoch);
      const ids = [log?.entries.get(offset)?.id, log?.gone.get(offset)?.id];
      if (!ids.some((id) => id !== undefined && told.has(id))) missed.push(offset);
    }
    if (missed[0] === undefined) return [];
    const last = missed.length > 1 ? ` to ${missed.at(-1)}` : '';
    return [`${placed({ room, epoch, offset: missed[0] })}${last} neither told to ${who} nor said to be missing`];
  }

  #isLied(t: number): boolean {
    return this.#seen.lies.within(t, t, aftermath);
  }
}
