// An echo server for two kinds of clients: what comes over TCP or over WebSocket goes back to whoever sent it.
//
//   npm run example:echo-websocket -- 127.0.0.1:8080 127.0.0.1:8081
//
// In another terminal: telnet 127.0.0.1 8080. In a browser: open http://127.0.0.1:8081, which says that it has no pages (but
// those of other sites may not connect), and in the console there:
//
//   const socket = new WebSocket('/');
//   socket.onmessage = ({ data }) => console.log(data);
//   socket.onopen = () => socket.send('hello');

import { ChatHub, plainText } from 'chathub';
import { tcp } from 'chathub/tcp';
import { webSocket } from 'chathub/websocket';

const hub = new ChatHub();

// A member is one connected client, over whichever transport: what it says comes in alike, and is answered alike.
hub.on('connect', ({ member }) => console.log(`${member.name} came over ${member.transport}`));
hub.on('message', ({ member, text }) => member.send(text));
hub.on('disconnect', ({ member }) => console.log(`${member.name} is gone`));

try {
  const [lines = '127.0.0.1:8080', frames = '127.0.0.1:8081'] = process.argv.slice(2);
  // To plainText() a frame is just text. Over TCP a frame is a line, over WebSocket a message.
  const { addresses } = await hub.listen(
    tcp({ ...parseAddress(lines), protocol: plainText() }),
    webSocket({ ...parseAddress(frames), protocol: plainText() }),
  );
  for (const address of addresses) console.log(`Listening on: ${address}`);
} catch (error) {
  // Both listen, or none does: where the second port is in use, the first is free again.
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}

/** `127.0.0.1:8080`, or `[::1]:8080`. */
function parseAddress(address: string): { host: string; port: number } {
  const [, host = '', port] = /^\[?(.+?)\]?:(\d+)$/.exec(address) ?? [];
  if (port === undefined) throw new Error(`Expected an address such as 127.0.0.1:8080, got "${address}"`);
  return { host, port: Number(port) };
}
