// Counts the calls of each function of the package and of what it depends on, by the counters that V8 has for code coverage.
// Prints it as JSON.
//
//   node calls.mjs FOLDER

import { readFileSync } from 'node:fs';
import { Session } from 'node:inspector/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadPackage } from '../place.mjs';
import { small, workloads } from '../workloads.mjs';

const rounds = 5;

/** @type {Map<string, string>} */
const texts = new Map();
const inspector = new Session();
inspector.connect();
await inspector.post('Profiler.enable');
// Before the package is loaded, so that no function runs without its counter.
await inspector.post('Profiler.startPreciseCoverage', { callCount: true, detailed: false });
const library = await loadPackage(process.argv[2] ?? '.');
/** @type {Record<string, Record<string, number>>} */
const counted = {};
for await (const { name, round } of workloads(library, small)) {
  await round();
  await callsSinceLast();
  for (let count = 0; count < rounds; count++) await round();
  counted[name] = await callsSinceLast();
}
process.stdout.write(JSON.stringify(counted), () => process.exit());

/**
 * Where it begins: there are many functions of one name.
 * @param {string} url
 * @param {number} offset
 */
function placeOf(url, offset) {
  let text = texts.get(url);
  if (text === undefined) texts.set(url, (text = readFileSync(fileURLToPath(url), 'utf8')));
  const before = text.slice(0, offset);
  return `${path.basename(url)}:${before.split('\n').length}:${offset - before.lastIndexOf('\n')}`;
}

/** By function, for each round. */
async function callsSinceLast() {
  const { result } = await inspector.post('Profiler.takePreciseCoverage');
  /** @type {Record<string, number>} */
  const calls = {};
  for (const { url, functions } of result) {
    // Neither Node.js itself, which differs by version, nor what is in this folder.
    if (!url.startsWith('file:') || url.includes('/scripts/costs/')) continue;
    for (const { functionName, ranges } of functions) {
      const [{ startOffset = 0, count = 0 } = {}] = ranges;
      if (count > 0) calls[`${functionName || '(anonymous)'}  ${placeOf(url, startOffset)}`] = count / rounds;
    }
  }
  return calls;
}
