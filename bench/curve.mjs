// What a delivery costs as a room grows, for ChatHub and its peers: the figures of docs/performance.svg.
//
//   node bench/curve.mjs [--rounds 3] [--seconds 1]      needs dist/, or the folder that CHATHUB_DIST names, and a C compiler
//
// Writes bench/curve.json, of which chart.mjs makes the picture.

import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { measure, median } from './lib/measure.mjs';
import { prepare } from './lib/prepare.mjs';
import { machine, ownVersion } from './lib/report.mjs';
import { burst, isolated } from './lib/workloads.mjs';
import { chathub } from './servers/index.mjs';

/** Microseconds, by members and by server. @typedef {Record<string, Record<string, number>>} Panel */
/** @typedef {{ about: string, versions: Record<string, string>, isolated: Panel, burst: Panel }} Curve */

const { values: options } = parseArgs({
  options: { rounds: { type: 'string', default: '3' }, seconds: { type: 'string', default: '1' } },
});
const [rounds, seconds] = [Number(options.rounds), Number(options.seconds)];
/** Fewer members hear fewer messages a second, and it takes as many until code is compiled. */
const warm = 2;
const sizes = [10, 30, 100, 300, 1_000, 3_000, 5_000];

prepare();
const { usablePeers } = await import('./peers/index.mjs');
const peers = usablePeers(console.error).filter(({ serves }) => serves === 'rooms');
const subjects = [chathub, ...peers];

const date = new Date().toISOString().slice(0, 10);
/** @type {Curve} */
const curve = {
  about: `${date}, ChatHub ${ownVersion()}, Node.js ${process.versions.node}, ${machine()}; ${rounds === 1 ? 'a round' : `medians of ${rounds} rounds`} of ${seconds} s.`,
  versions: Object.fromEntries(subjects.map(({ name, version }) => [name, version])),
  isolated: {},
  burst: {},
};
console.log(curve.about);
for (const members of sizes) {
  curve.isolated[members] = await costs(isolated(members));
  curve.burst[members] = await costs(burst(members));
}
writeFileSync(path.join(import.meta.dirname, 'curve.json'), `${JSON.stringify(curve, null, 2)}\n`);

/**
 * Microseconds of each server, which take turns in each round.
 *
 * @param {import('./lib/workloads.mjs').Workload} workload
 * @returns {Promise<Record<string, number>>}
 */
async function costs(workload) {
  /** @type {Map<string, number[]>} */
  const found = new Map(subjects.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const subject of round % 2 === 0 ? subjects : [...subjects].reverse()) {
      const { perDelivery } = await measure(subject, workload, { warm, seconds });
      found.get(subject.name)?.push(perDelivery);
    }
  }
  const costs = [...found].map(([name, values]) => [name, Number(median(values).toFixed(3))]);
  console.log(workload.title.padEnd(46), costs.map(([name, cost]) => `${name} ${cost}`).join('  '));
  return Object.fromEntries(costs);
}
