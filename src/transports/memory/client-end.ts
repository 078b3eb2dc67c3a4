import type { BadFrame, Framing } from '../../ports/transport.js';
import { type ConnectionFacts, MemoryConnection, type Receiver } from './connection.js';
import { FrameReader } from './framing.js';
import type { MemoryEnding, MemoryPeer } from './peer.js';

interface Waiter {
  resolve(frame: string): void;
  reject(error: Error): void;
}

/** The client's end, with the limit on what it may send. */
export class ClientEnd implements MemoryPeer, Receiver {
  readonly connection: MemoryConnection;
  readonly closed: Promise<MemoryEnding>;
  readonly #received: string[] = [];
  readonly #waiters: Waiter[] = [];
  readonly #reader = new FrameReader();
  readonly #frameBytes: number;
  #resolveClosed: (ending: MemoryEnding) => void = () => undefined;
  #taken = 0;
  #ending: MemoryEnding | undefined;
  #finished: string | undefined;

  constructor(facts: ConnectionFacts, frameBytes: number) {
    this.#frameBytes = frameBytes;
    this.closed = new Promise((resolve) => {
      this.#resolveClosed = resolve;
    });
    this.connection = new MemoryConnection(facts, this);
  }

  get received(): readonly string[] {
    return this.#received;
  }

  get isOpen(): boolean {
    return this.connection.isOpen;
  }

  get writes(): number {
    return this.connection.writes;
  }

  get bufferedBytes(): number {
    return this.connection.bufferedBytes;
  }

  get blocked(): boolean {
    return this.connection.blocked;
  }

  get paused(): boolean {
    return this.connection.up.paused;
  }

  send(frame: string | BadFrame, framing: Framing = this.connection.framing): void {
    if (this.#finished !== undefined) throw new Error(`This peer called ${this.#finished}() and can send nothing more`);
    if (!this.isOpen) return;
    this.connection.up.push({ type: 'frame', frame: asRead(frame, this.#frameBytes), framing });
  }

  next(): Promise<string> {
    const frame = this.#received[this.#taken];
    if (frame !== undefined) {
      this.#taken += 1;
      return Promise.resolve(frame);
    }
    if (this.#ending !== undefined) return Promise.reject(noFrameAfter(this.#ending));
    return new Promise((resolve, reject) => this.#waiters.push({ resolve, reject }));
  }

  stall(): void {
    this.connection.down.stall();
  }

  resume(): void {
    this.connection.down.resume();
  }

  read(bytes: number): number {
    return this.connection.down.read(bytes);
  }

  end(): void {
    this.#finish('end');
  }

  leave(): void {
    this.#finish('leave');
  }

  cut(): void {
    this.#finished ??= 'cut';
    this.connection.cut();
  }

  take(bytes: Uint8Array): void {
    for (const frame of this.#reader.read(bytes)) {
      this.#received.push(frame);
      const waiter = this.#waiters.shift();
      if (waiter === undefined) continue;
      this.#taken += 1;
      waiter.resolve(frame);
    }
  }

  over(ending: MemoryEnding): void {
    this.#ending = ending;
    for (const waiter of this.#waiters.splice(0)) waiter.reject(noFrameAfter(ending));
    this.#resolveClosed(ending);
  }

  /** In its place behind the frames that were sent before. */
  #finish(type: 'end' | 'leave'): void {
    const before = this.#finished;
    // A peer that ended may still leave.
    if (before === type || before === 'leave' || before === 'cut') return;
    this.#finished = type;
    if (this.isOpen) this.connection.up.push({ type });
  }
}

const encoder = new TextEncoder();

/** As a transport over bytes would have read it. */
function asRead(frame: string | BadFrame, frameBytes: number): string | BadFrame {
  if (typeof frame !== 'string') return frame;
  // A UTF-16 unit takes three bytes at most.
  if (frame.length * 3 > frameBytes && encoder.encode(frame).length > frameBytes) return { bad: 'TOO_LONG' };
  return /\p{Surrogate}/u.test(frame) ? { bad: 'BAD_UTF8' } : frame;
}

function noFrameAfter({ how, reason }: MemoryEnding): Error {
  const why = reason === undefined ? how : `${reason.code} ${reason.reason}`.trim();
  return new Error(`The connection closed (${why}) before another frame came`);
}
