import type { Author, Command, Entry, JoinedFacts, Position, PresenceEvent, ServerEvent } from 'chathub';
import type { MemoryEnding, MemoryPeer } from 'chathub/testing';
import type { ModelLog } from './model.js';
import { judge } from './replies.js';
import type { Since, World } from './world.js';

type EventOf<T extends ServerEvent['type']> = Extract<ServerEvent, { readonly type: T }>;

/** Programs that are told their own messages; some that are not; and people, for whom the protocol greets. */
export type ClientKind = 'echo' | 'quiet' | 'people';

/** A command that was sent and not answered yet. */
export interface Pending {
  readonly id: number;
  readonly command: Command;
  readonly since: Since;
  /** The session that the client took itself for. */
  readonly member: string | undefined;
  /** The heads of logs by then. */
  readonly heads: ReadonlyMap<string, Position>;
  /** Nobody sent it: the protocol greets for its people. Its reply has no `re`. */
  readonly opening?: true;
  /** No other such command was waiting: what a policy is asked is about this one. */
  readonly alone: boolean;
  /** What was being talked about, such as the stays that a kick should end. */
  readonly then?: ((event: ServerEvent) => void) | undefined;
}

/** A session whose secret some client was told. */
export interface KnownSession {
  readonly id: string;
  readonly secret: string;
  /** What its user logs in with. */
  readonly user: string;
  holder: Client | undefined;
  /** What the latest client saw of each room last. */
  positions: Map<string, Position>;
  inbox: Position | undefined;
  /** The moment at which the latest client had it no more. */
  letGoAt: number;
  /** Some of what was written to it was lost on the way. */
  lossy: boolean;
  quiet: boolean;
  /** When its window began, as far as it can be told. */
  lostAt: number | undefined;
}

/** What a client knows of a room that it is in, from what it was told alone. */
interface View {
  epoch: string;
  offset: number;
  /** By user; undefined where only counts are told. */
  people: Map<string, Author> | undefined;
  count: number;
}

const written = new WeakMap<Entry, string>();

/** One connection, with all that its user can know. It checks what it is told against itself and against the model. */
export class Client {
  readonly number: number;
  readonly peer: MemoryPeer;
  /** It is not told its own messages. */
  readonly quiet: boolean;
  /** The protocol greets for it. */
  readonly greeted: boolean;
  readonly pending: Pending[] = [];
  readonly rooms = new Map<string, View>();
  session: KnownSession | undefined;
  name = '';
  inbox: { epoch: string; offset: number | undefined; most: number } | undefined;
  ending: MemoryEnding | undefined;
  stalled = false;
  lossy = false;
  /** It sent an end of its own, and can send nothing more. */
  finished: 'end' | 'leave' | 'cut' | 'quit' | undefined;
  /** What it was told outside any reply before it was closed. */
  lastError: string | undefined;
  /** It asked for something that must end the session that it has, or is about to get. */
  endsSession = false;
  /** When it said that it would send nothing more: its window may begin before it has read the rest. */
  endedAt: number | undefined;
  /** When it asked for the session that it has, if that was an earlier one. */
  resumedFrom = Number.POSITIVE_INFINITY;
  /** Rooms of the session that it had before it logged in: it must be told of each whether it is there still. */
  readonly owed = new Set<string>();
  /** Rooms that the session had to leave when it was resumed. */
  readonly refused = new Set<string>();
  #read = 0;
  readonly #signals = new Set<string>();
  readonly #world: World;

  constructor(world: World, kind: ClientKind, number: number) {
    this.#world = world;
    this.quiet = kind !== 'echo';
    this.greeted = kind === 'people';
    this.number = number;
    if (this.greeted) this.#expect({ type: 'hello' }, { opening: true });
    this.peer = world.transports[kind].connect();
    void this.peer.closed.then((ending) => this.#closed(ending));
  }

  get world(): World {
    return this.#world;
  }

  get isOpen(): boolean {
    return this.peer.isOpen;
  }

  get canSend(): boolean {
    return this.peer.isOpen && this.finished === undefined;
  }

  get label(): string {
    return `c${this.number}${this.quiet ? 'q' : ''}${this.session === undefined ? '' : `=${this.session.id}`}`;
  }

  /** Whether a session was asked for before this, and none has been given yet. */
  greets(before: Pending): boolean {
    return this.pending.some(({ id, command: { type } }) => id < before.id && (type === 'hello' || type === 'auth'));
  }

  /** Whether it has asked for a session to take the place of the one that it has, or is about to get. */
  get asksForAnother(): boolean {
    return this.pending.some(({ command }) => command.type === 'auth' || (command.type === 'hello' && command.session));
  }

  send(command: Command, then?: (event: ServerEvent) => void): void {
    const id = this.#expect(command, { then });
    const wire = JSON.stringify({ ...command, id }, (_, value: unknown) =>
      value instanceof Map ? Object.fromEntries(value) : value,
    );
    this.#world.note(`${this.label} > ${wire}`);
    this.peer.send(wire);
  }

  #expect(command: Command, more: Pick<Pending, 'opening' | 'then'>): number {
    const id = this.#world.next();
    const logs = Array.from(this.#world.model.logs);
    const heads = new Map(logs.map(([name, { epoch, entries }]) => [name, { epoch, offset: entries.length }]));
    const alone = this.pending.every(({ command: { type } }) => type !== command.type);
    this.pending.push({ id, command, since: this.#world.since, member: this.session?.id, heads, alone, ...more });
    return id;
  }

  /** Takes in what has arrived. */
  pump(): void {
    const { received } = this.peer;
    while (this.#read < received.length) {
      const frame = received[this.#read++]!;
      this.#world.note(`${this.label} < ${frame.slice(0, 400)}`);
      this.#take(JSON.parse(frame) as ServerEvent, frame);
    }
  }

  /** Where the client stands in a log, its own messages passed that it is not told. */
  reached(log: ModelLog | undefined, offset: number): number {
    if (!this.quiet || log === undefined) return offset;
    while (log.entries[offset]?.from.id === this.session?.id) offset++;
    return offset;
  }

  fail(what: string): void {
    this.#world.fail(`${this.label}: ${what}`);
  }

  check(holds: boolean, what: string | (() => string)): void {
    if (!holds) this.fail(typeof what === 'string' ? what : what());
  }

  /** The session goes on elsewhere, or is over: remembers how far it got. */
  letGo(): void {
    const { session } = this;
    if (session === undefined || session.holder !== this) return;
    session.holder = undefined;
    session.letGoAt = this.#world.model.moment;
    session.positions = new Map(
      Array.from(this.rooms, ([room, { epoch, offset }]) => [
        room,
        { epoch, offset: this.reached(this.#world.model.epochs.get(epoch), offset) },
      ]),
    );
    const { inbox } = this;
    session.inbox = inbox?.offset === undefined ? undefined : { epoch: inbox.epoch, offset: inbox.offset };
    session.lossy = this.lossy;
    session.quiet = this.quiet;
  }

  #closed(ending: MemoryEnding): void {
    this.pump();
    this.ending = ending;
    // When its session was given up can't be told: before it had read why.
    if (this.stalled || ending.reason?.reason === 'SLOW_CONSUMER') this.lossy = true;
    const { session } = this;
    this.#world.note(`${this.label} closed ${JSON.stringify(ending)}`);
    this.#world.model.moment++;
    this.#world.count(`closed.${ending.reason?.reason || ending.how}`);
    if (session !== undefined && session.holder === this) session.lostAt = this.endedAt ?? this.#world.clock.now();
    this.letGo();
    const stillWaiting = this.pending.length > 0;
    if (stillWaiting) this.#world.count('closed.while.pending');
    const { waiting } = this.#world.policies;
    const asked = this.pending.some(({ command }) => 'token' in command && waiting.has(command.token ?? ''));
    if (asked || (session !== undefined && waiting.has(session.id))) this.#world.count('closed.while.policy');
    this.pending.length = 0;
  }

  #take(event: ServerEvent, frame: string): void {
    const re = 're' in event ? event.re : undefined;
    if (re !== undefined) return this.#reply(event, re);
    switch (event.type) {
      case 'message':
        return this.#message(event, frame);
      case 'direct':
        return this.#direct(event, frame);
      case 'presence':
        return this.#presence(event);
      case 'joined':
        return this.joined(event.room, event, undefined, undefined);
      case 'left':
        return this.left(event.room);
      case 'signal':
        return this.#signal(event);
      case 'gap':
        return this.#gap(event);
      case 'reset':
        return this.#reset(event);
      case 'renamed':
        return this.renamed(event.name);
      case 'notice':
        return this.#notice(event.text);
      case 'error':
        return this.#error(event);
      case 'welcome':
        return this.#welcomedUnasked(event);
      case 'bye':
        this.#world.count('told.bye');
        return;
      default:
        return this.fail(`was told ${event.type} unasked`);
    }
  }

  #reply(event: ServerEvent, re: string | number): void {
    const at = this.pending.findIndex(({ id }) => id === re);
    const pending = this.pending[at];
    if (pending === undefined) return this.fail(`got a second reply to ${re}, or one to nothing`);
    // Acknowledgements may overtake; everything else keeps the order of the commands.
    // Of one that is being closed some are lost.
    const overtakes = event.type === 'sent' || event.type === 'ok' || this.lastError !== undefined;
    const earlier = this.pending
      .slice(0, at)
      .filter(({ command }) => !['send', 'direct', 'quit'].includes(command.type));
    this.check(overtakes || earlier.length === 0, () => `reply to ${re} came before that to ${earlier[0]?.id}`);
    this.pending.splice(at, 1);
    judge(this, pending, event);
    pending.then?.(event);
  }

  /** A first command that is no greeting stands for a guest's. */
  #welcomedUnasked(event: EventOf<'welcome'>): void {
    const first = this.#takeOpening() ?? this.pending.find(({ member }) => member === undefined);
    if (first === undefined || this.session !== undefined) return this.fail('was welcomed unasked');
    judge(this, { ...first, command: { type: 'hello' } }, event);
  }

  /** The greeting that nobody sent. */
  #takeOpening(): Pending | undefined {
    const at = this.pending.findIndex(({ opening }) => opening === true);
    return at < 0 ? undefined : this.pending.splice(at, 1)[0];
  }

  /** The greeting was refused, or something is wrong with the connection. */
  #error(event: EventOf<'error'>): void {
    const closes = ['HELLO_TIMEOUT', 'RATE_LIMITED', 'REPLACED'].includes(event.code);
    const opening = closes ? undefined : this.#takeOpening();
    if (opening !== undefined) return judge(this, opening, event);
    this.lastError = event.code;
    this.#world.count(`told.${event.code}`);
  }

  /** What it asked for gives up the session that it has, and those that it has asked for and may get before. */
  givesUp(): void {
    const { causes } = this.#world;
    if (this.session !== undefined) causes.add(`end ${this.session.id}`);
    for (const { id } of this.asksFor()) causes.add(`end ${id}`);
  }

  /** The sessions that it has asked for and may get. */
  asksFor(): KnownSession[] {
    const asked = this.pending.map(({ command }) => (command.type === 'hello' ? command.session : undefined));
    return [...this.#world.known.values()].filter(({ secret }) => asked.includes(secret));
  }

  // ---- Rooms

  /**
   * A room begins for this client, or begins again.
   *
   * @param wanted - the position that was asked for
   * @param pending - the command that asked
   */
  joined(room: string, facts: JoinedFacts, wanted: Position | undefined, pending: Pending | undefined): void {
    const log = this.#world.model.logs.get(room);
    this.#page(room, facts, wanted, log);
    // Where entries come late, a node begins with what it has been given.
    if (pending !== undefined && this.#world.profile.faults === undefined) {
      const before = pending.heads.get(room);
      if (before !== undefined && before.epoch === facts.epoch && wanted?.epoch !== facts.epoch) {
        this.check(
          facts.offset >= before.offset,
          `${room} begins at ${facts.offset}, which is before it was asked for`,
        );
      }
    }
    this.owed.delete(room);
    const last = facts.entries.at(-1)?.offset ?? (facts.recovered ? (wanted?.offset ?? facts.offset) : facts.offset);
    const people =
      facts.members === undefined ? undefined : new Map(facts.members.map((author) => [author.user, author]));
    this.check(
      people === undefined || people.size === facts.count,
      `${room}: ${facts.count} members, of which ${people?.size} are told`,
    );
    this.rooms.set(room, { epoch: facts.epoch, offset: facts.more ? last : facts.offset, people, count: facts.count });
    if (facts.more) this.#world.count('more');
  }

  /** Where it is not told of its own doings in rooms, this is all it hears of it. */
  renamed(name: string): void {
    this.name = name;
    if (!this.quiet || this.session === undefined) return;
    const { user } = this.session;
    for (const { people } of this.rooms.values()) {
      const author = people?.get(user);
      if (author !== undefined) people?.set(user, { ...author, name });
    }
  }

  left(room: string): void {
    if (this.rooms.delete(room)) return;
    if (this.owed.delete(room)) return;
    // Before this was read, the session may have been given up for another.
    if (this.#world.over.has(this.session?.id ?? '')) return;
    // A room that the session may not come back to: it was never there on this connection.
    const leftAt = this.#world.live.get(this.session?.id ?? '')?.leftAt.get(room) ?? 0;
    this.check(leftAt > this.resumedFrom && !this.refused.has(room), `left ${room}, where it was not`);
    this.refused.add(room);
    this.#world.count('resume.room.refused');
  }

  #page(room: string, facts: JoinedFacts, wanted: Position | undefined, log: ModelLog | undefined): void {
    const { entries, recovered, offset, more } = facts;
    const where = () => `${room} at ${facts.epoch}:${offset} after ${JSON.stringify(wanted)}`;
    for (const entry of entries) this.#same(entry, this.#world.model.epochs.get(facts.epoch), JSON.stringify(entry));
    for (const [index, entry] of entries.entries()) {
      this.check(entry.offset <= offset, () => `${where()}: entry ${entry.offset} is above`);
      const before = entries[index - 1]?.offset;
      this.check(
        before === undefined || entry.offset === before + 1,
        () => `${where()}: ${entry.offset} follows ${before}`,
      );
    }
    if (log !== undefined && log.epoch === facts.epoch) {
      this.check(offset <= log.entries.length || recovered, () => `${where()}: nothing of that offset was said`);
    }
    if (!recovered) {
      const last = entries.at(-1)?.offset;
      this.check(last === undefined || last === offset, () => `${where()}: the newest page ends with ${last}`);
      return;
    }
    this.#world.count('recovered');
    if (wanted === undefined) return;
    this.check(wanted.epoch === facts.epoch, () => `${where()}: recovered from another epoch`);
    const first = entries[0]?.offset;
    this.check(first === undefined || first === wanted.offset + 1, () => `${where()}: recovered from ${first}`);
    const end = entries.at(-1)?.offset ?? wanted.offset;
    this.check(more ? end < offset : end === offset, () => `${where()}: recovered to ${end}, more: ${more}`);
  }

  #message(event: EventOf<'message'>, frame: string): void {
    const view = this.rooms.get(event.room);
    if (view === undefined) return this.fail(`a message of ${event.room}, where it is not: ${event.text}`);
    const log = this.#world.model.epochs.get(view.epoch);
    const next = this.reached(log, view.offset) + 1;
    if (event.offset !== next) this.fail(`${event.room}: offset ${event.offset} instead of ${next}`);
    if (this.quiet && event.from.id === this.session?.id) this.fail(`its own message came back: ${event.text}`);
    view.offset = event.offset;
    this.#same(event, log, frame);
    this.#world.count('told.message');
  }

  #direct(event: EventOf<'direct'>, frame: string): void {
    const { inbox, session } = this;
    if (inbox === undefined || session === undefined) return this.fail('a direct message before the welcome');
    const { model, over } = this.#world;
    const log = inbox.offset === undefined ? model.logOf(`@${session.user}`, event) : model.epochs.get(inbox.epoch);
    // A guest's inbox goes with the guest, whose connection may still be told.
    if (over.has(session.id) && (log === undefined || inbox.epoch === '')) return;
    if (log === undefined) return this.fail('a direct message that nobody sent');
    const next = this.reached(log, this.inboxOffset(log)) + 1;
    const wrong = inbox.offset === undefined ? event.offset > next : event.offset !== next;
    if (wrong) this.fail(`direct message ${event.offset} instead of ${next}`);
    inbox.offset = event.offset;
    inbox.epoch = log.epoch;
    this.#same(event, log, frame);
    this.#world.count('told.direct');
  }

  /** Up to where it knows its inbox; when it was not told, up to where it was when it came. */
  inboxOffset(log: ModelLog): number {
    const { epoch = '', offset, most = 0 } = this.inbox ?? {};
    return offset ?? (epoch === log.epoch ? most : 0);
  }

  /** What is told must be, to the byte, what was stored. */
  #same(entry: Entry, log: ModelLog | undefined, frame: string): void {
    const stored = log?.entries[entry.offset - 1];
    if (stored === undefined) return this.fail(`entry ${entry.offset} was never stored: ${frame}`);
    let text = written.get(stored);
    if (text === undefined) written.set(stored, (text = JSON.stringify(stored)));
    if (text !== frame) this.fail(`entry ${entry.offset} is not what was stored: ${frame} instead of ${text}`);
  }

  #gap(event: EventOf<'gap'>): void {
    this.#world.count('told.gap');
    if (event.room === '@') {
      if (this.inbox !== undefined) this.inbox.offset = event.to;
      return;
    }
    const view = this.rooms.get(event.room);
    if (view === undefined) return this.fail(`a gap in ${event.room}, where it is not`);
    const next = this.reached(this.#world.model.epochs.get(view.epoch), view.offset) + 1;
    this.check(event.from === next, `${event.room}: a gap from ${event.from} instead of ${next}`);
    this.check(event.to >= event.from, `${event.room}: a gap from ${event.from} to ${event.to}`);
    this.check(event.epoch === view.epoch, `${event.room}: a gap in another epoch`);
    view.offset = event.to;
  }

  #reset(event: EventOf<'reset'>): void {
    const view = this.rooms.get(event.room);
    if (view === undefined) return this.fail(`a reset of ${event.room}, where it is not`);
    view.epoch = event.epoch;
    view.offset = event.offset;
    this.#world.count('told.reset');
  }

  #presence(event: PresenceEvent): void {
    const view = this.rooms.get(event.room);
    if (view === undefined) return this.fail(`presence of ${event.room}, where it is not`);
    const { joined, left, renamed, members, count } = event;
    view.count = count;
    if (members !== undefined) {
      this.#world.count('told.presence.whole');
      view.people = new Map(members.map((author) => [author.user, author]));
      return this.check(
        members.length === count,
        `${event.room}: ${count} members, of which ${members.length} are told`,
      );
    }
    if (joined.length + left.length + renamed.length === 0) {
      this.#world.count('told.presence.count');
      view.people = undefined;
      return;
    }
    this.#world.count('told.presence.change');
    if (view.people !== undefined) this.#change(event, view.people);
  }

  #change({ room, joined, left, renamed, count }: PresenceEvent, people: Map<string, Author>): void {
    for (const author of left) {
      this.check(
        people.get(author.user)?.id === author.id,
        `${author.name} left ${room}, who was not there as ${author.id}`,
      );
      people.delete(author.user);
    }
    for (const author of joined) {
      this.check(!people.has(author.user), `${author.name} joined ${room}, who was there`);
      people.set(author.user, author);
    }
    for (const { id, name, was } of renamed) {
      const author = [...people.values()].find((known) => known.id === id);
      if (author === undefined) {
        this.fail(`${was} is now ${name} in ${room}: there is no ${id} among ${JSON.stringify([...people.values()])}`);
        continue;
      }
      this.check(author.name === was, `${author.name} is now ${name} in ${room}, who is said to have been ${was}`);
      people.set(author.user, { ...author, name });
    }
    this.check(people.size === count, `${room}: ${count} members, but ${people.size} by what was told`);
  }

  #signal(event: EventOf<'signal'>): void {
    const once = JSON.stringify(event.data);
    this.check(this.rooms.has(event.room), `a signal of ${event.room}, where it is not`);
    this.check(event.from.id !== this.session?.id, 'its own signal came back');
    this.check(!this.#signals.has(once), `signal ${once} came twice`);
    this.#signals.add(once);
    this.#world.count('told.signal');
  }

  #notice(text: string): void {
    const to = text.split(' ').at(-1);
    this.check(to === this.session?.id || to === this.session?.user, `a notice for ${to}`);
    this.#world.count('told.notice');
  }
}
