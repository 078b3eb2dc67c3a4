// What does not cost more when there is more of it. Each in a process of its own, with members that have no sockets.

import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { median } from './lib/measure.mjs';

const program = path.join(import.meta.dirname, 'servers/growth.mjs');

/** @param {string[]} words */
function ask(...words) {
  return Number(
    execFileSync('taskset', ['-c', '0', process.execPath, '--expose-gc', program, ...words], { encoding: 'utf8' }),
  );
}

/**
 * How much more a join and a leave cost in a room of 5,000 than in one of 500.
 *
 * @param {number} rounds
 */
export async function joins(rounds) {
  const ratios = [];
  for (let round = 0; round < rounds; round++) ratios.push(ask('joins', '5000') / ask('joins', '500'));
  return median(ratios);
}

/** Kilobytes for each of 10,000 rooms in which something was said, and nobody is any more. */
export async function idleRooms() {
  return ask('idle', '10000') / 1_024;
}

/** Kilobytes for each of 10,000 rooms in which somebody is, and nothing happens. */
export async function occupiedRooms() {
  return ask('occupied', '10000') / 1_024;
}
