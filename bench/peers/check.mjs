// Whether each peer does what it is for, in the words of its dialect. Some seconds.
//
//   node bench/peers/check.mjs [NAME...]

import { deepEqual, equal, ok } from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import net from 'node:net';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { usablePeers } from './index.mjs';

/** @typedef {import('./index.mjs').Peer} Peer */

const names = process.argv.slice(2);
const limit = 5_000;

for (const peer of usablePeers(console.log)) {
  if (names.length > 0 && !names.includes(peer.name)) continue;
  try {
    await check(peer);
    console.log(`ok    ${peer.name} ${peer.version}`);
  } catch (error) {
    console.log(`FAIL  ${peer.name} ${peer.version}: ${error instanceof Error ? error.stack : error}`);
    process.exitCode = 1;
  }
}

/** @param {Peer} peer */
async function check(peer) {
  const port = await freePort();
  const [command = '', ...parameters] = peer.command(port);
  const child = spawn(command, parameters, { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'exit');
  let printed = '';
  child.stdout.setEncoding('utf8').on('data', (text) => {
    printed += text;
  });
  try {
    await until(() => printed !== '', `${peer.name} does not listen`);
    await (peer.serves === 'rooms' ? rooms(peer, port) : echo(port));
  } finally {
    child.kill('SIGTERM');
    const isOver = await Promise.race([ended.then(() => true), pause(limit, false, { ref: false })]);
    if (!isOver) child.kill('SIGKILL');
    ok(isOver, 'does not end on SIGTERM');
  }
  equal(printed, 'listening\n');
}

/**
 * What one says is heard by both in the room, once and in the order in which it was said, and by nobody elsewhere.
 * @param {Peer} peer
 * @param {number} port
 */
async function rooms(peer, port) {
  const [ann, bob, eve] = [await enter(peer, port, 'a'), await enter(peer, port, 'a'), await enter(peer, port, 'b')];
  const said = Array.from({ length: 100 }, (_, number) => `${number} ${'x'.repeat(60)}`);
  for (const [number, text] of said.entries()) (number % 10 < 5 ? ann : eve).say(text);
  const expected = { a: said.filter((_, number) => number % 10 < 5), b: said.filter((_, number) => number % 10 >= 5) };
  await until(() => bob.heard.length >= 50 && eve.heard.length >= 50, 'not all was heard');
  // Time for what should not come.
  await pause(100);
  for (const { heard, room } of [ann, bob, eve]) {
    const frames = expected[room].map((text) => peer.dialect.say.replace('{text}', text));
    deepEqual(heard, frames);
  }
  for (const { socket } of [ann, bob, eve]) socket.close();
  await Promise.all([ann, bob, eve].map(({ socket }) => once(socket, 'close')));
  // A room from which all have gone takes others.
  const zoe = await enter(peer, port, 'a');
  zoe.say('hello');
  await until(() => zoe.heard.length > 0, 'nothing was heard in a room that had been empty');
  zoe.socket.terminate();
}

/**
 * @param {Peer} peer
 * @param {number} port
 * @param {'a' | 'b'} room
 */
async function enter({ dialect }, port, room) {
  const address = `ws://127.0.0.1:${port}${(dialect.path ?? '/').replace('{room}', room)}`;
  const socket = new WebSocket(address, dialect.protocol ?? [], { perMessageDeflate: false });
  /** @type {string[]} */
  const heard = [];
  socket.on('message', (data, isBinary) => {
    equal(isBinary, false);
    const frame = String(data);
    const answer = dialect.answer?.find(({ to }) => frame.startsWith(to));
    if (answer === undefined) heard.push(frame);
    else socket.send(answer.with.replace('{rest}', frame.slice(answer.to.length)));
  });
  await once(socket, 'open');
  equal(socket.extensions, '');
  for (const { send, until: word } of dialect.greet) {
    if (send !== '') socket.send(send);
    await until(() => heard.shift()?.includes(word) === true, `no ${word} came`);
  }
  return { socket, room, heard, say: (/** @type {string} */ text) => socket.send(dialect.say.replace('{text}', text)) };
}

/**
 * 1,000 lines at once come back in order, however they are cut.
 * @param {number} port
 */
async function echo(port) {
  const socket = net.connect(port, '127.0.0.1');
  await once(socket, 'connect');
  /** @type {string[]} */
  const heard = [];
  createInterface({ input: socket }).on('line', (line) => heard.push(line));
  const said = Array.from({ length: 1_000 }, (_, number) => `${number} ${'x'.repeat(60)}`);
  const text = said.map((line) => `${line}\n`).join('');
  socket.write(text.slice(0, 30));
  // What is not a line yet has no answer.
  await pause(50);
  equal(heard.length, 0);
  socket.write(text.slice(30));
  await until(() => heard.length >= said.length, 'not all came back');
  deepEqual(heard, said);
  socket.destroy();
}

/**
 * @param {() => boolean} isSo
 * @param {string} otherwise
 */
async function until(isSo, otherwise) {
  const end = performance.now() + limit;
  while (!isSo()) {
    ok(performance.now() < end, otherwise);
    await pause(5);
  }
}

async function freePort() {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = /** @type {net.AddressInfo} */ (server.address());
  server.close();
  return port;
}
