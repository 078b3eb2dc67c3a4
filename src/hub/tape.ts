import type { Entry } from '../model/entry.js';
import type { ServerEvent } from '../model/events.js';
import type { Protocol } from '../ports/protocol.js';
import type { Framed, Framing } from '../ports/transport.js';
import { FlushGroup } from './flush-group.js';

/** Connections that encode and frame alike: what one of them is sent, byte for byte, all of them can be. */
export interface Lane {
  readonly protocol: Protocol;
  readonly framing: Framing;
}

/** A tape that has grown to this many bytes is full: one write stays a fair share of a turn. */
export const tapeBytes = 65_536;

/** About what framing adds to a payload. */
export const terminatorBytes = 2;

/**
 * Payloads in order, framed together when the first reader wants bytes. A room has one for each lane and turn, so that
 * a batch is framed once for all who read it; replies to one connection go on a tape of its own.
 */
export class Tape {
  readonly #framing: Framing;
  #payloads: string[] = [];
  /** The log entry behind each payload, for those that are one: what was cut off unsent can be found again. */
  #entries: (Entry | undefined)[] | undefined;
  /** About the bytes up to and with each payload: UTF-16 units, until framing tells. */
  #sums: number[] = [];
  #framed: Framed | undefined;

  constructor(framing: Framing) {
    this.#framing = framing;
  }

  get length(): number {
    return this.#sums.length;
  }

  get full(): boolean {
    return this.#framed !== undefined || (this.#sums[this.#sums.length - 1] ?? 0) >= tapeBytes;
  }

  get framing(): Framing {
    return this.#framing;
  }

  /** Adds a payload at the end; its index is `length - 1` from then on. */
  push(payload: string, entry?: Entry): void {
    const before = this.#sums[this.#sums.length - 1] ?? 0;
    this.#payloads.push(payload);
    if (entry !== undefined) this.#mark(entry);
    this.#sums.push(before + payload.length + terminatorBytes);
  }

  /** About how many bytes the payloads from `from` to below `to` take. */
  size(from: number, to: number): number {
    return (this.#sums[to - 1] ?? 0) - (from === 0 ? 0 : (this.#sums[from - 1] ?? 0));
  }

  entry(index: number): Entry | undefined {
    return this.#entries?.[index];
  }

  /** The bytes of a range. Closes the tape. */
  bytes(from: number, to: number): Uint8Array {
    const framed = this.#frame();
    if (from === 0 && to === this.length) return framed.bytes;
    return framed.bytes.subarray(from === 0 ? 0 : framed.ends[from - 1], framed.ends[to - 1]);
  }

  /** A range as a tape of its own, so that whoever still waits for a little does not hold on to a lot. */
  excerpt(from: number, to: number): Tape {
    const tape = new Tape(this.#framing);
    const { ends } = this.#frame();
    const start = from === 0 ? 0 : (ends[from - 1] ?? 0);
    tape.#entries = this.#entries?.slice(from, to);
    tape.#sums = this.#sums.slice(from, to).map((sum) => sum - (from === 0 ? 0 : (this.#sums[from - 1] ?? 0)));
    // Not `slice()`: of a `Buffer`, as Node.js' transports give, that is a view of the same memory.
    tape.#framed = {
      bytes: new Uint8Array(this.bytes(from, to)),
      ends: ends.slice(from, to).map((end) => end - start),
    };
    return tape;
  }

  #mark(entry: Entry): void {
    this.#entries ??= [];
    this.#entries[this.#payloads.length - 1] = entry;
  }

  #frame(): Framed {
    if (this.#framed === undefined) {
      this.#framed = this.#framing.frame(this.#payloads);
      this.#payloads = [];
    }
    return this.#framed;
  }
}

/** Where an event stands: on which tape, and its index there; -1 where the protocol does not tell it. */
export interface Place {
  readonly tape: Tape;
  readonly index: number;
  /** About how many bytes it takes there. */
  readonly size: number;
}

interface OpenTape {
  readonly lane: Lane;
  tape: Tape;
  /** The event that was pushed last, so that it is pushed once for all members of the lane. */
  event: ServerEvent | undefined;
  index: number;
  size: number;
}

/** The tapes that one room has open in this turn, one for each lane. */
export class TapeSet {
  /** Who is to be written to at the end of the turn. */
  readonly group = new FlushGroup();
  #open: OpenTape[] = [];
  /** What was encoded last, and to what: lanes differ in framing more often than in protocol. */
  #event: ServerEvent | undefined;
  #protocol: Protocol | undefined;
  #encoded: string | null = null;
  #bytes = 0;

  /** About the bytes of this turn, in all lanes together. */
  get bytes(): number {
    return this.#bytes;
  }

  get isOpen(): boolean {
    return this.#open.length > 0;
  }

  /** The tape of a lane with the event on it, encoded and added when the lane first asks. */
  place(lane: Lane, event: ServerEvent, entry: Entry | undefined): Place {
    const open = this.#of(lane);
    if (open.event === event) return open;
    open.event = event;
    const payload = this.#encode(lane.protocol, event);
    if (payload === null) {
      open.index = -1;
      return open;
    }
    if (open.tape.full) open.tape = new Tape(lane.framing);
    open.tape.push(payload, entry);
    this.#bytes += payload.length;
    open.index = open.tape.length - 1;
    open.size = payload.length + terminatorBytes;
    return open;
  }

  /** The next event begins new tapes: the present ones are about to be framed. */
  close(): void {
    this.#open = [];
    this.#bytes = 0;
    this.#event = undefined;
    this.#encoded = null;
  }

  #of(lane: Lane): OpenTape {
    for (const open of this.#open) if (open.lane === lane) return open;
    const open: OpenTape = { lane, tape: new Tape(lane.framing), event: undefined, index: -1, size: 0 };
    this.#open.push(open);
    return open;
  }

  #encode(protocol: Protocol, event: ServerEvent): string | null {
    if (this.#event !== event || this.#protocol !== protocol) {
      this.#event = event;
      this.#protocol = protocol;
      this.#encoded = protocol.encode(event);
    }
    return this.#encoded;
  }
}
