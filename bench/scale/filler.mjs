// Members of many rooms who say nothing: `filler.mjs URL ROOMS`. Two in each room, and as many rooms for each as it may be in. Tells when
// they are connected, and joins when it is told to.

import { WebSocket } from 'ws';

/** `roomsPerMember` */
const most = 64;

const [url = '', roomCount] = process.argv.slice(2);
const rooms = Number(roomCount);
const count = Math.max(3, Math.ceil(rooms / (most / 2)));

const sockets = await Promise.all(Array.from({ length: count }, enter));
process.send?.({ connections: count });
await new Promise((resolve) => process.once('message', resolve));
await Promise.all(sockets.map((socket, index) => join(socket, roomsOf(index))));
process.send?.({ connections: count });
process.on('disconnect', () => process.exit());

/** @returns {Promise<WebSocket>} */
function enter() {
  const socket = new WebSocket(url, { perMessageDeflate: false });
  return new Promise((resolve, reject) => {
    socket.on('error', reject);
    socket.on('open', () => socket.send('{"type":"hello"}'));
    socket.once('message', () => resolve(socket));
  });
}

/**
 * The two of a room are different ones in each block of rooms: each stands in the room of its own number and in that of one further on.
 *
 * @param {number} index
 */
function roomsOf(index) {
  const own = [];
  for (let first = 0, block = 0; first < rooms; first += count, block++) {
    const shift = 1 + (block % (count - 1));
    for (const room of [first + index, first + ((index + shift) % count)]) if (room < rooms) own.push(room);
  }
  return own;
}

/**
 * @param {WebSocket} socket
 * @param {number[]} own
 */
function join(socket, own) {
  let left = own.length;
  return new Promise((resolve, reject) => {
    socket.on('close', reject);
    socket.on('message', (data) => {
      const head = /** @type {Buffer} */ (data).toString('latin1', 0, 40);
      if (head.startsWith('{"type":"error"')) reject(new Error(String(data)));
      if (head.startsWith('{"type":"joined"') && --left === 0) resolve(undefined);
    });
    if (left === 0) resolve(undefined);
    for (const room of own) socket.send(`{"type":"join","room":"filler-${room}"}`);
  });
}
