// A bot: a client that joins a room, answers what begins with `!`, and comes back by itself when the connection is lost.
//
//   npm run example:http-server -- 8080      and in another terminal: npm run example:bot -- ws://127.0.0.1:8080/chat lobby

import { randomInt } from 'node:crypto';
import { type ClientError, type ClientRoom, connect } from 'chathub/client';
import { WebSocket } from 'ws';

const [url = 'ws://127.0.0.1:8080/chat', where = 'lobby'] = process.argv.slice(2);
let stopped = false;

try {
  // Node.js 20 has no WebSocket of its own. A name that is taken is no reason to stay away: the server gives another.
  const client = connect(url, { name: 'bot', WebSocket });
  client.on('state', ({ state, error, retryIn }) =>
    console.log(retryIn === undefined ? state : `${state}: ${error?.message} Again in ${Math.ceil(retryIn)} ms.`),
  );
  process.once('SIGINT', () => {
    stopped = true;
    client.close();
  });
  try {
    const room = await client.join(where);
    console.log(`In ${room.name}, as ${client.me?.name}`);
    // Each message once, and in order, whatever becomes of the connection. It ends when the bot is in the room no more.
    for await (const { from, text } of room) {
      if (from.user === client.me?.user) continue; // one's own messages come back
      const answer = answerTo(text, room);
      // Not awaited: without a connection it waits for one, and the bot reads on.
      if (answer !== undefined) room.send(answer).catch((error) => console.error(error.message));
    }
  } finally {
    client.close();
  }
} catch (error) {
  // The server does not want it, or the URL is none. Ctrl-C while it was joining is no error.
  const { code, message } = error as ClientError;
  if (!stopped) console.error(`${code} ${message}`);
  process.exitCode = stopped ? 0 : 1;
}

function answerTo(text: string, room: ClientRoom): string | undefined {
  const [, command, rest = ''] = /^!(\w+)\s*(.*)$/s.exec(text) ?? [];
  if (command === 'help') return 'I know !help, !time, !count and !roll 2d6.';
  if (command === 'time') return new Date().toISOString();
  if (command === 'count') return `We are ${room.count}.`;
  return command === 'roll' ? roll(rest) : undefined;
}

/** `2d6`: two dice of six sides. */
function roll(dice: string): string {
  const [, count = '', sides = ''] = /^(\d{1,2})d(\d{1,3})$/.exec(dice) ?? [];
  if (Number(count) < 1 || Number(sides) < 1) return 'Say !roll 2d6.';
  const rolled = Array.from({ length: Number(count) }, () => 1 + randomInt(Number(sides)));
  return `${dice}: ${rolled.join(' + ')} = ${rolled.reduce((sum, one) => sum + one)}`;
}
