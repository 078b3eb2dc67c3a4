// One node: main.ts starts two. All that makes it a node of a chat is its engine.

import { ChatHub } from 'chathub';
import { redis } from 'chathub/redis';
import { tcp } from 'chathub/tcp';
import { webSocket } from 'chathub/websocket';

const [name = 'node', url = 'redis://127.0.0.1:6379', port = '8080'] = process.argv.slice(2);

const hub = new ChatHub({ engine: redis({ url }) });
hub.on('connect', ({ member }) => member.join('lobby', { history: 10 }));
// Events of a member come on the node that holds it; those of a room on every node that listens.
hub.on('join', ({ member, room }) => console.log(`${name}: ${member.name} joined ${room}`));
// While Redis is away, people stay connected: what they send is refused, and clients send it again.
hub.on('engine', ({ state, reason = '' }) => console.log(`${name}: Redis is ${state}. ${reason}`));

let ending = false;
const end = async () => {
  ending = true;
  await hub.close({ drain: 1_000 });
  // Nothing else keeps the process alive then.
  if (process.connected) process.disconnect();
};
process.on('SIGINT', end);
process.on('disconnect', end);

try {
  // The system chooses both ports when it is to choose one.
  const web = Number(port) === 0 ? 0 : Number(port) + 1;
  const { addresses } = await hub.listen(tcp({ port: Number(port) }), webSocket({ port: web, path: '/chat' }));
  const [lines = '', chat = ''] = addresses;
  console.log(`${name}: telnet ${new URL(lines).hostname} ${new URL(lines).port}, or a client at ${chat}`);
} catch (error) {
  // Told to end before it could begin, it has nothing to complain of.
  if (!ending) {
    console.error(`${name}: ${error instanceof Error ? error.message : error}`);
    process.exitCode = 1;
  }
  await end();
}
