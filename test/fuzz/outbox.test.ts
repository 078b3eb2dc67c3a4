import { type Connection, type Entry, type Framing, lines, type ServerEvent } from 'chathub';
import fc from 'fast-check';
import { describe, expect } from 'vitest';
import { Flusher } from '../../src/hub/flusher.js';
import { Histogram } from '../../src/hub/histogram.js';
import { Outbox } from '../../src/hub/outbox.js';
import { type Lane, TapeSet } from '../../src/hub/tape.js';
import { systemClock } from '../../src/ports/clock.js';
import { CRLF, LF } from '../../src/transports/tcp/framing.js';
import { fuzz } from './runs.js';

const who = fc.nat(2);
const size = fc.oneof(fc.nat(20), fc.constantFrom(0, 5_000, 70_000));
const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ say: size }) },
  { weight: 3, arbitrary: fc.record({ tell: who, size }) },
  { weight: 3, arbitrary: fc.record({ acknowledge: who }) },
  { weight: 2, arbitrary: fc.record({ block: who, blocked: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ cork: who }) },
  { weight: 2, arbitrary: fc.record({ uncork: who }) },
  { weight: 1, arbitrary: fc.record({ discard: who }) },
  { weight: 1, arbitrary: fc.record({ reframe: who }) },
  { weight: 4, arbitrary: fc.record({ turn: fc.constant(true) }) },
);

describe('what several are sent, some of them slowly,', () => {
  fuzz(
    'comes to each once, whole and in order; acknowledgements pass by what the room says, and nothing else',
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const world = new World();
      for (const each of steps) world.take(each);
      for (const reader of world.readers) reader.isBlocked = false;
      for (const { outbox } of world.readers) outbox.uncork();
      world.turn();
      for (const reader of world.readers) reader.look();
    }),
    0.2,
  );
});

interface Sent {
  readonly kind: 'room' | 'own' | 'acknowledgement';
  readonly text: string;
}

/** One connection, and what should come over it. */
class Reader {
  isBlocked = false;
  framing: Framing = LF;
  readonly outbox: Outbox;
  readonly #sent: Sent[] = [];
  readonly #taken: Uint8Array[] = [];
  /** Own messages by the time of each acknowledgement, which must come behind them. */
  readonly #behind = new Map<string, number>();

  constructor(flusher: Flusher) {
    const isBlocked = () => this.isBlocked;
    const connection = {
      bufferedBytes: 0,
      get blocked() {
        return isBlocked();
      },
      // As sockets do, whoever waits may look at the bytes later.
      write: (bytes: Uint8Array) => void this.#taken.push(bytes),
    };
    const failed = (error: unknown) => expect.unreachable(String(error));
    this.outbox = new Outbox(connection as Connection, flusher, 1_000, { wrote: () => undefined, fail: failed });
  }

  add(sent: Sent): void {
    if (sent.kind === 'acknowledgement') this.#behind.set(sent.text, this.#of('own').length);
    this.#sent.push(sent);
  }

  /** What was not written is forgotten, and of that the room's entries are given. */
  discard(): void {
    const entries = this.outbox.discard().map(({ id }) => id);
    const came = new Set(this.#received());
    const left = this.#sent.filter(({ text }) => !came.has(text));
    expect(entries).toEqual(left.filter(({ kind }) => kind === 'room').map(({ text }) => text));
    const kept = this.#sent.filter(({ text }) => came.has(text));
    this.#sent.splice(0, Number.POSITIVE_INFINITY, ...kept);
    expect(this.outbox.empty).toBe(true);
  }

  look(): void {
    const received = this.#received();
    expect(received).toHaveLength(this.#sent.length);
    const placeOf = new Map(received.map((text, place) => [text, place]));
    for (const kinds of [['room', 'own'], ['acknowledgement']]) {
      const wanted = this.#sent.filter(({ kind }) => kinds.includes(kind)).map(({ text }) => text);
      expect(received.filter((text) => wanted.includes(text))).toEqual(wanted);
    }
    const own = this.#of('own');
    for (const [text, count] of this.#behind) {
      const before = own[count - 1]?.text;
      if (placeOf.has(text) && before !== undefined && placeOf.has(before))
        expect(placeOf.get(text)).toBeGreaterThan(placeOf.get(before) as number);
    }
    expect(this.outbox.empty).toBe(true);
  }

  #of(kind: Sent['kind']): Sent[] {
    return this.#sent.filter((sent) => sent.kind === kind);
  }

  #received(): string[] {
    return Buffer.concat(this.#taken).toString().split(/\r?\n/).slice(0, -1);
  }
}

class World {
  readonly readers: readonly Reader[];
  readonly #tapes = new TapeSet();
  readonly #lanes: readonly Lane[];
  readonly #flusher: Flusher;
  #number = 0;
  #scheduled: (() => void) | undefined;

  constructor() {
    const schedule = (work: () => void) => {
      this.#scheduled = work;
    };
    this.#flusher = new Flusher(schedule, systemClock, new Histogram());
    this.readers = [0, 1, 2].map(() => new Reader(this.#flusher));
    const protocol = { ...lines(), encode: (event: ServerEvent) => (event.type === 'message' ? event.id : null) };
    this.#lanes = [LF, CRLF].map((framing) => ({ protocol, framing }));
  }

  take(
    step: Partial<
      Record<'say' | 'tell' | 'size' | 'acknowledge' | 'block' | 'cork' | 'uncork' | 'discard' | 'reframe', number>
    > & {
      readonly blocked?: boolean;
      readonly turn?: boolean;
    },
  ): void {
    if (step.say !== undefined) this.#say(step.say);
    else if (step.tell !== undefined) this.#tell(this.readers[step.tell] as Reader, step.size ?? 0);
    else if (step.acknowledge !== undefined) this.#acknowledge(this.readers[step.acknowledge] as Reader);
    else if (step.block !== undefined) (this.readers[step.block] as Reader).isBlocked = step.blocked === true;
    else if (step.cork !== undefined) this.readers[step.cork]?.outbox.cork();
    else if (step.uncork !== undefined) this.readers[step.uncork]?.outbox.uncork();
    else if (step.discard !== undefined) this.readers[step.discard]?.discard();
    else if (step.reframe !== undefined) this.#reframe(this.readers[step.reframe] as Reader);
    else this.turn();
  }

  /** A turn ends; those who were blocked are asked again whether they still are. */
  turn(): void {
    for (const { outbox } of this.readers) if (!outbox.dirty && !outbox.empty) outbox.drained();
    while (this.#scheduled !== undefined) {
      const work = this.#scheduled;
      this.#scheduled = undefined;
      work();
    }
  }

  #say(size: number): void {
    const id = this.#text('room', size);
    const event = { type: 'message', id } as Entry & ServerEvent;
    if (!this.#tapes.isOpen) this.#flusher.opened(this.#tapes);
    for (const reader of this.readers) {
      const lane = this.#lanes.find(({ framing }) => framing === reader.framing) as Lane;
      reader.outbox.share(this.#tapes.place(lane, event, event), this.#tapes.group);
      reader.add({ kind: 'room', text: id });
    }
  }

  #tell(reader: Reader, size: number): void {
    const text = this.#text('own', size);
    reader.outbox.push(text, reader.framing);
    reader.add({ kind: 'own', text });
  }

  #acknowledge(reader: Reader): void {
    const text = this.#text('acknowledged', 0);
    reader.outbox.pushFront(text, reader.framing);
    reader.add({ kind: 'acknowledgement', text });
  }

  #reframe(reader: Reader): void {
    reader.framing = reader.framing === LF ? CRLF : LF;
  }

  #text(kind: string, size: number): string {
    return `${kind} ${++this.#number} ${'é'.repeat(size)}`;
  }
}
