import type { Context } from './context.js';

const firstWait = 1_000;
const longestWait = 30_000;

/**
 * Does what the engine must not be left without, such as the end of a session: again and again while it fails, more and more
 * seldom, until the hub is closed. The application hears of the first failure.
 *
 * @param isNeeded - asked before each further attempt
 */
export async function persist<T>(
  { clock, closed, report }: Context,
  stage: string,
  work: () => Promise<T>,
  isNeeded: () => boolean = () => true,
): Promise<T | undefined> {
  for (let wait = firstWait; ; wait = Math.min(2 * wait, longestWait)) {
    // The engine is about to be closed, or is.
    if (closed.aborted) return undefined;
    try {
      return await work();
    } catch (error) {
      if (wait === firstWait) report(error, stage);
    }
    if (closed.aborted || !isNeeded()) return undefined;
    await new Promise<void>((resolve) => {
      const done = () => {
        cancel();
        closed.removeEventListener('abort', done);
        resolve();
      };
      const cancel = clock.after(wait, done);
      closed.addEventListener('abort', done);
    });
    if (!isNeeded()) return undefined;
  }
}
