// ChatHub against its peers, as ratios of one run: see README.md.
//
//   node bench/main.mjs [--quick] [--only NAME,NAME] [--rounds N]      needs dist/, or the folder that CHATHUB_DIST names, and a C compiler

import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { idleRooms, joins, occupiedRooms } from './growth.mjs';
import { busiest, measure, median, middleHalf, weigh } from './lib/measure.mjs';
import { prepare } from './lib/prepare.mjs';
import { Report } from './lib/report.mjs';
import { burst, isolated, pingPong, pipelined, rooms } from './lib/workloads.mjs';
import { bare, chathub, chathubAcknowledged, chathubEcho } from './servers/index.mjs';

/** @typedef {import('./lib/server.mjs').Subject} Subject */
/** @typedef {import('./lib/workloads.mjs').Workload} Workload */
/** @typedef {import('./lib/measure.mjs').Figures} Figures */

const { values: options } = parseArgs({
  options: { quick: { type: 'boolean', default: false }, only: { type: 'string' }, rounds: { type: 'string' } },
});
/** Of those whose ratios are compared with goals: the fewer, the more a median has of what a neighbour on the machine did meanwhile. */
const rounds = Number(options.rounds ?? (options.quick ? 3 : 9));
/** Of all others. */
const fewRounds = Math.min(rounds, 3);
const times = options.quick ? { warm: 0.3, seconds: 0.4 } : { warm: 1.5, seconds: 1 };
const settle = options.quick ? 1_000 : 3_000;
const only = options.only?.split(',');

prepare();
const { usablePeers } = await import('./peers/index.mjs');
const report = new Report();
const peers = usablePeers((why) => report.note(why)).filter(({ name }) => !options.quick || isQuick(name));
const talkers = peers.filter(({ serves }) => serves === 'rooms');
const echoes = peers.filter(({ serves }) => serves === 'echo');
report.begin({ rounds, fewRounds, seconds: times.seconds, peers });

for (const members of [100, 1_000]) {
  await compare(
    isolated(members),
    [chathub, ...talkers, bare],
    [
      { name: 'ws', most: 0.87 },
      { name: 'socket-io', most: 0.77 },
    ],
  );
}
for (const members of [100, 1_000]) {
  await compare(
    burst(members),
    [chathub, ...talkers],
    [
      { name: 'ws', most: 1 / 4 },
      { name: 'socket-io', most: 1 / 5 },
    ],
  );
}
await compare(
  rooms,
  [chathub, chathubAcknowledged, ...talkers],
  [
    { name: 'ws', most: 1 / 8 },
    { name: 'socket-io', most: 1 / 12 },
  ],
);
for (const clients of [1, 100]) {
  await compare(
    pipelined(clients),
    [chathubEcho, ...echoes],
    [
      { name: 'net-line', most: 1 / 15 },
      { name: 'tokio', most: 1 / 15 },
    ],
  );
}
for (const clients of [1, 100])
  await compare(pingPong(clients), [chathubEcho, ...echoes], [{ name: 'net-split', most: 1.05 }]);
if (wanted('idle')) await idle();
if (wanted('growth')) await growth();

report.end();
if (!options.quick && only === undefined)
  writeFileSync(path.join(import.meta.dirname, 'results.md'), report.markdown());
process.exitCode = report.met ? 0 : 1;

/**
 * All take turns in each round; what counts is the median of the rounds' ratios.
 *
 * @param {Workload} workload
 * @param {Subject[]} subjects - ChatHub first
 * @param {{ name: string, most: number }[]} goals - against which peer, and the most that ChatHub may cost of what it does
 */
async function compare(workload, subjects, goals) {
  if (!wanted(workload.name)) return;
  const [ours] = subjects;
  if (ours === undefined) return;
  const often = new Set([ours.name, ...goals.map(({ name }) => name)]);
  const entrants = subjects.map((subject) => ({ subject, workload, often: often.has(subject.name) }));
  const [first, ...rest] = await measured(entrants);
  if (first === undefined) return;
  report.workload(workload.title, [first, ...rest].map(summary));
  for (const { name, most } of goals) {
    const peer = rest.find(({ subject }) => subject.name === name);
    if (peer !== undefined) reportRatio(`${workload.title}: CPU of ${name}`, first.found, peer.found, most);
  }
}

/**
 * All take turns, so that what the machine does besides is the same for them.
 *
 * @template {{ subject: Subject, workload: Workload, often: boolean }} Entrant
 * @param {Entrant[]} entrants
 */
async function measured(entrants) {
  const figures = new Map(entrants.map((entrant) => [entrant, /** @type {Figures[]} */ ([])]));
  for (let round = 0; round < rounds; round++) {
    for (const entrant of round % 2 === 0 ? entrants : [...entrants].reverse()) {
      const { subject, workload, often } = entrant;
      if (!often && round >= fewRounds) continue;
      report.progress(`${workload.title}, round ${round + 1} of ${rounds}`);
      const found = await measure(subject, workload, times);
      if (found.clientBusy > busiest) report.note(`${workload.title}, ${subject.name}: the clients may be too slow`);
      figures.get(entrant)?.push(found);
    }
  }
  return [...figures].map(([entrant, found]) => ({ ...entrant, found }));
}

/** @param {{ subject: Subject, found: Figures[] }} entrant */
function summary({ subject: { name }, found }) {
  const middle = (/** @type {keyof Figures} */ key) => median(found.map((figures) => figures[key]));
  const rate = median(found.map(({ deliveries, seconds }) => deliveries / seconds));
  const [perDelivery, p50, p99] = [middle('perDelivery'), middle('p50'), middle('p99')];
  return { name, perDelivery, rate, p50, p99, bytes: middle('bytes'), clientBusy: middle('clientBusy') };
}

/**
 * @param {string} what
 * @param {Figures[]} ours
 * @param {Figures[]} theirs - of the same rounds
 * @param {number} most
 */
function reportRatio(what, ours, theirs, most) {
  const ratios = ours.map(({ perDelivery }, round) => perDelivery / (theirs[round]?.perDelivery ?? Number.NaN));
  report.atMost(what, median(ratios), most, middleHalf(ratios));
}

async function idle() {
  const connections = 5_000;
  const subjects = [chathub, ...talkers];
  /** @type {Map<Subject, number[]>} */
  const weights = new Map(subjects.map((subject) => [subject, []]));
  for (let round = 0; round < (options.quick ? 1 : 3); round++) {
    report.progress(`${connections} idle WebSockets, round ${round + 1}`);
    for (const subject of subjects) weights.get(subject)?.push(await weigh(subject, connections, { settle }));
  }
  const kilobytes = new Map([...weights].map(([subject, found]) => [subject.name, median(found) / 1_024]));
  report.weights(`${connections.toLocaleString('en')} idle WebSockets, KB each`, kilobytes);
  report.atMost(
    'idle WebSocket: memory of ws',
    (kilobytes.get('chathub') ?? Number.NaN) / (kilobytes.get('ws') ?? Number.NaN),
    1,
  );
}

/** Whether work costs more when there is more of it. */
async function growth() {
  const sizes = [isolated(100), isolated(5_000)];
  const [few, many] = await measured(sizes.map((workload) => ({ subject: chathub, workload, often: true })));
  if (few === undefined || many === undefined) return;
  reportRatio('a delivery among 5,000 against one among 100', many.found, few.found, 2);
  report.progress('joins and idle rooms');
  report.atMost('a join and a leave in a room of 5,000 against one of 500', await joins(rounds), 2);
  report.atMost('10,000 idle rooms, with a message and nobody in them, KB each', await idleRooms(), 1);
  report.weights('10,000 rooms with a member each', new Map([['chathub', await occupiedRooms()]]));
}

/** @param {string} name */
function wanted(name) {
  return only === undefined || only.some((word) => name.startsWith(word));
}

/** @param {string} name */
function isQuick(name) {
  return ['ws', 'socket-io', 'net-line', 'net-split', 'tokio'].includes(name);
}
