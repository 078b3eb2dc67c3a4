import fc from 'fast-check';
import { test } from 'vitest';

declare module 'vitest' {
  interface TaskMeta {
    /** How many runs of a property there were. */
    runs?: number;
  }
}

/** Runs of a cheap property: some among all the other tests, 100,000 in `npm run test:fuzz`. */
const runs = Number(process.env.CHATHUB_FUZZ_RUNS ?? 200);

/** `CHATHUB_FUZZ_SEED`: what a failure said, to see it again. */
const seed = process.env.CHATHUB_FUZZ_SEED === undefined ? {} : { seed: Number(process.env.CHATHUB_FUZZ_SEED) };

/**
 * A property, tested as often as `CHATHUB_FUZZ_RUNS` says. What fails is shrunk, and told with its seed.
 *
 * @param share - of the runs, for what takes its time
 */
export function fuzz<Ts>(name: string, property: fc.IRawProperty<Ts>, share = 1): void {
  test(name, { timeout: 900_000 }, async ({ task }) => {
    const numRuns = Math.max(1, Math.ceil(runs * share));
    const details = await fc.check(property, { ...seed, numRuns });
    task.meta.runs = details.numRuns;
    if (details.failed) throw new Error(fc.defaultReportMessage(details), { cause: details.errorInstance });
  });
}
