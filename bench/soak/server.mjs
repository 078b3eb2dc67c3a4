// A small server in a process of its own: `node --expose-gc server.mjs`. Answers what it holds, after garbage collection.

import { createServer as createHttpServer } from 'node:http';
import { createServer as createTcpServer } from 'node:net';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { getHeapCodeStatistics, writeHeapSnapshot } from 'node:v8';
import { Dice } from './dice.mjs';
import { rooms } from './places.mjs';
import { wordsOf } from './words.mjs';

const dist = path.resolve(process.env.CHATHUB_DIST ?? path.join(import.meta.dirname, '../../dist'));
const load = (/** @type {string} */ name) => import(pathToFileURL(path.join(dist, `${name}.js`)).href);
const { ChatHub } = /** @type {typeof import('chathub')} */ (await load('index'));
const { tcp } = /** @type {typeof import('chathub/tcp')} */ (await load('tcp'));
const { webSocket } = /** @type {typeof import('chathub/websocket')} */ (await load('websocket'));

/**
 * What grows by design has reached its bound in the first minutes: each log holds so many entries from the beginning, and keys
 * and sessions are not remembered for longer than a measurement waits.
 */
export const limits = { history: 50, keyWindow: 4_000, resumeWindow: 3_000 };

/** @typedef {{ heap: number, code: number, external: number, rss: number, handles: { [type: string]: number }, listeners: number, timers: number }} Held */
/** @typedef {{ errors: number, warnings: number, calls: number, cpu: number, connections: number, members: number, rooms: number }} Said */
/** @typedef {Held & Said} Facts */

let errors = 0;
let warnings = 0;
/** Of events: the application hears of all. */
let calls = 0;
let timers = 0;

/** @type {import('chathub').Clock} */
const clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after(ms, run) {
    timers++;
    let isPending = true;
    const over = () => {
      if (isPending) timers--;
      isPending = false;
    };
    const timer = setTimeout(() => {
      over();
      run();
    }, ms).unref();
    return () => {
      over();
      clearTimeout(timer);
    };
  },
};

const hub = new ChatHub({
  clock,
  limits,
  policies: {
    authenticate: async ({ token }) => (token === undefined ? null : { id: token, name: token }),
    moderate: () => true,
    send: async () => undefined,
  },
});
hub.on('error', ({ error, stage }) => {
  errors++;
  console.error(stage, error);
});
for (const event of /** @type {const} */ (['connect', 'disconnect', 'join', 'leave', 'message', 'rename']))
  hub.on(event, () => calls++);
hub.handle('echo', async ({ data }) => data);
process.on('warning', (warning) => {
  warnings++;
  console.error(warning);
});

const http = createHttpServer().listen(0, '127.0.0.1');
const net = createTcpServer({ allowHalfOpen: true }).listen(0, '127.0.0.1');
/** @type {Set<import('node:events').EventEmitter>} */
const sockets = new Set();
for (const server of [http, net])
  server.on('connection', (/** @type {import('node:net').Socket} */ socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
await hub.listen(webSocket({ server: http, path: '/chat' }), tcp({ server: net }));
await fill();

/** As many entries in each log as it keeps, of the kind that is said there later. */
async function fill() {
  const dice = new Dice(0);
  for (const room of rooms)
    for (let count = 0; count < limits.history; count++) await hub.room(room).send(wordsOf(dice));
}

/** @returns {Promise<Facts>} */
async function facts() {
  // What is over its time goes when its log is next looked at.
  for (const room of rooms) await hub.room(room).history({ limit: 1 });
  for (let hop = 0; hop < 10; hop++) await new Promise((resolve) => setImmediate(resolve));
  globalThis.gc?.();
  globalThis.gc?.();
  const { heapUsed, external, rss } = process.memoryUsage();
  // Of all that the compiler made, which goes on making more for half an hour: see README.md.
  const { code_and_metadata_size: code } = getHeapCodeStatistics();
  const { user, system } = process.cpuUsage();
  const { connections, members, rooms: open } = hub.status();
  return {
    ...{ heap: heapUsed, code, external, rss, handles: handles(), listeners: listeners(), timers },
    ...{ errors, warnings, calls, cpu: (user + system) / 1e6, connections, members, rooms: open },
  };
}

function handles() {
  /** @type {{ [type: string]: number }} */
  const counts = {};
  // Immediates are the asking itself.
  for (const type of process.getActiveResourcesInfo()) if (type !== 'Immediate') counts[type] = (counts[type] ?? 0) + 1;
  return counts;
}

/** On all emitters that live as long as the process, or a connection. */
function listeners() {
  const emitters = [process, http, net, ...sockets];
  return emitters.reduce((sum, emitter) => sum + listenersOf(emitter), 0);
}

/** @param {import('node:events').EventEmitter} emitter */
function listenersOf(emitter) {
  return emitter.eventNames().reduce((sum, name) => sum + emitter.listenerCount(name), 0);
}

process.on('message', async (/** @type {{ ask: 'facts' | 'status' | 'snapshot', file?: string }} */ { ask, file }) => {
  if (ask === 'status') process.send?.(hub.status());
  else if (ask === 'snapshot') process.send?.(writeHeapSnapshot(file));
  else process.send?.(await facts());
});
process.on('disconnect', () => process.exit());
const portOf = (/** @type {import('node:net').Server} */ server) =>
  /** @type {import('node:net').AddressInfo} */ (server.address()).port;
process.send?.({ web: `ws://127.0.0.1:${portOf(http)}/chat`, port: portOf(net), limits });
