import type { Entry } from '../model/entry.js';
import type { Connection, Framing } from '../ports/transport.js';
import type { Flushable, FlushGroup } from './flush-group.js';
import type { Flusher } from './flusher.js';
import { type Place, Tape, tapeBytes, terminatorBytes } from './tape.js';

interface Segment {
  tape: Tape;
  from: number;
  to: number;
}

const slabBytes = 65_536;

/** So much for one connection alone is written before the turn ends. */
const relieveBytes = 16_384;

/** Who wants to know how writing goes. */
export interface OutboxHost {
  /** All was written that the peer takes now. Told while it is behind, and where the host said that it heeds it. */
  wrote(): void;
  /** Writing threw: a fault of the transport, or of the protocol's encoding. */
  fail(error: unknown): void;
}

/**
 * What one connection has still to be sent: ranges of tapes, in order. Bounded by `outboxBytes`; what happens beyond it is decided
 * by whoever adds (`full`), and is that member's cost alone. Nothing is written before the end of the turn.
 */
export class Outbox implements Flushable {
  // What each delivery looks at stands together, in front: among thousands of members, what is not in the cache is what costs.
  /** The peer is behind: the last flush could not write all, or must not write more. */
  #behind = false;
  dirty = false;
  /** The newest segment: most have no other when they are written to. */
  #tape: Tape | undefined;
  #from = 0;
  #to = 0;
  #queued = 0;
  /** Segments before it. */
  #earlier: Segment[] | undefined;
  /** What may overtake the rest: acknowledgements, in their own order. Of several tapes where the framing changes. */
  #front: Tape[] | undefined;
  readonly #connection: Connection;
  /** The host waits to hear that all was written. */
  heeded = false;
  /** Asked for when something was written, and true until `drained()`: to ask the socket for each delivery costs as much as the rest. */
  #blocked = false;
  /** The last flush could not write all: the peer had not taken what it was given before. */
  #lagging = false;
  /** Something waits that acknowledgements must not overtake, such as `welcome`. */
  #ordered = false;
  #own: Tape | undefined;
  /** What waits is not for this connection alone. */
  #shared = false;
  #corked = false;
  /** Something was queued while it was corked. */
  #waiting = false;
  readonly #flusher: Flusher;
  readonly #limit: number;
  readonly #host: OutboxHost;

  /** @param limit - `outboxBytes` */
  constructor(connection: Connection, flusher: Flusher, limit: number, host: OutboxHost) {
    this.#connection = connection;
    this.#flusher = flusher;
    this.#limit = limit;
    this.#host = host;
  }

  /** Bytes that the peer has not taken. */
  get unsent(): number {
    return this.#queued + this.#connection.bufferedBytes;
  }

  get empty(): boolean {
    return this.#queued === 0;
  }

  /** The peer reads too slowly: no more fits. What was queued in this turn says nothing about it, however much it is. */
  get full(): boolean {
    return this.#behind && this.unsent >= this.#limit;
  }

  /** The peer is behind: what can be spared should be. */
  get congested(): boolean {
    return this.#behind && this.unsent >= this.#limit / 2;
  }

  /** So much is queued that what the peer asks for next should wait, whether it is slow or asks for much at once. */
  get heavy(): boolean {
    return this.#queued > 0 && (this.#behind ? this.unsent : this.#queued) >= this.#limit / 2;
  }

  /** Whether writing waits for the peer. */
  get blocked(): boolean {
    return this.#blocked;
  }

  /** The peer has taken what it was given: writing goes on at the end of the turn. */
  drained(): void {
    this.#blocked = false;
    this.#behind = this.#lagging;
    if (!this.dirty) this.#flusher.mark(this, this.#flusher.single);
  }

  /** Adds what stands at a place of a shared tape. */
  share({ tape, index, size }: Place, group: FlushGroup): void {
    this.#shared = true;
    this.#extend(tape, index, size);
    if (!this.dirty) this.#flusher.mark(this, group);
  }

  /** Adds a payload for this connection alone. */
  push(payload: string, framing: Framing, entry?: Entry): void {
    if (this.#own !== undefined && this.#own.size(0, this.#own.length) >= relieveBytes) this.#relieve();
    let tape = this.#own;
    if (tape === undefined || tape.framing !== framing || tape.full) this.#own = tape = new Tape(framing);
    this.#ordered = true;
    tape.push(payload, entry);
    this.#extend(tape, tape.length - 1, payload.length + terminatorBytes);
    this.#markSingle();
  }

  /** Adds an acknowledgement: in front of the rooms' batches, behind what this connection alone is told. */
  pushFront(payload: string, framing: Framing): void {
    if (this.#ordered) {
      this.push(payload, framing);
      return;
    }
    const front = (this.#front ??= []);
    let tape = front[front.length - 1];
    if (tape?.framing !== framing) front.push((tape = new Tape(framing)));
    tape.push(payload);
    this.#queued += payload.length + terminatorBytes;
    this.#markSingle();
  }

  /** More of what the peer sent is about to be read: what it is answered with waits for `uncork()`. */
  cork(): void {
    this.#corked = true;
  }

  /**
   * All of one read has been told. What this connection alone is told leaves at once: nothing that comes by the end of the turn
   * could share its write, and an answer is there sooner.
   */
  uncork(): void {
    this.#corked = false;
    if (!this.#waiting) return;
    this.#waiting = false;
    if (this.dirty) return;
    if (!this.#shared && !this.heeded && !this.#behind) this.#writeNow();
    if (this.#queued > 0 || this.heeded || this.#blocked) this.#markSingle();
  }

  /** Writes as much as the peer takes. Called at the end of a turn, when no tape is open. */
  flush(): void {
    this.dirty = false;
    this.#shared = false;
    this.#write();
    this.#lagging = this.#queued > 0;
    this.#behind = this.#lagging || this.#blocked;
    if (this.#lagging) this.#shrink();
    else this.#ordered = false;
    if (this.heeded || this.#behind) this.#host.wrote();
  }

  failed(error: unknown): void {
    this.dirty = false;
    this.discard();
    this.#host.fail(error);
  }

  /** Forgets what waits, and gives the entries among it. */
  discard(): Entry[] {
    const entries: Entry[] = [];
    for (const { tape, from, to } of this.#segments) {
      for (let index = from; index < to; index++) {
        const entry = tape.entry(index);
        if (entry !== undefined) entries.push(entry);
      }
    }
    this.#keep([]);
    this.#front = undefined;
    this.#own = undefined;
    this.#queued = 0;
    this.#lagging = false;
    this.#behind = this.#blocked;
    this.#ordered = false;
    return entries;
  }

  #extend(tape: Tape, index: number, size: number): void {
    this.#queued += size;
    if (this.#tape === tape && this.#to === index) {
      this.#to = index + 1;
      return;
    }
    if (this.#tape !== undefined) (this.#earlier ??= []).push({ tape: this.#tape, from: this.#from, to: this.#to });
    this.#tape = tape;
    this.#from = index;
    this.#to = index + 1;
  }

  /** All segments in order. */
  get #segments(): Segment[] {
    if (this.#tape === undefined) return [];
    return [...(this.#earlier ?? []), { tape: this.#tape, from: this.#from, to: this.#to }];
  }

  #keep(segments: Segment[]): void {
    const last = segments.pop();
    this.#tape = last?.tape;
    this.#from = last?.from ?? 0;
    this.#to = last?.to ?? 0;
    this.#earlier = segments.length > 0 ? segments : undefined;
  }

  /** Queues it for the end of the turn, or of the read, with what this connection alone is told. */
  #markSingle(): void {
    if (this.dirty) return;
    if (this.#corked) this.#waiting = true;
    else this.#flusher.mark(this, this.#flusher.single);
  }

  /**
   * Writes what this connection alone is told before the turn ends, when that is a lot: a turn's worth of it for many connections would
   * outgrow the caches. Not where a room's tape is among it, which may still be open. Who waits for the end of the turn still does.
   */
  #relieve(): void {
    if (!this.#shared && !this.#behind) this.#writeNow();
  }

  /** In mid-turn. */
  #writeNow(): void {
    try {
      this.#write();
      this.#behind = this.#lagging || this.#blocked;
      if (this.#queued === 0) this.#ordered = false;
    } catch (error) {
      this.failed(error);
    }
  }

  #write(): void {
    this.#own = undefined;
    this.#blocked = this.#connection.blocked;
    while (this.#queued > 0 && !this.#blocked) {
      this.#writeSome();
      this.#blocked = this.#connection.blocked;
    }
  }

  /** One write: as many segments as make up a fair share. */
  #writeSome(): void {
    const tape = this.#tape;
    if (this.#front === undefined && this.#earlier === undefined && tape !== undefined) {
      // Most members have just this: their room's batch.
      this.#tape = undefined;
      this.#queued = 0;
      this.#connection.write(own(tape.bytes(this.#from, this.#to)));
      return;
    }
    const parts: Uint8Array[] = [];
    let total = this.#takeFront(parts);
    let taken = 0;
    const segments = this.#segments;
    for (const { tape, from, to } of segments) {
      const size = tape.size(from, to);
      if (total > 0 && total + size > 2 * tapeBytes) break;
      parts.push(tape.bytes(from, to));
      total += size;
      taken++;
    }
    this.#queued -= total;
    this.#keep(segments.slice(taken));
    this.#connection.write(joined(parts));
  }

  #takeFront(parts: Uint8Array[]): number {
    let total = 0;
    for (const tape of this.#front ?? []) {
      parts.push(tape.bytes(0, tape.length));
      total += tape.size(0, tape.length);
    }
    this.#front = undefined;
    return total;
  }

  /** What must wait keeps little of a large shared tape alive as a copy: a slow member must not pin everybody's batches. */
  #shrink(): void {
    const segments = this.#segments;
    for (const segment of segments) {
      const { tape, from, to } = segment;
      if (2 * tape.size(from, to) >= tape.size(0, tape.length)) continue;
      segment.tape = tape.excerpt(from, to);
      segment.from = 0;
      segment.to = to - from;
    }
    this.#keep(segments);
  }
}

/** A view of a small part of a shared buffer would keep all of it, should the peer be slow to take it. */
function own(bytes: Uint8Array): Uint8Array {
  return bytes.byteLength > 4_096 && 2 * bytes.byteLength < bytes.buffer.byteLength ? new Uint8Array(bytes) : bytes;
}

/** Memory that is given away piece by piece, each once: an acknowledgement in front of a batch would not be worth an allocation of its own. */
let slab = new Uint8Array(0);
let slabAt = 0;

function room(bytes: number): Uint8Array {
  if (bytes > slabBytes / 4) return new Uint8Array(bytes);
  if (slabAt + bytes > slab.length) {
    slab = new Uint8Array(slabBytes);
    slabAt = 0;
  }
  return slab.subarray(slabAt, (slabAt += bytes));
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const [only] = parts;
  if (parts.length === 1 && only !== undefined) return own(only);
  const whole = room(parts.reduce((sum, part) => sum + part.byteLength, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.byteLength;
  }
  return whole;
}
