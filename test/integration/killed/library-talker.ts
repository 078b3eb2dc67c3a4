import type { ChatClient, ClientRoom } from 'chathub/client';
import { WebSocket } from 'ws';
import { opened } from '../../client/set-up.js';
import { type Stored, Talker, type Wire } from './talker.js';

/** Somebody who talks by `connect()` of chathub/client. */
export class LibraryTalker extends Talker {
  readonly #client: ChatClient;
  readonly #rooms = new Map<string, ClientRoom>();
  #closed = false;

  constructor(url: string, name: string, wire: Wire, changed: () => void) {
    super(name, wire, changed);
    this.#client = opened(url, { name, WebSocket: counting(wire), retryDelay: 10, retryDelayMax: 40 });
    this.#client.on('state', ({ state, error }) => {
      if (state === 'closed' && !this.#closed) this.fault(`is closed: ${String(error)}`);
      this.moved();
    });
    this.#client.on('leave', ({ room, code }) => this.#closed || this.fault(`is in ${room.name} no more: ${code}`));
    this.#client.on('error', ({ error }) => this.fault(String(error)));
  }

  get online(): boolean {
    return this.#client.state === 'online';
  }

  async enter(rooms: readonly string[]): Promise<void> {
    for (const name of rooms) {
      const room = await this.#client.join(name);
      this.#rooms.set(name, room);
      this.heard.set(name, []);
      room.on('message', (message) => this.hear(name, message));
      room.on('gap', ({ from, to }) => this.fault(`a gap in ${name}, ${from} to ${to}`));
      room.on('reset', ({ offset }) => this.fault(`a reset in ${name}, to ${offset}`));
    }
  }

  close(): void {
    this.#closed = true;
    this.#client.close();
  }

  protected async send(room: string, text: string): Promise<Stored> {
    const found = this.#rooms.get(room);
    if (found === undefined) throw new Error(`not in ${room}`);
    return found.send(text);
  }
}

/** A `WebSocket` that looks at what comes before the client does. */
function counting(wire: Wire) {
  return class extends WebSocket {
    constructor(url: string, protocols: string[]) {
      super(url, protocols);
      this.on('message', (data) => {
        const event = JSON.parse(String(data)) as { type: string; resumed?: boolean; duplicate?: boolean };
        if (event.type === 'welcome') wire[event.resumed ? 'resumed' : 'fresh']++;
        if (event.duplicate) wire.duplicates++;
      });
    }
  };
}
