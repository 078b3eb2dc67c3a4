import { once } from 'node:events';
import type { Socket } from 'node:net';
import type { RawPeer } from 'chathub/testing';
import { type ClientOptions, WebSocket } from 'ws';

/** A client that is connected, as `ws` makes one. */
export async function rawPeer(address: string, options: ClientOptions = {}): Promise<WebSocketPeer> {
  const ws = new WebSocket(address, { perMessageDeflate: false, ...options });
  const peer = new WebSocketPeer(ws);
  await once(ws, 'open');
  return peer;
}

interface Waiter {
  resolve(frame: string): void;
  reject(error: Error): void;
}

/** Text messages, in order. */
export class WebSocketPeer implements RawPeer {
  readonly ws: WebSocket;
  /** The code and reason of the end. */
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>;
  readonly #frames: string[] = [];
  readonly #waiters: Waiter[] = [];
  #socket: Socket | undefined;
  #over = false;

  constructor(ws: WebSocket) {
    this.ws = ws;
    this.closed = new Promise((resolve) =>
      ws.on('close', (code, reason) => {
        this.#over = true;
        for (const { reject } of this.#waiters.splice(0)) reject(new Error('The connection ended'));
        resolve({ code, reason: String(reason) });
      }),
    );
    ws.on('upgrade', ({ socket }) => (this.#socket = socket));
    ws.on('message', (data) => this.#take(String(data)));
    // A reset is one way to end, and 'close' follows.
    ws.on('error', () => undefined);
  }

  send(frame: string): void {
    this.ws.send(frame);
  }

  next(): Promise<string> {
    const frame = this.#frames.shift();
    if (frame !== undefined) return Promise.resolve(frame);
    if (this.#over) return Promise.reject(new Error('The connection ended'));
    return new Promise((resolve, reject) => this.#waiters.push({ resolve, reject }));
  }

  stall(): void {
    this.ws.pause();
  }

  resume(): void {
    this.ws.resume();
  }

  leave(): void {
    this.ws.close(1000);
  }

  cut(): void {
    this.#socket?.resetAndDestroy();
    this.ws.terminate();
  }

  #take(frame: string): void {
    const waiter = this.#waiters.shift();
    if (waiter === undefined) this.#frames.push(frame);
    else waiter.resolve(frame);
  }
}
