/**
 * Time, as the hub and its engines see it. The default is the platform's; `virtualClock()` of `chathub/testing` moves
 * only when it is told to.
 *
 * @example
 * ```ts
 * import { ChatHub } from 'chathub';
 * import { virtualClock } from 'chathub/testing';
 *
 * const clock = virtualClock();
 * const hub = new ChatHub({ clock });
 * await clock.advance(30_000);
 * ```
 */
export interface Clock {
  /** Wall time in milliseconds since 1970: what messages are stamped with. It may jump. */
  now(): number;
  /** Milliseconds from some fixed moment: never jumps, for measuring and ordering. */
  monotonic(): number;
  /** Calls `run` once after so many milliseconds; the returned function cancels that. Must not keep a process alive. */
  after(ms: number, run: () => void): () => void;
}

/**
 * Calls `run` after the input that is at hand now has been read. The default is two hops of `setImmediate`,
 * where there is one: by the second, every socket that was readable has been read, so that a burst leaves in one write.
 *
 * @example
 * ```ts
 * import type { Scheduler } from 'chathub';
 *
 * const inMicrotask: Scheduler = (run) => queueMicrotask(run);
 * ```
 */
export type Scheduler = (run: () => void) => void;

/** The platform's own clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after(ms, run) {
    // setTimeout fires at once above 2^31 - 1 ms, which is 25 days; nothing here waits so long in earnest.
    const timer: unknown = setTimeout(run, Math.min(ms, 2_147_483_647));
    // Node's timers are objects that hold the process; elsewhere they are numbers.
    if (typeof timer === 'object' && timer !== null && 'unref' in timer) (timer as { unref(): void }).unref();
    return () => clearTimeout(timer as number);
  },
};

/** Two hops of the platform's immediate, else a zero timer. */
export const endOfTurn: Scheduler =
  typeof setImmediate === 'function'
    ? (run) => void setImmediate(() => setImmediate(run))
    : (run) => void setTimeout(run, 0);
