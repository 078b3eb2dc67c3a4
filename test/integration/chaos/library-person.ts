import { type ChatClient, type ClientError, type ClientRoom, connect } from 'chathub/client';
import { WebSocket } from 'ws';
import type { Stored } from '../killed/talker.js';
import { Person, type Self } from './person.js';

interface Received {
  readonly type: string;
  readonly resumed?: boolean;
  readonly duplicate?: boolean;
  readonly member?: Self;
  readonly name?: string;
}

/** Somebody who comes by `connect()` of chathub/client. */
export class LibraryPerson extends Person {
  #client: ChatClient | undefined;
  readonly #rooms = new Map<string, ClientRoom>();
  #closed = false;

  get online(): boolean {
    return this.#client?.state === 'online';
  }

  people(room: string): readonly Self[] {
    return this.#rooms.get(room)?.members ?? [];
  }

  async enter(): Promise<void> {
    const { name, token } = this;
    const WebSocket = this.#connections();
    const client = connect('ws://any/', {
      name,
      token,
      WebSocket,
      retryDelay: 100,
      retryDelayMax: 1_000,
      queue: 1_024,
    });
    this.#client = client;
    let wasOnline = false;
    client.on('state', ({ state, error }) => {
      if (state === 'closed' && !this.#closed) this.fault(`is closed: ${String(error)}`);
      if (state === 'offline' && wasOnline) this.parted();
      wasOnline = state === 'online';
    });
    client.on('leave', ({ room, code }) => this.#closed || this.fault(`is in ${room.name} no more: ${code}`));
    client.on('error', ({ error }) => this.#failed(error as ClientError));
    for (const room of this.rooms) await this.#join(client, room);
  }

  close(): void {
    this.#closed = true;
    this.#client?.close();
  }

  protected async send(room: string, text: string): Promise<Stored | undefined> {
    const { user } = this.self;
    try {
      return await this.#rooms.get(room)?.send(text);
    } catch (error) {
      // As somebody else it can't be repeated.
      if ((error as ClientError).code === 'TIMEOUT' && this.self.user !== user) return undefined;
      throw error;
    }
  }

  async #join(client: ChatClient, name: string): Promise<void> {
    for (;;) {
      try {
        const room = await client.join(name);
        this.#rooms.set(name, room);
        this.begun(name, room.position.epoch);
        room.on('message', (message) => {
          this.begun(name, room.position.epoch);
          this.hear(name, message);
        });
        room.on('gap', ({ from, to }) => this.fault(`a gap in ${name}, ${from} to ${to}`));
        room.on('reset', ({ epoch, offset }) => this.fault(`a reset in ${name}, to ${epoch} ${offset}`));
        return;
      } catch (error) {
        if (!(error as ClientError).retryable) throw error;
      }
    }
  }

  #failed(error: ClientError): void {
    // Its own, of a session that is about to be over.
    if (error.code !== 'NAME_TAKEN' && !error.retryable) this.fault(String(error));
  }

  /** A `WebSocket` that goes where it wants, and looks at what comes before the client does. */
  #connections() {
    const next = () => this.ways.next();
    const note = (what: string) => this.note(what);
    const look = (node: number, event: Received) => this.#look(node, event);
    return class extends WebSocket {
      constructor(_: string, protocols: string[]) {
        const { node, url } = next();
        note(`goes to ${node}`);
        super(url, protocols, { perMessageDeflate: false });
        this.on('message', (data) => look(node, JSON.parse(String(data)) as Received));
        this.on('close', (code, reason) => note(`lost its connection to ${node}: ${code} ${reason}`));
      }
    };
  }

  #look(node: number, { type, resumed = false, duplicate = false, member, name }: Received): void {
    if (type === 'welcome' && member !== undefined)
      this.greeted(node, resumed, { user: member.user, name: member.name });
    if (type === 'renamed') this.renamed(name ?? '');
    if (duplicate) this.met.duplicates++;
  }
}
