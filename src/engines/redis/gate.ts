import { ChatError } from '../../model/errors.js';
import type { Clock } from '../../ports/clock.js';

/** For how long a call waits when the way to Redis has just been lost: mostly it is back by then. */
const grace = 1_000;

/** The most calls that wait. Beyond it they are refused. */
const mostWaiting = 20_000;

/** What the gate needs of the lease. */
export interface GateHost {
  /** Whether the lease was renewed lately enough: a process that was frozen must not write before it knows that it may. */
  isFresh(): boolean;
  /** It was not: it is to be, now. */
  hurry(): void;
}

/** Whether this node may write: it has a connection, its lease holds, and what it holds stands in Redis as it is here. */
export class Gate {
  readonly #clock: Clock;
  readonly #host: GateHost;
  #open = true;
  #shutAt = 0;
  #waiting: ((error?: ChatError) => void)[] = [];

  constructor(clock: Clock, host: GateHost) {
    this.#clock = clock;
    this.#host = host;
  }

  get open(): boolean {
    if (this.#open && !this.#host.isFresh()) {
      this.shut();
      this.#host.hurry();
    }
    return this.#open;
  }

  /** Resolves when it is open. @throws ChatError `ENGINE_UNAVAILABLE`, at once when it has been shut for longer than a second */
  opened(): Promise<void> {
    if (this.#open) return Promise.resolve();
    const left = this.#shutAt + grace - this.#clock.monotonic();
    if (left <= 0 || this.#waiting.length >= mostWaiting) return Promise.reject(new ChatError('ENGINE_UNAVAILABLE'));
    return new Promise((resolve, reject) => {
      const done = (error?: ChatError) => {
        cancel();
        if (error === undefined) resolve();
        else reject(error);
      };
      const cancel = this.#clock.after(left, () => {
        this.#waiting = this.#waiting.filter((other) => other !== done);
        done(new ChatError('ENGINE_UNAVAILABLE'));
      });
      this.#waiting.push(done);
    });
  }

  admit(): void {
    this.#open = true;
    // In the order in which they came, before anybody who comes now.
    for (const done of this.#waiting.splice(0)) done();
  }

  /** Whoever waits does so for somebody whom this node does not hold any more. */
  turnAway(): void {
    for (const done of this.#waiting.splice(0)) done(new ChatError('ENGINE_UNAVAILABLE'));
  }

  shut(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#shutAt = this.#clock.monotonic();
  }

  close(): void {
    this.#open = false;
    for (const done of this.#waiting.splice(0)) done(new ChatError('ENGINE_UNAVAILABLE', 'This node has closed.'));
  }
}
