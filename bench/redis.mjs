// What a second node costs the first, and what the way over Redis costs in time, as ratios of one run: see README.md.
//
//   node bench/redis.mjs [--quick]     needs dist/, or the folder that CHATHUB_DIST names, and redis-server

import { fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { crowd, heardBy, leave, say } from './redis/crowd.mjs';
import { Goals } from './table.mjs';

/** @typedef {import('./redis/crowd.mjs').Client} Client */
/** @typedef {{ child: import('node:child_process').ChildProcess, url: string, clients: Client[] }} Server */

const { values: options } = parseArgs({ options: { quick: { type: 'boolean', default: false } } });

/** Clients of each node, messages a second in the room, and how long each measurement takes. */
const clients = 100;
const pace = 200;
const seconds = options.quick ? 2 : 5;
/** Who is in the room while the time of a message is taken: it is the way that counts, and not the crowd. */
const others = 10;
/** The middle one counts. */
const rounds = options.quick ? 3 : 5;
const probes = options.quick ? 100 : 400;

const folder = mkdtempSync(path.join(tmpdir(), 'chathub-bench-'));
const port = await freePort();
const redis = spawn('redis-server', ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--dir', folder], {
  stdio: 'ignore',
});
try {
  await reachable();
  const goals = new Goals();
  const url = `redis://127.0.0.1:${port}`;
  goals.heading(`${clients} clients a node, ${pace} messages a second, ${seconds} s, the middle of ${rounds} rounds`);
  const memory = await start('memory');
  const alone = await start(url);
  await costs(goals, memory, alone, url);
  await latency(goals, memory, url);
  if (!goals.met) process.exitCode = 1;
} finally {
  redis.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
}
process.exit();

/**
 * @param {Goals} goals
 * @param {Server} memory
 * @param {Server} alone
 * @param {string} url
 */
async function costs(goals, memory, alone, url) {
  /** @type {{ memory: number[], alone: number[], pair: number[] }} */
  const figures = { memory: [], alone: [], pair: [] };
  for (let round = 0; round < rounds; round++) {
    figures.memory.push(...(await perCpuSecond([memory])));
    figures.alone.push(...(await perCpuSecond([alone])));
    // The second node is there for its turn alone.
    const second = await start(url);
    // It runs as fast as one that has run for a while: what the compiler takes at the beginning is no cost of a message.
    await perCpuSecond([alone, second]);
    figures.pair.push(Math.min(...(await perCpuSecond([alone, second]))));
    stop(second);
    await pause(500);
  }
  const [local, one, two] = [middle(figures.memory), middle(figures.alone), middle(figures.pair)];
  goals.fact('deliveries per CPU-second: one node in memory', local.toFixed(0));
  goals.fact('one node over Redis', one.toFixed(0));
  goals.fact('the slower of two nodes over Redis', two.toFixed(0));
  goals.atLeast('each of two nodes against a node alone', two / one, 0.8, 'x');
  goals.fact('a node over Redis against one in memory', `${(one / local).toFixed(2)} x`);
  stop(alone);
}

/**
 * Deliveries per second of CPU of each server, while its clients, and those of the others, talk in one room.
 * @param {readonly Server[]} servers
 */
async function perCpuSecond(servers) {
  const began = await Promise.all(servers.map(cpuOf));
  const heard = servers.map((server) => heardBy(server.clients));
  const step = 1_000 / pace;
  const start = performance.now();
  for (let number = 0; number < pace * seconds; number++) {
    const server = servers[number % servers.length];
    const talker = server?.clients[number % clients];
    if (talker !== undefined) say(talker, 'x'.repeat(60));
    const wait = start + (number + 1) * step - performance.now();
    if (wait > 1) await pause(wait);
  }
  await pause(300);
  const ended = await Promise.all(servers.map(cpuOf));
  return servers.map((server, index) => {
    const delivered = heardBy(server.clients) - (heard[index] ?? 0);
    if (delivered < pace * seconds * clients) throw new Error(`Only ${delivered} were delivered.`);
    return delivered / ((ended[index] ?? 0) - (began[index] ?? 0));
  });
}

/**
 * From one client to another: of the same node in memory, and of another node over Redis, in turns.
 * @param {Goals} goals
 * @param {Server} memory
 * @param {string} url
 */
async function latency(goals, memory, url) {
  leave(memory.clients.splice(others));
  const [first, second] = [await start(url, others), await start(url, others)];
  /** @type {{ local: number[], far: number[] }} */
  const times = { local: [], far: [] };
  for (let probe = 0; probe < probes; probe++) {
    times.local.push(await between(memory.clients[0], memory.clients[1], `local ${probe}`));
    times.far.push(await between(first.clients[0], second.clients[0], `far ${probe}`));
    await pause(5);
  }
  const [local, far] = [middle(times.local), middle(times.far)];
  goals.heading(`One message, the middle of ${probes}, ${others} in the room on each node`);
  goals.fact('to a member of the same node, in memory', `${local.toFixed(3)} ms`);
  goals.fact('to a member of another node, over Redis', `${far.toFixed(3)} ms`);
  goals.atMost('over Redis against local', far / local, 3, 'x');
  for (const server of [memory, first, second]) stop(server);
}

/**
 * @param {Client | undefined} from
 * @param {Client | undefined} to
 * @param {string} text
 * @returns {Promise<number>} milliseconds
 */
async function between(from, to, text) {
  if (from === undefined || to === undefined) throw new Error('Two clients are needed.');
  const began = performance.now();
  const heard = new Promise((resolve) => {
    to.hear = (frame) => frame.includes(text) && resolve(undefined);
  });
  say(from, text);
  await heard;
  delete to.hear;
  return performance.now() - began;
}

/**
 * @param {string} engine
 * @param {number} [count] - how many clients
 * @returns {Promise<Server>}
 */
async function start(engine, count = clients) {
  const child = fork(path.join(import.meta.dirname, 'redis/node.mjs'), [engine]);
  const [{ address }] = await once(child, 'message');
  return { child, url: address, clients: await crowd(address, count) };
}

/** @param {Server} server */
function stop(server) {
  leave(server.clients);
  server.child.disconnect();
}

/**
 * Seconds of CPU that a server has taken so far.
 * @param {Server} server
 * @returns {Promise<number>}
 */
async function cpuOf({ child }) {
  child.send('cpu');
  const [{ cpu }] = await once(child, 'message');
  return cpu;
}

/** @param {number[]} values */
function middle(values) {
  return values.sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

async function freePort() {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port: free } = /** @type {net.AddressInfo} */ (server.address());
  server.close();
  return free;
}

async function reachable() {
  for (let attempt = 0; attempt < 100; attempt++) {
    const socket = net.connect(port, '127.0.0.1');
    const isOpen = await once(socket, 'connect').then(
      () => true,
      () => false,
    );
    socket.destroy();
    if (isOpen) return;
    await pause(50);
  }
  throw new Error('redis-server did not start: is it installed?');
}
