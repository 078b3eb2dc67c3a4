// What members who read nothing cost the server, and the others: see README.md.
//
//   node bench/slow.mjs [--members 20] [--stalled 1] [--seconds SECONDS] [--rate RATE] [--rounds 3]
//
// RATE is the bytes a second of texts that each reader is sent. Needs dist/, or the folder that CHATHUB_DIST names.

import { fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Goals } from './table.mjs';

/** @typedef {import('./slow/server.mjs').Facts} Facts */
/** @typedef {import('./slow/readers.mjs').Told} Told */
/** @typedef {Facts & { peak: { rss: number, live: number, waiting: number } }} Report */
/** @typedef {{ stalled: number, start: Report, end: Report, told: Told, outboxBytes: number, seconds: number }} Run */

const { values } = parseArgs({
  options: {
    members: { type: 'string', default: '20' },
    stalled: { type: 'string', default: '1' },
    seconds: { type: 'string' },
    rate: { type: 'string' },
    rounds: { type: 'string', default: '3' },
  },
});
const [members, stalled, rounds] = [Number(values.members), Number(values.stalled), Number(values.rounds)];
const many = members > 100;
/** Into each of a few 2 MB/s; into many as much as a core reads and writes with ease. */
const rate = Number(values.rate ?? (many ? 100_000 : 2_000_000));
/** The kernel takes some 4 MB for each that stalls before the server notices, and then writeDeadline has to run out. */
const seconds = Number(values.seconds ?? (many ? 60 : 30));
/** Of one text: just within messageBytes. */
const bytes = 4_000;
/** What the measure itself comes and goes by: collections are not at the same moment of each run. */
const noise = 16 * 2 ** 20;

const goals = new Goals();
goals.heading(
  `${members} members of one room, ${(rate / 1e6).toFixed(2)} MB/s into each (${rate / bytes} texts of ${bytes} bytes a second), ${seconds} s.
Limits are the defaults, but sendsPerSecond and commandsPerSecond are off: one member says it all.

                 RSS, MB         live, MB        most in     p50     p99 longest    deliveries  told  closed
stalled    start peak  end  start peak  end  a socket, kB     ms      ms      ms                 4001`,
);
/** @type {Run[]} */
const runs = [];
for (let round = 0; round < rounds; round++) {
  // By turns who goes first.
  const order = round % 2 === 0 ? [0, stalled] : [stalled, 0];
  for (const count of order) runs.push(show(await run(count)));
}
judge();
process.exit(goals.met ? 0 : 1);

/**
 * @param {number} count - how many stall
 * @returns {Promise<Run>}
 */
async function run(count) {
  const server = fork(path.join(import.meta.dirname, 'slow/server.mjs'), { execArgv: ['--expose-gc'] });
  const [{ address, outboxBytes }] = await once(server, 'message');
  const args = [address, members, count, seconds, rate, bytes].map(String);
  const readers = fork(path.join(import.meta.dirname, 'slow/readers.mjs'), args);
  await once(readers, 'message');
  const start = await report(server);
  const began = performance.now();
  readers.send('talk');
  const [told] = await once(readers, 'message');
  const took = (performance.now() - began) / 1_000;
  // What was written last is written, and what was held for those who are gone is let go of.
  await pause(500);
  const end = await report(server);
  for (const child of [readers, server]) {
    const gone = once(child, 'exit');
    child.disconnect();
    await gone;
  }
  return { stalled: count, start, end, told, outboxBytes, seconds: took };
}

/**
 * @param {import('node:child_process').ChildProcess} server
 * @returns {Promise<Report>}
 */
async function report(server) {
  const answered = once(server, 'message');
  server.send('report');
  const [facts] = await answered;
  return facts;
}

/** @param {Run} run */
function show(run) {
  const { start, end, told } = run;
  const mb = (/** @type {number} */ value) => (value / 2 ** 20).toFixed(0).padStart(5);
  const ms = (/** @type {number} */ value) => value.toFixed(2).padStart(8);
  const columns = [
    String(run.stalled).padStart(7),
    `   ${mb(start.rss)}${mb(end.peak.rss)}${mb(end.rss)}`,
    `  ${mb(start.live)}${mb(end.peak.live)}${mb(end.live)}`,
    String(Math.round(end.peak.waiting / 1_024)).padStart(14),
    `${ms(told.p50)}${ms(told.p99)}${ms(told.most)}`,
    `${told.told}`.padStart(14),
    String(end.slow).padStart(6),
    String(start.connections - end.connections).padStart(8),
    `   (server ${(((end.cpu - start.cpu) / run.seconds) * 100).toFixed(0)} % of a core)`,
  ];
  console.log(columns.join(''));
  return run;
}

function judge() {
  const [without, with_] = [runs.filter((run) => run.stalled === 0), runs.filter((run) => run.stalled > 0)];
  const middle = (/** @type {Run[]} */ some, /** @type {(run: Run) => number} */ of) =>
    some.map(of).sort((a, b) => a - b)[Math.floor(some.length / 2)] ?? Number.NaN;
  const bound = stalled * (runs[0]?.outboxBytes ?? 0) + noise;
  goals.heading('Verdict: the worst round with stalled readers against the middle one without');
  // Live is seen every 5 s; RSS, garbage and all, five times a second.
  for (const what of /** @type {const} */ (['live', 'rss'])) {
    const of = (/** @type {Run} */ { end }) => end.peak[what];
    const more = Math.max(...with_.map(of)) - middle(without, of);
    const name = what === 'live' ? 'what more was live at most' : 'and of RSS';
    goals.atMost(name, more / 2 ** 20, bound / 2 ** 20, 'MB', ', outboxBytes for each that stalls and 16 MB');
  }
  const p99 = (/** @type {Run} */ { told }) => told.p99;
  // A few milliseconds more or less are what else the machine does.
  const usual = middle(without, p99);
  goals.atMost(
    'p99 of the others, the middle round',
    middle(with_, p99),
    Math.ceil(1.5 * usual + 5),
    'ms',
    ', 1.5 x without and 5 ms',
  );
  const missing = runs.reduce((sum, { told, stalled }) => sum + told.said * (members - stalled) - told.told, 0);
  goals.atMost('deliveries to the others that did not come', missing, 0, '');
  goals.atMost(
    'that came twice, or in another order',
    sum(runs, ({ told }) => told.faults),
    0,
    '',
  );
  const left = sum(with_, ({ start, end, stalled }) => stalled - (start.connections - end.connections));
  goals.atMost('who stalled and was not closed', left, 0, '');
  goals.atMost(
    'who did not and was',
    sum(without, ({ start, end }) => start.connections - end.connections),
    0,
    '',
  );
  goals.fact(
    'the longest that we were late ourselves',
    `${Math.max(...runs.map(({ told }) => told.late)).toFixed(1)} ms`,
  );
}

/**
 * @param {Run[]} some
 * @param {(run: Run) => number} of
 */
function sum(some, of) {
  return some.reduce((total, run) => total + of(run), 0);
}
