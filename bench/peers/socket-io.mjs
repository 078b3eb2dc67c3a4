// Socket.IO as it is when nothing is set: https://socket.io/docs/v4/server-initialization/ and https://socket.io/docs/v4/rooms/
//
// `deflate` compresses, for bench/compression.mjs: https://socket.io/docs/v4/server-options/#permessagedeflate
//
//   node bench/peers/socket-io.mjs PORT [deflate]

import { createServer } from 'node:http';
import { Server } from 'socket.io';

const server = createServer();
const io = new Server(server, process.argv[3] === 'deflate' ? { perMessageDeflate: true } : {});

io.on('connection', (socket) => {
  const room = String(socket.handshake.query.room);
  socket.join(room);
  socket.on('message', (text) => io.to(room).emit('message', text));
});

server.listen(Number(process.argv[2]), '127.0.0.1', () => console.log('listening'));
