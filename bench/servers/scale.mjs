// ChatHub at its defaults, but for the rates of one member, as bench/scale.mjs starts it. Told by messages what to do.
//
//   node --expose-gc bench/servers/scale.mjs PORT TCP_PORT [FILE]      WebSocket and JSON over TCP; with FILE over sqlite()

import { openSync, readSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';

/** What went on since `begin`: milliseconds, bytes, seconds of the processor. `waited`: the loop's thread could have run, and something
 * else had the processor; `stallWaited`: so much of the longest stall; `stallEnd`: when that was over, from the start of the process.
 * @typedef {{ stall: number, stallWaited: number, stallEnd: number, waited: number, cpu: number, seconds: number, rss: number, live: number, connections: number,
 *   members: number, rooms: number }} Facts */
/** `collect`: garbage, so that `live` is without it.
 * @typedef {{ type: 'begin' } | { type: 'facts' } | { type: 'collect' } | { type: 'say', rooms: string[], times: number, text: string }} Order */

const dist = new URL(process.env.CHATHUB_DIST ?? '../../dist/', import.meta.url);
const load = (/** @type {string} */ name) => import(new URL(`${name}.js`, dist).href);
const { ChatHub, json } = /** @type {typeof import('chathub')} */ (await load('index'));
const { webSocket } = /** @type {typeof import('chathub/websocket')} */ (await load('websocket'));
const { tcp } = /** @type {typeof import('chathub/tcp')} */ (await load('tcp'));

const [port, tcpPort, file] = process.argv.slice(2);
const unlimited = Number.POSITIVE_INFINITY;
const limits = { sendsPerSecond: unlimited, commandsPerSecond: unlimited };
const hub = new ChatHub({ limits, ...(file === undefined ? {} : { engine: await sqliteOf(file) }) });

const schedule = openSync('/proc/self/schedstat', 'r');
const line = Buffer.alloc(64);
/** Once a millisecond, by the loop's own timer. */
const delays = monitorEventLoopDelay({ resolution: 1 });
delays.enable();
/** And by hand: the histogram says nothing of a stall that goes on, nor of one that it began with, nor of who had the processor. */
let ticked = { at: performance.now(), waited: waited() };
let longest = { stall: 0, waited: 0, at: 0 };
let began = { ...ticked, cpu: process.cpuUsage() };
setInterval(tick, 5);

process.on('message', (/** @type {Order} */ order) => void obey(order));
process.on('disconnect', () => process.exit());
process.on('SIGTERM', () => void hub.close().then(() => process.exit()));

await hub.listen(
  webSocket({ host: '127.0.0.1', port: Number(port) }),
  tcp({ host: '127.0.0.1', port: Number(tcpPort), protocol: json() }),
);
process.send?.('listening');

/** @param {Order} order */
async function obey(order) {
  if (order.type === 'collect') globalThis.gc?.();
  if (order.type === 'say')
    for (let time = 0; time < order.times; time++)
      await Promise.all(order.rooms.map((room) => hub.room(room).send(order.text)));
  process.send?.(facts());
  if (order.type === 'begin') begin();
}

function tick() {
  const now = { at: performance.now(), waited: waited() };
  const stall = now.at - ticked.at - 5;
  if (stall > longest.stall) longest = { stall, waited: now.waited - ticked.waited, at: now.at };
  ticked = now;
}

function begin() {
  delays.reset();
  longest = { stall: 0, waited: 0, at: 0 };
  ticked = { at: performance.now(), waited: waited() };
  began = { ...ticked, cpu: process.cpuUsage() };
}

/** @returns {Facts} */
function facts() {
  tick();
  const { rss, heapUsed, external } = process.memoryUsage();
  const { user, system } = process.cpuUsage(began.cpu);
  const { connections, members, rooms } = hub.status();
  return {
    stall: Math.max(longest.stall, delays.max / 1e6 - 1),
    stallWaited: longest.waited,
    stallEnd: longest.at,
    waited: waited() - began.waited,
    cpu: (user + system) / 1e6,
    seconds: (performance.now() - began.at) / 1_000,
    rss,
    live: heapUsed + external,
    connections,
    members,
    rooms,
  };
}

/** Milliseconds for which this thread waited for a processor, from the beginning (the kernel's scheduler/sched-stats.rst). */
function waited() {
  readSync(schedule, line, 0, line.length, 0);
  return Number(line.toString('latin1').split(' ', 2)[1]) / 1e6;
}

/** @param {string} path */
async function sqliteOf(path) {
  const { sqlite } = /** @type {typeof import('chathub/sqlite')} */ (await load('sqlite'));
  return sqlite({ path });
}
