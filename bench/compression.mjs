// What compressing once for all members costs and saves, against compressing for each: see README.md.
//
//   node bench/compression.mjs [--quick] [--rounds 3] [--seconds 1]      needs dist/, or the folder that CHATHUB_DIST names, and a C compiler

import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { median } from './lib/measure.mjs';
import { prepare } from './lib/prepare.mjs';
import { Goals } from './table.mjs';

/** @typedef {import('./lib/server.mjs').Subject} Subject */
/** @typedef {import('./compression/rounds.mjs').Figures} Figures */

const { values: options } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    rounds: { type: 'string' },
    seconds: { type: 'string', default: '1' },
  },
});
const rounds = Number(options.rounds ?? (options.quick ? 1 : 3));
const seconds = Number(options.seconds);
const sizes = options.quick ? [500, 2_048, 8_192] : [500, 2_048, 8_192, 32_768];
const rooms = options.quick ? [100] : [10, 100];
/** From which on ChatHub compresses. */
const threshold = 1_024;

prepare();
// The peers are there from now on.
const { measureCompressed, weighCompressed } = await import('./compression/rounds.mjs');
const { compressing, deflating, plain, plainWs, socketIo, takingOver } = await import('./compression/subjects.mjs');
const subjects = [plain, compressing, plainWs, deflating, takingOver, socketIo];
const goals = new Goals();
const folder = mkdtempSync(path.join(os.tmpdir(), 'chathub-compression-'));
const file = path.join(folder, 'texts');
try {
  for (const members of rooms) for (const bytes of sizes) await compare(members, bytes);
  await compareConnections(1_000);
} finally {
  rmSync(folder, { recursive: true });
}
process.exit(goals.met ? 0 : 1);

/**
 * @param {number} members
 * @param {number} bytes
 */
async function compare(members, bytes) {
  /** @type {Map<Subject, Figures[]>} */
  const found = new Map(subjects.map((subject) => [subject, []]));
  for (let round = 0; round < rounds; round++)
    for (const subject of round % 2 === 0 ? subjects : [...subjects].reverse())
      found.get(subject)?.push(await measureCompressed(subject, { members, bytes, seconds, file }));

  tell(`${members} members, messages of ${bytes.toLocaleString('en')} bytes`, found);
  const share = middle(found, compressing, 'compressed');
  if (bytes < threshold) {
    goals.atMost('share that is compressed, below 1 KiB', share, 0, ' ');
    return;
  }
  goals.atLeast('share that is compressed', share, 1, ' ');
  goals.atMost(
    'CPU of what ws takes to compress',
    ratio(found, 'perDelivery', deflating),
    members < 100 ? 1 : 1 / 5,
    'x',
  );
  goals.atMost('bytes of what ws sends, compressed', ratio(found, 'received', deflating), 1.15, 'x');
  goals.fact('CPU of what ChatHub takes without', `${ratio(found, 'perDelivery', plain).toFixed(2).padStart(8)} x`);
}

/**
 * @param {string} title
 * @param {Map<Subject, Figures[]>} found
 */
function tell(title, found) {
  const head = ['CPU µs', 'bytes', 'compressed', 'p50 µs', 'heard'];
  goals.heading(`${title}\n${' '.repeat(28)}${head.map((word) => word.padStart(12)).join('')}`);
  for (const subject of subjects) {
    const of = (/** @type {keyof Figures} */ key) => middle(found, subject, key);
    const share = `${(of('compressed') * 100).toFixed(0)} %`;
    const row = [
      of('perDelivery').toFixed(2),
      of('received').toFixed(0),
      share,
      of('p50').toFixed(0),
      of('checked').toFixed(0),
    ];
    console.log(`      ${subject.name.padEnd(22)}${row.map((word) => word.padStart(12)).join('')}`);
  }
}

/**
 * What ChatHub takes, compressing, of what another one takes.
 *
 * @param {Map<Subject, Figures[]>} found
 * @param {'perDelivery' | 'received'} key
 * @param {Subject} other
 */
function ratio(found, key, other) {
  const theirs = found.get(other) ?? [];
  return median((found.get(compressing) ?? []).map((ours, round) => ours[key] / (theirs[round]?.[key] ?? Number.NaN)));
}

/**
 * @param {Map<Subject, Figures[]>} found
 * @param {Subject} subject
 * @param {keyof Figures} key
 */
function middle(found, subject, key) {
  return median((found.get(subject) ?? []).map((figures) => figures[key]));
}

/** @param {number} connections */
async function compareConnections(connections) {
  const many = connections.toLocaleString('en');
  goals.heading(`${many} connections that were sent 5 messages of 2,048 bytes: KB of memory each`);
  /** @type {Map<Subject, number>} */
  const weights = new Map();
  for (const subject of subjects) {
    const bytes = await weighCompressed(subject, { connections, bytes: 2_048, settle: 3_000, file });
    weights.set(subject, bytes / 1_024);
    goals.fact(subject.name, (bytes / 1_024).toFixed(1).padStart(8));
  }
  const added = (/** @type {Subject} */ subject, /** @type {Subject} */ without) =>
    (weights.get(subject) ?? Number.NaN) - (weights.get(without) ?? Number.NaN);
  // What it adds here is less than what two runs differ by, and may come out below nothing.
  const share = Math.max(0, added(compressing, plain)) / added(deflating, plainWs);
  goals.atMost('memory of what compression adds to ws', share, 1 / 5, 'x');
}
