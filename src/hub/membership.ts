import type { Author, Entry, Position } from '../model/entry.js';
import type { ErrorCode } from '../model/errors.js';
import { assertNever, type JoinedFacts, type ServerEvent } from '../model/events.js';
import type { LogPage } from '../ports/engine.js';
import type { Context } from './context.js';
import { unreadBehind } from './lasting.js';
import type { Behind, Link } from './link.js';
import type { LocalRoom, Occupant } from './local-room.js';
import { tapeBytes } from './tape.js';

/** The member whose membership it is. */
export interface Owner {
  readonly author: Author;
  /** The member's connection; undefined while it has none. */
  readonly link: Link | undefined;
  /** Of its connection, or of the last one. */
  readonly remoteAddress: string | undefined;
  removed(room: LocalRoom, code: ErrorCode, reason: string | undefined): void;
}

/** What a client asks to see of the past. */
export interface Wanted {
  /** Everything after this position. */
  readonly after?: Position | undefined;
  /** The last so many messages. */
  readonly history?: number | undefined;
}

/** What the client is told of the past, and the step that lets the live stream follow it without a hole. */
export interface Begun {
  /** Who is in the room is as of now: ask for them in the step that tells them. */
  readonly facts: JoinedFacts;
  /** MUST be called in the same step that tells the client the facts. */
  start(): void;
}

/** How many entries are shown to whoever asked for a position that can't be recovered. */
const newestPage = 50;

/** Entries of one page while catching up. */
const catchUpPage = 200;

/**
 * One member in one room: up to where the client has been sent the log, and the seam between what is read from the log and
 * what is live. While past entries are read, live ones are held back; when more is held than an outbox may hold, they are dropped
 * and read from the log in their turn.
 */
export class Membership implements Occupant, Behind {
  readonly room: LocalRoom;
  readonly member: string;
  readonly user: string;
  /** The application has been told that the member is in the room: it is told of the end, too. */
  known = false;
  /** Up to where the user has read, where that is known. */
  marker: Position | undefined;
  /** Everything behind the marker was sent to the client. */
  allShown = false;
  /** The last offset that was queued for the client, or skipped and said so. */
  #offset: number;
  #epoch: string;
  #held: Entry[] | undefined;
  #heldBytes = 0;
  #overflowed = false;
  /** The client has been told that it is in: presence and signals may follow. */
  #announced = false;
  #gone = false;
  /** Each attachment to a connection has a number; work for an earlier one stops. */
  #run = 0;
  /** The first offset left out for a slow reader. */
  #skippedFrom = 0;
  #missedPresence = false;
  /** Where the client was before it was told that it stands elsewhere, until that has been written. */
  #before: Position | undefined;
  /** The latest of each kind and sender, while the client is too slow for them. */
  #signals: Map<string, ServerEvent> | undefined;
  readonly #owner: Owner;
  readonly #context: Context;

  constructor(room: LocalRoom, owner: Owner, context: Context) {
    this.room = room;
    this.#owner = owner;
    this.#context = context;
    this.member = owner.author.id;
    this.user = owner.author.user;
    this.#offset = room.position.offset;
    this.#epoch = room.position.epoch;
  }

  /** Up to where the client has been sent the log. */
  get position(): Position {
    return { epoch: this.#epoch, offset: this.#offset };
  }

  get remoteAddress(): string | undefined {
    return this.#owner.remoteAddress;
  }

  get gone(): boolean {
    return this.#gone;
  }

  /** Registers with the room; from here on live entries are held back until `start()`. */
  enter(): void {
    this.#hold();
    this.room.occupants.add(this);
  }

  /** No event of the room reaches the client from here on. */
  leave(): void {
    this.#gone = true;
    this.#run++;
    this.#held = undefined;
    this.room.occupants.delete(this);
    this.#owner.link?.forget(this);
  }

  remove(code: ErrorCode, reason: string | undefined): void {
    this.#owner.removed(this.room, code, reason);
  }

  /** The connection is gone. What was never written did not reach the client: the position goes back before it. */
  detach(unsent: readonly Entry[]): void {
    this.#run++;
    this.#announced = false;
    this.#held = undefined;
    this.#signals = undefined;
    this.#missedPresence = false;
    let first = this.#skippedFrom > 0 ? this.#skippedFrom : Number.POSITIVE_INFINITY;
    this.#skippedFrom = 0;
    for (const entry of unsent) if (this.#isOurs(entry)) first = Math.min(first, entry.offset);
    this.#offset = Math.min(this.#offset, first - 1);
    const before = this.#before;
    this.#before = undefined;
    if (before !== undefined && (before.epoch !== this.#epoch || before.offset < this.#offset)) this.#at(before);
  }

  reset(position: Position): void {
    this.#at(position);
    if (this.#held !== undefined) this.#hold();
    this.#skippedFrom = 0;
  }

  /** How it stands, for a client that is in already. */
  get facts(): JoinedFacts {
    return factsOf(this.room, { ...this.position, recovered: false, more: false, entries: [] });
  }

  /** Goes on behind what the client was sent, with ordinary events: for one that asks for nothing of the past. */
  proceed(): void {
    this.#run++;
    this.#hold();
    this.#start();
  }

  /** Reads what the client asked for. Live entries wait until `start()`. */
  async begin(wanted: Wanted, bytes: number): Promise<Begun> {
    const run = ++this.#run;
    this.#hold();
    const live = this.room.position;
    const reading = Promise.all([this.#read(wanted, live, bytes), this.#countUnread(live)]);
    const [{ page, recovered }, unread] = await reading.catch((error: unknown) => {
      // Who was in already stays in, and misses nothing.
      if (this.#announced && run === this.#run) this.#start();
      throw error;
    });
    if (run === this.#run && this.room.position.epoch !== live.epoch) return this.begin(wanted, bytes);
    // A client may know more than this node has been given yet: nothing up to there is sent again.
    const offset = recovered ? Math.max(live.offset, wanted.after?.offset ?? 0) : live.offset;
    // What stands in a log that this node has not heard of yet comes when it has.
    const entries = page.epoch === live.epoch ? page.entries.filter((entry) => entry.offset <= offset) : [];
    const reached = entries.at(-1)?.offset ?? wanted.after?.offset ?? 0;
    const more = recovered && page.more && reached < offset;
    const past = { epoch: live.epoch, offset, recovered, more, entries, ...unread };
    const shown = entries.filter(({ type }) => type === 'message' || type === 'direct');
    this.allShown ||= this.marker === undefined || (unread.unread ?? 0) <= shown.length;
    const { room } = this;
    return {
      get facts() {
        return factsOf(room, past);
      },
      start: () => {
        if (run !== this.#run) return;
        this.#move({ epoch: live.epoch, offset: more ? reached : offset });
        this.#start();
      },
    };
  }

  accept(event: ServerEvent, entry: Entry | undefined): Link | undefined {
    return entry === undefined ? this.#acceptEvent(event) : this.#acceptEntry(entry);
  }

  catchUp(link: Link): void {
    if (this.#skippedFrom > 0) {
      this.#sayGap(link, this.#skippedFrom, this.#offset);
      this.#skippedFrom = 0;
    }
    if (this.#missedPresence) {
      this.#missedPresence = false;
      link.tell(this.room.people.event);
    }
    const signals = this.#signals?.values() ?? [];
    this.#signals = undefined;
    for (const signal of signals) link.tell(signal);
  }

  async #countUnread({ epoch, offset }: Position): Promise<{ readonly read?: number; readonly unread?: number }> {
    const { marker } = this;
    if (marker === undefined) return {};
    const unread = await unreadBehind(this.#context, this.room.name, this.user, marker, { epoch, offset });
    return { read: marker.epoch === epoch ? marker.offset : 0, unread };
  }

  async #read(wanted: Wanted, live: Position, bytes: number): Promise<{ page: LogPage; recovered: boolean }> {
    const { log } = this.#context.engine;
    const { recover } = this.#context.limits;
    const { after, history = 0 } = wanted;
    const before = live.offset + 1;
    if (after === undefined) {
      if (history === 0)
        return { page: { entries: [], ...live, head: live.offset, complete: true, more: false }, recovered: false };
      return {
        page: await log.read(this.room.name, { before, limit: history, bytes, only: 'messages' }),
        recovered: false,
      };
    }
    const page = await log.read(this.room.name, { after: after.offset, limit: Math.max(recover, 1), bytes });
    const missed = page.head - after.offset;
    const known = page.epoch === after.epoch && live.epoch === after.epoch;
    if (known && page.complete && missed >= 0 && missed <= recover) return { page, recovered: true };
    return { page: await log.read(this.room.name, { before, limit: newestPage, bytes }), recovered: false };
  }

  /** The client is told that it stands here: when that is not written, it was not told. */
  #move(position: Position): void {
    const run = this.#run;
    const { link } = this.#owner;
    this.#before ??= { epoch: this.#epoch, offset: this.#skippedFrom > 0 ? this.#skippedFrom - 1 : this.#offset };
    // What was skipped is shown now, or is said to be missing by where this begins.
    this.#skippedFrom = 0;
    if (position.epoch === this.room.position.epoch) this.#at(position);
    // The log has begun anew since: where it stands in that one is known already.
    else link?.tell({ type: 'reset', room: this.room.wireName, ...this.position });
    void link?.flushed().then((flushed) => {
      if (flushed && run === this.#run) this.#before = undefined;
    });
  }

  #start(): void {
    this.#announced = true;
    void this.#join().catch((error: unknown) => {
      this.#context.report(error, 'catching up');
      this.#owner.link?.end('ENGINE_UNAVAILABLE');
    });
  }

  /** Sends what came meanwhile, from what was held or from the log, until the client is live. */
  async #join(): Promise<void> {
    const run = this.#run;
    while (!this.#replayHeld()) {
      const range = { after: this.#offset, limit: catchUpPage, bytes: tapeBytes };
      const page = await this.#context.engine.log.read(this.room.name, range);
      if (run !== this.#run) return;
      if (page.epoch !== this.#epoch) {
        // The log began anew while the page was on its way: it says nothing about the position that counts now.
        await this.#context.fanOut.flusher.turn();
        if (run !== this.#run) return;
        continue;
      }
      this.#sayLost(page);
      for (const entry of page.entries) this.#send(entry);
      if (!(await this.#owner.link?.flushed()) || run !== this.#run) return;
    }
  }

  /** True when what is held joins up with the position: from here on everything is live. */
  #replayHeld(): boolean {
    const held = this.#held;
    if (held === undefined) return true;
    const next = this.room.position.offset + 1;
    const first = this.#overflowed ? next : (held[0]?.offset ?? next);
    if (first > this.#offset + 1) {
      // What is held now stays; from here on it can be joined to.
      if (this.#overflowed) this.#hold();
      return false;
    }
    this.#held = undefined;
    for (const entry of held) this.#send(entry);
    return true;
  }

  /** Reading found a hole: it was trimmed away while we caught up. */
  #sayLost(page: LogPage): void {
    const next = page.entries[0]?.offset ?? this.room.position.offset + 1;
    if (next <= this.#offset + 1) return;
    if (this.#owner.link !== undefined) this.#sayGap(this.#owner.link, this.#offset + 1, next - 1);
    this.#offset = next - 1;
  }

  #sayGap(link: Link, from: number, to: number): void {
    link.tell({ type: 'gap', room: this.room.wireName, epoch: this.#epoch, from, to });
  }

  #at({ epoch, offset }: Position): void {
    this.#epoch = epoch;
    this.#offset = offset;
  }

  #send(entry: Entry): void {
    const { link } = this.#owner;
    if (link === undefined || entry.offset <= this.#offset) return;
    this.#offset = entry.offset;
    if (!this.#isOwn(entry, link)) link.tell(entry, entry);
  }

  #hold(): void {
    this.#held = [];
    this.#heldBytes = 0;
    this.#overflowed = false;
  }

  #acceptEntry(entry: Entry): Link | undefined {
    const { link } = this.#owner;
    if (this.#held !== undefined) this.#holdBack(entry);
    if (link === undefined || this.#held !== undefined || entry.offset <= this.#offset) return undefined;
    const own = this.#isOwn(entry, link);
    if (!own && (this.#skippedFrom > 0 || link.outbox.full)) return this.#skip(entry, link);
    this.#offset = entry.offset;
    return own ? undefined : link;
  }

  #holdBack(entry: Entry): void {
    this.#heldBytes += 256 + ('text' in entry ? entry.text.length : 0);
    if (this.#heldBytes > this.#context.limits.outboxBytes) this.#overflowed = true;
    if (this.#overflowed) this.#held = [];
    else this.#held?.push(entry);
  }

  #skip(entry: Entry, link: Link): undefined {
    if (!link.skips) {
      link.end('SLOW_CONSUMER');
      return undefined;
    }
    this.#context.tally.leftOut.entry++;
    if (this.#skippedFrom === 0) this.#skippedFrom = entry.offset;
    this.#offset = entry.offset;
    link.fallBehind(this);
    return undefined;
  }

  #acceptEvent(event: ServerEvent): Link | undefined {
    const { link } = this.#owner;
    // What is held back from before and behind the gap must not be told as if nothing was missing: the log says what is.
    if (event.type === 'gap' && this.#held !== undefined) {
      this.#overflowed = true;
      this.#held = [];
      return undefined;
    }
    if (link === undefined || !this.#announced) return undefined;
    if (event.type === 'presence') return this.#acceptPresence(event, link);
    if (event.type !== 'signal') return link;
    // One that is kept already must not come after a later one.
    if (!link.outbox.congested && this.#signals === undefined) return link;
    this.#keepLatest(event);
    link.fallBehind(this);
    return undefined;
  }

  #acceptPresence(event: Extract<ServerEvent, { type: 'presence' }>, link: Link): Link | undefined {
    // Where a sender does not get its own messages back, it does not read of its own comings and goings either.
    if (!link.lane.protocol.echo && this.#concernsOnlyUs(event)) return undefined;
    // A change says nothing to whoever missed the one before: after the first, all wait for the whole list.
    if (!link.outbox.congested && !this.#missedPresence) return link;
    this.#context.tally.leftOut.presence++;
    this.#missedPresence = true;
    link.fallBehind(this);
    return undefined;
  }

  #concernsOnlyUs({ joined, left, renamed }: Extract<ServerEvent, { type: 'presence' }>): boolean {
    const others = [...joined, ...left].some((author) => author.user !== this.user);
    const own = this.room.people.idOf(this.user);
    return (
      !others &&
      joined.length + left.length + renamed.length > 0 &&
      renamed.every(({ id }) => id === own || id === this.member)
    );
  }

  /** The latest of each kind and sender; few, since they matter for a moment. */
  #keepLatest(event: Extract<ServerEvent, { type: 'signal' }>): void {
    const key = JSON.stringify([event.name, event.from.id]);
    const signals = (this.#signals ??= new Map());
    const { leftOut } = this.#context.tally;
    if (signals.delete(key)) leftOut.signal++;
    signals.set(key, event);
    const oldest: IteratorResult<string, unknown> = signals.keys().next();
    if (signals.size <= 16 || oldest.done) return;
    leftOut.signal++;
    signals.delete(oldest.value);
  }

  #isOwn(entry: Entry, link: Link): boolean {
    return !link.lane.protocol.echo && entry.from.id === this.member;
  }

  #isOurs(entry: Entry): boolean {
    switch (entry.type) {
      case 'direct':
        return this.room.inbox;
      case 'message':
      case 'edit':
      case 'delete':
      case 'reaction':
        return entry.room === this.room.name;
      default:
        return assertNever(entry);
    }
  }
}

/** With who is there at the moment of asking. */
function factsOf(room: LocalRoom, past: Omit<JoinedFacts, 'members' | 'count' | 'topic'>): JoinedFacts {
  // Nobody is in an inbox, and it is about nothing.
  if (room.inbox) return { ...past, count: 0 };
  const { list, count } = room.people;
  const { topic } = room.state;
  const about = topic === undefined ? past : { ...past, topic };
  return list === undefined ? { ...about, count } : { ...about, members: list, count };
}
