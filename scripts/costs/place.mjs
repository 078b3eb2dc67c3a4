// A chat to be measured: a real hub, with the memory engine, behind a real server of Node.js.

import { once } from 'node:events';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { Tally, Wire } from './wire.mjs';

/** @typedef {import('./tongues.mjs').Tongue} Tongue */
/**
 * @typedef {object} Library
 * @property {typeof import('chathub')} core
 * @property {typeof import('chathub/tcp')} overTcp
 * @property {typeof import('chathub/websocket')} overWebSocket
 */

/**
 * The package in a folder, found by its `exports`.
 * @param {string} folder
 * @returns {Promise<Library>}
 */
export async function loadPackage(folder) {
  const { resolve } = createRequire(path.join(path.resolve(folder), 'package.json'));
  const load = (/** @type {string} */ entry) => import(pathToFileURL(resolve(entry)).href);
  const [core, overTcp, overWebSocket] = await Promise.all(
    ['chathub', 'chathub/tcp', 'chathub/websocket'].map((entry) => load(entry)),
  );
  return { core, overTcp, overWebSocket };
}

/** Time stands still, so that no timer fires while something is counted, and messages are of one length. */
const clock = { now: () => 1_700_000_000_000, monotonic: () => 0, after: () => () => undefined };

/** As many turns of the event loop as the hub may take to answer, and some. */
const enoughTurns = 12;

/** One server with its clients. */
export class Place {
  tally = new Tally();
  tongue;
  #server;

  /**
   * @param {Tongue} tongue
   * @param {import('node:net').Server} server
   */
  constructor(tongue, server) {
    this.tongue = tongue;
    this.#server = server;
  }

  /**
   * @param {Library} library
   * @param {Tongue} tongue
   */
  static async open(library, tongue) {
    // Whoever says much is not the subject here, and neither is silence.
    const off = Number.POSITIVE_INFINITY;
    const limits = { sendsPerSecond: off, commandsPerSecond: off, heartbeat: off };
    const hub = new library.core.ChatHub({ clock, limits });
    hub.on('error', ({ error }) =>
      queueMicrotask(() => {
        throw error;
      }),
    );
    // What is said outside of rooms goes back, as in examples/echo.ts.
    hub.on('message', ({ member, room, text }) => room === undefined && member.send(text));
    const server = tongue.createServer();
    await once(server.listen(0, '127.0.0.1'), 'listening');
    await hub.listen(tongue.transport(library, server));
    return new Place(tongue, server);
  }

  /** A port for real clients. */
  get port() {
    return /** @type {import('node:net').AddressInfo} */ (this.#server.address()).port;
  }

  /** Counts what is written to sockets of the system's, too. */
  watchSockets() {
    this.#server.prependListener('connection', (socket) => this.tally.watch(socket));
  }

  /** Node.js lets servers be given any stream as a connection. */
  async connect() {
    const wire = new Wire(this.tally);
    this.#server.emit('connection', wire);
    if (this.tongue.opening !== '') wire.send(Buffer.from(this.tongue.opening));
    await settled();
    return wire;
  }

  /** Somebody who is in no room yet. */
  async greeted(/** @type {string} */ name) {
    const wire = await this.connect();
    wire.send(this.tongue.hello(name));
    await settled();
    return wire;
  }

  /**
   * @param {string} room
   * @param {number} count
   */
  async fill(room, count) {
    const members = [];
    for (let index = 0; index < count; index++) {
      const wire = await this.greeted(`${room}-${index}`);
      wire.send(this.tongue.join(room));
      await settled();
      members.push(wire);
    }
    return members;
  }
}

/** Resolves when the hub has done all that it was asked. */
export function settled() {
  return /** @type {Promise<void>} */ (
    new Promise((resolve) => {
      let left = enoughTurns;
      const turn = () => (--left === 0 ? resolve() : setImmediate(turn));
      setImmediate(turn);
    })
  );
}
