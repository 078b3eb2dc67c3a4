// ws, as the example "Server broadcast" of its README has it, with a room for each path.
// https://github.com/websockets/ws/blob/8.23.0/README.md#server-broadcast
//
//   node bench/peers/ws.mjs PORT [deflate|takeover]      compressing, for bench/compression.mjs

import { WebSocket, WebSocketServer } from 'ws';

/** @type {Map<string, Set<WebSocket>>} */
const rooms = new Map();

/** "WebSocket compression" has these. */
const ofReadme = {
  zlibDeflateOptions: { chunkSize: 1_024, memLevel: 7, level: 3 },
  zlibInflateOptions: { chunkSize: 10 * 1_024 },
  concurrencyLimit: 10,
  threshold: 1_024,
};
/** @type {Record<string, import('ws').PerMessageDeflateOptions>} */
const compression = {
  deflate: { ...ofReadme, clientNoContextTakeover: true, serverNoContextTakeover: true, serverMaxWindowBits: 10 },
  // With what is said to default to negotiated values left to them: what a client hears is compressed with what it heard before.
  takeover: ofReadme,
};

const server = new WebSocketServer({
  host: '127.0.0.1',
  port: Number(process.argv[2]),
  // The default, and "WebSocket compression" says why: a significant overhead in time and memory.
  perMessageDeflate: compression[process.argv[3] ?? ''] ?? false,
  // The rooms know who is there: doc/ws.md, "new WebSocketServer".
  clientTracking: false,
  // "Legacy opt-in for performance": `bufferutil` is loaded when it is installed. `utf-8-validate` is not, since Node.js 18.14.
});

server.on('connection', (client, { url = '/' }) => {
  const room = rooms.get(url) ?? new Set();
  rooms.set(url, room.add(client));

  client.on('error', console.error);

  client.on('message', (data) => {
    for (const member of room) {
      if (member.readyState === WebSocket.OPEN) member.send(data, { binary: false });
    }
  });

  client.on('close', () => {
    room.delete(client);
    if (room.size === 0 && rooms.get(url) === room) rooms.delete(url);
  });
});

server.on('listening', () => console.log('listening'));
