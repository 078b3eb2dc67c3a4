import type { Clock } from '../ports/clock.js';
import type { Session } from './session.js';

const interval = 1_000;

interface Stall {
  /** When the peer last took bytes. */
  readonly since: number;
  /** What waited when it was last looked at. */
  readonly buffered: number;
}

/** Connections whose peer takes no bytes: those that take none for `writeDeadline` are gone. One timer, while there are any. */
export class Stalls {
  readonly #stalled = new Map<Session, Stall>();
  readonly #clock: Clock;
  readonly #deadline: number;
  #cancel: (() => void) | undefined;

  constructor(clock: Clock, deadline: number) {
    this.#clock = clock;
    this.#deadline = deadline;
  }

  add(session: Session): void {
    if (this.#stalled.has(session)) return;
    this.#stalled.set(session, { since: this.#clock.monotonic(), buffered: session.connection.bufferedBytes });
    this.#watch();
  }

  delete(session: Session): void {
    this.#stalled.delete(session);
  }

  close(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#stalled.clear();
  }

  #watch(): void {
    this.#cancel ??= this.#clock.after(interval, () => {
      this.#cancel = undefined;
      this.#check();
      if (this.#stalled.size > 0) this.#watch();
    });
  }

  #check(): void {
    const now = this.#clock.monotonic();
    for (const [session, stall] of this.#stalled) {
      const buffered = session.connection.bufferedBytes;
      // More than before was not taken: a transport may have answered a ping, behind all the rest.
      const since = buffered < stall.buffered ? now : stall.since;
      if (now - since >= this.#deadline) session.giveUp();
      else this.#stalled.set(session, { since, buffered });
    }
  }
}
