// A program that speaks JSON over WebSocket.

import { WebSocket } from 'ws';

/** @typedef {{ readonly type: string, readonly [name: string]: any }} Event */

/** An answer that does not come for so long never will: a fault of the server. */
const patience = 20_000;

export class Program {
  /** Where it stands in each room that it is in, for a resume. @type {Map<string, { epoch: string, offset: number }>} */
  positions = new Map();
  /** The last message that it said, and the last that it was told. */
  said = { room: '', message: '' };
  heard = { room: '', message: '' };
  session = '';
  name = '';
  /** @type {string | undefined} */
  token;
  /** How many connections it had. */
  connections = 0;
  isOpen = false;
  #url;
  #lastId = 0;
  /** @type {WebSocket | undefined} */
  #socket;
  /** @type {Map<number, { resolve(event: Event): void, reject(error: Error): void }>} */
  #waiting = new Map();

  /** @param {string} url */
  constructor(url) {
    this.#url = url;
  }

  /**
   * Connects, and greets.
   * @param {{ readonly token?: string, readonly name?: string, readonly session?: string }} hello
   * @returns {Promise<Event>} `welcome`, or why not
   */
  async connect(hello) {
    const socket = new WebSocket(this.#url, 'chathub.v1.json', { perMessageDeflate: false });
    this.#socket = socket;
    this.connections++;
    this.token = hello.token;
    socket.on('message', (data) => this.#hear(JSON.parse(String(data))));
    socket.on('close', () => this.#end(socket));
    await new Promise((resolve, reject) => {
      socket.on('open', () => resolve(undefined));
      socket.on('error', reject);
    });
    this.isOpen = true;
    const rooms = hello.session === undefined ? {} : { rooms: Object.fromEntries(this.positions) };
    const welcome = await this.ask({ type: 'hello', ...hello, ...rooms });
    if (welcome.type !== 'welcome') return welcome;
    this.session = welcome.session;
    this.name = welcome.member.name;
    this.positions = new Map(
      Object.entries(welcome.rooms).map(([room, { epoch, offset }]) => [room, { epoch, offset }]),
    );
    this.positions.delete('@');
    return welcome;
  }

  /**
   * Resolves with the reply, an error too.
   * @param {Event} command
   * @returns {Promise<Event>}
   */
  ask(command) {
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      if (!this.isOpen) {
        resolve({ type: 'gone' });
        return;
      }
      const timer = setTimeout(() => reject(new Error(`No answer to ${JSON.stringify(command)}`)), patience);
      this.#waiting.set(id, {
        reject,
        resolve: (event) => {
          clearTimeout(timer);
          resolve(event);
        },
      });
      this.#socket?.send(JSON.stringify({ ...command, id }));
    });
  }

  /** Sends what is no command. @param {string} frame */
  write(frame) {
    if (this.isOpen) this.#socket?.send(frame);
  }

  /** Says goodbye with a code. @param {number} code */
  close(code) {
    this.#socket?.close(code);
    return this.#gone();
  }

  /** Breaks off. */
  cut() {
    this.#socket?.terminate();
    return this.#gone();
  }

  #gone() {
    const socket = this.#socket;
    if (socket === undefined || socket.readyState === WebSocket.CLOSED) return Promise.resolve();
    return new Promise((resolve) => socket.once('close', () => resolve(undefined)));
  }

  /** @param {Event} event */
  #hear(event) {
    if (event.type === 'joined') this.positions.set(event.room, { epoch: event.epoch, offset: event.offset });
    else if (event.type === 'left') this.positions.delete(event.room);
    else if (event.type === 'renamed') this.name = event.name;
    else if (event.type === 'message') this.heard = { room: event.room, message: event.id };
    if (event.type !== 'sent' && event.room !== undefined && event.offset !== undefined) this.#advance(event);
    const waiter = this.#waiting.get(event.re);
    if (waiter === undefined) return;
    this.#waiting.delete(event.re);
    waiter.resolve(event);
  }

  /** @param {Event} event */
  #advance({ room, offset }) {
    const position = this.positions.get(room);
    if (position !== undefined) position.offset = Math.max(position.offset, offset);
  }

  /** @param {WebSocket} socket */
  #end(socket) {
    if (socket !== this.#socket) return;
    this.isOpen = false;
    for (const { resolve } of this.#waiting.values()) resolve({ type: 'gone' });
    this.#waiting.clear();
  }
}
