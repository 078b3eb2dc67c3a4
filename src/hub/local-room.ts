import { isAmong } from '../model/addresses.js';
import type { Entry, JsonValue, Message, Position } from '../model/entry.js';
import type { ErrorCode } from '../model/errors.js';
import type { ServerEvent } from '../model/events.js';
import { guardedCall } from '../model/guard.js';
import type { FollowHandler } from '../ports/engine.js';
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
export class LocalRoom implements FollowHandler {
  readonly name: string;
  readonly inbox: boolean;
  readonly occupants = new Set<Occupant>();
  /** Those on their way in: they are no occupants yet, and may be removed all the same. */
  #entrants: Set<Entrant> | undefined;
  #listeners: Set<(message: Message) => void> | undefined;
  /** Settles when the room is followed; rejects when the engine could not. */
  readonly ready: Promise<void>;
  /** How many need this room. */
  uses = 0;
  #position: Position = { epoch: '', offset: 0 };
  #closed = false;
  /** Of a room, not of an inbox: most people have one of those, and nobody is in it. */
  readonly #parts: { readonly people: RoomPeople; readonly state: RoomState } | undefined;
  readonly #tapes = new TapeSet();
  readonly #open: { close(): void }[] = [];
  readonly #context: Context;

  constructor(name: string, inbox: boolean, context: Context) {
    this.name = name;
    this.inbox = inbox;
    this.#context = context;
    this.#parts = inbox ? undefined : this.#makeParts();
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
    return this.#known.people;
  }

  /** Who is banned or mute here, and what the room is about. */
  get state(): RoomState {
    return this.#known.state;
  }

  get #known(): { readonly people: RoomPeople; readonly state: RoomState } {
    if (this.#parts === undefined) throw new Error('An inbox is no room');
    return this.#parts;
  }

  #makeParts(): { readonly people: RoomPeople; readonly state: RoomState } {
    return {
      people: new RoomPeople(this.name, this.#context, (event) => this.broadcast(event)),
      state: new RoomState(this.name, this.#context, {
        topic: (topic) => this.broadcast({ type: 'topic', room: this.name, ...(topic ?? { text: '' }) }),
        ban: () => this.#expel(),
      }),
    };
  }

  /** Somebody is on the way in, until what this gives is called. */
  expect(entrant: Entrant): () => void {
    const entrants = (this.#entrants ??= new Set());
    entrants.add(entrant);
    return () => {
      entrants.delete(entrant);
      if (entrants.size === 0) this.#entrants = undefined;
    };
  }

  /** Calls a listener for each message from here on, until what this gives is called. */
  listen(listener: (message: Message) => void): () => void {
    const listeners = (this.#listeners ??= new Set());
    listeners.add(listener);
    return () => listeners.delete(listener);
  }

  /** About how many bytes were queued for the members here in this turn. */
  get turnBytes(): number {
    return this.#tapes.bytes;
  }

  broadcast(event: ServerEvent, entry?: Entry): void {
    if (this.occupants.size > 0) this.#context.fanOut.broadcast(this.#tapes, this.occupants, event, entry);
  }

  close(): void {
    if (!this.#closed) this.#parts?.state.end();
    this.#closed = true;
    this.#parts?.people.close();
    for (const resource of this.#open.splice(0)) resource.close();
  }

  async #begin(): Promise<void> {
    const { engine } = this.#context;
    const follow = engine.log.follow(this.name, this);
    const parts: Promise<{ close(): void }>[] = [follow.then((follower) => this.#keep(follower))];
    if (this.#parts !== undefined) {
      const { people, state } = this.#parts;
      parts.push(engine.presence.watch(this.name, people).then((watch) => this.#keep(people.begin(watch))));
      parts.push(
        engine.signals.subscribe(topicOf(this.name), (payload) => this.#signal(payload)).then((s) => this.#keep(s)),
      );
      parts.push(state.begin().then((watch) => this.#keep(watch)));
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

  /** For the engine. */
  deliver(entries: readonly Entry[]): void {
    for (const entry of entries) {
      this.#position = { epoch: this.#position.epoch, offset: entry.offset };
      this.#trace(entry);
      this.broadcast(entry, entry);
      if (entry.type === 'message') this.#hear(entry);
    }
  }

  #trace(entry: Entry): void {
    const { tracer, fanOut } = this.#context;
    if (tracer === undefined || this.occupants.size === 0) return;
    const step = tracer.delivery(this.wireName, this.occupants.size, 'id' in entry ? entry.id : '');
    if (step !== undefined) void fanOut.flusher.turn().then(() => step.end());
  }

  #hear(message: Message): void {
    if (this.#listeners === undefined) return;
    for (const listener of this.#listeners) {
      guardedCall(
        () => listener(message),
        (error) => this.#context.report(error, 'room message listener'),
      );
    }
  }

  /** For the engine. */
  gap(from: number, to: number): void {
    this.#position = { epoch: this.#position.epoch, offset: to };
    this.broadcast({ type: 'gap', room: this.wireName, epoch: this.#position.epoch, from, to });
  }

  /** For the engine. */
  reset(position: Position): void {
    this.#position = position;
    for (const occupant of this.occupants) occupant.reset(position);
    this.broadcast({ type: 'reset', room: this.wireName, ...position });
  }

  #remove(removal: Removal): void {
    const concerns = ({ user, remoteAddress }: Entrant | Occupant) =>
      'remove' in removal ? user === removal.remove : isAmong(remoteAddress, removal.removeAddress);
    for (const entrant of this.#entrants ?? []) if (concerns(entrant)) entrant.removed = removal.code;
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
