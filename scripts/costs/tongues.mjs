// How people connect and say what they say: a transport with a protocol, each as an application has it.

import { createServer as createHttpServer } from 'node:http';
import { createServer } from 'node:net';

/** @typedef {import('./place.mjs').Library} Library */
/**
 * @typedef {object} Tongue
 * @property {string} name
 * @property {() => import('node:net').Server} createServer
 * @property {(library: Library, server: import('node:net').Server) => import('chathub').Transport} transport
 * @property {string} opening What a connection begins with.
 * @property {(name: string) => Uint8Array} hello
 * @property {(room: string) => Uint8Array} join
 * @property {(room: string) => Uint8Array} leave
 * @property {(room: string, text: string, id?: number) => Uint8Array} say
 */

/** @type {Tongue} */
export const jsonOverWebSocket = {
  name: 'WebSocket, JSON',
  createServer: () => createHttpServer(),
  transport: ({ core, overWebSocket }, server) =>
    overWebSocket.webSocket({ server: /** @type {import('node:http').Server} */ (server), protocol: core.json() }),
  // The key and the host are those of RFC 6455, 1.3, but that servers on loopback look at the host.
  opening: `GET / HTTP/1.1
Host: 127.0.0.1
Upgrade: websocket
Connection: Upgrade
Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==
Sec-WebSocket-Version: 13

`.replaceAll('\n', '\r\n'),
  hello: (name) => frame({ type: 'hello', name }),
  join: (room) => frame({ type: 'join', room }),
  leave: (room) => frame({ type: 'leave', room }),
  say: (room, text, id) => frame({ type: 'send', id, room, text }),
};

/** @type {Tongue} */
export const linesOverTcp = {
  name: 'TCP, lines',
  createServer: () => createServer(),
  transport: ({ core, overTcp }, server) => overTcp.tcp({ server, protocol: core.lines() }),
  opening: '',
  hello: (name) => Buffer.from(`/nick ${name}\n`),
  join: (room) => Buffer.from(`/join ${room}\n`),
  leave: (room) => Buffer.from(`/leave ${room}\n`),
  say: (_room, text) => Buffer.from(`${text}\n`),
};

/**
 * The echo server's: there are no rooms.
 * @type {Tongue}
 */
export const textOverTcp = {
  ...linesOverTcp,
  name: 'TCP, text',
  transport: ({ core, overTcp }, server) => overTcp.tcp({ server, protocol: core.plainText() }),
};

/** Masked with zeros (RFC 6455, 5.3): the same buffer can then be sent again and again. */
function frame(/** @type {object} */ command) {
  const payload = Buffer.from(JSON.stringify(command));
  if (payload.length > 125) throw new RangeError('This frame would need a longer header');
  return Buffer.concat([Buffer.from([0x81, 0x80 | payload.length, 0, 0, 0, 0]), payload]);
}
