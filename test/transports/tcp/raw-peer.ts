import { once } from 'node:events';
import net from 'node:net';
import type { RawPeer } from 'chathub/testing';

/** A client that speaks lines which end with LF, and shows them without their terminator. */
export async function rawPeer(address: string): Promise<RawPeer> {
  const { hostname, port } = new URL(address);
  const socket = net.connect({ host: hostname.replace(/[[\]]/g, ''), port: Number(port), noDelay: true });
  await once(socket, 'connect');
  return new SocketPeer(socket);
}

interface Waiter {
  resolve(line: string): void;
  reject(error: Error): void;
}

class SocketPeer implements RawPeer {
  readonly closed: Promise<void>;
  readonly #socket: net.Socket;
  readonly #lines: string[] = [];
  readonly #waiters: Waiter[] = [];
  #rest = '';
  #over = false;

  constructor(socket: net.Socket) {
    this.#socket = socket;
    this.closed = new Promise((resolve) => socket.once('close', () => resolve()));
    socket.setEncoding('utf8');
    socket.on('data', (text: string) => this.#read(text));
    socket.on('end', () => this.#stop());
    socket.on('close', () => this.#stop());
    // A reset is one way to end, and 'close' follows.
    socket.on('error', () => undefined);
  }

  send(frame: string): void {
    this.#socket.write(`${frame}\n`);
  }

  next(): Promise<string> {
    const line = this.#lines.shift();
    if (line !== undefined) return Promise.resolve(line);
    if (this.#over) return Promise.reject(new Error('The connection ended'));
    return new Promise((resolve, reject) => this.#waiters.push({ resolve, reject }));
  }

  stall(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  end(): void {
    this.#socket.end();
  }

  cut(): void {
    this.#socket.resetAndDestroy();
  }

  #read(text: string): void {
    const lines = `${this.#rest}${text}`.split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) {
      const shown = line.endsWith('\r') ? line.slice(0, -1) : line;
      const waiter = this.#waiters.shift();
      if (waiter === undefined) this.#lines.push(shown);
      else waiter.resolve(shown);
    }
  }

  #stop(): void {
    this.#over = true;
    for (const waiter of this.#waiters.splice(0)) waiter.reject(new Error('The connection ended'));
  }
}
