// One node of the chat: a hub over Redis. It ends when it is told to, as a service does.
// WEB and TCP are its ports, REDIS its way to Redis. What goes wrong is a line of JSON on stderr. With CHAOS_TRACE it tells what
// becomes of sessions.

import { ChatHub } from 'chathub';
import { redis } from 'chathub/redis';
import { tcp } from 'chathub/tcp';
import { webSocket } from 'chathub/websocket';
import { limits, userOf } from './settings.js';
import { tracing } from './trace.js';

const { WEB, TCP, REDIS = '', CHAOS_TRACE } = process.env;

const say = (line: string) => console.log(new Date().toISOString(), line);
const engine = redis({ url: REDIS });
const hub = new ChatHub({
  engine: CHAOS_TRACE === undefined ? engine : tracing(engine, say),
  limits,
  policies: { authenticate: ({ token }) => userOf(token), read: () => true },
});
hub.on('error', ({ error, stage }) => {
  const { code, message, stack } = error as { code?: string; message?: string; stack?: string };
  complain({ stage, code, message, stack });
});
hub.on('engine', (state) => say(JSON.stringify(state)));

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
console.log(`Listening as ${hub.status().node}`);

function complain(facts: object): void {
  console.error(JSON.stringify(facts));
}
