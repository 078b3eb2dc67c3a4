import type { Heard, Stored } from '../killed/talker.js';
import { Person, type Self } from './person.js';
import { ProtocolLink, type Received } from './protocol-link.js';

/** What `joined` says of a room, and `welcome` for each. */
interface Joined {
  readonly epoch: string;
  readonly offset: number;
  readonly recovered: boolean;
  readonly entries: readonly Heard[];
  readonly members: readonly Self[];
}

/** A message that is not acknowledged. */
interface Send {
  readonly room: string;
  readonly text: string;
  /** As whom it was first sent, over an earlier connection perhaps. */
  user?: string;
  /** The connection over which it waits for its answer. */
  link?: ProtocolLink | undefined;
  done(stored: Stored | undefined): void;
  failed(error: Error): void;
}

/** Milliseconds before something is asked again that can't be done now. */
const pause = 500;

/** Somebody who speaks the protocol, as a client of another make would. */
export class ProtocolPerson extends Person {
  #link: ProtocolLink | undefined;
  #session: string | undefined;
  #online = false;
  #closed = false;
  #named = true;
  #retryAfter: number | undefined;
  readonly #positions = new Map<string, { epoch: string; offset: number }>();
  /** Rooms of which this connection has been told. */
  readonly #live = new Set<string>();
  readonly #people = new Map<string, readonly Self[]>();
  readonly #ids = new Set<string>();
  /** By key, in the order in which they were said. */
  readonly #unknown = new Map<string, Send>();
  #entered: (() => void) | undefined;

  get online(): boolean {
    return this.#online;
  }

  people(room: string): readonly Self[] {
    return this.#people.get(room) ?? [];
  }

  enter(): Promise<void> {
    return new Promise((done) => {
      this.#entered = done;
      this.#connect();
    });
  }

  close(): void {
    this.#closed = true;
    this.#link?.drop(1000);
  }

  protected send(room: string, text: string): Promise<Stored | undefined> {
    return new Promise((done, failed) => {
      const key = `${this.name}.${this.said.length}`;
      const send: Send = { room, text, done, failed };
      this.#unknown.set(key, send);
      this.#tell(key, send);
    });
  }

  #connect(): void {
    if (this.#closed) return;
    const { node, url } = this.ways.next();
    this.note(`goes to ${node}`);
    this.#link = new ProtocolLink(url, {
      opened: (link) => link.tell({ type: 'hello', id: 'hello', ...this.#hello() }),
      received: (event) => this.#receive(event, node),
      lost: (code) => this.#lost(code),
    });
  }

  #hello(): object {
    const { name, token } = this;
    const wished = this.#named ? { name } : {};
    return { ...wished, token, session: this.#session, rooms: Object.fromEntries(this.#positions) };
  }

  #lost(code: number): void {
    this.note(`lost its connection: ${code}`);
    if (this.#online) this.parted();
    this.#online = false;
    this.#live.clear();
    if (this.#closed) return;
    if (code >= 4500) return this.fault(`is closed for good: ${code}`);
    setTimeout(() => this.#connect(), this.#retryAfter ?? 20 + Math.random() * pause);
    this.#retryAfter = undefined;
  }

  /** What can be said now, and was not over this connection; those of rooms that it has not been told of wait. */
  #tell(key: string, send: Send): void {
    const { room, text, user } = send;
    if (!this.#live.has(room) || send.link === this.#link) return;
    send.link = this.#link;
    send.user ??= this.self.user;
    this.#link?.tell({ type: 'send', id: key, room, text, key, ...(user === undefined ? {} : { repeat: true }) });
  }

  #receive(event: Received, node: number): void {
    const { type, room = '' } = event;
    if (type === 'welcome') this.#welcomed(event, node);
    else if (type === 'joined') this.#begin(room, event as unknown as Joined);
    else if (type === 'message') this.#take(room, event as unknown as Heard);
    else if (type === 'sent') this.#stored(event);
    else if (type === 'presence') this.#moved(room, event);
    else if (type === 'renamed') this.renamed(event.name as string);
    else if (type === 'bye') this.#retryAfter = event.retryAfter as number;
    else if (type === 'error') this.#refused(event);
    else if (type !== 'pong') this.fault(`was told ${JSON.stringify(event)}`);
  }

  #welcomed({ session, resumed, rooms, member, heartbeat }: Received, node: number): void {
    const came = new Map(Object.entries(rooms as { readonly [room: string]: Joined }));
    const { user, name } = member as Self;
    this.greeted(node, resumed as boolean, { user, name });
    this.#session = session as string;
    this.#link?.lives(heartbeat as number);
    const stays = (resumed as boolean) || this.token !== undefined;
    for (const room of this.#positions.keys())
      if (stays && !came.has(room)) this.fault(`is in ${room} no more, and resumed: ${resumed}`);
    this.#online = true;
    for (const [key, send] of this.#unknown) if ((send.user ?? user) !== user) this.#giveUp(key, send);
    for (const [room, facts] of came) if (room !== '@') this.#begin(room, facts);
    for (const room of this.rooms) if (!came.has(room)) this.#join(room);
  }

  /** What was said as somebody else may be stored, or not: nobody can know. */
  #giveUp(key: string, send: Send): void {
    this.#unknown.delete(key);
    send.done(undefined);
  }

  #join(room: string): void {
    this.#link?.tell({ type: 'join', id: `join ${room}`, room, after: this.#positions.get(room) });
  }

  #begin(room: string, { epoch, offset, recovered, entries, members }: Joined): void {
    this.#people.set(room, members);
    this.#live.add(room);
    this.begun(room, epoch);
    const position = this.#positions.get(room);
    if (position === undefined) this.#positions.set(room, { epoch, offset });
    else this.#check(room, position, { epoch, offset, recovered });
    if (position !== undefined) for (const entry of entries) this.#take(room, entry);
    if (this.#positions.size === this.rooms.length) this.#entered?.();
    // All that is not known to be stored, before what was missed is read to its end: the server has to know its own.
    for (const [key, send] of this.#unknown) if (send.room === room) this.#tell(key, send);
  }

  #check(
    room: string,
    position: { readonly epoch: string; readonly offset: number },
    { epoch, offset, recovered }: Pick<Joined, 'epoch' | 'offset' | 'recovered'>,
  ): void {
    if (position.epoch !== epoch) this.fault(`${room} has another epoch`);
    if (!recovered) this.fault(`${room} could not be recovered from ${position.offset} to ${offset}`);
    if (position.offset > offset) this.fault(`${room} was at ${position.offset}, and is at ${offset}`);
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

  #moved(room: string, { joined, left, renamed, members }: Received): void {
    const [came, gone] = [joined as Self[], new Set((left as Self[]).map(({ user }) => user))];
    const names = new Map((renamed as { user?: string; id: string; name: string }[]).map(({ id, name }) => [id, name]));
    const others = this.people(room).filter(({ user }) => !gone.has(user) && !came.some((one) => one.user === user));
    const all = [...others, ...came] as (Self & { id: string })[];
    this.#people.set(room, (members as Self[]) ?? all.map((one) => ({ ...one, name: names.get(one.id) ?? one.name })));
  }

  #stored({ re = '', message, epoch, offset, duplicate }: Received): void {
    const send = this.#unknown.get(re);
    if (send === undefined) return this.fault(`"${re}" is acknowledged twice`);
    this.#unknown.delete(re);
    if (duplicate) this.met.duplicates++;
    send.done({ id: message as string, epoch: epoch as string, offset: offset as number });
  }

  #refused({ re = '', code, message, retryable }: Received): void {
    const send = this.#unknown.get(re);
    if (retryable && send !== undefined) this.#later(() => this.#sayAgain(re, send));
    else if (retryable && re.startsWith('join ')) this.#later(() => this.#join(re.slice('join '.length)));
    else if (retryable && re === 'hello') this.#link?.drop();
    else if (code === 'NAME_TAKEN' && this.#named) this.#greetNameless();
    // Why the connection is about to be closed: it can be opened again.
    else if (retryable && re === '') this.note(`is told ${code}`);
    else {
      this.fault(`"${re}" was refused: ${code} ${message}`);
      this.#unknown.delete(re);
      send?.failed(new Error(String(code)));
    }
  }

  #sayAgain(key: string, send: Send): void {
    if (!this.#unknown.has(key)) return;
    send.link = undefined;
    this.#tell(key, send);
  }

  /** The name is its own, of a session that is about to be over. */
  #greetNameless(): void {
    this.#named = false;
    this.#link?.tell({ type: 'hello', id: 'hello', ...this.#hello() });
  }

  /** Unless another connection has begun with it meanwhile. */
  #later(again: () => void): void {
    const link = this.#link;
    setTimeout(() => this.#link === link && again(), pause);
  }
}
