// An echo of lines over plain `net` that writes once for what is read at once: as little as a server that knows lines can do.
//
//   node bench/peers/net-split.mjs PORT

import { createServer } from 'node:net';

// `noDelay` is `setNoDelay` for each socket: https://nodejs.org/docs/latest-v20.x/api/net.html#netcreateserveroptions-connectionlistener
const server = createServer({ noDelay: true }, (socket) => {
  let rest = '';
  socket.setEncoding('utf8');
  socket.on('data', (chunk) => {
    const lines = `${rest}${chunk}`.split('\n');
    rest = lines.pop() ?? '';
    let answer = '';
    for (const line of lines) answer += answerTo(line);
    if (answer !== '') socket.write(answer);
  });
  socket.on('error', () => socket.destroy());
});

server.listen(Number(process.argv[2]), '127.0.0.1', () => console.log('listening'));

/** @param {string} line */
function answerTo(line) {
  return `${line}\n`;
}
