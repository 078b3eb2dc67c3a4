import type { AddressInfo, Socket } from 'node:net';
import type { Accept } from '../../ports/transport.js';
import { authorityOf } from '../shared/addresses.js';
import { TcpConnection, type Terms } from './connection.js';
import type { Door } from './server.js';

/** One time of listening, from start to stop. */
export class Listener {
  readonly #door: Door;
  readonly #accept: Accept;
  readonly #terms: Terms;
  readonly #event: 'connection' | 'secureConnection';
  readonly #stopped = new AbortController();
  #opened: Promise<void> | undefined;
  #addresses: readonly string[] = [];
  #unix = false;

  constructor(door: Door, accept: Accept, terms: Terms) {
    this.#door = door;
    this.#accept = accept;
    this.#terms = terms;
    // A TLS server has 'connection' too: it is for the socket beneath, before the handshake.
    this.#event = door.secure ? 'secureConnection' : 'connection';
  }

  get addresses(): readonly string[] {
    return this.#addresses;
  }

  open(): Promise<void> {
    this.#opened ??= this.#open();
    return this.#opened;
  }

  async close(): Promise<void> {
    this.#stopped.abort();
    // Binding cannot be called off once it is under way: it is undone.
    await this.#opened?.catch(() => {});
    this.#shut();
  }

  async #open(): Promise<void> {
    const { server } = this.#door;
    server.on(this.#event, this.#admit);
    try {
      await this.#door.open(this.#stopped.signal);
      if (this.#stopped.signal.aborted) throw new Error('Stopped before it was listening.');
    } catch (error) {
      this.#shut();
      throw error;
    }
    const address = server.address();
    this.#unix = typeof address === 'string';
    this.#addresses = address === null ? [] : [urlOf(address, this.#door.secure)];
  }

  #shut(): void {
    this.#addresses = [];
    this.#door.server.off(this.#event, this.#admit);
    this.#door.close();
  }

  readonly #admit = (socket: Socket): void => {
    const connection = new TcpConnection(socket, this.#terms);
    // Nobody knows the address of a peer that was gone before it was accepted.
    if (connection.remoteAddress === undefined && !this.#unix) connection.terminate();
    else connection.serve(this.#accept);
  };
}

function urlOf(address: AddressInfo | string, secure: boolean): string {
  return typeof address === 'string' ? `unix:${address}` : `${secure ? 'tls' : 'tcp'}://${authorityOf(address)}`;
}
