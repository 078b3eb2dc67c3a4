// What a delivery costs, in figures that do not hang on how fast a machine is or what else it does: writes to sockets, calls of
// functions, bytes allocated, instructions. Fails when one is more than 10 % above what scripts/costs/costs.json says.
//
//   node scripts/costs.mjs                         needs dist/
//   node scripts/costs.mjs --update                writes the file, all of it
//   node scripts/costs.mjs --all                   shows all figures, and the functions that are called for each delivery
//   node scripts/costs.mjs --only writes,calls     some kinds of figures, for a quick look
//   node scripts/costs.mjs --package FOLDER        of a package elsewhere: FOLDER has its package.json

import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { compare, report, table } from './costs/compare.mjs';
import { measure } from './costs/measure.mjs';
import { provideTool } from './system-tools.mjs';

const everything = 'writes,calls,bytes,instructions';
const { values } = parseArgs({
  options: {
    update: { type: 'boolean', default: false },
    all: { type: 'boolean', default: false },
    only: { type: 'string', default: everything },
    package: { type: 'string', default: path.join(import.meta.dirname, '..') },
  },
});
const file = path.join(import.meta.dirname, 'costs/costs.json');
/** @type {{ by: string, figures: import('./costs/compare.mjs').Figures }} */
const recorded = JSON.parse(readFileSync(file, 'utf8'));
/** Another V8 allocates otherwise, and another processor has other instructions. */
const by = `Node.js ${process.versions.node.split('.')[0]} on ${process.arch}`;
const kinds = (values.update ? everything : values.only).split(',');
const countable = kinds.filter(isCountable);
if (values.update && countable.length < kinds.length) process.exit(1);
const { figures, functions } = await measure(values.package, new Set(countable));
const rows = compare(recorded.figures, figures);
if (values.update) {
  writeFileSync(file, `${JSON.stringify({ by, figures }, undefined, 2)}\n`);
  console.log(table(rows.filter(({ before, now }) => before !== now)));
} else {
  const { text, failed } = report(rows, functions, values.all);
  console.log(text);
  if (failed) process.exitCode = 1;
}

/**
 * Whether this kind can be counted here, so that it says something.
 * @param {string} kind
 */
function isCountable(kind) {
  if (kind === 'instructions' && !provideTool('valgrind')) return false;
  if (values.update || by === recorded.by || !['bytes', 'instructions'].includes(kind)) return true;
  console.error(`Left out: ${kind}. They were counted by ${recorded.by}, and this is ${by}.`);
  return false;
}
