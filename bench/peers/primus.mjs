// Primus over ws: https://github.com/primus/primus/blob/8.0.9/README.md
//
//   node bench/peers/primus.mjs PORT

import { createServer } from 'node:http';
import Primus from 'primus';

/**
 * Rooms of our own. "Community plugins" names `primus-rooms`, which does the same and more, was made for Primus 6, and goes
 * a longer way for each message.
 * @type {Map<string, Set<{ write(data: unknown): boolean }>>}
 */
const rooms = new Map();

const server = createServer();
const primus = new Primus(server, {
  transformer: 'websockets',
  // "Parsers": the default. No parser is called faster than another there; those of the others write binary frames.
  parser: 'JSON',
  // "Getting started": the default, no permessage-deflate.
  compression: false,
});

primus.on('connection', (spark) => {
  const name = String(spark.query.room);
  const room = rooms.get(name) ?? new Set();
  rooms.set(name, room.add(spark));

  spark.on('data', (data) => {
    for (const member of room) member.write(data);
  });

  spark.on('end', () => {
    room.delete(spark);
    if (room.size === 0 && rooms.get(name) === room) rooms.delete(name);
  });
});

server.listen(Number(process.argv[2]), '127.0.0.1', () => console.log('listening'));
