import type { AddressInfo } from 'node:net';
import type { Accept } from '../../ports/transport.js';
import { authorityOf } from '../shared/addresses.js';
import { TcpConnection, type Terms } from './connection.js';
import type { Place } from './options.js';
import type { Arrival, Door } from './server.js';

/** One time of listening, from start to stop. */
export class Listener {
  readonly door: Door;
  readonly #place: Place;
  readonly #accept: Accept;
  readonly #terms: Terms;
  readonly #stopped = new AbortController();
  #opened: Promise<void> | undefined;
  #addresses: readonly string[] = [];
  #unix = false;

  constructor(door: Door, place: Place, accept: Accept, terms: Terms) {
    this.door = door;
    this.#place = place;
    this.#accept = accept;
    this.#terms = terms;
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
    try {
      await this.door.open((arrival) => this.#admit(arrival), this.#stopped.signal);
      if (this.#stopped.signal.aborted) throw new Error('Stopped before it was listening.');
    } catch (error) {
      this.#shut();
      throw error;
    }
    const { address } = this.door;
    // Of a Unix socket that was handed to this process, Node.js does not know the path.
    this.#unix = typeof address === 'string' || (address === null && 'fd' in this.#place);
    this.#addresses = addressesOf(address, this.#place, this.door.secure);
  }

  #shut(): void {
    this.#addresses = [];
    this.door.close();
  }

  #admit({ socket, peer, age }: Arrival): void {
    // A handshake that was under way may come to its end when nobody is let in any more.
    if (this.#stopped.signal.aborted) {
      socket.destroy();
      return;
    }
    const connection = new TcpConnection(socket, { ...peer, age }, this.#terms);
    // Nobody knows the address of a peer that was gone before it was accepted.
    if (socket.remoteAddress === undefined && !this.#unix) connection.terminate();
    else connection.serve(this.#accept);
  }
}

function addressesOf(address: AddressInfo | string | null, place: Place, secure: boolean): readonly string[] {
  if (address === null) return 'fd' in place ? [`fd:${place.fd}`] : [];
  return [typeof address === 'string' ? `unix:${address}` : `${secure ? 'tls' : 'tcp'}://${authorityOf(address)}`];
}
