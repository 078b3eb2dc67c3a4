import { defineConfig } from 'vitest/config';
import { Total } from './test/fuzz/total.js';
import { sources } from './vitest.config.js';

// One seed for all, so that one number is enough to see it all again. The workers and what counts read it there.
process.env.CHATHUB_FUZZ_RUNS ??= '100000';
process.env.CHATHUB_FUZZ_SEED ??= String(Math.floor(Math.random() * 2 ** 31));

/** The properties of test/fuzz, far more often than among all the other tests. */
export default defineConfig({
  test: {
    pool: 'forks',
    maxWorkers: 2,
    include: ['test/fuzz/**/*.test.ts'],
    reporters: ['default', new Total()],
  },
  resolve: { alias: sources },
});
