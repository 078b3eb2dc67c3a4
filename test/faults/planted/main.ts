// npm run test:planted    proves that a run finds what is wrong: five faults are planted into copies of src/, one after the other

import { rmSync } from 'node:fs';
import { runFaults } from '../run.js';
import { plantedCopy } from './plant.js';
import { plants } from './plants.js';

// Whoever stops it leaves nothing behind.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

const seed = 1;
let missed = 0;

for (const plant of plants) {
  const { name, breaks, only, seconds } = plant;
  const { sources, remove } = plantedCopy(plant);
  const began = performance.now();
  const { violations, folder } = await runFaults({ seed, seconds, only, sources, stopsAtFirst: true });
  remove();
  rmSync(folder, { recursive: true });
  const found = violations.find((line) => breaks.some((invariant) => line.startsWith(invariant)));
  if (found === undefined) missed++;
  const after = Math.round((performance.now() - began) / 1_000);
  console.log(
    `${found === undefined ? 'MISSED' : 'caught'} ${name} (${after} s)\n  ${found ?? violations[0] ?? 'nothing was found'}`,
  );
}
process.exit(missed === 0 ? 0 : 1);
