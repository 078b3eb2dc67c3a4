// One node of the chat: a hub over Redis. It ends when it is told to, as a service does.
// WEB and TCP are its ports, REDIS its way to Redis, AHEAD milliseconds by which its clock is wrong. What goes wrong is a line of JSON on
// stderr. With FAULTS_TRACE it tells what becomes of sessions. SIGUSR2 has it do nothing but compute, for a while.

import { getHeapStatistics } from 'node:v8';
import { ChatHub, type Engine } from 'chathub';
import { redis } from 'chathub/redis';
import { tcp } from 'chathub/tcp';
import { webSocket } from 'chathub/websocket';
import { inspector, limits, mayJoin, userOf } from '../settings.js';
import { setClockAhead } from './clock.js';
import { tracing } from './trace.js';

const { WEB, TCP, REDIS = '', AHEAD, FAULTS_TRACE } = process.env;

/** How long nothing else is done. */
const blockTime = 3_000;

setClockAhead(Number(AHEAD));

const say = (line: string) => console.log(new Date().toISOString(), line);
const engine: Engine = redis({ url: REDIS });
const hub = new ChatHub({
  engine: FAULTS_TRACE === undefined ? engine : tracing(engine, say),
  limits,
  policies: {
    authenticate: ({ token }) => userOf(token),
    join: ({ member, room }) => mayJoin(member.user.id, room),
    read: ({ member }) => member.user.id === `user-${inspector}`,
  },
});
hub.on('error', ({ error, stage }) => {
  const { code, message, stack } = error as { code?: string; message?: string; stack?: string };
  console.error(JSON.stringify({ stage, code, message, stack }));
});
hub.on('engine', (state) => say(JSON.stringify(state)));

process.on('SIGUSR2', () => {
  say('blocked');
  const until = performance.now() + blockTime;
  while (performance.now() < until);
});
// Whoever started it is gone.
process.stdin.resume().on('end', () => process.exit(1));
process.once('SIGTERM', async () => {
  await hub.close();
  process.exit(0);
});

const transports = [
  webSocket({ port: Number(WEB), host: '127.0.0.1', path: '/chat' }),
  tcp({ port: Number(TCP), host: '127.0.0.1' }),
];
for (;;) {
  try {
    await hub.listen(...transports);
    break;
  } catch (error) {
    // Redis may be down as well.
    if ((error as { code?: string }).code !== 'ENGINE_UNAVAILABLE') throw error;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}
const heap = Math.round(getHeapStatistics().heap_size_limit / 1_048_576);
console.log(`Listening as ${hub.status().node} at ${Date.now()} with ${heap}`);
