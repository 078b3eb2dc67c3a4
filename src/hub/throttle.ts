import type { Limits } from '../model/limits.js';
import { TokenBucket } from './rates.js';

/** So long may somebody be held back without a break before it counts as abuse. */
const patience = 60_000;

/** So long without being held back is a break. */
const pause = 1_000;

/** How fast one connection may ask: over the rate its reading is delayed, and it is closed when that goes on for a minute. */
export class Throttle {
  readonly #commands: TokenBucket;
  readonly #sends: TokenBucket;
  readonly #badFrames: number;
  #bad = 0;
  #badSince = 0;
  #heldSince: number | undefined;
  #heldUntil = 0;

  constructor(limits: Limits, now: number) {
    this.#commands = new TokenBucket(limits.commandsPerSecond, limits.commandBurst, now);
    this.#sends = new TokenBucket(limits.sendsPerSecond, limits.sendBurst, now);
    this.#badFrames = limits.badFrames;
  }

  /** Milliseconds until the next frame may be read; 0 takes its token. */
  frame(now: number): number {
    return this.#take(this.#commands, now);
  }

  /** Milliseconds until the next message may be sent; 0 takes its token. */
  send(now: number): number {
    return this.#take(this.#sends, now);
  }

  /** It was held back until now. */
  released(now: number): void {
    this.#heldUntil = now;
  }

  /** Nothing waits. What comes at once after it was held back is more of the same flood; after a while, it had a break. */
  rest(now: number): void {
    if (now - this.#heldUntil >= pause) this.#heldSince = undefined;
  }

  /** Whether it has been held back for too long. */
  abusive(now: number): boolean {
    return this.#heldSince !== undefined && now - this.#heldSince >= patience;
  }

  /** Counts a frame that is no command; false when there were too many within a minute. */
  bad(now: number): boolean {
    if (now - this.#badSince >= 60_000) {
      this.#badSince = now;
      this.#bad = 0;
    }
    this.#bad++;
    return this.#bad <= this.#badFrames;
  }

  #take(bucket: TokenBucket, now: number): number {
    const wait = bucket.wait(now);
    if (wait === 0) bucket.take();
    else this.#heldSince ??= now;
    return wait;
  }
}
