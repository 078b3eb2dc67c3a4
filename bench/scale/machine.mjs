// What the machine does besides: figures are the server's alone only while that is nothing.

import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';

/** Looks at the clock as often, in milliseconds. */
const often = 20;

/** What may be used of the processors while nobody measures, as a part of one. */
const idle = 0.06;
const looks = 2;
const lookMs = 2_000;
const patienceMs = 300_000;

export class Machine {
  #looked = performance.now();
  #late = 0;

  constructor() {
    setInterval(() => this.#look(), often).unref();
  }

  /**
   * The most milliseconds by which this process was late since this was last asked: virtual machines and processes are stopped at
   * times, and clocks go on.
   */
  late() {
    this.#look();
    const late = this.#late;
    this.#late = 0;
    return late;
  }

  /** Resolves when nobody else uses the processors, or when that does not come about. */
  async quiet() {
    const until = performance.now() + patienceMs;
    for (let quiet = 0; quiet < looks && performance.now() < until; ) {
      const before = { at: performance.now(), busy: busyTime() };
      await pause(lookMs);
      const seconds = (performance.now() - before.at) / 1_000;
      quiet = busyTime() - before.busy < idle * seconds && seconds < lookMs / 500 ? quiet + 1 : 0;
    }
  }

  #look() {
    const now = performance.now();
    this.#late = Math.max(this.#late, now - this.#looked - often);
    this.#looked = now;
  }
}

/**
 * Seconds for which a processor, or all of them, did something (proc_stat(5)): for users, nicely, for the system, for interrupts.
 *
 * @param {string} [processor]
 */
export function busyTime(processor = '') {
  const [, user, nice, system, , , hard, soft, stolen] = lineOf('/proc/stat', `cpu${processor} `)
    .split(/ +/)
    .map(Number);
  const ticks = [user, nice, system, hard, soft, stolen].reduce((/** @type {number} */ sum, some = 0) => sum + some, 0);
  // There are a hundred a second everywhere (USER_HZ).
  return ticks / 100;
}

/** Connects that the system has dropped so far because as many waited as may (the backlog): each is repeated after a second, then after two more. */
export function droppedConnects() {
  const names = lineOf('/proc/net/netstat', 'TcpExt:').split(' ');
  const values = lineOf('/proc/net/netstat', 'TcpExt:', 1).split(' ');
  return Number(values[names.indexOf('ListenOverflows')]);
}

/**
 * @param {string} file
 * @param {string} start - of the line
 * @param {number} [index] - of several
 */
function lineOf(file, start, index = 0) {
  const lines = readFileSync(file, 'utf8').split('\n');
  return lines.filter((line) => line.startsWith(start))[index] ?? '';
}
