import { isAmong } from '../model/addresses.js';
import type { Entry, JsonValue, Message, Position } from '../model/entry.js';
import type { ErrorCode } from '../model/errors.js';
import type { ServerEvent } from '../model/events.js';
import { guardedCall } from '../model/guard.js';
import type { Context } from './context.js';
import type { Recipient } from './fan-out.js';
import { type Removal, roomPayload } from './payloads.js';
import { RoomPeople } from './room-people.js';
import { RoomState } from './room-state.js';
import { TapeSet } from './tape.js';

/** Somebody on this node who is in a room. */
export interface Occupant extends Recipient {
  /** The member's id. */
  readonly member: string;
  readonly user: string;
  readonly remoteAddress: string | undefined;
  /** The room's log began anew: forget the position. */
  reset(position: Position): void;
  /** Taken out by a moderator, or by another node. */
  remove(code: ErrorCode, reason: string | undefined): void;
}

/** Somebody who is about to be in the room. */
export interface Entrant {
  readonly user: string;
  readonly remoteAddress: string | undefined;
  /** Why it was removed meanwhile. */
  removed?: ErrorCode;
}

/**
 * One room, or one inbox, as this node knows it: its live log, who is there, and those of them that this node holds.
 * It exists while somebody here needs it.
 */
export class LocalRoom {
  readonly name: string;
  readonly inbox: boolean;
  readonly occupants = new Set<Occupant>();
  /** Those on their way in: they are no occupants yet, and may be removed all the same. */
  readonly entrants = new Set<Entrant>();
  readonly listeners = new Set<(message: Message) => void>();
  readonly state: RoomState;
  /** Settles when the room is followed; rejects when the engine could not. */
  readonly ready: Promise<void>;
  /** How many need this room. */
  uses = 0;
  #position: Position = { epoch: '', offset: 0 };
  #closed = false;
  readonly #people: RoomPeople;
  readonly #tapes = new TapeSet();
  readonly #open: { close(): void }[] = [];
  readonly #context: Context;

  constructor(name: string, inbox: boolean, context: Context) {
    this.name = name;
    this.inbox = inbox;
    this.#context = context;
    this.#people = new RoomPeople(name, context, (event) => this.broadcast(event));
    this.state = new RoomState(name, context, {
      topic: (topic) => this.broadcast({ type: 'topic', room: name, ...(topic ?? { text: '' }) }),
      ban: () => this.#expel(),
    });
    this.ready = this.#begin();
    // Whoever needs the room awaits this; the registry drops a room that failed.
    this.ready.catch(() => undefined);
  }

  /** Up to where this node has been given the log. */
  get position(): Position {
    return this.#position;
  }

  /** Who is here, on all nodes. */
  get people(): RoomPeople {
    return this.#people;
  }

  /** About how many bytes were queued for the members here in this turn. */
  get turnBytes(): number {
    return this.#tapes.bytes;
  }

  broadcast(event: ServerEvent, entry?: Entry): void {
    if (this.occupants.size > 0) this.#context.fanOut.broadcast(this.#tapes, this.occupants, event, entry);
  }

  close(): void {
    if (!this.#closed && !this.inbox) this.state.end();
    this.#closed = true;
    this.#people.close();
    for (const resource of this.#open.splice(0)) resource.close();
  }

  async #begin(): Promise<void> {
    const { engine } = this.#context;
    const follow = engine.log.follow(this.name, {
      deliver: (entries) => this.#deliver(entries),
      gap: (from, to) => this.#gap(from, to),
      reset: (position) => this.#reset(position),
    });
    const parts: Promise<{ close(): void }>[] = [follow.then((follower) => this.#keep(follower))];
    if (!this.inbox) {
      parts.push(engine.presence.watch(this.name, this.#people).then((watch) => this.#keep(this.#people.begin(watch))));
      parts.push(
        engine.signals.subscribe(topicOf(this.name), (payload) => this.#signal(payload)).then((s) => this.#keep(s)),
      );
      parts.push(this.state.begin().then((watch) => this.#keep(watch)));
    }
    const results = await Promise.allSettled(parts);
    const failed = results.find((result) => result.status === 'rejected');
    if (failed === undefined) {
      this.#position = (await follow).position;
      return;
    }
    this.close();
    throw failed.reason;
  }

  #keep<T extends { close(): void }>(resource: T): T {
    if (this.#closed) resource.close();
    else this.#open.push(resource);
    return resource;
  }

  #deliver(entries: readonly Entry[]): void {
    for (const entry of entries) {
      this.#position = { epoch: this.#position.epoch, offset: entry.offset };
      this.broadcast(entry, entry);
      if (entry.type === 'message') this.#hear(entry);
    }
  }

  #hear(message: Message): void {
    if (this.listeners.size === 0) return;
    for (const listener of this.listeners) {
      guardedCall(
        () => listener(message),
        (error) => this.#context.report(error, 'room message listener'),
      );
    }
  }

  #gap(from: number, to: number): void {
    this.#position = { epoch: this.#position.epoch, offset: to };
    this.broadcast({ type: 'gap', room: this.wireName, epoch: this.#position.epoch, from, to });
  }

  #reset(position: Position): void {
    this.#position = position;
    for (const occupant of this.occupants) occupant.reset(position);
    this.broadcast({ type: 'reset', room: this.wireName, ...position });
  }

  #remove(removal: Removal): void {
    const concerns = ({ user, remoteAddress }: Entrant | Occupant) =>
      'remove' in removal ? user === removal.remove : isAmong(remoteAddress, removal.removeAddress);
    for (const entrant of this.entrants) if (concerns(entrant)) entrant.removed = removal.code;
    for (const occupant of [...this.occupants]) if (concerns(occupant)) occupant.remove(removal.code, removal.reason);
  }

  /** Somebody is banned from here on. */
  #expel(): void {
    for (const occupant of [...this.occupants]) {
      const ban = this.state.sanctions.banOf(occupant);
      if (ban !== undefined) occupant.remove('BANNED', ban.reason ?? undefined);
    }
  }

  /** What clients call the room: each knows its own inbox as `@`. */
  get wireName(): string {
    return this.inbox ? '@' : this.name;
  }

  #signal(payload: JsonValue): void {
    const told = roomPayload(payload);
    if (told === undefined) return;
    if ('remove' in told || 'removeAddress' in told) {
      this.#remove(told);
      return;
    }
    const event = { type: 'signal', room: this.name, name: told.signal, from: told.from, data: told.data } as const;
    const others =
      told.except === undefined ? this.occupants : [...this.occupants].filter((o) => o.member !== told.except);
    this.#context.fanOut.broadcast(this.#tapes, others, event);
  }
}

/** The topic on which nodes tell each other what concerns a room. */
export function topicOf(room: string): string {
  return `room/${room}`;
}
