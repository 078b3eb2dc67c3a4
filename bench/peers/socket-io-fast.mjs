// Socket.IO with what its documentation has for speed and memory. Left out, of the page on performance:
//
// - `eiows` as `wsEngine`: 11.1.1 refuses Node.js 20, and like 9.2.0 before it compiles against all of Node.js' sources, which
//   it downloads. The µWebSockets.js that Socket.IO can be attached to is not on npm.
// - `utf-8-validate`: ws does not load it, since Node.js 18.14.
// - Another parser, which the page has for binary data: for texts of 60 bytes to rooms of 2 and of 50, socket.io-msgpack-parser
//   and the JSON parser of https://socket.io/docs/v4/custom-parser/ took as much CPU for a delivery as the default, and a
//   parser for strings alone saved no more than the runs differed by.
//
//   node bench/peers/socket-io-fast.mjs PORT

import { createServer } from 'node:http';
import { Server } from 'socket.io';

const server = createServer();
const io = new Server(server, {
  // https://socket.io/docs/v4/server-options/ has these four. The last two are for what is not asked for over a WebSocket.
  transports: ['websocket'],
  perMessageDeflate: false,
  httpCompression: false,
  serveClient: false,
  // `bufferutil`, which https://socket.io/docs/v4/performance-tuning/ begins with, is loaded when it is installed.
});

io.on('connection', (socket) => {
  const room = String(socket.handshake.query.room);
  // https://socket.io/docs/v4/memory-usage/ discards the HTTP request when the engine connects. Not before its query is read.
  Object.assign(socket.conn, { request: null });
  socket.join(room);
  socket.on('message', (text) => io.to(room).emit('message', text));
});

server.listen(Number(process.argv[2]), '127.0.0.1', () => console.log('listening'));
