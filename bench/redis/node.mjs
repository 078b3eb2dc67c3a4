// A server in a process of its own: `node.mjs ENGINE`, where ENGINE is `memory` or the URL of a Redis. Tells its address, and its CPU time
// when it is asked.

import path from 'node:path';
import { pathToFileURL } from 'node:url';

const dist = path.resolve(process.env.CHATHUB_DIST ?? path.join(import.meta.dirname, '../../dist'));
const load = (/** @type {string} */ name) => import(pathToFileURL(path.join(dist, `${name}.js`)).href);
const { ChatHub } = /** @type {typeof import('chathub')} */ (await load('index'));
const { redis } = /** @type {typeof import('chathub/redis')} */ (await load('redis'));
const { webSocket } = /** @type {typeof import('chathub/websocket')} */ (await load('websocket'));

const place = process.argv[2] ?? 'memory';
const unlimited = Number.POSITIVE_INFINITY;
const limits = {
  sendsPerSecond: unlimited,
  sendBurst: unlimited,
  commandsPerSecond: unlimited,
  commandBurst: unlimited,
};
const hub = new ChatHub({ limits, ...(place === 'memory' ? {} : { engine: redis({ url: place }) }) });
hub.on('engine', () => undefined);
const { addresses } = await hub.listen(webSocket({ port: 0, path: '/chat' }));
process.on('message', () => {
  const { user, system } = process.cpuUsage();
  process.send?.({ cpu: (user + system) / 1e6 });
});
process.on('disconnect', () => process.exit());
process.send?.({ address: addresses[0] });
