// crossws with its adapter for Node.js and its publish and subscribe: https://crossws.h3.dev/adapters/node and
// https://crossws.h3.dev/guide/pubsub
//
// The adapter brings a ws of its own, which compresses nothing, and loads `bufferutil` when it is installed. These pages have
// no options for speed but another adapter, for µWebSockets.js, which is not on npm.
//
//   node bench/peers/crossws.mjs PORT

import { createServer } from 'node:http';
import crossws from 'crossws/adapters/node';

const adapter = crossws({
  hooks: {
    // The namespace is the path, when the `upgrade` hook names no other: https://crossws.h3.dev/guide/hooks. Each publish goes
    // through all peers of the namespace, so that a namespace for each room is the quickest.
    open(peer) {
      peer.subscribe(peer.namespace);
    },
    message(peer, message) {
      const text = message.text();
      // To all but the one who publishes.
      peer.publish(peer.namespace, text);
      peer.send(text);
    },
  },
});

const server = createServer();
server.on('upgrade', (request, socket, head) => {
  if (request.headers.upgrade === 'websocket') adapter.handleUpgrade(request, socket, head);
});
server.listen(Number(process.argv[2]), '127.0.0.1', () => console.log('listening'));
