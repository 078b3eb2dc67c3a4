// A person at a terminal, over TCP.

import { once } from 'node:events';
import { connect } from 'node:net';

export class Person {
  /** For `/resume`. */
  token = '';
  isOpen = false;
  /** @type {Set<string>} */
  rooms = new Set();
  #port;
  /** @type {import('node:net').Socket | undefined} */
  #socket;

  /** @param {number} port */
  constructor(port) {
    this.#port = port;
  }

  /** Resolves when the server has said welcome. */
  async connect() {
    const socket = connect({ port: this.#port, host: '127.0.0.1' });
    this.#socket = socket;
    let text = '';
    await new Promise((resolve) => {
      socket.on('data', (/** @type {Buffer} */ data) => {
        // Nothing is looked at but the welcome.
        if (this.isOpen) return;
        text += data;
        const [, token] = /\(\/resume (\S+) /.exec(text) ?? [];
        if (token === undefined) return;
        this.token = token;
        this.isOpen = true;
        resolve(undefined);
      });
      // Refused, or cut off.
      socket.on('error', () => undefined);
      socket.on('close', () => {
        this.isOpen = false;
        resolve(undefined);
      });
    });
  }

  /** @param {string} line */
  say(line) {
    if (this.isOpen) this.#socket?.write(`${line}\n`);
  }

  /** @param {string} room */
  join(room) {
    this.rooms.add(room);
    this.say(`/join ${room}`);
  }

  /** Goes to another of its rooms, if it has one. @param {string} room */
  leave(room) {
    if (this.rooms.size < 2) return;
    this.rooms.delete(room);
    const [next] = this.rooms;
    this.say(`/leave ${room}\n/switch ${next}`);
  }

  /** Hangs up, with a FIN or with a RST. @param {'end' | 'resetAndDestroy'} how */
  async hangUp(how) {
    const socket = this.#socket;
    if (socket === undefined || socket.closed) return;
    const closed = once(socket, 'close');
    socket[how]();
    await closed;
  }
}
