// As many connections as one process may have: how they get in, what they weigh, and what they cost while nothing happens.

import { setTimeout as pause } from 'node:timers/promises';
import { settle } from './clients.mjs';
import { Place, ScaleServer } from './server.mjs';

/** @typedef {import('./run.mjs').Run} Run */
/** @typedef {{ name: string, wire: 'ws' | 'lines', connections: number }} Part */

/** Of one room. */
const members = 20;
/** Files of the server that are no connections. */
const ownFiles = 60;

const names = { ws: 'WebSocket', lines: 'TCP' };

/** @param {Run} run */
export async function connections(run) {
  const { sizes, files } = run;
  const each = sizes.connections;
  const most = Math.floor((files - ownFiles) / 100) * 100;
  /** @type {(connections: number) => Part} */
  const ws = (connections) => ({ name: 'w', wire: 'ws', connections });
  /** @type {(connections: number) => Part} */
  const tcp = (connections) => ({ name: 't', wire: 'lines', connections });
  if (2 * each <= most) {
    await section(run, [ws(each), tcp(each)]);
    return;
  }
  const half = Math.floor(most / 2 / members) * members;
  const alone = Math.min(each, most);
  const asked = each.toLocaleString('en');
  const why = `instead of ${asked} and ${asked}: a process may have ${files.toLocaleString('en')} open files here (ulimit -Hn)`;
  await section(run, [ws(half), tcp(half)], why);
  await section(run, [ws(alone)], why);
  await section(run, [tcp(alone)], why);
}

/**
 * @param {Run} run
 * @param {Part[]} parts
 * @param {string} [instead] - of what was asked for
 */
async function section(run, parts, instead) {
  const what = parts.map(count).join(' and ');
  await run.findings.section(`Connections of one process: ${what}, in rooms of ${members}`, () => {
    if (instead !== undefined) run.findings.fact('note', instead);
    return hold(run, parts);
  });
}

/** @param {Part} part */
function count({ wire, connections }) {
  return `${connections.toLocaleString('en')} ${names[wire]}`;
}

/**
 * @param {Run} run
 * @param {Part[]} parts
 */
async function hold({ findings, sizes, files, profiles }, parts) {
  const server = await ScaleServer.start(await Place.find({ profiles }));
  const loads = [];
  try {
    await pause(sizes.settle);
    await server.begin();
    await pause(sizes.settle);
    const alone = await server.facts();
    const idle = alone.cpu / alone.seconds;
    let { rss, live } = await server.collected();
    const came = [];
    for (const part of parts) {
      await server.begin();
      const settled = await settle(part.wire === 'ws' ? server : server.overTcp, { ...part, members, files });
      loads.push(...settled.loads);
      const facts = await server.facts();
      await pause(sizes.settle);
      const after = await server.facts();
      const collected = await server.collected();
      const each = (/** @type {number} */ bytes) => (bytes / 1_024 / part.connections).toFixed(1);
      const rate = Math.round(part.connections / settled.seconds);
      findings.fact(
        `${count(part)}: until all were in`,
        `${settled.seconds.toFixed(1)} s, ${rate} a second; CPU ${((facts.cpu * 1e6) / part.connections).toFixed(0)} µs each`,
      );
      findings.fact('  memory', `${each(after.rss - rss)} KB of RSS each; live ${each(collected.live - live)} KB`);
      findings.alone(facts);
      came.push(after);
      ({ rss, live } = collected);
    }
    const total = parts.reduce((sum, { connections }) => sum + connections, 0);
    const { connections, members: greeted } = await server.begin();
    findings.atMost('connections that were not there', 2 * total - connections - greeted, 0, '');
    findings.stall(' while they came', ...came);
    await pause(sizes.idle);
    const rested = await server.facts();
    findings.fact('RSS in all', `${(rested.rss / 2 ** 20).toFixed(0)} MB`);
    findings.fact(
      `CPU while nothing happens, ${(sizes.idle / 1_000).toFixed(0)} s`,
      `${((rested.cpu / rested.seconds - idle) * 1_000).toFixed(1)} ms a second for heartbeats, beside ${(idle * 1_000).toFixed(1)} ms for measuring`,
    );
    findings.stall(' meanwhile', rested);
    findings.atMost('connections that were lost meanwhile', total - rested.connections, 0, '');
  } finally {
    for (const load of loads) await load.stop();
    await server.stop();
  }
}
