// Runs the programs that count, in processes of their own, and makes figures of what they say.

import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { figuresOf } from './figures.mjs';

/** @typedef {import('./figures.mjs').Costs} Costs */
/** @typedef {import('./compare.mjs').Figures} Figures */
/** @typedef {Record<string, Costs>} Functions Calls of each function, by workload. */
/** @typedef {{ figures: Figures, functions: Functions | undefined }} Measured */

/**
 * What makes V8 do the same every time:
 * - no compiler, as what a compiled function allocates hangs on when and how well it was compiled; the interpreter takes all
 *   allocations and calls as they are written, which are more than there would be in the end, and always the same;
 * - no threads and no tasks of its own, no random numbers in hashes, nothing thrown away and made again later;
 * - room for all that a workload allocates, so that nothing is collected while it is counted.
 */
const flags = [
  '--no-opt',
  '--no-maglev',
  '--no-sparkplug',
  '--regexp-interpret-all',
  '--no-lazy-feedback-allocation',
  '--no-flush-bytecode',
  '--single-threaded',
  '--hash-seed=1',
  '--random-seed=1',
  '--no-minor-gc-task',
  // It collects when the clock says so.
  '--no-memory-reducer',
  '--min-semi-space-size=64',
  '--max-semi-space-size=64',
  '--expose-gc',
];

/** All of it takes half a minute; this is for a hub that never answers. */
const timeout = 600_000;

/**
 * @param {string} folder of the package
 * @param {ReadonlySet<string>} kinds
 * @returns {Promise<Measured>}
 */
export async function measure(folder, kinds) {
  const when = (/** @type {string} */ kind, /** @type {(folder: string) => Promise<any>} */ of) =>
    kinds.has(kind) ? of(folder) : undefined;
  // By far the slowest has a core to itself.
  const slow = when('instructions', instructions);
  const written = await when('writes', writes);
  const functions = await when('calls', calls);
  const allocated = await when('bytes', bytes);
  const figures = {
    ...written,
    calls: functions && callFigures(functions),
    bytes: allocated,
    instructions: await slow,
  };
  for (const kind of Object.keys(figures)) if (figures[kind] === undefined) delete figures[kind];
  return { figures, functions };
}

/**
 * @param {string} folder
 * @returns {Promise<Pick<Figures, 'writes' | 'sent'>>}
 */
async function writes(folder) {
  return JSON.parse(await run(process.execPath, program('writes'), folder));
}

/**
 * @param {string} folder
 * @returns {Promise<Functions>}
 */
async function calls(folder) {
  return JSON.parse(await run(process.execPath, ...flags, program('calls'), folder));
}

/** @param {Functions} functions */
function callFigures(functions) {
  const total = (/** @type {Costs} */ counts) => Object.values(counts).reduce((sum, count) => sum + count, 0);
  return figuresOf(mapped(functions, total));
}

/**
 * @param {string} folder
 * @returns {Promise<Costs>}
 */
async function bytes(folder) {
  /** @type {Costs[]} */
  const runs = [];
  for (let count = 0; count < 3; count++) {
    runs.push(JSON.parse(await run(process.execPath, ...flags, program('bytes'), folder)));
  }
  // V8's caches go by addresses, which differ from run to run: where two entries are in each other's way, that only adds to it.
  return figuresOf(mapped(runs[0] ?? {}, (_, name) => Math.min(...runs.map((costs) => Number(costs[name])))));
}

/**
 * Hardware counts no instructions for most virtual machines, and never twice the same; Valgrind does. It writes down what it has
 * counted whenever the program makes a call that it makes for nothing else.
 *
 * @param {string} folder
 * @returns {Promise<Costs>}
 */
async function instructions(folder) {
  const scratch = await mkdtemp(path.join(tmpdir(), 'chathub-costs-'));
  try {
    const file = path.join(scratch, 'counts');
    const valgrind = ['--tool=callgrind', '--quiet', '--combine-dumps=yes', '--dump-before=uv_os_getpriority'];
    const node = [process.execPath, ...flags, program('instructions'), folder];
    const { names, rounds } = JSON.parse(await run('valgrind', ...valgrind, `--callgrind-out-file=${file}`, ...node));
    const counts = Array.from((await readFile(file, 'latin1')).matchAll(/^totals: (\d+)$/gm), ([, count]) =>
      Number(count),
    );
    // Before and after each workload, and at the end.
    if (counts.length !== 2 * names.length + 1)
      throw new Error(`Valgrind saw ${counts.length - 1} calls of getPriority()`);
    const costs = names.map((/** @type {string} */ name, /** @type {number} */ index) => [
      name,
      Number(counts[2 * index + 1]) / rounds,
    ]);
    return figuresOf(Object.fromEntries(costs));
  } finally {
    await rm(scratch, { recursive: true });
  }
}

/**
 * @template From, To
 * @param {Record<string, From>} record
 * @param {(value: From, name: string) => To} to
 * @returns {Record<string, To>}
 */
function mapped(record, to) {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, to(value, name)]));
}

/** @param {string} name */
function program(name) {
  return path.join(import.meta.dirname, 'programs', `${name}.mjs`);
}

/**
 * @param {string} command
 * @param {string[]} args
 */
async function run(command, ...args) {
  // Nothing of what surrounds this process is to change what it counts, such as NODE_OPTIONS.
  const options = { env: { PATH: process.env.PATH }, maxBuffer: 2 ** 26, timeout };
  const { stdout } = await promisify(execFile)(command, args, options);
  return stdout;
}
