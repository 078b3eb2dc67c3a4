// Counts the bytes that are allocated, in V8's heap and beside it. Wants the flags of ../measure.mjs. Prints it as JSON.
//
//   node bytes.mjs FOLDER

import { forgetCollections, refuseCollections } from '../collections.mjs';
import { loadPackage } from '../place.mjs';
import { small, workloads } from '../workloads.mjs';

const settlingRounds = 5;
const rounds = 25;
/** Of the rounds, the one that so many are below of: in some a table grows, or a cache of V8's has lost an entry. */
const below = 6;

const library = await loadPackage(process.argv[2] ?? '.');
/** @type {Record<string, number>} */
const counted = {};
for await (const { name, round } of workloads(library, small)) {
  for (let count = 0; count < settlingRounds; count++) await round();
  // None is collected from here on. What V8 makes anew after a collection is no cost of ours: it is let settle again.
  globalThis.gc?.();
  for (let count = 0; count < settlingRounds; count++) await round();
  await forgetCollections();
  const heap = [];
  const before = process.memoryUsage().external;
  for (let count = 0; count < rounds; count++) {
    const { heapUsed } = process.memoryUsage();
    await round();
    heap.push(process.memoryUsage().heapUsed - heapUsed);
  }
  heap.sort((a, b) => a - b);
  // Beside the heap are blocks of 8 KiB from which small buffers are cut: only their mean says something.
  counted[name] = Number(heap[below]) + (process.memoryUsage().external - before) / rounds;
  await refuseCollections(name);
}
process.stdout.write(JSON.stringify(counted), () => process.exit());
