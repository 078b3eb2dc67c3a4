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
/** `goals`: against which peer, and the most that ChatHub may cost of what it does.
 * @typedef {{ workload: Workload, subjects: Subject[], goals: { name: string, most: number }[] }} Comparison */
/** `often`: in each round.
 * @typedef {{ subject: Subject, workload: Workload, often: boolean }} Entrant */

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

/** @type {Comparison[]} ChatHub first */
const comparisons = [
  ...[isolated(100), isolated(1_000)].map((workload) => ({
    workload,
    subjects: [chathub, ...talkers, bare],
    goals: [
      { name: 'ws', most: 0.87 },
      { name: 'socket-io', most: 0.77 },
    ],
  })),
  ...[burst(100), burst(1_000)].map((workload) => ({
    workload,
    subjects: [chathub, ...talkers],
    goals: [
      { name: 'ws', most: 1 / 4 },
      { name: 'socket-io', most: 1 / 5 },
    ],
  })),
  {
    workload: rooms,
    subjects: [chathub, chathubAcknowledged, ...talkers],
    goals: [
      { name: 'ws', most: 1 / 8 },
      { name: 'socket-io', most: 1 / 12 },
    ],
  },
  ...[pipelined(1), pipelined(100)].map((workload) => ({
    workload,
    subjects: [chathubEcho, ...echoes],
    goals: [
      { name: 'net-line', most: 1 / 15 },
      { name: 'tokio', most: 1 / 15 },
    ],
  })),
  ...[pingPong(1), pingPong(100)].map((workload) => ({
    workload,
    subjects: [chathubEcho, ...echoes],
    goals: [{ name: 'net-split', most: 1.05 }],
  })),
].filter(({ workload }) => wanted(workload.name));
/** What a delivery costs among few, and among many. */
const sizes = wanted('growth') ? [isolated(100), isolated(5_000)] : [];

const compared = comparisons.map((comparison) => ({ ...comparison, entrants: entrantsOf(comparison) }));
const grown = sizes.map((workload) => ({ subject: chathub, workload, often: true }));
const figures = await measured([...compared.flatMap(({ entrants }) => entrants), ...grown]);
for (const comparison of compared) show(comparison);
if (wanted('idle')) await idle();
if (wanted('growth')) await growth();

report.end();
if (!options.quick && only === undefined)
  writeFileSync(path.join(import.meta.dirname, 'results.md'), report.markdown());
process.exitCode = report.met ? 0 : 1;

/**
 * @param {Comparison} comparison
 * @returns {Entrant[]}
 */
function entrantsOf({ workload, subjects, goals }) {
  const often = new Set([subjects[0]?.name, ...goals.map(({ name }) => name)]);
  return subjects.map((subject) => ({ subject, workload, often: often.has(subject.name) }));
}

/**
 * Each round is of all workloads, and all servers take turns in it: what the machine does besides, for minutes at a time, is then in
 * a few rounds of every ratio, and not in every round of a few.
 *
 * @param {Entrant[]} entrants
 */
async function measured(entrants) {
  const figures = new Map(entrants.map((entrant) => [entrant, /** @type {Figures[]} */ ([])]));
  for (let round = 0; round < rounds; round++) {
    for (const entrant of round % 2 === 0 ? entrants : [...entrants].reverse()) {
      const { subject, workload, often } = entrant;
      if (!often && round >= fewRounds) continue;
      report.progress(`round ${round + 1} of ${rounds}: ${workload.title}, ${subject.name}`);
      const found = await measure(subject, workload, times);
      if (found.clientBusy > busiest) report.note(`${workload.title}, ${subject.name}: the clients may be too slow`);
      figures.get(entrant)?.push(found);
    }
  }
  return figures;
}

/** @param {Comparison & { entrants: Entrant[] }} comparison */
function show({ workload, entrants, goals }) {
  const [first, ...rest] = entrants.map((entrant) => ({ ...entrant, found: foundOf(entrant) }));
  if (first === undefined) return;
  report.workload(workload.title, [first, ...rest].map(summary));
  for (const { name, most } of goals) {
    const peer = rest.find(({ subject }) => subject.name === name);
    if (peer !== undefined) reportRatio(`${workload.title}: CPU of ${name}`, first.found, peer.found, most);
  }
}

/** @param {Entrant | undefined} entrant */
function foundOf(entrant) {
  return (entrant && figures.get(entrant)) ?? [];
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
  const [few, many] = grown;
  reportRatio('a delivery among 5,000 against one among 100', foundOf(many), foundOf(few), 2);
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
