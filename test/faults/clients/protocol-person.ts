import { type Came, type Outcome, Person, type Self } from './person.js';
import { ProtocolLink, type Received } from './protocol-link.js';
import { type Joined, ProtocolRoom } from './protocol-room.js';

type Target = { readonly room: string } | { readonly user: string };

/** A message that is not acknowledged. */
interface Send {
  readonly to: Target;
  readonly text: string;
  /** As whom it was first sent, over an earlier connection perhaps. */
  user?: string;
  /** The connection over which it waits for its answer. */
  link?: ProtocolLink | undefined;
  done(outcome: Outcome): void;
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
  readonly #rooms = new Map<string, ProtocolRoom>();
  /** By key, in the order in which they were said. */
  readonly #unknown = new Map<string, Send>();
  #lastKey = 0;
  #entered: (() => void) | undefined;

  get online(): boolean {
    return this.#online;
  }

  people(room: string): readonly Self[] {
    return this.#rooms.get(room)?.people ?? [];
  }

  enter(): Promise<void> {
    const { name: who, role, inbox } = this;
    const note = this.note.bind(this);
    for (const room of role.rooms) this.#rooms.set(room, new ProtocolRoom(who, room, note));
    if (role.token !== undefined) this.#rooms.set('@', new ProtocolRoom(who, inbox, note));
    for (const room of this.#rooms.values()) note({ fact: 'in', who, room: room.log });
    return new Promise((done) => {
      this.#entered = done;
      this.#connect();
    });
  }

  close(): void {
    this.#closed = true;
    this.#link?.drop(1000);
  }

  protected send(to: Target, text: string): Promise<Outcome> {
    return new Promise((done) => {
      const key = `${this.name}.${++this.#lastKey}`;
      const send: Send = { to, text, done };
      this.#unknown.set(key, send);
      this.#tell(key, send);
    });
  }

  #connect(): void {
    if (this.#closed) return;
    const { node, url } = this.ways.next();
    this.#link = new ProtocolLink(url, {
      opened: (link) => link.tell({ type: 'hello', id: 'hello', ...this.#hello() }),
      received: (event) => this.#receive(event, node),
      lost: (code) => this.#lost(code),
    });
  }

  #hello(): object {
    const { name, role } = this;
    const wished = this.#named ? { name } : {};
    const positions = [...this.#rooms].flatMap(([room, { position }]) => (position ? [[room, position] as const] : []));
    return { ...wished, token: role.token, session: this.#session, rooms: Object.fromEntries(positions) };
  }

  #lost(code: number): void {
    if (this.#online) this.parted();
    this.#online = false;
    for (const room of this.#rooms.values()) room.live = false;
    if (this.#closed) return;
    if (code >= 4500) return this.odd(`is closed for good: ${code}`);
    setTimeout(() => this.#connect(), this.#retryAfter ?? 20 + Math.random() * pause);
    this.#retryAfter = undefined;
  }

  /** What can be said now, and was not over this connection; those of rooms that it has not been told of wait. */
  #tell(key: string, send: Send): void {
    const { to, text, user } = send;
    const ready = 'room' in to ? this.#rooms.get(to.room)?.live : this.#online;
    if (!ready || send.link === this.#link) return;
    send.link = this.#link;
    send.user ??= this.self.user;
    const command = 'room' in to ? { type: 'send', room: to.room } : { type: 'direct', to: to.user };
    this.#link?.tell({ ...command, id: key, text, key, ...(user === undefined ? {} : { repeat: true }) });
  }

  #receive(event: Received, node: number): void {
    const { type, room: name = '' } = event;
    if (this.#online) this.heard();
    const room = this.#rooms.get(type === 'direct' ? '@' : name);
    if (type === 'welcome') this.#welcomed(event, node);
    else if (type === 'joined') this.#begin(name, event as unknown as Joined);
    else if (type === 'history') this.#openInbox(event);
    else if (type === 'message' || type === 'direct') this.#take(room, event);
    else if (type === 'gap') room?.skip(event as unknown as Parameters<ProtocolRoom['skip']>[0]);
    else if (type === 'reset') room?.restart(event as unknown as Parameters<ProtocolRoom['restart']>[0]);
    else if (type === 'presence') room?.moved(event as unknown as Parameters<ProtocolRoom['moved']>[0]);
    else if (type === 'sent') this.#stored(event);
    else if (type === 'renamed') this.renamed(event.name as string);
    else if (type === 'bye') this.#retryAfter = event.retryAfter as number;
    else if (type === 'error') this.#refused(event);
    else if (type !== 'pong') this.odd(`was told ${JSON.stringify(event)}`);
  }

  #take(room: ProtocolRoom | undefined, event: Received): void {
    if (room === undefined) this.odd(`was told ${JSON.stringify(event)}`);
    else room.take(event as unknown as Came);
  }

  #welcomed({ session, resumed, rooms, member, heartbeat }: Received, node: number): void {
    const came = new Map(Object.entries(rooms as { readonly [room: string]: Joined }));
    const { user, name } = member as Self;
    this.greeted(node, resumed as boolean, { user, name });
    this.#session = session as string;
    this.#link?.lives(heartbeat as number);
    this.#online = true;
    for (const [key, send] of this.#unknown) if ((send.user ?? user) !== user) this.#settle(key, 'unknown');
    for (const [room, facts] of came) this.#begin(room, facts);
    for (const room of this.role.rooms) if (!came.has(room)) this.#join(room);
    for (const [key, send] of this.#unknown) if ('user' in send.to) this.#tell(key, send);
    // An inbox of which nothing is known yet says where it stands only here.
    const inbox = this.#rooms.get('@');
    if (inbox !== undefined && inbox.position === undefined)
      this.#link?.tell({ type: 'history', id: 'inbox', room: '@', limit: 1 });
  }

  #join(room: string): void {
    this.#link?.tell({ type: 'join', id: `join ${room}`, room, after: this.#rooms.get(room)?.position });
  }

  #begin(name: string, facts: Joined): void {
    const room = this.#rooms.get(name);
    // An inbox of which a guest is told.
    if (room === undefined) return;
    room.begin(facts);
    this.#look();
    // All that is not known to be stored, before what was missed is read to its end: the server has to know its own.
    for (const [key, send] of this.#unknown) if ('room' in send.to && send.to.room === name) this.#tell(key, send);
  }

  #openInbox({ epoch, messages }: Received): void {
    const [last] = messages as Came[];
    this.#rooms.get('@')?.restart({ epoch: epoch as string, offset: last?.offset ?? 0 });
    this.#look();
  }

  #look(): void {
    if ([...this.#rooms.values()].every(({ position }) => position !== undefined)) this.#entered?.();
  }

  #stored({ re = '', message, epoch, offset, at, duplicate }: Received): void {
    if (!this.#unknown.has(re)) return this.odd(`"${re}" is acknowledged twice`);
    if (duplicate) this.met.duplicates++;
    this.#settle(re, { id: message, epoch, offset, at } as Outcome);
  }

  #settle(key: string, outcome: Outcome): void {
    const send = this.#unknown.get(key);
    this.#unknown.delete(key);
    send?.done(outcome);
  }

  #refused({ re = '', code, message, retryable }: Received): void {
    const send = this.#unknown.get(re);
    if (retryable && send !== undefined) this.#later(() => this.#sayAgain(re, send));
    else if (retryable && re.startsWith('join ')) this.#later(() => this.#join(re.slice('join '.length)));
    else if (retryable && re === 'hello') this.#link?.drop();
    else if (code === 'NAME_TAKEN' && this.#named) this.#greetNameless();
    else if (send !== undefined) this.#settle(re, { refused: code as string });
    // Why the connection is about to be closed: it can be opened again.
    else if (!retryable || re !== '') this.odd(`"${re}" was refused: ${code} ${message}`);
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
