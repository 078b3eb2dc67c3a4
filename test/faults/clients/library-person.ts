import { type ChatClient, type ClientError, type ClientRoom, connect } from 'chathub/client';
import { WebSocket } from 'ws';
import { type Outcome, Person, type Self } from './person.js';

/** What comes over the wire, as far as it is looked at here. */
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
    const { name, role } = this;
    const WebSocket = this.#connections();
    const pace = { retryDelay: 100, retryDelayMax: 1_000, queue: 1_024 };
    const client = connect('ws://any/', { name, token: role.token, WebSocket, ...pace });
    this.#client = client;
    let wasOnline = false;
    client.on('state', ({ state, error }) => {
      if (state === 'closed' && !this.#closed) this.odd(`is closed: ${String(error)}`);
      if (state === 'offline' && wasOnline) this.parted();
      wasOnline = state === 'online';
    });
    client.on('leave', ({ room, code }) => this.#closed || this.odd(`is in ${room.name} no more: ${code}`));
    client.on('error', ({ error }) => this.#failed(error as ClientError));
    if (role.token !== undefined) this.#openInbox(client);
    for (const room of role.rooms) await this.#join(client, room);
  }

  close(): void {
    this.#closed = true;
    this.#client?.close();
  }

  protected async send(to: { readonly room: string } | { readonly user: string }, text: string): Promise<Outcome> {
    const { user } = this.self;
    try {
      if ('user' in to) return await this.#client!.direct(to.user, text);
      return await this.#rooms.get(to.room)!.send(text);
    } catch (error) {
      const { code, retryable } = error as ClientError;
      // As somebody else it can't be repeated.
      if (code === 'TIMEOUT' && this.self.user !== user) return 'unknown';
      if (retryable || code === undefined) throw error;
      return { refused: code };
    }
  }

  async #join(client: ChatClient, name: string): Promise<void> {
    for (;;) {
      try {
        this.note({ fact: 'in', who: this.name, room: name });
        this.#listen(await client.join(name));
        return;
      } catch (error) {
        if (!(error as ClientError).retryable) throw error;
      }
    }
  }

  /** What came before this is told as soon as somebody listens. */
  #listen(room: ClientRoom): void {
    const { name: who } = this;
    const { name } = room;
    this.#rooms.set(name, room);
    room.on('message', ({ id, offset, text, at }) =>
      this.note({ fact: 'told', who, room: name, epoch: room.position.epoch, offset, id, text, at }),
    );
    room.on('gap', ({ from, to }) =>
      this.note({ fact: 'gap', who, room: name, epoch: room.position.epoch, from, to, exact: false }),
    );
    room.on('reset', ({ epoch, offset }) => this.note({ fact: 'reset', who, room: name, epoch, offset }));
  }

  #openInbox(client: ChatClient): void {
    const { name: who, inbox: room } = this;
    this.note({ fact: 'in', who, room });
    const position = () => client.save()?.rooms['@'] ?? { epoch: '', offset: 0 };
    client.on('direct', ({ id, offset, text, at }) =>
      this.note({ fact: 'told', who, room, epoch: position().epoch, offset, id, text, at }),
    );
    // Which ones, or that it began anew, is not said.
    client.on('missed', () => this.note({ fact: 'reset', who, room, ...position() }));
  }

  #failed(error: ClientError): void {
    // Its own, of a session that is about to be over.
    if (error.code !== 'NAME_TAKEN' && !error.retryable) this.odd(String(error));
  }

  /** A `WebSocket` that goes where it wants, and looks at what comes before the client does. */
  #connections() {
    const next = () => this.ways.next();
    const look = (node: number, event: Received) => this.#look(node, event);
    return class extends WebSocket {
      constructor(_: string, protocols: string[]) {
        const { node, url } = next();
        super(url, protocols, { perMessageDeflate: false });
        this.on('message', (data) => look(node, JSON.parse(String(data)) as Received));
      }
    };
  }

  #look(node: number, { type, resumed = false, duplicate = false, member, name }: Received): void {
    if (type === 'welcome' && member !== undefined)
      this.greeted(node, resumed, { user: member.user, name: member.name });
    else if (this.online) this.heard();
    if (type === 'renamed') this.renamed(name ?? '');
    if (duplicate) this.met.duplicates++;
  }
}
