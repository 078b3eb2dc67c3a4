import { onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import { type Heard, type Stored, Talker } from './talker.js';

/** An object as it came: this client knows no more of the server than docs/protocol.md says. */
interface Received {
  readonly type: string;
  readonly re?: string;
  readonly room?: string;
  readonly [member: string]: unknown;
}

/** What `joined` says of a room, and `welcome` for each. */
interface Joined {
  readonly epoch: string;
  readonly offset: number;
  readonly recovered: boolean;
  readonly entries: readonly Heard[];
}

/** A message that is not acknowledged. */
interface Send {
  readonly room: string;
  readonly text: string;
  /** It went out over an earlier connection, perhaps. */
  tried: boolean;
  done(stored: Stored): void;
  failed(error: Error): void;
}

/** Somebody who speaks the protocol, as a client of another make would. */
export class ProtocolTalker extends Talker {
  readonly #url: string;
  #ws: WebSocket | undefined;
  #session: string | undefined;
  #online = false;
  #closed = false;
  readonly #positions = new Map<string, { epoch: string; offset: number }>();
  readonly #ids = new Set<string>();
  /** By key, in the order in which they were said. */
  readonly #unknown = new Map<string, Send>();
  #entering: { readonly rooms: readonly string[]; readonly done: () => void } | undefined;

  constructor(url: string, ...facts: ConstructorParameters<typeof Talker>) {
    super(...facts);
    this.#url = url;
    onTestFinished(() => this.close());
  }

  get online(): boolean {
    return this.#online;
  }

  enter(rooms: readonly string[]): Promise<void> {
    for (const room of rooms) this.heard.set(room, []);
    return new Promise((done) => {
      this.#entering = { rooms, done };
      this.#connect();
    });
  }

  close(): void {
    this.#closed = true;
    this.#ws?.close(1000);
  }

  protected send(room: string, text: string): Promise<Stored> {
    return new Promise((done, failed) => {
      const key = `${this.name}.${this.said.length}`;
      const send: Send = { room, text, tried: false, done, failed };
      this.#unknown.set(key, send);
      if (this.#online) this.#tell(key, send);
    });
  }

  #connect(): void {
    if (this.#closed) return;
    const ws = new WebSocket(this.#url, ['chathub.v1.json'], { perMessageDeflate: false });
    this.#ws = ws;
    const rooms = Object.fromEntries(this.#positions);
    ws.on('open', () => this.#write({ type: 'hello', name: this.name, session: this.#session, rooms }));
    ws.on('message', (data) => this.#receive(JSON.parse(String(data)) as Received));
    // There is no server, or no more; 'close' follows.
    ws.on('error', () => undefined);
    ws.on('close', () => {
      this.#online = false;
      this.moved();
      setTimeout(() => this.#connect(), 10 + Math.random() * 20);
    });
  }

  #write(command: object): void {
    this.#ws?.send(JSON.stringify(command));
  }

  #tell(key: string, send: Send): void {
    const { room, text, tried } = send;
    send.tried = true;
    this.#write({ type: 'send', id: key, room, text, key, ...(tried ? { repeat: true } : {}) });
  }

  #receive(event: Received): void {
    const { type, room = '' } = event;
    if (type === 'welcome') this.#welcomed(event);
    else if (type === 'joined') this.#begin(room, event as unknown as Joined);
    else if (type === 'message') this.#take(room, event as unknown as Heard);
    else if (type === 'sent') this.#stored(event);
    else if (type === 'error') this.#refused(event);
    else if (type !== 'presence') this.fault(`was told ${JSON.stringify(event)}`);
  }

  #welcomed({ session, resumed, rooms }: Received): void {
    const came = new Map(Object.entries(rooms as { readonly [room: string]: Joined }));
    this.wire[resumed ? 'resumed' : 'fresh']++;
    this.#session = session as string;
    for (const room of this.#positions.keys()) if (!came.has(room)) this.fault(`is in ${room} no more`);
    for (const [room, facts] of came) if (this.heard.has(room)) this.#begin(room, facts);
    this.#online = true;
    this.moved();
    // All that is not known to be stored, before what was missed is read to its end: the server has to know its own.
    for (const [key, send] of this.#unknown) this.#tell(key, send);
    // The server puts everybody into its lobby by itself.
    for (const room of this.heard.keys()) if (room !== 'lobby' && !came.has(room)) this.#write({ type: 'join', room });
  }

  #begin(room: string, { epoch, offset, recovered, entries }: Joined): void {
    const position = this.#positions.get(room);
    if (position === undefined) {
      this.#positions.set(room, { epoch, offset: (entries[0]?.offset ?? offset + 1) - 1 });
      const { rooms, done } = this.#entering ?? {};
      if (rooms?.every((name) => this.#positions.has(name))) done?.();
    } else {
      if (position.epoch !== epoch) this.fault(`${room} has another epoch`);
      if (!recovered) this.fault(`${room} could not be recovered from ${position.offset} to ${offset}`);
      if (position.offset > offset) this.fault(`${room} was at ${position.offset}, and is at ${offset}`);
    }
    for (const entry of entries) this.#take(room, entry);
  }

  #take(room: string, entry: Heard): void {
    const position = this.#positions.get(room);
    if (position === undefined) return this.fault(`was told of ${room} before it was there`);
    if (entry.offset !== position.offset + 1) this.fault(`${room}: ${entry.offset} follows ${position.offset}`);
    if (entry.offset <= position.offset) return;
    position.offset = entry.offset;
    if (this.#ids.has(entry.id)) return this.fault(`${room}: ${entry.offset} is an id that came before`);
    this.#ids.add(entry.id);
    this.hear(room, entry);
  }

  #stored({ re = '', message, epoch, offset, duplicate }: Received): void {
    const send = this.#unknown.get(re);
    if (send === undefined) return this.fault(`"${re}" is acknowledged twice`);
    this.#unknown.delete(re);
    if (duplicate) this.wire.duplicates++;
    send.done({ id: message as string, epoch: epoch as string, offset: offset as number });
  }

  #refused({ re = '', code }: Received): void {
    const send = this.#unknown.get(re);
    if (send === undefined) return this.fault(`"${re}" was refused: ${code}`);
    this.#unknown.delete(re);
    send.failed(new Error(String(code)));
  }
}
