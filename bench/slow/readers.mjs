// Members of one room, some of whom read nothing: `readers.mjs URL MEMBERS STALLED SECONDS RATE BYTES`. One of the others talks. Tells
// when all are in, and at the end what the others were told, and when.

import { setTimeout as pause } from 'node:timers/promises';
import { WebSocket } from 'ws';

/** @typedef {{ said: number, told: number, faults: number, p50: number, p99: number, most: number, late: number }} Told */

const [url = '', ...numbers] = process.argv.slice(2);
const [members = 0, stalled = 0, seconds = 0, rate = 0, bytes = 0] = numbers.map(Number);
const others = members - stalled;
const perSecond = rate / bytes;
const total = Math.round(perSecond * seconds);

/** Milliseconds from each send to each reader. */
const times = new Float32Array(total * others);
let told = 0;
/** Messages that came twice, in another order, or after a hole. */
let faults = 0;
/** @type {(() => void) | undefined} */
let onAll;

const sockets = await Promise.all(Array.from({ length: members }, (_, index) => enter(index >= others)));
process.send?.('ready');
await new Promise((resolve) => process.once('message', resolve));
const late = await talk();
if (told < total * others)
  await Promise.race([new Promise((resolve) => (onAll = () => resolve(undefined))), pause(20_000)]);
const sorted = times.subarray(0, told).sort();
/** @type {Told} */
const result = { said: total, told, faults, p50: quantile(0.5), p99: quantile(0.99), most: quantile(1), late };
process.send?.(result);
process.on('disconnect', () => {
  for (const socket of sockets) socket.terminate();
  process.exit();
});

/** @param {boolean} isStalled */
async function enter(isStalled) {
  const socket = new WebSocket(url, { perMessageDeflate: false });
  let next = 0;
  await new Promise((resolve, reject) => {
    socket.on('error', reject);
    socket.on('open', () => socket.send('{"type":"join","room":"lobby"}'));
    socket.on('message', (data) => {
      // By how it begins: who parses it all is the slowest of all.
      const head = /** @type {Buffer} */ (data).toString('latin1', 0, 400);
      if (head.startsWith('{"type":"joined"')) resolve(undefined);
      else if (head.startsWith('{"type":"message"')) next = read(head, next);
    });
  });
  // No byte is taken from the kernel from here on.
  if (isStalled) socket.pause();
  return socket;
}

/**
 * @param {string} head
 * @param {number} expected - the number of the message that is next
 */
function read(head, expected) {
  const [, number, at] = /"text":"(\d+) (\S+) /.exec(head) ?? [];
  if (told < times.length) times[told] = performance.now() - Number(at);
  if (++told === total * others) onAll?.();
  if (Number(number) !== expected) faults++;
  return Number(number) + 1;
}

/** Says something at its time, however long the last took. Gives the longest delay of the clock, which is ours and not the server's. */
async function talk() {
  const [talker] = sockets;
  const began = performance.now();
  let late = 0;
  for (let number = 0; number < total; number++) {
    const due = began + (number / perSecond) * 1_000;
    const wait = due - performance.now();
    if (wait > 0) await pause(wait);
    late = Math.max(late, performance.now() - due);
    const text = `${number} ${performance.now().toFixed(3)} `.padEnd(bytes, 'x');
    talker?.send(JSON.stringify({ type: 'send', room: 'lobby', text }));
  }
  return late;
}

/** @param {number} part */
function quantile(part) {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN;
}
