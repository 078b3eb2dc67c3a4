import type { FactOf, Timed } from './facts.js';
import { Lies } from './lies.js';

/** An entry, and who said first that it stands there. */
export interface Witnessed {
  readonly id: string;
  readonly by: string;
  /** Known where somebody was told of it. */
  readonly text: string;
  readonly at: number;
}

/** An entry of a log. */
export interface Placed {
  readonly room: string;
  readonly epoch: string;
  readonly offset: number;
  readonly at: number;
}

/** By whom something was said, where, and when. */
type Said = Pick<Timed<FactOf<'said'>>, 'who' | 'room' | 't'>;

/** One epoch of a room, as all together saw it. */
export class SeenLog {
  readonly room: string;
  readonly epoch: string;
  readonly began: number;
  /** When something was stored in it that was not known before. */
  grew: number;
  /** The highest offset that anybody spoke of. */
  head = 0;
  readonly entries = new Map<number, Witnessed>();
  /** What stood there until the store was rolled back: something else may stand there since. */
  readonly gone = new Map<number, Witnessed>();
  /** What Redis was seen to hold. */
  readonly stored = new Map<number, string>();
  /** The ids of that. */
  readonly ids = new Set<string>();

  constructor(room: string, epoch: string, t: number) {
    this.room = room;
    this.epoch = epoch;
    this.began = t;
    this.grew = t;
  }
}

/** What all who took part saw together. */
export class Seen {
  readonly lies = new Lies();
  /** Of each room, the epochs in the order in which they were seen. */
  readonly #logs = new Map<string, Map<string, SeenLog>>();
  readonly #said = new Map<string, Said>();
  readonly #told = new Map<string, Set<string>>();

  take(fact: Timed): void {
    switch (fact.fact) {
      case 'said':
        this.#said.set(fact.text, fact);
        break;
      case 'told':
        this.toldTo(fact.who).add(fact.id);
        this.#put(fact, fact.who, fact.text);
        break;
      case 'dropped':
        this.#put(fact, fact.who, '');
        break;
      case 'acked':
        this.#put(fact, fact.who, fact.text).grew = fact.t;
        break;
      case 'stored': {
        const log = this.#put(fact, 'Redis', fact.text);
        if (this.lies.rollBackOf(fact.at) !== undefined) break;
        log.stored.set(fact.offset, fact.id);
        log.ids.add(fact.id);
        log.grew = fact.t;
        break;
      }
      case 'began':
      case 'reset':
      case 'head':
        this.#at(fact);
        break;
      case 'lie':
        this.lies.take(fact);
        if (fact.keeps !== null) this.#rollBack();
        break;
      case 'truth':
        this.lies.take(fact);
    }
  }

  log(room: string, epoch: string): SeenLog | undefined {
    return this.#logs.get(room)?.get(epoch);
  }

  /** In the order in which they were seen. */
  epochs(room: string): readonly SeenLog[] {
    return [...(this.#logs.get(room)?.values() ?? [])];
  }

  get rooms(): readonly string[] {
    return [...this.#logs.keys()];
  }

  entry({ room, epoch, offset, at }: Placed): Witnessed | undefined {
    const log = this.log(room, epoch);
    return log === undefined ? undefined : this.#lifeOf(log, at).get(offset);
  }

  said(text: string): Said | undefined {
    return this.#said.get(text);
  }

  /** The ids of all that somebody was told. */
  toldTo(who: string): Set<string> {
    let ids = this.#told.get(who);
    if (ids === undefined) this.#told.set(who, (ids = new Set()));
    return ids;
  }

  /** What was there, or is. */
  #lifeOf({ entries, gone }: SeenLog, at: number): Map<number, Witnessed> {
    return this.lies.rollBackOf(at) === undefined ? entries : gone;
  }

  #rollBack(): void {
    for (const epochs of this.#logs.values()) {
      for (const { entries, gone, stored, ids } of epochs.values()) {
        for (const [offset, entry] of entries) {
          if (this.lies.rollBackOf(entry.at) === undefined) continue;
          gone.set(offset, entry);
          entries.delete(offset);
          stored.delete(offset);
          ids.delete(entry.id);
        }
      }
    }
  }

  #put(place: Placed & { readonly id: string; readonly t: number }, by: string, text: string): SeenLog {
    const log = this.#at(place);
    const life = this.#lifeOf(log, place.at);
    // Whoever speaks of it first is right, until somebody says otherwise.
    const known = life.get(place.offset);
    if (known === undefined) life.set(place.offset, { id: place.id, by, text, at: place.at });
    else if (known.text === '' && text !== '') life.set(place.offset, { ...known, text });
    return log;
  }

  #at({ room, epoch, offset, t }: { room: string; epoch: string; offset: number; t: number }): SeenLog {
    let epochs = this.#logs.get(room);
    if (epochs === undefined) this.#logs.set(room, (epochs = new Map()));
    let log = epochs.get(epoch);
    if (log === undefined) epochs.set(epoch, (log = new SeenLog(room, epoch, t)));
    log.head = Math.max(log.head, offset);
    return log;
  }
}
