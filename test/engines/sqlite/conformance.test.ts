import { describe, test } from 'vitest';
import { virtualClock } from '../../../src/testing/clock.js';
import { engineConformance } from '../../../src/testing/engine-kit.js';
import { emptyFile } from './set-up.js';

describe('sqlite() keeps the contract of an engine', () => {
  const checks = engineConformance({
    setUp: emptyFile,
    nodes: 'many',
    clock: virtualClock,
    bounds: ['history', 'historyAge'],
    faults: ['outage'],
  });
  for (const { name, run } of checks) test(name, run);
});
