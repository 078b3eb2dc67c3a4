// Many rooms: what one weighs, and whether a message costs more because of the others.

import { fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { median } from '../lib/measure.mjs';
import { Load } from '../lib/server.mjs';
import { dialect } from './clients.mjs';
import { Place, ScaleServer } from './server.mjs';

/** @typedef {import('./run.mjs').Run} Run */

const few = 10;
const rounds = 7;
/** What comes and goes between two measurements of the same. */
const mostMore = 1.15;

/** @param {Run} run */
export async function rooms(run) {
  const count = run.sizes.rooms.toLocaleString('en');
  await run.findings.section(`${count} rooms, two members in each, who are in 64 rooms each`, () => hold(run));
}

/** @param {Run} run */
async function hold({ findings, sizes, profiles }) {
  const servers = [];
  for (let i = 0; i < 2; i++) servers.push(await ScaleServer.start(await Place.find({ profiles })));
  const [small, large] = /** @type {[ScaleServer, ScaleServer]} */ (servers);
  const stops = [];
  try {
    stops.push((await fill(small, few)).stop);
    const filler = await fill(large, sizes.rooms, sizes.settle);
    stops.push(filler.stop);
    const { before, joined, after, connections } = filler;
    const each = (/** @type {'live' | 'rss'} */ what) =>
      ((after[what] - before[what]) / 1_024 / sizes.rooms).toFixed(2);
    findings.fact('memory', `${each('live')} KB for each room and its two members, ${each('rss')} KB of RSS`);
    const cpu = (joined.cpu * 1e6) / sizes.rooms / 2;
    findings.fact(
      'joining',
      `${joined.seconds.toFixed(2)} s by ${connections} connections, CPU ${cpu.toFixed(0)} µs a join`,
    );
    findings.stall(' while they join', joined, after);
    findings.alone(joined);
    const { ratio, cost } = await compare(small, large);
    findings.fact('CPU of a delivery in one of them', `${cost.toFixed(2)} µs`);
    findings.atMost(`that against one of ${few} rooms`, ratio, mostMore, 'x');
  } finally {
    for (const stop of stops) await stop();
    for (const server of servers) await server.stop();
  }
}

/**
 * @param {ScaleServer} server
 * @param {number} count
 * @param {number} [settle]
 */
async function fill(server, count, settle = 0) {
  const filler = fork(path.join(import.meta.dirname, 'filler.mjs'), [`ws://127.0.0.1:${server.port}`, String(count)]);
  const told = async () => {
    const [answer] = await Promise.race([once(filler, 'message'), once(filler, 'exit')]);
    if (typeof answer !== 'object') throw new Error('those who join many rooms ended');
    return /** @type {{ connections: number }} */ (answer);
  };
  const { connections } = await told();
  await pause(settle);
  const before = await server.collected();
  await server.begin();
  filler.send('join');
  await told();
  const joined = await server.facts();
  await pause(settle);
  const settled = await server.facts();
  const { live } = await server.collected();
  const after = { ...settled, live };
  const stop = async () => {
    const gone = once(filler, 'exit');
    filler.disconnect();
    await gone;
  };
  return { connections, before, joined, after, stop };
}

/**
 * What a delivery costs among many rooms, and as a multiple of that among few: they take turns.
 *
 * @param {ScaleServer} small
 * @param {ScaleServer} large
 */
async function compare(small, large) {
  const ratios = [];
  const costs = [];
  for (let round = 0; round < rounds; round++) {
    const order = round % 2 === 0 ? [small, large] : [large, small];
    /** @type {Map<ScaleServer, number>} */
    const found = new Map();
    for (const server of order) found.set(server, await costOf(server));
    const cost = found.get(large) ?? Number.NaN;
    costs.push(cost);
    ratios.push(cost / (found.get(small) ?? Number.NaN));
  }
  return { ratio: median(ratios), cost: median(costs) };
}

/** @param {ScaleServer} server */
async function costOf(server) {
  const options = { mode: 'one', members: 10, senders: 10, bytes: 230, warm: 0.7, seconds: 1 };
  const load = new Load(server, dialect('talk'), options);
  const { serverCpu, deliveries } = await load.told('measured');
  await load.told('end');
  await load.stop();
  return (serverCpu * 1e6) / deliveries;
}
