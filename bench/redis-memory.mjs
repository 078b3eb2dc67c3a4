// What a chat weighs in Redis, and what it asks of it while nothing happens: the figures of docs/scaling.md. Has no goals.
//
//   node bench/redis-memory.mjs     needs dist/, or the folder that CHATHUB_DIST names, and a redis-server, which it starts

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { Redis } from 'ioredis';

/** @param {string} name */
const load = (name) =>
  import(
    pathToFileURL(path.resolve(process.env.CHATHUB_DIST ?? path.join(import.meta.dirname, '../dist'), `${name}.js`))
      .href
  );

const { ChatHub, json } = /** @type {typeof import('chathub')} */ (await load('index'));
const { redis } = /** @type {typeof import('chathub/redis')} */ (await load('redis'));
const { memoryTransport } = /** @type {typeof import('chathub/testing')} */ (await load('testing'));

const text = 'x'.repeat(100);
const folder = mkdtempSync(path.join(tmpdir(), 'chathub-bench-'));
const socket = path.join(folder, 'redis');
const server = spawn('redis-server', ['--port', '0', '--unixsocket', socket, '--dir', folder, '--save', ''], {
  stdio: ['ignore', 'pipe', 'inherit'],
});
await new Promise((resolve) => server.stdout.on('data', (log) => /ready to accept/i.test(log) && resolve(undefined)));
const client = new Redis({ path: socket });
try {
  const { redis_version } = await info('server');
  console.log(`Redis ${redis_version}; bytes, where nothing else is said\n`);
  fact('a message of 100 characters, 1,000 rooms of 100', await messages(1_000, 100, false));
  fact('                             100 rooms of 1,000', await messages(100, 1_000, false));
  fact('with a key, 1,000 rooms of 100', await messages(1_000, 100, true));
  for (const shared of [true, false]) {
    const { bytes, calls, micros, node } = await guests(1_000, shared);
    fact(`a guest, 1,000 in ${shared ? 'one room' : 'a room each'}`, bytes);
    fact('  calls a second while nothing happens', calls);
    fact('  of a core of Redis, and of the node, in %', micros / 10_000, node / 10_000);
  }
} finally {
  client.disconnect();
  server.kill();
  await once(server, 'close');
  rmSync(folder, { recursive: true });
}

/**
 * The bytes of one message.
 *
 * @param {number} rooms
 * @param {number} each
 * @param {boolean} keyed
 */
async function messages(rooms, each, keyed) {
  const { hub, before } = await begin();
  for (let count = 0; count < each; count++) {
    const key = keyed ? { key: `k${count}` } : {};
    await Promise.all(Array.from({ length: rooms }, (_, room) => hub.room(`room${room}`).send(text, key)));
  }
  const bytes = ((await used()) - before) / rooms / each;
  await hub.close();
  return bytes;
}

/**
 * Guests who say nothing.
 *
 * @param {number} count
 * @param {boolean} shared
 */
async function guests(count, shared) {
  const { hub, before } = await begin();
  const transport = memoryTransport({ protocol: json() });
  await hub.listen(transport);
  hub.on('connect', ({ member }) => member.join(shared ? 'lobby' : `room${member.id}`));
  let joined = 0;
  const all = new Promise((resolve) => hub.on('join', () => ++joined === count && resolve(undefined)));
  for (let guest = 0; guest < count; guest++) transport.connect().send('{"type":"hello"}');
  await all;
  await pause(2_000);
  const bytes = ((await used()) - before) / count;
  const [start, own] = [await evalsha(), process.cpuUsage()];
  await pause(10_000);
  const [end, { user, system }] = [await evalsha(), process.cpuUsage(own)];
  await hub.close({ drain: 0 });
  return {
    bytes,
    calls: (end.calls - start.calls) / 10,
    micros: (end.usec - start.usec) / 10,
    node: (user + system) / 10,
  };
}

async function begin() {
  await client.flushall();
  const limits = { connectionsPerAddress: 1e6, connectsPerMinute: 1e6 };
  const hub = new ChatHub({ engine: redis({ client }), limits });
  hub.on('engine', () => {});
  await hub.room('warm').send('up');
  return { hub, before: await used() };
}

async function used() {
  return Number((await info('memory')).used_memory);
}

async function evalsha() {
  const [, calls, usec] = /calls=(\d+),usec=(\d+)/.exec((await info('commandstats')).cmdstat_evalsha ?? '') ?? [];
  return { calls: Number(calls), usec: Number(usec) };
}

/**
 * @param {string} section
 * @returns {Promise<Record<string, string>>}
 */
async function info(section) {
  const lines = (await client.info(section)).split('\r\n').filter((line) => line.includes(':'));
  return Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1)]));
}

/**
 * @param {string} what
 * @param {readonly number[]} values
 */
function fact(what, ...values) {
  console.log(`${what.padEnd(52)}${values.map((value) => value.toFixed(value < 10 ? 1 : 0).padStart(8)).join('')}`);
}
