import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { drive } from '../hub/model/driver.js';
import { profiles } from '../hub/model/profiles.js';
import { fuzz } from './runs.js';

/** One thing that somebody does, as a seed. To make the number smaller makes another thing of it, and no smaller one. */
const operation = fc.noShrink(fc.nat(2 ** 31));
const operations = fc.array(operation, { minLength: 1, maxLength: 60, size: 'max' });

/** The model of test/hub/model, by short scripts: what fails is shrunk to the few operations that it takes. */
describe('whoever connects, drops, resumes, joins, leaves, speaks, moderates or is silent, in any order', () => {
  const unhandled: unknown[] = [];
  const report = (error: unknown) => void unhandled.push(error);
  beforeAll(() => void process.on('unhandledRejection', report));
  afterAll(() => void process.off('unhandledRejection', report));

  for (const profile of profiles) {
    fuzz(
      `is told what a naive model says, with ${profile.name}`,
      fc.asyncProperty(fc.noShrink(fc.nat(2 ** 31)), operations, async (seed, script) => {
        unhandled.length = 0;
        await drive(seed, profile, script, new Map());
        expect(unhandled).toEqual([]);
      }),
      0.04,
    );
  }
});
