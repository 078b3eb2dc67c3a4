// Who comes to the server: crowds, and those who talk meanwhile and should not notice.

import { setTimeout as pause } from 'node:timers/promises';
import { Load } from '../lib/server.mjs';

/** @typedef {import('../lib/server.mjs').Told} Told */
/** @typedef {import('../lib/server.mjs').Dialect} Dialect */
/** @typedef {import('./server.mjs').ScaleServer} ScaleServer */
/** @typedef {{ p50: number, p99: number, max: number, deliveries: number, wrong: number, late: number, seconds: number }} Heard */

/** Of the load generator's process, which has a few files of its own. */
const ownFiles = 16;

/**
 * JSON, with rooms of its own for each crowd.
 *
 * @param {string} crowd
 * @param {Dialect['wire']} [wire]
 * @returns {Dialect}
 */
export function dialect(crowd, wire = 'ws') {
  return {
    wire,
    ...(wire === 'ws' ? { protocol: 'chathub.v1.json' } : {}),
    greet: [
      { send: '{"type":"hello"}', until: '"welcome"' },
      { send: `{"type":"join","room":"${crowd}-{room}"}`, until: '"joined"' },
    ],
    say: `{"type":"send","room":"${crowd}-{room}","text":"{text}"}`,
  };
}

/**
 * Connections that stay: as many load generators as the limit of open files takes.
 *
 * @param {{ port: number, pid: number }} server
 * @param {{ name: string, wire: Dialect['wire'], connections: number, members: number, files: number }} crowd - files: the limit
 */
export async function settle(server, { name, wire, connections, members, files }) {
  const most = Math.floor((files - ownFiles) / members) * members;
  const began = performance.now();
  /** @type {Load[]} */
  const loads = [];
  for (let left = connections; left > 0; left -= most) {
    const rooms = Math.ceil(Math.min(left, most) / members);
    const options = { mode: 'idle', rooms, members, sources: 4 };
    const load = new Load(server, dialect(`${name}${loads.length}`, wire), options);
    loads.push(load);
    await load.told('ready');
  }
  return { loads, seconds: (performance.now() - began) / 1_000 };
}

/**
 * One of each room says something. Gives what was heard when all have it; throws when that does not come about.
 *
 * @param {Load} load
 * @param {number} expected - deliveries
 */
export async function sayToAll(load, expected) {
  await load.slice();
  load.say('say');
  const until = performance.now() + 20_000;
  let deliveries = 0;
  let first;
  // Long enough for all, as a rule: the percentiles are of the first look.
  for (let wait = 200; ; wait = 20) {
    await pause(wait);
    const heard = await load.slice();
    first ??= heard;
    deliveries += heard.deliveries;
    check(heard);
    if (deliveries === expected) return { p50: first.p50 / 1_000, most: heard.max / 1_000 };
    if (deliveries > expected || performance.now() > until)
      throw new Error(`${deliveries} deliveries of what was said to all, and not ${expected}`);
  }
}

/** @param {Told} heard */
function check({ lost, doubled, disordered }) {
  if (lost + doubled + disordered > 0)
    throw new Error(`${lost} lost, ${doubled} doubled, ${disordered} astray of what was said to all`);
}

/** Ten members of a room of their own, of whom one says something at its time, come what may. */
export class Bystanders {
  static members = 10;
  /** Microseconds. */
  static interval = 4_000;
  /** @type {Load} */
  #load;

  /** @param {Load} load */
  constructor(load) {
    this.#load = load;
  }

  /**
   * @param {ScaleServer} server
   * @param {string} [room]
   */
  static async start(server, room = 'bystanders') {
    const { members, interval } = Bystanders;
    const options = { mode: 'pace', members, senders: members, interval, bytes: 230, seconds: 100_000 };
    const load = new Load(server, dialect(room), options, [], true);
    await load.told('ready');
    const bystanders = new Bystanders(load);
    // What the first of them waited for is not what happens later.
    await bystanders.during(() => pause(100));
    return bystanders;
  }

  /**
   * How long they waited for each other while something went on.
   *
   * @template T
   * @param {() => Promise<T>} work
   * @returns {Promise<{ heard: Heard, result: T }>}
   */
  async during(work) {
    await this.#load.slice();
    const result = await work();
    const { p50, p99, max, deliveries, lost, doubled, disordered, late, seconds } = await this.#load.slice();
    const ms = (/** @type {number} */ us) => us / 1_000;
    const wrong = lost + doubled + disordered;
    return { heard: { p50: ms(p50), p99: ms(p99), max: ms(max), deliveries, wrong, late, seconds }, result };
  }

  /** Resolves with how much was missing, doubled or astray in all, when all have what was said. */
  async stop() {
    this.#load.say('end');
    const { missing } = await this.#load.told('end');
    await this.#load.stop();
    return missing;
  }
}
