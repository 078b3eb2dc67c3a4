import type net from 'node:net';
import type { Conditions } from './fault-proxy.js';

/** `up`: to where the proxy leads. */
export type Direction = 'up' | 'down';

/** One connection through a proxy. */
export interface Link {
  readonly near: net.Socket;
  readonly far: net.Socket;
  readonly up: Lane;
  readonly down: Lane;
  /** One end is gone. */
  half: boolean;
}

/** The most that is under way before no more is read: as much as a slow line holds. */
const mostHeld = 65_536;

interface Piece {
  readonly bytes: Buffer;
  readonly due: number;
}

/** One direction of a connection: bytes keep their order, however late they are. */
export class Lane {
  /** What comes is thrown away. */
  lost = false;
  /** Is called once, when the next bytes have gone through. */
  passed: (() => void) | undefined;
  readonly #direction: Direction;
  readonly #from: net.Socket;
  readonly #to: net.Socket;
  readonly #conditions: Conditions;
  readonly #held: Piece[] = [];
  #heldBytes = 0;
  /** When the line is free again. */
  #free = 0;
  #timer: NodeJS.Timeout | undefined;
  #full = false;

  constructor(direction: Direction, from: net.Socket, to: net.Socket, conditions: Conditions) {
    this.#direction = direction;
    this.#from = from;
    this.#to = to;
    this.#conditions = conditions;
    from.on('data', (bytes: Buffer) => this.#take(bytes));
    to.on('drain', () => {
      this.#full = false;
      this.changed();
    });
    this.changed();
  }

  /** Conditions have changed: reads, or does not. */
  changed(): void {
    const { stalled } = this.#conditions;
    if (stalled.has(this.#direction) || this.#full || this.#heldBytes > mostHeld) this.#from.pause();
    else this.#from.resume();
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#held.length = 0;
  }

  #take(bytes: Buffer): void {
    if (this.lost || this.#to.destroyed) return;
    const { delay, rate } = this.#conditions;
    if (delay === 0 && rate === Number.POSITIVE_INFINITY && this.#held.length === 0) {
      this.#give(bytes);
      return;
    }
    const now = performance.now();
    this.#free = Math.max(this.#free, now) + (bytes.length * 1_000) / rate;
    this.#held.push({ bytes, due: this.#free + delay });
    this.#heldBytes += bytes.length;
    this.changed();
    this.#timer ??= setTimeout(() => this.#release(), this.#free + delay - now);
  }

  #release(): void {
    this.#timer = undefined;
    const now = performance.now();
    while (this.#held[0] !== undefined && this.#held[0].due <= now + 1) {
      const { bytes } = this.#held.shift()!;
      this.#heldBytes -= bytes.length;
      this.#give(bytes);
    }
    this.changed();
    const next = this.#held[0];
    if (next !== undefined) this.#timer = setTimeout(() => this.#release(), next.due - now);
  }

  #give(bytes: Buffer): void {
    if (this.lost || this.#to.destroyed) return;
    if (!this.#to.write(bytes)) {
      this.#full = true;
      this.changed();
    }
    const { passed } = this;
    this.passed = undefined;
    passed?.();
  }
}
