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
  /** Up to where it has been read; without an epoch before the first word of the server. */
  position: Position;
  readonly #ids = new Set<string>();
  readonly #host: StreamHost;

  constructor(host: StreamHost, position: Position = { epoch: '', offset: 0 }) {
    this.#host = host;
    this.position = position;
  }

  /** The server says from where it tells, and what was before. */
  begin({ epoch, offset, recovered, more, entries }: JoinedFacts): void {
    const was = this.position;
    if (!was.epoch) {
      this.position = { epoch, offset };
      for (const { id } of entries) this.#remember(id);
      this.#host.past(entries);
      return;
    }
    // A log that is behind what was read of it has lost entries: it is another one, whatever it says.
    if (was.epoch !== epoch || (!recovered && was.offset > offset))
      this.restart({ epoch, offset: (entries[0]?.offset ?? offset + 1) - 1 });
    // Of a second join, which asked for more of the past than the first.
    else this.#host.past(entries.filter((entry) => entry.offset <= was.offset));
    for (const entry of entries) this.take(entry);
    if (!more) this.skip(offset);
  }

  /** An entry came. */
  take(entry: Entry): void {
    if (entry.offset <= this.position.offset) return;
    this.skip(entry.offset - 1);
    this.position = { ...this.position, offset: entry.offset };
    if (this.#remember(entry.id)) this.#host.deliver(entry);
  }

  /** What lies up to here, and has not come, will not. */
  skip(to: number): void {
    const { epoch, offset } = this.position;
    if (to <= offset) return;
    this.position = { epoch, offset: to };
    this.#host.gap(offset + 1, to);
  }

  /** The server's log began anew. */
  restart({ epoch, offset }: Position): void {
    this.position = { epoch, offset };
    this.#host.reset(this.position);
  }

  /** False when it was known. */
  #remember(id: string): boolean {
    // Of an event that is not known, which may have none.
    if (id && this.#ids.has(id)) return false;
    this.#ids.add(id);
    const [oldest] = this.#ids;
    if (this.#ids.size > remembered && oldest) this.#ids.delete(oldest);
    return true;
  }
}
