import type { Entry, Position } from '../model/entry.js';
import type { JoinedFacts } from '../model/events.js';

/** Who reads a stream. */
export interface StreamHost {
  /** The next entry: once, and in order. */
  deliver(entry: Entry): void;
  /** Entries from before the stream began here. */
  past(entries: readonly Entry[]): void;
  /** These offsets will not come. */
  gap(from: number, to: number): void;
  /** The offsets began anew: what was missed can't be told. */
  reset(position: Position): void;
}

/** Ids of entries that are remembered: as many as come back at most when a log begins anew, and some. */
const remembered = 512;

/**
 * Up to where a log has been read, through any number of connections. What comes twice is dropped, and what does not come is
 * said: entries count 1, 2, 3 … inside an epoch, so a hole shows.
 */
export class Stream {
  /** Up to where it has been read; undefined before the first word of the server. */
  position: Position | undefined;
  readonly #ids = new Set<string>();
  readonly #host: StreamHost;

  constructor(host: StreamHost, position?: Position) {
    this.#host = host;
    this.position = position;
  }

  /** The server says from where it tells, and what was before. */
  begin({ epoch, offset, recovered, more, entries }: JoinedFacts): void {
    const was = this.position;
    if (was === undefined) {
      this.#host.past(entries);
      for (const { id } of entries) this.#remember(id);
      this.position = { epoch, offset };
      return;
    }
    // A log that is behind what was read of it has lost entries: it is another one, whatever it says.
    if (was.epoch !== epoch || (!recovered && was.offset > offset))
      this.restart({ epoch, offset: (entries[0]?.offset ?? offset + 1) - 1 });
    else if (!recovered) {
      const old = entries.filter((entry) => entry.offset <= was.offset);
      if (old.length > 0) this.#host.past(old);
    }
    for (const entry of entries) this.take(entry);
    if (!more) this.skip(this.position?.offset ?? 0, offset);
  }

  /** An entry came. */
  take(entry: Entry): void {
    const was = this.position;
    if (was !== undefined && entry.offset <= was.offset) return;
    if (was !== undefined) this.skip(was.offset, entry.offset - 1);
    this.position = { epoch: was?.epoch ?? '', offset: entry.offset };
    if (this.#remember(entry.id)) this.#host.deliver(entry);
  }

  /** What lies between will not come. */
  skip(from: number, to: number): void {
    if (this.position === undefined || to <= from || to <= this.position.offset) return;
    this.position = { epoch: this.position.epoch, offset: to };
    this.#host.gap(from + 1, to);
  }

  /** The server's log began anew. */
  restart({ epoch, offset }: Position): void {
    this.position = { epoch, offset };
    this.#host.reset(this.position);
  }

  /** False when it was known. */
  #remember(id: string): boolean {
    if (this.#ids.has(id)) return false;
    this.#ids.add(id);
    const [oldest] = this.#ids;
    if (this.#ids.size > remembered && oldest !== undefined) this.#ids.delete(oldest);
    return true;
  }
}
