// A member that looks into what is compressed, as the load generator doesn't.

import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { WebSocket } from 'ws';

/** @typedef {import('../lib/server.mjs').Server} Server */
/** @typedef {import('../lib/server.mjs').Dialect} Dialect */

/** The room that the load generator calls its first. */
const room = 'r0';
const mark = /~[0-9a-f]{6}\.[0-9a-f]{10}\.[0-9a-f]{16}~/;

export class Listener {
  /** @type {string[]} */
  #heard = [];
  #socket;
  #say;

  /**
   * @param {WebSocket} socket
   * @param {string} say
   */
  constructor(socket, say) {
    this.#socket = socket;
    this.#say = say;
    socket.on('message', (data) => this.#heard.push(String(data)));
  }

  /**
   * Offers compression, and is in the room.
   *
   * @param {Server} server
   * @param {Dialect} dialect
   */
  static async join(server, { path = '/', protocol, greet, say }) {
    const url = `ws://127.0.0.1:${server.port}${path.replace('{room}', room)}`;
    const socket = new WebSocket(url, protocol === undefined ? [] : [protocol], { perMessageDeflate: true });
    const listener = new Listener(socket, say);
    await once(socket, 'open');
    for (const { send, until } of greet) {
      if (send !== '') socket.send(send.replace('{room}', room));
      await listener.#until(() => listener.#heard.some((text) => text.includes(until)));
      listener.#heard = [];
    }
    return listener;
  }

  /** @param {string} text */
  say(text) {
    this.#socket.send(this.#say.replace('{room}', room).replace('{text}', text));
  }

  /**
   * That what was said is what was heard: each text once, in turn, and the probe before them.
   *
   * @param {readonly string[]} texts - as they are in the load generator's file
   * @param {number} said - how many, with the probe
   */
  async check(texts, said) {
    const marked = () => this.#heard.filter((payload) => mark.test(payload));
    await this.#until(() => marked().length >= said);
    const heard = marked();
    if (heard.length !== said) throw new Error(`${said} messages were said, and ${heard.length} heard`);
    for (const [number, payload] of heard.entries()) {
      const text = number === 0 ? '' : (texts[number % texts.length] ?? '');
      const [found = ''] = mark.exec(payload) ?? [];
      const rest = payload.slice(payload.indexOf(found) + found.length);
      const same = rest.startsWith(text) && /^("|$)/.test(rest.slice(text.length));
      if (!same) throw new Error(`message ${number} is not what was said: ${payload.slice(0, 200)}`);
    }
    return heard.length;
  }

  leave() {
    this.#socket.terminate();
  }

  /** @param {() => boolean} there */
  async #until(there) {
    for (let tries = 0; !there() && tries < 300; tries++) await pause(10);
    if (!there()) throw new Error(`${this.#heard.length} messages came, and not what was waited for`);
  }
}
