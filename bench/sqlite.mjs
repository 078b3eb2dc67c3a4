// What the SQLite engine does in how much time, as ratios of one run and as milliseconds: see README.md.
//
//   node bench/sqlite.mjs [--quick] [--keep FILE]     needs dist/, or the folder that CHATHUB_DIST names

import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { groupCommit, loneAppend, stall } from './sqlite/commits.mjs';
import { fill, messagesIn } from './sqlite/filling.mjs';
import { tasks } from './sqlite/history.mjs';
import { driverName, quantile, sqliteVersion } from './sqlite/library.mjs';
import { Goals } from './table.mjs';

/** A page, a join or a search of a room of a million messages. */
const mostMs = 50;

/** Processes that measure each thing: the middle one counts. */
const processes = 3;

/** What the cache of SQLite may take (16 MiB), and as much for the allocator's waste. */
const mostMegabytes = 32;

const { values: options } = parseArgs({
  options: { quick: { type: 'boolean', default: false }, keep: { type: 'string' } },
});

const folder = mkdtempSync(path.join(tmpdir(), 'chathub-bench-'));
try {
  const messages = options.quick ? 100_000 : 1_000_000;
  console.log(`Node.js ${process.version}, ${driverName}, SQLite ${sqliteVersion()}`);
  const goals = new Goals();
  await commits(goals);
  const large = await filled(options.keep ?? path.join(folder, 'large.db'), messages);
  const small = await filled(path.join(folder, 'small.db'), 1_000);
  history(goals, large, messages);
  memory(goals, large, small, messages);
  await stalls(goals, large);
  if (!goals.met) process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true });
}

/** @param {Goals} goals */
async function commits(goals) {
  goals.heading('Appends, synchronous = full');
  const { each, grouped } = await groupCommit(path.join(folder, 'commits.db'));
  goals.fact('one transaction each', `${each.toFixed(0)} a second`);
  goals.fact('100 in a turn', `${grouped.toFixed(0)} a second`);
  goals.atLeast('group commit against one transaction each', grouped / each, 5, 'x');
  const { engine, hub, bare } = await loneAppend(path.join(folder, 'lone.db'));
  goals.fact('a lone append, median and p99', `${ms(engine.median)}, ${ms(engine.p99)}`);
  goals.fact('a lone send of a hub', `${ms(hub.median)}, ${ms(hub.p99)}`);
  goals.fact('BEGIN, the same inserts, COMMIT', `${ms(bare.median)}, ${ms(bare.p99)}`);
  goals.atMost('p99 of a lone append against that', engine.p99 / bare.p99, 2, 'x');
  goals.atMost('p99 of a lone send of a hub against that', hub.p99 / bare.p99, 2, 'x');
}

/**
 * @param {string} file
 * @param {number} messages
 */
async function filled(file, messages) {
  if (existsSync(file)) {
    const found = await messagesIn(file);
    if (found !== messages) throw new Error(`"${file}" holds ${found} messages, not ${messages}: remove it.`);
    return file;
  }
  mkdirSync(path.dirname(path.resolve(file)), { recursive: true });
  const began = performance.now();
  await fill(file, messages);
  const seconds = (performance.now() - began) / 1_000;
  const size = `${(statSync(file).size / 2 ** 20).toFixed(0)} MB`;
  console.log(`\n(${messages} messages written in ${seconds.toFixed(1)} s: ${size})`);
  return file;
}

/**
 * Each in processes of its own, so that what is called the first time is.
 * @param {Goals} goals
 * @param {string} large
 * @param {number} messages
 */
function history(goals, large, messages) {
  goals.heading(`A room of ${messages} messages: the first time in a process, and the median of 20 more`);
  /** @type {number[]} */
  const opens = [];
  for (const name of Object.keys(tasks)) {
    const runs = Array.from({ length: processes }, () => measured(large, name));
    opens.push(...runs.map(({ open }) => open));
    const middle = (/** @type {'first' | 'median'} */ what) =>
      quantile(
        runs.map((run) => run[what]),
        0.5,
      );
    goals.atMost(`${name} (${runs[0]?.found})`, middle('first'), mostMs, 'ms', `  then ${ms(middle('median'))}`);
  }
  goals.atMost('open, and listen', quantile(opens, 0.5), mostMs, 'ms', `  longest ${ms(Math.max(...opens))}`);
}

/**
 * @param {Goals} goals
 * @param {string} large
 * @param {string} small
 * @param {number} messages
 */
function memory(goals, large, small, messages) {
  goals.heading('Memory: RSS after garbage collection');
  const [few, many] = [measured(small, 'all'), measured(large, 'all')];
  for (const [count, { opened, after }] of /** @type {const} */ ([
    [1_000, few],
    [messages, many],
  ]))
    goals.fact(`${count} messages`, `${opened.toFixed(1)} MB opened, ${after.toFixed(1)} MB after all of the above`);
  goals.atMost('what the large room takes more, opened', many.opened - few.opened, mostMegabytes, 'MB');
  goals.atMost('what the large room takes more, after all', many.after - few.after, mostMegabytes, 'MB');
}

/**
 * @param {string} file
 * @param {string} task
 * @returns {{ open: number, first: number, median: number, found: number, opened: number, after: number }}
 */
function measured(file, task) {
  const program = fileURLToPath(new URL('./sqlite/history.mjs', import.meta.url));
  const args = ['--expose-gc', '--no-warnings', program, file, task];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${task}: ${stdout}${stderr}`);
  return JSON.parse(stdout);
}

/**
 * @param {Goals} goals
 * @param {string} large
 */
async function stalls(goals, large) {
  goals.heading('The event loop, held up by a commit of 512 appends');
  for (const [what, file] of /** @type {const} */ ([
    ['a new file', path.join(folder, 'stall.db')],
    ['the large file', path.join(folder, 'copy.db')],
  ])) {
    if (what === 'the large file') copyFileSync(large, file);
    const { median, longest, rate } = await stall(file);
    goals.fact(`${what}, median and longest of 60`, `${ms(median)}, ${ms(longest)}; ${rate.toFixed(0)} a second`);
  }
}

/** @param {number} value */
function ms(value) {
  return `${value.toFixed(2)} ms`;
}
