import type { Clock } from '../index.js';

/**
 * What {@link virtualClock} begins with.
 *
 * @example
 * ```ts
 * import { virtualClock, type VirtualClockOptions } from 'chathub/testing';
 *
 * const options: VirtualClockOptions = { now: Date.UTC(2030, 0, 1) };
 * const clock = virtualClock(options);
 * ```
 */
export interface VirtualClockOptions {
  /** Wall time at the beginning, in milliseconds since 1970; default 1,700,000,000,000 (14 November 2023). */
  readonly now?: number | undefined;
}

/**
 * A clock that stands still until a test moves it.
 *
 * @example
 * ```ts
 * import { virtualClock, type VirtualClock } from 'chathub/testing';
 *
 * const clock: VirtualClock = virtualClock();
 * clock.after(1_000, () => console.log('a second later'));
 * await clock.advance(1_000);
 * ```
 */
export interface VirtualClock extends Clock {
  /** How many timers are left. Tests assert 0 after a close: nothing was forgotten. */
  readonly pending: number;
  /**
   * Moves both clocks on, firing what falls due in order of time, then of creation; timers made meanwhile fire too when
   * they are due. Before, between and after the timers promises and immediates settle, so that what a timer started has
   * happened when the next one fires; `advance(0)` does only that.
   *
   * @param ms - a non-negative, finite number of milliseconds
   * @throws RangeError for any other number; and what a timer threw, which leaves the clock at that timer's time
   */
  advance(ms: number): Promise<void>;
  /** Lets the wall clock jump to this time, in milliseconds since 1970, as an administrator would; timers do not notice. */
  setWall(ms: number): void;
}

interface Timer {
  readonly at: number;
  readonly run: () => void;
}

/**
 * Makes a {@link VirtualClock}, to be given to `new ChatHub({ clock })`.
 *
 * @param options - when it begins
 *
 * @example
 * ```ts
 * import { ChatHub } from 'chathub';
 * import { virtualClock } from 'chathub/testing';
 *
 * const clock = virtualClock();
 * const hub = new ChatHub({ clock });
 * await clock.advance(30_000);
 * await hub.close();
 * console.log(clock.pending); // 0
 * ```
 */
export function virtualClock(options: VirtualClockOptions = {}): VirtualClock {
  // By time, then creation.
  const timers: Timer[] = [];
  let elapsed = 0;
  let wallAtZero = options.now ?? 1_700_000_000_000;
  // Two calls of advance() at once would move time under each other: the second waits.
  let advancing: Promise<void> = Promise.resolve();

  async function moveBy(ms: number): Promise<void> {
    await settle();
    const end = elapsed + ms;
    for (let due = timers[0]; due !== undefined && due.at <= end; due = timers[0]) {
      timers.shift();
      elapsed = due.at;
      due.run();
      await settle();
    }
    elapsed = end;
  }

  return {
    now: () => wallAtZero + elapsed,
    monotonic: () => elapsed,
    after(ms, run) {
      const timer: Timer = { at: elapsed + (Math.max(ms, 0) || 0), run };
      insert(timers, timer);
      return () => {
        const index = timers.indexOf(timer);
        if (index >= 0) timers.splice(index, 1);
      };
    },
    get pending() {
      return timers.length;
    },
    async advance(ms) {
      if (!(ms >= 0 && ms < Number.POSITIVE_INFINITY)) {
        throw new RangeError(`Expected a non-negative, finite number of milliseconds, got ${ms}`);
      }
      const moved = advancing.then(() => moveBy(ms));
      advancing = moved.catch(() => undefined);
      await moved;
    },
    setWall(ms) {
      wallAtZero = ms - elapsed;
    },
  };
}

/** Behind all timers of the same time. */
function insert(timers: Timer[], timer: Timer): void {
  let low = 0;
  let high = timers.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((timers[middle]?.at ?? 0) <= timer.at) low = middle + 1;
    else high = middle;
  }
  timers.splice(low, 0, timer);
}

/** A flush takes two immediates; this is room for an answer to a flush, and one to that. */
const settlingHops = 8;

/** Lets promises and immediates that are under way happen. */
async function settle(): Promise<void> {
  for (let hop = 0; hop < settlingHops; hop++) await new Promise<void>((resolve) => setImmediate(resolve));
}
