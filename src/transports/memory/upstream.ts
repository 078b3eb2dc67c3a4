import type { BadFrame, Framing } from '../../ports/transport.js';

/** What a peer did: sent a frame, said that no more will come, or left. */
export type Arrival =
  | { readonly type: 'frame'; readonly frame: string | BadFrame; readonly framing: Framing }
  | { readonly type: 'end' }
  | { readonly type: 'leave' };

/** What comes from one peer, in order: handed on at once, or kept while the hub pauses reading. */
export class Upstream {
  readonly #arrived: (arrival: Arrival) => void;
  #held: Arrival[] = [];
  #paused = false;
  #delivering = false;

  constructor(arrived: (arrival: Arrival) => void) {
    this.#arrived = arrived;
  }

  get paused(): boolean {
    return this.#paused;
  }

  push(arrival: Arrival): void {
    this.#held.push(arrival);
    this.#deliver();
  }

  pause(): void {
    this.#paused = true;
  }

  /** What was held back comes in a microtask: like on a socket, never inside the call that asks for it. */
  resume(): void {
    this.#paused = false;
    if (this.#held.length > 0) queueMicrotask(() => this.#deliver());
  }

  drop(): void {
    this.#held = [];
  }

  #deliver(): void {
    // A peer that sends from within the delivery of its own frame: the loop below takes it.
    if (this.#delivering) return;
    this.#delivering = true;
    try {
      while (!this.#paused) {
        const arrival = this.#held.shift();
        if (arrival === undefined) return;
        this.#arrived(arrival);
      }
    } finally {
      this.#delivering = false;
    }
  }
}
