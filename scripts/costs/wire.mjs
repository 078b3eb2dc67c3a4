// What stands for a socket: a stream of Node.js that takes each write at once, as a kernel does whose buffers have room.
// Nothing of what is counted then hangs on when the kernel hands over what was sent.

import { Duplex } from 'node:stream';

/** What was handed to the sockets of a server. */
export class Tally {
  writes = 0;
  bytes = 0;

  /** Counts what is written to a socket of the system's, as its stream hands it on. */
  watch(/** @type {import('node:net').Socket} */ socket) {
    const { _write: write, _writev: writev } = socket;
    socket._write = (chunk, encoding, done) => {
      this.add(chunk);
      write.call(socket, chunk, encoding, done);
    };
    socket._writev = (chunks, done) => {
      this.addAll(chunks);
      writev?.call(socket, chunks, done);
    };
  }

  /** @param {Uint8Array} chunk */
  add(chunk) {
    this.writes++;
    this.bytes += chunk.length;
  }

  /**
   * One call of the system, however many there are.
   * @param {{ chunk: Uint8Array }[]} chunks
   */
  addAll(chunks) {
    this.writes++;
    for (const { chunk } of chunks) this.bytes += chunk.length;
  }
}

/** The server's end of a connection; what a client sends is pushed into it. */
export class Wire extends Duplex {
  remoteAddress = '127.0.0.1';
  remotePort = 50_000;
  #tally;

  /** @param {Tally} tally */
  constructor(tally) {
    super();
    this.#tally = tally;
  }

  /** @param {Uint8Array} bytes */
  send(bytes) {
    this.push(bytes);
  }

  /** @override */
  _read() {}

  /**
   * @override
   * @param {Uint8Array} chunk
   * @param {string} _encoding
   * @param {() => void} done
   */
  _write(chunk, _encoding, done) {
    this.#tally.add(chunk);
    done();
  }

  /**
   * @override
   * @param {{ chunk: Uint8Array }[]} chunks
   * @param {() => void} done
   */
  _writev(chunks, done) {
    this.#tally.addAll(chunks);
    done();
  }

  setNoDelay() {
    return this;
  }

  setKeepAlive() {
    return this;
  }

  setTimeout() {
    return this;
  }
}
