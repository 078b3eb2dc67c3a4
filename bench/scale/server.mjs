// A server of its own process, which is told by messages what to do, and may be killed and started again on its ports.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { freePort, serverCore } from '../lib/server.mjs';
import { busyTime } from './machine.mjs';

/** `others`: seconds for which its processor did something that was not of its process.
 * @typedef {import('../servers/scale.mjs').Facts & { others: number }} Facts */
/** @typedef {import('../servers/scale.mjs').Order} Order */

const program = path.resolve(import.meta.dirname, '../servers/scale.mjs');

/** Seconds for whatever it is asked. */
const patience = 60;

/** Where it is, and what it works on: another process may go on with that. */
export class Place {
  port = 0;
  tcpPort = 0;
  /** @type {string | undefined} */
  file;
  /** @type {string | undefined} */
  profiles;

  /** @param {{ file?: string | undefined, profiles?: string | undefined }} options - profiles: a folder for those of V8 */
  static async find({ file, profiles } = {}) {
    const place = new Place();
    place.port = await freePort();
    place.tcpPort = await freePort();
    place.file = file;
    place.profiles = profiles;
    return place;
  }
}

export class ScaleServer {
  /** @type {import('node:child_process').ChildProcess} */
  #child;
  #errors = '';
  #busyBefore = busyTime(serverCore);
  place;

  /**
   * @param {import('node:child_process').ChildProcess} child
   * @param {Place} place
   */
  constructor(child, place) {
    this.#child = child;
    this.place = place;
    child.stderr?.setEncoding('utf8').on('data', (text) => (this.#errors += text));
  }

  /** @param {Place} place */
  static async start(place) {
    const { port, tcpPort, file, profiles } = place;
    const words = [
      '--expose-gc',
      ...(profiles === undefined ? [] : ['--cpu-prof', '--cpu-prof-interval', '200', '--cpu-prof-dir', profiles]),
    ];
    words.push(program, String(port), String(tcpPort), ...(file === undefined ? [] : [file]));
    const child = spawn('taskset', ['-c', serverCore, process.execPath, ...words], {
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    const server = new ScaleServer(child, place);
    await server.#answer('to listen');
    return server;
  }

  get pid() {
    return /** @type {number} */ (this.#child.pid);
  }

  /** For clients that speak WebSocket. */
  get port() {
    return this.place.port;
  }

  /** For clients that speak JSON over TCP. */
  get overTcp() {
    return { port: this.place.tcpPort, pid: this.pid };
  }

  /** What `facts()` tells is of the time since this. */
  async begin() {
    const facts = await this.#ask({ type: 'begin' });
    this.#busyBefore = busyTime(serverCore);
    return facts;
  }

  facts() {
    return this.#ask({ type: 'facts' });
  }

  /** The same without garbage; to collect it is a stall of its own. */
  collected() {
    return this.#ask({ type: 'collect' });
  }

  /**
   * The server itself says something in rooms.
   *
   * @param {string[]} rooms
   * @param {number} times
   * @param {string} text
   */
  say(rooms, times, text) {
    return this.#ask({ type: 'say', rooms, times, text });
  }

  /**
   * Resolves when it has ended.
   *
   * @param {'SIGTERM' | 'SIGKILL'} signal
   */
  async kill(signal) {
    const gone = this.#exit();
    this.#child.kill(signal);
    await within(gone, `the server to end after ${signal}`);
  }

  /** It ends by itself when nobody holds it, so that a profile is written. */
  async stop() {
    const gone = this.#exit();
    if (this.#child.connected) this.#child.disconnect();
    const late = setTimeout(() => this.#child.kill('SIGKILL'), 20_000);
    await gone;
    clearTimeout(late);
    if (this.#errors !== '') throw new Error(this.#errors);
  }

  async #exit() {
    if (this.#child.exitCode === null && this.#child.signalCode === null) await once(this.#child, 'exit');
  }

  /**
   * @param {Order} order
   * @returns {Promise<Facts>}
   */
  async #ask(order) {
    const answer = this.#answer(`to answer "${order.type}"`);
    this.#child.send(order);
    /** @type {import('../servers/scale.mjs').Facts} */
    const facts = await answer;
    return { ...facts, others: busyTime(serverCore) - this.#busyBefore - facts.cpu };
  }

  /** @param {string} what */
  async #answer(what) {
    const stop = new AbortController();
    const options = { signal: stop.signal };
    const ended = once(this.#child, 'exit', options).then(() => {
      throw new Error(`the server ended: ${this.#errors}`);
    });
    try {
      const [answer] = await within(Promise.race([once(this.#child, 'message', options), ended]), `the server ${what}`);
      return answer;
    } finally {
      ended.catch(() => {});
      stop.abort();
    }
  }
}

/**
 * @template T
 * @param {Promise<T>} promise
 * @param {string} what - is waited for
 * @returns {Promise<T>}
 */
async function within(promise, what) {
  /** @type {NodeJS.Timeout | undefined} */
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`waited ${patience} s for ${what}`)), patience * 1_000);
  });
  try {
    return await Promise.race([promise, /** @type {Promise<never>} */ (late)]);
  } finally {
    clearTimeout(timer);
  }
}
