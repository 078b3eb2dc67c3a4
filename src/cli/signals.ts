/** What shells say of a program that a signal ended: 128 and the signal's number. */
const exitCodes = { SIGINT: 130, SIGTERM: 143 } as const;

/**
 * Below this, a repeat is the same wish: to kill the process group of `npm start` delivers SIGTERM twice within
 * milliseconds, once from the group and once relayed by npm.
 */
const sameWishMs = 1_000;

/** The wish that the process ends. */
export interface End {
  /** Resolves when it is told for the first time. */
  readonly told: Promise<void>;
  /** Tells it, as a signal does. */
  tell(): void;
}

/**
 * The first SIGINT or SIGTERM is for an end in good order. One that comes later ends the process at once:
 * somebody does not want to wait for that. The listeners stay, or a repeat would kill in the middle of it; they do
 * not keep the process alive.
 */
export function whenToldToEnd(): End {
  let first: number | undefined;
  let resolve: () => void;
  const told = new Promise<void>((done) => {
    resolve = done;
  });
  const tell = () => {
    first ??= performance.now();
    resolve();
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      tell();
      if (performance.now() - (first ?? 0) > sameWishMs) process.exit(exitCodes[signal]);
    });
  }
  return { told, tell };
}
