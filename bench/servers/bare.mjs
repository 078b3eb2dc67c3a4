// The least that a server on Node.js can do: a frame made once is written to the socket of each member, and there is nothing else.
// What ChatHub costs above this is its own; below it, nobody gets with a write for each delivery.
//
//   node bench/servers/bare.mjs PORT

import { createServer } from 'node:http';
import { WebSocketServer } from 'ws';

/** @type {Map<string, Set<import('node:stream').Duplex>>} */
const rooms = new Map();
const server = createServer();
const wss = new WebSocketServer({ noServer: true });
server.on('upgrade', (request, socket, head) => {
  wss.handleUpgrade(request, socket, head, (ws) => {
    const name = request.url ?? '/';
    const room = rooms.get(name) ?? new Set();
    rooms.set(name, room.add(socket));
    ws.on('message', (data) => {
      const frame = frameOf(/** @type {Buffer} */ (data));
      for (const member of room) member.write(frame);
    });
    ws.on('close', () => room.delete(socket));
  });
});
server.listen(Number(process.argv[2]), '127.0.0.1', () => console.log('listening'));
process.on('SIGTERM', () => process.exit());

/**
 * RFC 6455, 5.2: a text message of 126 to 65,535 bytes.
 *
 * @param {Buffer} payload
 */
function frameOf(payload) {
  const frame = Buffer.allocUnsafe(payload.length + 4);
  frame[0] = 0x81;
  frame[1] = 126;
  frame.writeUInt16BE(payload.length, 2);
  payload.copy(frame, 4);
  return frame;
}
