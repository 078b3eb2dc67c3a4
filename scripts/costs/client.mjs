// A client over a socket of the system, in the same process as its server.

import { connect } from 'node:net';

/** What is said has it once, and nothing else has it. */
export const mark = '#';

export class Client {
  #socket;
  #text = '';
  #check = () => {};

  /** @param {number} port */
  constructor(port) {
    this.#socket = connect(port, '127.0.0.1').setNoDelay(true).setEncoding('latin1');
    this.#socket.on('data', (chunk) => {
      this.#text += chunk;
      this.#check();
    });
  }

  /** @param {Uint8Array | string} bytes */
  send(bytes) {
    this.#socket.write(bytes);
  }

  /**
   * Resolves when so much is heard; the next one begins anew.
   * @param {string} word
   * @param {number} [times]
   */
  hear(word, times = 1) {
    return /** @type {Promise<void>} */ (
      new Promise((resolve) => {
        this.#check = () => {
          if (this.#text.split(word).length <= times) return;
          this.#text = '';
          resolve();
        };
        this.#check();
      })
    );
  }
}
