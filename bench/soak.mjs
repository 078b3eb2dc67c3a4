// Whether a server that has been busy for a while holds more than before: see README.md.
//
//   node bench/soak.mjs [--minutes 30] [--seed 1] [--snapshots]     needs dist/, or the folder that CHATHUB_DIST names
//
// Each minute everybody is brought to the same state, and the server is asked what it holds. Writes .cache/soak.json, and with
// --snapshots two of the server's heap beside it: of minute 5 and of the end.

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Town } from './soak/town.mjs';
import { Goals } from './table.mjs';

/** @typedef {import('./soak/server.mjs').Facts} Facts */
/** @typedef {Facts & { minute: number, visits: number, reconnects: number, deeds: number }} Line */

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '30' },
    seed: { type: 'string', default: '1' },
    snapshots: { type: 'boolean', default: false },
  },
});
const minutes = Number(values.minutes);
/** What everything is compared with: by then all that grows by design has come to its bound, and the compiler is done. */
const base = 5;
const folder = path.resolve('.cache');
mkdirSync(folder, { recursive: true });

const server = fork(path.join(import.meta.dirname, 'soak/server.mjs'), { execArgv: ['--expose-gc'] });
const [address] = await once(server, 'message');
const town = new Town(address, Number(values.seed));
console.log(
  `Node.js ${process.version}, seed ${values.seed}; of the limits, ${JSON.stringify(address.limits)} are not the defaults`,
);
console.log(
  'minute  heap MB  of it code  external   RSS MB  handles  timers  listeners  connections  members  rooms   deeds  visits  resumed  CPU %',
);
await town.settle();
/** @type {Line[]} */
const lines = [];
for (let minute = 0; minute <= minutes; minute++) {
  const began = performance.now();
  const before = lines.at(-1)?.cpu ?? 0;
  lines.push(show(await measure(minute), before));
  if (values.snapshots && (minute === base || minute === minutes))
    await ask({ ask: 'snapshot', file: path.join(folder, `soak-${minute}.heapsnapshot`) });
  if (minute < minutes) await town.bustle(60_000 - (performance.now() - began));
}
const { user, system } = process.cpuUsage();
town.leave();
const goals = new Goals();
judge(goals);
writeFileSync(
  path.join(folder, 'soak.json'),
  `${JSON.stringify({ ...values, limits: address.limits, met: goals.met, faults: town.faults, lines }, null, 1)}\n`,
);
process.exit(goals.met ? 0 : 1);

/** @param {number} minute @returns {Promise<Line>} */
async function measure(minute) {
  // Those who went without a goodbye are waited for, and keys are remembered.
  const longest = Math.max(address.limits.resumeWindow, address.limits.keyWindow);
  await pause(longest + 1_000);
  for (let tries = 0; tries < 20; tries++) {
    const { members, connections } = await ask({ ask: 'status' });
    if (members === town.population && connections === town.population) break;
    await pause(500);
  }
  const { visits, resumed, deeds } = town.counts;
  return { minute, ...(await ask({ ask: 'facts' })), visits, reconnects: resumed, deeds };
}

/** @param {{ ask: 'facts' | 'status' | 'snapshot', file?: string }} question */
async function ask(question) {
  const answered = once(server, 'message');
  server.send(question);
  const [answer] = await answered;
  return answer;
}

/** @param {Line} line @param {number} before */
function show(line, before) {
  const mb = (/** @type {number} */ value) => (value / 2 ** 20).toFixed(2);
  const columns = /** @type {const} */ ([
    [line.minute, 6],
    [mb(line.heap), 9],
    [mb(line.code), 12],
    [mb(line.external), 10],
    [mb(line.rss), 9],
    [total(line.handles), 9],
    [line.timers, 8],
    [line.listeners, 11],
    [line.connections, 13],
    [line.members, 9],
    [line.rooms, 7],
    [line.deeds, 8],
    [line.visits, 8],
    [line.reconnects, 9],
    [(((line.cpu - before) / 60) * 100).toFixed(1), 7],
  ]);
  console.log(columns.map(([value, width]) => String(value).padStart(width)).join(''));
  return line;
}

/** @param {Goals} goals */
function judge(goals) {
  const [from, to] = [lines[base], lines.at(-1)];
  if (from === undefined || to === undefined || to.minute <= base)
    throw new Error(`It takes more than ${base} minutes to tell.`);
  goals.heading(`Minute ${to.minute} against minute ${base}`);
  goals.atMost('heap after garbage collection, without code', dataOf(to) / dataOf(from), 1.05, 'x');
  goals.fact('with it', `${(to.heap / from.heap).toFixed(2)} x`);
  goals.atMost('handles', total(to.handles), total(from.handles), '');
  for (const type of Object.keys(to.handles))
    goals.atMost(`  ${type}`, to.handles[type] ?? 0, from.handles[type] ?? 0, '');
  goals.atMost('timers', to.timers, from.timers, '');
  goals.atMost('listeners', to.listeners, from.listeners, '');
  for (const what of /** @type {const} */ (['connections', 'members', 'rooms']))
    goals.atMost(what, to[what], from[what], '');
  goals.atMost('errors and warnings of the server', to.errors + to.warnings, 0, '');
  goals.atMost('what must not happen to a client, and did', town.faults.length, 0, '');
  for (const fault of town.faults.slice(0, 5)) console.log(`        ${fault}`);
  const visits = to.visits - from.visits;
  goals.fact('more data a minute, by the line that fits best', `${(slope() / 1_024).toFixed(1)} kB`);
  goals.fact(
    'more data for each of those who came and went',
    `${((dataOf(to) - dataOf(from)) / visits).toFixed(1)} bytes`,
  );
  const seconds = (to.minute - from.minute) * 60;
  goals.fact('the server took of a core', `${(((to.cpu - from.cpu) / seconds) * 100).toFixed(1)} %`);
  goals.fact('we took', `${((user + system) / 1e4 / (minutes * 60)).toFixed(1)} %`);
}

/** What is in the heap besides compiled code. @param {Line} line */
function dataOf({ heap, code }) {
  return heap - code;
}

/** Since minute 5, in bytes a minute. */
function slope() {
  const points = lines.slice(base);
  const middle = (/** @type {(line: Line) => number} */ of) =>
    points.reduce((sum, line) => sum + of(line), 0) / points.length;
  const [x, y] = [middle(({ minute }) => minute), middle(dataOf)];
  const along = points.reduce((sum, line) => sum + (line.minute - x) * (dataOf(line) - y), 0);
  return along / points.reduce((sum, { minute }) => sum + (minute - x) ** 2, 0);
}

/** @param {{ [type: string]: number }} handles */
function total(handles) {
  return Object.values(handles).reduce((sum, count) => sum + count, 0);
}
