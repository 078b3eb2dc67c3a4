import type { AnyUser, Context } from './context.js';

/** When a log-in runs out that is not renewed in time: one timer at most, and none for those that don't. */
export class Expiry {
  #cancel: (() => void) | undefined;
  readonly #context: Context;
  readonly #run: () => void;

  /** @param run - called when the present user's log-in has run out */
  constructor(context: Context, run: () => void) {
    this.#context = context;
    this.#run = run;
  }

  /** The log-in of this user counts from here on. */
  watch({ expiresAt }: AnyUser): void {
    this.stop();
    if (expiresAt === undefined || expiresAt === Number.POSITIVE_INFINITY) return;
    const { clock } = this.#context;
    this.#cancel = clock.after(Math.max(0, expiresAt - clock.now()), () => {
      // Timers can't wait for longer than some weeks, and wall clocks are set.
      if (expiresAt > clock.now()) this.watch({ id: '', expiresAt });
      else this.#run();
    });
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }
}
