// An echo of lines over plain `net`, as tutorials have it: what is read is cut into lines, and each is written.
//
//   node bench/peers/net-line.mjs PORT

import { createServer } from 'node:net';

// `noDelay` is `setNoDelay` for each socket: https://nodejs.org/docs/latest-v20.x/api/net.html#netcreateserveroptions-connectionlistener
const server = createServer({ noDelay: true }, (socket) => {
  let rest = '';
  socket.setEncoding('utf8');
  socket.on('data', (chunk) => {
    const lines = `${rest}${chunk}`.split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) socket.write(`${line}\n`);
  });
  socket.on('error', () => socket.destroy());
});

server.listen(Number(process.argv[2]), '127.0.0.1', () => console.log('listening'));
