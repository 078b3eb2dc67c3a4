/** What shells say of a program that a signal ended: 128 and the signal's number. */
const exitCodes = { SIGINT: 130, SIGTERM: 143 } as const;

/**
 * Below this, a repeat is the same wish: to kill the process group of `npm start` delivers SIGTERM twice within
 * milliseconds, once from the group and once relayed by npm.
 */
const sameWishMs = 1_000;

/**
 * Resolves at the first SIGINT or SIGTERM, for an end in good order. One that comes later ends the process at once:
 * somebody does not want to wait for that. The listeners stay, or a repeat would kill in the middle of it; they do
 * not keep the process alive.
 */
export function whenToldToEnd(): Promise<void> {
  return new Promise((resolve) => {
    let first: number | undefined;
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.on(signal, () => {
        first ??= performance.now();
        if (performance.now() - first > sameWishMs) process.exit(exitCodes[signal]);
        resolve();
      });
    }
  });
}
