// The servers that ChatHub is compared with, and how a load generator talks to each: see "Peers" in ../README.md.

import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { build, program, version as tokioVersion } from './tokio/build.mjs';

/**
 * A server that runs as a process of its own: it prints `listening` when it is ready, and ends on SIGTERM. Its `version` is
 * empty when it is not installed.
 * @typedef {{ name: string, version: string, serves: 'rooms' | 'echo', command: (port: number) => string[], dialect: Dialect }} Peer
 */

/**
 * How the load generator talks to it. `{room}` and `{text}` are replaced.
 *
 * - `greet`: what is sent after the upgrade, one after another. Each waits for a frame that contains `until`; '' sends nothing.
 * - `say`: the frame that says a text, which is of ASCII characters that JSON does not escape.
 * - `answer`: what to answer to frames that begin with `to`. `{rest}` is what follows it there.
 * @typedef {{ wire: 'ws' | 'lines', path?: string, protocol?: string, greet: { send: string, until: string }[], say: string, answer?: { to: string, with: string }[] }} Dialect
 */

/** @type {Dialect} */
const plain = { wire: 'ws', path: '/{room}', greet: [], say: '{text}' };

/** @type {Dialect} */
const lines = { wire: 'lines', greet: [], say: '{text}' };

/**
 * Packets of Engine.IO 4, of which 4 is a message; in it packets of Socket.IO 5, of which 0 connects, and 2 is an event.
 * https://socket.io/docs/v4/engine-io-protocol/ and https://socket.io/docs/v4/socket-io-protocol/
 * @type {Dialect}
 */
const socketIo = {
  wire: 'ws',
  path: '/socket.io/?EIO=4&transport=websocket&room={room}',
  greet: [
    { send: '', until: '0{' },
    { send: '40', until: '40{' },
  ],
  say: '42["message","{text}"]',
  // A ping every 25 s. Without the pong it closes the connection 20 s later.
  answer: [{ to: '2', with: '3{rest}' }],
};

/**
 * JSON. "Heartbeats and latency" in Primus' README has the pings, of which there is one every 30 s.
 * @type {Dialect}
 */
const primus = {
  wire: 'ws',
  path: '/primus/?room={room}',
  greet: [],
  say: '"{text}"',
  answer: [{ to: '"primus::ping::', with: '"primus::pong::{rest}' }],
};

/** @type {Peer[]} */
export const peers = [
  ofNode('ws', installed('ws'), 'rooms', plain),
  ofNode('socket-io', installed('socket.io'), 'rooms', socketIo),
  ofNode('socket-io-fast', installed('socket.io'), 'rooms', socketIo),
  ofNode('primus', installed('primus'), 'rooms', primus),
  ofNode('crossws', installed('crossws'), 'rooms', plain),
  ofNode('net-line', process.versions.node, 'echo', lines),
  ofNode('net-split', process.versions.node, 'echo', lines),
  {
    name: 'tokio',
    version: tokioVersion,
    serves: 'echo',
    command: (port) => [program, String(port)],
    dialect: lines,
  },
];

/**
 * The peers that can run here. Builds the one that must be built.
 * @param {(why: string) => void} tell - hears of each other one why it can't, in a sentence
 */
export function usablePeers(tell) {
  return peers.filter(({ name, version }) => {
    if (name === 'tokio') return build((why) => tell(`tokio: ${why}`)) !== undefined;
    if (version === '') tell(`${name}: It is not installed: it takes "npm ci --prefix bench".`);
    return version !== '';
  });
}

/**
 * @param {string} name
 * @param {string} version
 * @param {Peer['serves']} serves
 * @param {Dialect} dialect
 * @returns {Peer}
 */
function ofNode(name, version, serves, dialect) {
  const file = path.join(import.meta.dirname, `${name}.mjs`);
  return { name, version, serves, command: (port) => [process.execPath, file, String(port)], dialect };
}

/**
 * In bench/ itself: the root has a ws, too.
 * @param {string} name
 * @returns {string} its version
 */
function installed(name) {
  const file = path.join(import.meta.dirname, '../node_modules', name, 'package.json');
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).version : '';
}
