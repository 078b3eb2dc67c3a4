// A server in a process of its own: `node --expose-gc server.mjs`. Tells its address, and when it is asked what it holds.

import path from 'node:path';
import { pathToFileURL } from 'node:url';

const dist = path.resolve(process.env.CHATHUB_DIST ?? path.join(import.meta.dirname, '../../dist'));
const load = (/** @type {string} */ name) => import(pathToFileURL(path.join(dist, `${name}.js`)).href);
const { ChatHub, json } = /** @type {typeof import('chathub')} */ (await load('index'));
const { webSocket } = /** @type {typeof import('chathub/websocket')} */ (await load('websocket'));

/** @typedef {{ rss: number, live: number, waiting: number, connections: number, members: number, slow: number, cpu: number }} Facts */

/** How often the largest figures are looked for, and how often garbage is collected to tell what is live. */
const lookMs = 200;
const looksPerCollection = 25;

let slow = 0;
/** @type {import('chathub').Protocol} */
const protocol = {
  ...json(),
  encode(event) {
    // The only way to learn of it from outside: one who is told so, and reads nothing, is closed without a code.
    if (event.type === 'error' && event.code === 'SLOW_CONSUMER') slow++;
    return json().encode(event);
  },
};

/** @type {Set<import('chathub').Connection>} */
const open = new Set();
const transport = webSocket({ port: 0, path: '/chat', protocol });
const watched = {
  name: transport.name,
  get addresses() {
    return transport.addresses;
  },
  /** @type {import('chathub').Transport['start']} */
  start: (accept, context) =>
    transport.start((connection) => {
      open.add(connection);
      return accept(connection);
    }, context),
  /** @type {import('chathub').Transport['stop']} */
  stop: (options) => transport.stop(options),
};

const unlimited = Number.POSITIVE_INFINITY;
const hub = new ChatHub({ limits: { sendsPerSecond: unlimited, commandsPerSecond: unlimited } });
const { addresses } = await hub.listen(watched);

/** @returns {Facts} */
function facts() {
  const { rss, heapUsed, external } = process.memoryUsage();
  const { connections, members } = hub.status();
  const { user, system } = process.cpuUsage();
  let waiting = 0;
  for (const connection of open) waiting = Math.max(waiting, connection.bufferedBytes);
  return { rss, live: heapUsed + external, waiting, connections, members, slow, cpu: (user + system) / 1e6 };
}

/** @returns {Facts} */
function factsWithoutGarbage() {
  globalThis.gc?.();
  return facts();
}

const peak = { rss: 0, live: 0, waiting: 0 };
let looks = 0;
setInterval(() => {
  const live = ++looks % looksPerCollection === 0 ? factsWithoutGarbage().live : 0;
  const { rss, waiting } = facts();
  peak.rss = Math.max(peak.rss, rss);
  peak.live = Math.max(peak.live, live);
  peak.waiting = Math.max(peak.waiting, waiting);
}, lookMs);

process.on('message', () => process.send?.({ ...factsWithoutGarbage(), peak }));
process.on('disconnect', () => process.exit());
process.send?.({ address: addresses[0], outboxBytes: hub.limits.outboxBytes });
