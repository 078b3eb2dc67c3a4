import {
  type ChatClient,
  type ClientDirectMessage,
  type ClientError,
  type ClientRoom,
  connect,
} from '../client/index.js';
import { Conversation, keyOf, type SavedConversation, type Source, type Subject } from './conversation.js';
import { ReadMarker } from './read-marker.js';
import { followRoom } from './room-events.js';
import { type Saved, writeName } from './storage.js';

/** Who is told of what happens in a chat. */
export interface ChatHost {
  /** Something that is shown is another now. */
  changed(): void;
  /** Something to be read once. */
  said(text: string): void;
}

/** How the connection is. */
export interface Connection {
  readonly state: ChatClient['state'];
  readonly error: ClientError | undefined;
  /** When the next attempt is made, by this page's clock. */
  readonly retryAt: number | undefined;
}

/** A typist says so again after this. */
const typingMs = 3_000;

/** Nobody wants to look at a page that waits for half a minute. */
const retryDelayMax = 10_000;

/** The chat as this page sees it: its conversations, of which one is looked at. */
export class Chat {
  readonly client: ChatClient;
  connection: Connection = { state: 'connecting', error: undefined, retryAt: undefined };
  readonly #conversations = new Map<string, Conversation>();
  readonly #host: ChatHost;
  #current: string | undefined;
  /** Rooms that are being left because somebody wants to. */
  readonly #leaving = new Set<string>();
  readonly #markers = new WeakMap<ClientRoom, ReadMarker>();
  #typedAt = 0;
  /** The message with this id is to be shown when it comes back. */
  #told: string | undefined;
  /** The name that was had last, to be had again in another session. */
  #wished: string;

  constructor(name: string, saved: Saved | undefined, host: ChatHost) {
    this.#host = host;
    this.#wished = name;
    this.#current = saved?.current;
    // Relative to the page, which may stand below a path of a proxy.
    this.client = connect('chat', { name: name || undefined, resume: saved?.session, retryDelayMax });
    for (const conversation of saved?.conversations ?? []) this.#restore(conversation);
    const changed = () => host.changed();
    this.client
      .on('state', ({ state, error, retryIn }) => {
        const retryAt = retryIn === undefined ? undefined : Date.now() + retryIn;
        this.connection = { state, error, retryAt };
        host.changed();
      })
      .on('join', ({ room }) => followRoom(this, room, changed))
      .on('leave', ({ room, reason }) => {
        const asked = this.#leaving.delete(room.name);
        this.#left(keyOf({ kind: 'room', room: room.name }), asked);
        if (!asked && this.client.state !== 'closed') host.said(`You are in ${room.name} no more. ${reason ?? ''}`);
      })
      .on('direct', (message) => this.#direct(message))
      .on('missed', () => this.#missed())
      .on('rename', ({ name: now }) => this.#renamed(now))
      .on('notice', ({ text }) => host.said(text))
      .on('error', ({ error }) => host.said(error instanceof Error ? error.message : String(error)));
    for (const room of this.client.rooms.values()) followRoom(this, room, changed, saved?.session?.rooms[room.name]);
  }

  get conversations(): readonly Conversation[] {
    return [...this.#conversations.values()];
  }

  get current(): Conversation | undefined {
    return this.#conversations.get(this.#current ?? '') ?? this.conversations[0];
  }

  get unread(): number {
    return this.conversations.reduce((sum, { unread }) => sum + unread, 0);
  }

  /** The one about this, which begins if there is none. */
  open(subject: Subject, saved?: SavedConversation): Conversation {
    const key = keyOf(subject);
    const known = this.#conversations.get(key);
    if (known !== undefined) return known;
    const made = new Conversation(subject, this.#sourceOf(subject), () => this.#host.changed(), saved);
    this.#conversations.set(key, made);
    return made;
  }

  show(conversation: Conversation): void {
    const { current } = this;
    if (current !== conversation && current !== undefined) current.firstNew = undefined;
    this.#current = conversation.key;
    this.#host.changed();
  }

  /** What is new here was looked at. */
  read(conversation: Conversation): void {
    this.#markRead(conversation);
    if (conversation.unread === 0) return;
    conversation.unread = 0;
    this.#host.changed();
  }

  /** The page goes. */
  leaving(): void {
    for (const room of this.client.rooms.values()) this.#markers.get(room)?.flush(room);
  }

  /** Something was said here by somebody else. */
  arrived(conversation: Conversation, id: string): void {
    if (conversation === this.current && conversation.following && !document.hidden) return;
    if (conversation.unread++ === 0) conversation.firstNew = id;
    this.#host.changed();
  }

  async join(name: string): Promise<void> {
    const room = await this.client.join(name, { history: 50 });
    this.show(this.open({ kind: 'room', room: room.name }));
  }

  /** Leaves a room, or puts a conversation with somebody away. */
  async leave(conversation: Conversation): Promise<void> {
    const { room } = conversation;
    if (!room?.joined) {
      this.#left(conversation.key, true);
      return;
    }
    this.#leaving.add(room.name);
    await room.leave().finally(() => this.#leaving.delete(room.name));
  }

  async nick(name: string): Promise<string> {
    const now = await this.client.nick(name);
    this.#wished = now;
    writeName(now);
    return now;
  }

  /** Says something to somebody who is known by name only; the conversation begins when it comes back. */
  async tell(name: string, text: string): Promise<void> {
    const { id } = await this.client.direct(name, text);
    const here = this.conversations.find(({ timeline }) => timeline.has(id));
    if (here !== undefined) this.show(here);
    else this.#told = id;
  }

  /** We are writing here. */
  typing(conversation: Conversation): void {
    if (Date.now() - this.#typedAt < typingMs) return;
    this.#typedAt = Date.now();
    conversation.room?.signal('typing');
  }

  save(): Saved | undefined {
    const session = this.client.state === 'closed' ? undefined : this.client.save();
    const kept = this.conversations.filter(({ holdsText }) => session !== undefined || holdsText);
    if (session === undefined && kept.length === 0) return undefined;
    return { session, conversations: kept.map((conversation) => conversation.save()), current: this.current?.key };
  }

  /** Whoever else is the same user learns of it; before there is a connection nobody would. */
  #markRead({ room }: Conversation): void {
    if (room === undefined || this.client.state !== 'online') return;
    const marker = this.#markers.get(room) ?? new ReadMarker();
    this.#markers.set(room, marker);
    marker.read(room);
  }

  /** A room that the session is not in is joined again for what was written there. */
  #restore(saved: SavedConversation): void {
    const { subject, draft, editing, unsent } = saved;
    const elsewhere = subject.kind === 'room' && !this.client.rooms.has(subject.room);
    if (elsewhere && draft === '' && editing === undefined && unsent.length === 0) return;
    this.open(subject, saved);
    if (elsewhere) void this.client.join(subject.room).catch(() => undefined);
  }

  #sourceOf(subject: Subject): Source {
    const { client } = this;
    if (subject.kind === 'direct') {
      return {
        history: (options) => client.history(subject.user, options),
        send: (text) => client.direct(subject.user, text),
      };
    }
    const room = async () => client.rooms.get(subject.room) ?? client.join(subject.room);
    return {
      history: async (options) => (await room()).history(options),
      send: async (text, action) => (await room()).send(text, { action }),
    };
  }

  #direct(message: ClientDirectMessage): void {
    const subject = subjectOf(message, this.client.me?.user);
    const conversation = this.open(subject);
    conversation.subject = subject;
    conversation.add(message);
    if (message.from.user !== this.client.me?.user) this.arrived(conversation, message.id);
    if (message.id === this.#told) this.show(conversation);
  }

  /** A server that begins anew has forgotten them all; whoever had none has nothing to miss. */
  #missed(): void {
    const directs = this.conversations.filter(({ subject }) => subject.kind === 'direct');
    if (directs.length > 0) this.#host.said('Some direct messages were missed: the server keeps them no longer.');
  }

  /** Once the chat is closed, what was said stays to be read; and where we did not want to leave, what was written and not sent. */
  #left(key: string, asked: boolean): void {
    if (this.client.state === 'closed') return;
    if (!asked && this.#conversations.get(key)?.holdsText) return;
    this.#conversations.delete(key);
    this.#host.changed();
  }

  /** A welcome that changes the name is one to another session: the name that was had may be free. */
  #renamed(now: string): void {
    this.#host.changed();
    if (this.client.state === 'online' || !this.#wished || now === this.#wished) return;
    void this.nick(this.#wished).catch(() => undefined);
  }
}

/** Of a message between two: who is the other one. */
export function subjectOf({ from, to }: ClientDirectMessage, me: string | undefined): Subject {
  const { user, name } = from.user === me ? to : from;
  return { kind: 'direct', user, name };
}
