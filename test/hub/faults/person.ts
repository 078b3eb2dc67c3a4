import type { Command, JoinedFacts, Position, ServerEvent } from 'chathub';
import type { MemoryPeer } from 'chathub/testing';
import { RoomView } from './room-view.js';
import type { Village } from './village.js';

type EventOf<T extends ServerEvent['type']> = Extract<ServerEvent, { readonly type: T }>;

/** A message that somebody wants to have said. */
interface Said {
  readonly room: string;
  readonly key: string;
  /** The session that says it, or the user that logged in. */
  readonly by: string;
  /** Nobody repeats it any more: it may have been stored, or not. */
  givenUp: boolean;
  acknowledged: EventOf<'sent'> | undefined;
}

/**
 * Whatever was not answered by then never will be. So long, since what is sent behind a `leave` waits until that has been stored,
 * which is tried more and more seldom.
 */
const patience = 60_000;

/** Somebody with a client as it should be: it repeats what may be repeated, and comes back when its connection is gone. */
export class Person {
  readonly views = new Map<string, RoomView>();
  readonly said: Said[] = [];
  #peer: MemoryPeer | undefined;
  #member: string | undefined;
  #secret: string | undefined;
  /** Positions by which it comes back. */
  #known = new Map<string, Position>();
  #read = 0;
  #number = 0;
  readonly #waiting = new Map<number, { readonly command: Command; readonly since: number }>();
  /** Rooms of which it can't be sure whether it is in. */
  readonly #unsure = new Set<string>();
  readonly #village: Village;
  readonly #name: string;
  readonly #token: string | undefined;

  constructor(village: Village, name: string, token: string | undefined) {
    this.#village = village;
    this.#name = name;
    this.#token = token;
  }

  get online(): boolean {
    return this.#peer?.isOpen === true && this.#member !== undefined;
  }

  /** Nothing is open: no command, no room, no message. */
  get quiet(): boolean {
    const open = this.said.some(({ acknowledged, givenUp }) => acknowledged === undefined && !givenUp);
    return this.online && this.#waiting.size === 0 && this.#unsure.size === 0 && !open;
  }

  get member(): string | undefined {
    return this.#member;
  }

  /** What to look at when it never becomes quiet. */
  get state(): string {
    return `${this.#name} ${this.#member} ${JSON.stringify([...this.#waiting.values()])} ${[...this.#unsure]}`;
  }

  /** Comes, or comes back, over one of the nodes. */
  connect(): void {
    if (this.#peer?.isOpen) return;
    this.#peer = this.#village.connect();
    this.#read = 0;
    this.#waiting.clear();
    const resumes = this.#secret === undefined ? {} : { session: this.#secret, rooms: this.#known };
    this.#send({ type: 'hello', ...resumes, ...(this.#token === undefined ? {} : { token: this.#token }) });
  }

  cut(): void {
    this.#village.note(() => `${this.#name} cuts`);
    this.#peer?.cut();
    this.#lost();
  }

  say(room: string): void {
    if (!this.views.has(room) || this.#member === undefined) return;
    const key = `${this.#name}/${++this.#number}`;
    const said: Said = { room, key, by: this.#token ?? this.#member, givenUp: false, acknowledged: undefined };
    this.said.push(said);
    this.#repeat(said);
  }

  join(room: string): void {
    if (this.online && !this.views.has(room)) this.#send({ type: 'join', room });
  }

  leave(room: string): void {
    if (this.online && this.views.has(room)) this.#send({ type: 'leave', room });
  }

  signal(room: string): void {
    if (this.online && this.views.has(room)) this.#send({ type: 'signal', room, name: 'typing', data: null });
  }

  setTopic(room: string): void {
    if (this.online && this.views.has(room))
      this.#send({ type: 'topic', room, topic: `${this.#name} ${this.#number}` });
  }

  history(room: string): void {
    if (this.online && this.views.has(room)) this.#send({ type: 'history', room, limit: 5 });
  }

  /** Takes in what has come, and repeats what was not answered well. */
  attend(): void {
    this.#pump();
    if (!this.#peer?.isOpen) {
      this.#lost();
      return this.connect();
    }
    for (const { command, since } of this.#waiting.values())
      if (this.#village.clock.monotonic() - since > patience)
        this.#village.fail(`${this.#name}: no answer to ${command.type}`);
    if (this.#waiting.size > 0) return;
    if (this.#member === undefined) return this.#peer.cut();
    for (const room of this.#unsure) this.#send({ type: 'join', room });
    for (const said of this.said) if (said.acknowledged === undefined && !said.givenUp) this.#repeat(said);
  }

  #repeat({ room, key }: Said): void {
    if (this.online && this.views.has(room)) this.#send({ type: 'send', room, text: key, key });
  }

  #send(command: Command): void {
    const id = ++this.#number;
    this.#waiting.set(id, { command, since: this.#village.clock.monotonic() });
    const wire = (_: string, value: unknown) => (value instanceof Map ? Object.fromEntries(value) : value);
    const frame = JSON.stringify({ ...command, id }, wire);
    this.#village.note(() => `${this.#name} > ${frame}`);
    this.#peer?.send(frame);
  }

  /** The connection is gone: it knows what it has read, and no more. */
  #lost(): void {
    this.#pump();
    for (const [room, view] of this.views) this.#known.set(room, view.position);
    this.views.clear();
    this.#unsure.clear();
    this.#member = undefined;
  }

  #pump(): void {
    const { received } = this.#peer ?? { received: [] };
    while (this.#read < received.length) {
      const event = JSON.parse(received[this.#read++]!) as ServerEvent;
      this.#village.note(() => `${this.#name} < ${JSON.stringify(event).slice(0, 300)}`);
      this.#take(event);
    }
  }

  #take(event: ServerEvent): void {
    const re = 're' in event ? Number(event.re) : Number.NaN;
    const asked = this.#waiting.get(re)?.command;
    this.#waiting.delete(re);
    if (event.type === 'error') return this.#refused(event, asked);
    if (event.type === 'welcome') return this.#welcomed(event);
    if (event.type === 'joined') return this.#joined(event.room, event, undefined);
    if (event.type === 'left') return this.#left(event.room);
    if (event.type === 'sent') return this.#sent(event, asked);
    if ('re' in event && event.re !== undefined) return;
    const view = 'room' in event ? this.views.get(event.room ?? '') : undefined;
    if (event.type === 'message') this.#message(event, view);
    else if (event.type === 'gap') view?.gap(event.from, event.to);
    else if (event.type === 'reset') view?.reset(event);
    else if (event.type === 'presence') view?.presence(event);
    else if (event.type === 'topic' && view !== undefined) view.topic = event.text;
    if (event.type !== 'message') this.#village.count(`told.${event.type}`);
  }

  #message(event: EventOf<'message'>, view: RoomView | undefined): void {
    if (view === undefined) return this.#village.fail(`${this.#name}: a message of ${event.room}, where it is not`);
    view.take(event);
    this.#village.saw(view.epoch, event);
  }

  #welcomed({ session, member, resumed, rooms }: EventOf<'welcome'>): void {
    this.#village.count(resumed ? 'resumed' : 'begun');
    if (!resumed) {
      // Another user, if a guest: what it says now is no repetition of what it said then.
      if (this.#token === undefined) for (const said of this.said) said.givenUp = true;
      this.#known.clear();
    }
    this.#secret = session;
    this.#member = member.id;
    for (const [room, facts] of Object.entries(rooms))
      if (room !== '@') this.#joined(room, facts, this.#known.get(room));
    for (const said of this.said)
      if (!this.views.has(said.room) && said.acknowledged === undefined) said.givenUp = true;
    this.#known = new Map();
  }

  #joined(room: string, facts: JoinedFacts, after: Position | undefined): void {
    this.#village.count(facts.recovered ? 'recovered' : 'joined');
    this.#unsure.delete(room);
    this.views.set(room, new RoomView(room, facts, after, (what) => this.#village.fail(`${this.#name}: ${what}`)));
    for (const entry of facts.entries) this.#village.saw(facts.epoch, entry);
  }

  #left(room: string): void {
    this.#unsure.delete(room);
    this.views.delete(room);
    for (const said of this.said) if (said.room === room && said.acknowledged === undefined) said.givenUp = true;
  }

  #sent(event: EventOf<'sent'>, asked: Command | undefined): void {
    const said = asked?.type === 'send' ? this.said.find(({ key }) => key === asked.key) : undefined;
    if (said === undefined) return this.#village.fail(`${this.#name}: an acknowledgement of nothing`);
    this.#village.count(event.duplicate ? 'acknowledged.again' : 'acknowledged');
    said.acknowledged = event;
  }

  #refused({ code, retryable, message }: EventOf<'error'>, asked: Command | undefined): void {
    this.#village.count(`refused.${asked?.type}.${code}`);
    if (asked === undefined) return;
    if (asked.type === 'join' || asked.type === 'leave') this.#unsure.add(asked.room);
    else if (asked.type === 'send' && code === 'NOT_A_MEMBER') this.#left(asked.room);
    else if (!retryable && code !== 'NOT_A_MEMBER')
      this.#village.fail(`${this.#name}: ${asked.type} got ${code} ${message}`);
  }
}
