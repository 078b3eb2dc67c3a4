import type { Author, Deletion, Edit, Entry, JsonValue, Position } from '../model/entry.js';
import type { ErrorCode } from '../model/errors.js';
import type { JoinedFacts, PresenceEvent, ReadEvent, ServerEvent, Topic } from '../model/events.js';
import { ClientError } from './client-error.js';
import type { ClientRoom, ClientRoomEvents } from './client-room.js';
import { Emitter } from './emitter.js';
import type { Link, Outgoing } from './link.js';
import type { ClientHistoryOptions, ClientMessage, ClientSendOptions, HistoryPage, Sent } from './messages.js';
import type { Sends } from './sends.js';
import { Stream, type StreamHost } from './stream.js';

/** What a room needs of its client. */
export interface RoomHost {
  readonly sends: Pick<Sends, 'add'>;
  readonly me: Author | undefined;
  /** The connection, once it was greeted. */
  readonly link: Pick<Link, 'tell'> | undefined;
  call(command: Outgoing): Promise<unknown>;
  history<M>(of: string, options: ClientHistoryOptions, inRoom: true): Promise<HistoryPage<M>>;
  received(event: ServerEvent): void;
  /** An entry came: it may be one of ours. */
  seen(room: string, entry: Entry): void;
}

/** Messages that wait for the first who listens; beyond it the oldest are dropped. */
const mostUnheard = 1_000;

/** Messages that wait for a reader; beyond it, the reader is told so by an error. */
const mostUnread = 10_000;

const done = { done: true, value: undefined } as const;

/** A room, as the client keeps it. */
export class Room<Data> extends Emitter<ClientRoomEvents<Data>> implements ClientRoom<Data>, StreamHost {
  readonly name: string;
  readonly stream: Stream;
  members: readonly Author[] = [];
  count = 0;
  topic = '';
  unread = 0;
  joined = true;
  /** The server has said so at some time. */
  known = false;
  /** The session that we have is in it, as far as we were told. */
  held = false;
  /** The server has said so on this connection. */
  live = false;
  /** Up to where `unread` was counted by the server. */
  #counted = 0;
  /** Until the first who listens. */
  #unheard: ClientMessage<Data>[] | undefined = [];
  /** What each reader has still to read. */
  readonly #readers = new Set<ClientMessage<Data>[]>();
  /** Readers that wait for more. */
  readonly #waiters: (() => void)[] = [];
  readonly #host: RoomHost;

  constructor(name: string, host: RoomHost, position?: Position) {
    super();
    this.name = name;
    this.#host = host;
    this.stream = new Stream(this, position);
    this.held = position !== undefined;
  }

  get position(): Position {
    return this.stream.position;
  }

  override on<E extends keyof ClientRoomEvents<Data>>(
    event: E,
    listener: (payload: ClientRoomEvents<Data>[E]) => void,
    once?: boolean,
  ): this {
    if (event === 'message') this.#hear();
    return super.on(event, listener, once);
  }

  [Symbol.asyncIterator](): AsyncIterator<ClientMessage<Data>> {
    const unread: ClientMessage<Data>[] = [];
    this.#readers.add(unread);
    this.#hear();
    return {
      next: async () => {
        // What waited for the first who listens is told by now.
        await undefined;
        while (!unread[0] && this.joined && this.#readers.has(unread))
          await new Promise<void>((resolve) => this.#waiters.push(resolve));
        if (unread.length > mostUnread) {
          unread.length = 0;
          throw new ClientError('SLOW_CONSUMER', 'Too much is unread.', true);
        }
        const value = unread.shift();
        return value ? { done: false, value } : done;
      },
      return: async () => {
        unread.length = 0;
        this.#readers.delete(unread);
        this.#wake();
        return done;
      },
    };
  }

  send(text: string, { data, action }: ClientSendOptions<Data> = {}): Promise<Sent> {
    return this.#host.sends.add({ type: 'send', room: this.name, text, action, data: data as JsonValue });
  }

  edit(message: string, text: string, { data }: { readonly data?: Data } = {}): Promise<Sent> {
    return this.#host.sends.add({ type: 'edit', room: this.name, message, text, data: data as JsonValue });
  }

  delete(message: string): Promise<Sent> {
    return this.#host.sends.add({ type: 'delete', room: this.name, message });
  }

  react(message: string, reaction: string, remove?: boolean): Promise<Sent> {
    return this.#host.sends.add({ type: 'react', room: this.name, message, reaction, remove });
  }

  async setTopic(topic: string): Promise<void> {
    await this.#host.call({ type: 'topic', room: this.name, topic });
  }

  markRead({ epoch, offset } = this.position): void {
    if (offset >= this.position.offset) this.unread = 0;
    if (this.live) this.#host.link?.tell({ type: 'read', room: this.name, epoch, offset });
  }

  signal(name: string, data: JsonValue = null): void {
    if (this.live) this.#host.link?.tell({ type: 'signal', room: this.name, name, data });
  }

  history(options: ClientHistoryOptions = {}): Promise<HistoryPage<ClientMessage<Data>>> {
    return this.#host.history(this.name, options, true);
  }

  async leave(): Promise<void> {
    const { name: room } = this;
    if (!this.joined) return;
    await this.#host.call({ type: 'leave', room }).catch((error: ClientError) => {
      // A new session may not have been let in again yet.
      if (error.code !== 'NOT_A_MEMBER') throw error;
      this.#host.received({ type: 'left', room });
    });
  }

  /** The server says that we are in it. */
  begin(facts: JoinedFacts): void {
    this.known = this.held = this.live = true;
    this.stream.begin(facts);
    this.members = facts.members ?? [];
    this.count = facts.count;
    this.topic = facts.topic?.text ?? '';
    this.unread = facts.unread ?? this.unread;
    this.#counted = facts.unread === undefined ? 0 : facts.offset;
  }

  /** Another session of the user has read it. */
  read({ unread }: ReadEvent): void {
    this.unread = unread;
    this.emit('read', { unread });
  }

  about(topic: Topic): void {
    this.topic = topic.text;
    this.emit('topic', topic);
  }

  presence({ joined, left, renamed, count, members }: PresenceEvent): void {
    const moved = [...left, ...joined].map(({ user }) => user);
    const others = [...this.members.filter(({ user }) => !moved.includes(user)), ...joined].map((member) => ({
      ...member,
      name: renamed.find(({ id }) => id === member.id)?.name ?? member.name,
    }));
    // A list of some would look like one of all.
    this.members = members ?? (others.length === count ? others : []);
    this.count = count;
    this.emit('presence', { joined, left, renamed, count });
  }

  /** We are in it no more. */
  end(code?: ErrorCode, reason?: string): void {
    this.joined = false;
    this.live = false;
    this.#wake();
    this.emit('leave', { code, reason });
  }

  deliver(entry: Entry): void {
    // A listener to the one before may have left, or closed.
    if (!this.joined) return;
    this.#host.seen(this.name, entry);
    if (entry.type === 'message') {
      // What was there when it was joined has been counted by the server.
      if (entry.from.user !== this.#host.me?.user && entry.offset > this.#counted) this.unread++;
      this.#say(entry as ClientMessage<Data>);
    }
    if (entry.type === 'edit' || entry.type === 'delete') this.#amend(entry);
    if (entry.type !== 'message' && entry.type !== 'direct') this.emit('entry', entry);
  }

  past(entries: readonly Entry[]): void {
    for (const entry of entries) this.#host.seen(this.name, entry);
    if (!this.#unheard) return;
    const first = this.#unheard[0]?.offset ?? this.position.offset + 1;
    const earlier = entries.filter(({ type, offset }) => type === 'message' && offset < first);
    this.#unheard.unshift(...(earlier as ClientMessage<Data>[]));
  }

  gap(from: number, to: number): void {
    this.emit('gap', { from, to });
  }

  reset(position: Position): void {
    this.#counted = 0;
    this.emit('reset', position);
  }

  /** Somebody listens: what waited is told when all who begin to listen now do. */
  #hear(): void {
    queueMicrotask(() => {
      const waited = this.#unheard ?? [];
      this.#unheard = undefined;
      for (const message of waited) this.#say(message);
    });
  }

  /** What nobody has been given yet is given in its new form. */
  #amend({ type, message: id, ...entry }: Edit | Deletion): void {
    const { text, data } = { text: '', data: undefined, ...entry };
    for (const waiting of [this.#unheard ?? [], ...this.#readers]) {
      const at = waiting.findIndex((message) => message.id === id);
      const was = waiting[at];
      if (was) waiting[at] = { ...was, text, data: data as Data, [type === 'edit' ? 'edited' : 'deleted']: entry.at };
    }
  }

  #say(message: ClientMessage<Data>): void {
    if (this.#unheard) {
      if (this.#unheard.push(message) > mostUnheard) this.#unheard.shift();
      return;
    }
    this.emit('message', message);
    for (const unread of this.#readers) if (unread.push(message) > mostUnread) this.#readers.delete(unread);
    this.#wake();
  }

  #wake(): void {
    for (const resolve of this.#waiters.splice(0)) resolve();
  }
}
