// Does each workload between two calls that a profiler can see, for whoever runs this under one: see ../measure.mjs. Prints the
// names of the workloads as JSON.
//
//   node instructions.mjs FOLDER

import { getPriority } from 'node:os';
import { forgetCollections, refuseCollections } from '../collections.mjs';
import { loadPackage } from '../place.mjs';
import { small, workloads } from '../workloads.mjs';

const settlingRounds = 3;
/** Each takes the same up to some thousand instructions. */
const rounds = 3;

const library = await loadPackage(process.argv[2] ?? '.');
const names = [];
for await (const { name, round } of workloads(library, small)) {
  for (let count = 0; count < settlingRounds; count++) await round();
  await forgetCollections();
  getPriority();
  for (let count = 0; count < rounds; count++) await round();
  getPriority();
  await refuseCollections(name);
  names.push(name);
}
process.stdout.write(JSON.stringify({ names, rounds }), () => process.exit());
