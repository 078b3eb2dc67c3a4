// Whether garbage was collected while something was counted: the figures would be about that.

import { PerformanceObserver } from 'node:perf_hooks';
import { settled } from './place.mjs';

let seen = 0;
new PerformanceObserver((list) => (seen += list.getEntries().length)).observe({ entryTypes: ['gc'] });

/** Before something is counted. */
export async function forgetCollections() {
  await settled();
  seen = 0;
}

/**
 * After it was counted.
 * @param {string} workload
 * @throws Error when garbage was collected meanwhile
 */
export async function refuseCollections(workload) {
  await settled();
  if (seen > 0)
    throw new Error(`Garbage was collected in "${workload}": it needs a larger semi-space, or fewer rounds`);
}
