import { describe, expect, test } from 'vitest';
import { missingTools } from '../../scripts/system-tools.mjs';
import { keepOrForget, runChaos } from './chaos/run.js';
import { told } from './chaos/told.js';

const seed = Number(process.env.CHAOS_SEED ?? 1);
const seconds = 45;

describe.skipIf(missingTools().includes('redis-server'))('three nodes over one Redis', () => {
  // For longer ones: npm run test:chaos -- --seed N --seconds N
  test(`lose nothing, and tell all of it once and in order, while all kinds of things break (CHAOS_SEED=${seed})`, {
    timeout: 180_000,
  }, async () => {
    const report = await runChaos(seed, seconds);
    console.log(told(report));
    const folder = keepOrForget(report);
    expect(report.faults.slice(0, 10), `logs are in ${folder}`).toEqual([]);
    // A run that met too little of what it is about proves nothing: it fails.
    expect(report.missing).toEqual([]);
  });
});
