import { describe, expect, test } from 'vitest';
import { missingTools } from '../../scripts/system-tools.mjs';
import { figures } from './figures.js';
import { keepOrForget, runFaults } from './run.js';

const seed = Number(process.env.FAULTS_SEED ?? 1);
const seconds = 60;

describe.skipIf(missingTools().includes('redis-server'))('three nodes over one Redis', () => {
  // For longer ones, in which there are more kinds of faults: npm run test:faults -- --seed N --seconds N
  test(`keep what they promise while all kinds of things break (FAULTS_SEED=${seed})`, {
    timeout: 300_000,
  }, async () => {
    const report = await runFaults({ seed, seconds });
    console.log(figures(report));
    const folder = keepOrForget(report);
    expect(report.violations.slice(0, 10), `logs are in ${folder}`).toEqual([]);
    // A run that met too little of what it is about proves nothing: it fails.
    expect(report.missing).toEqual([]);
  });
});
