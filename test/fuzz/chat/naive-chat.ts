import { Hall, type Seat } from './hall.js';
import { Speech } from './speech.js';
import { clients, moderator, type Step } from './steps.js';

const windowMs = 30_000;
/** Of bans and mutes. */
export const sanctionSeconds = 5;

/** What a step should come to: the reply, and what each client is told besides. */
export interface Outcome {
  readonly reply: string | undefined;
  readonly told: readonly (readonly string[])[];
}

/** A chat as it should be, by lists and sets: says of each step what everybody is told. */
export class NaiveChat {
  readonly hall = new Hall();
  #now = 0;
  readonly #speech = new Speech(this.hall);
  /** Until when, by kind, room and user. */
  readonly #sanctions = new Map<string, number>();
  /** Up to where a user has read a log. */
  readonly #markers = new Map<string, number>();
  /** The rooms that a user is in for good, where that is so: a session of it begins with them. */
  readonly #stays: Map<string, Set<string>> | undefined;

  /** @param lasting - whether rooms are for good: then nobody has a second session, which would be another matter */
  constructor(lasting: boolean) {
    this.#stays = lasting ? new Map(clients.map(({ user }) => [user, new Set()])) : undefined;
  }

  /** Whether there is somebody to do it. */
  canBe({ who, does }: Step): boolean {
    if (this.#stays !== undefined && who === 1) return does === 'wait';
    const seat = this.hall.seats.get(who);
    const isHere = seat !== undefined && seat.lostAt === undefined;
    return does === 'wait' || (does === 'comes') !== isHere;
  }

  /** @param text - what is said, where something is */
  take(step: Step, text: string): Outcome {
    const told = this.hall.begin();
    const reply = this.#take(step, text);
    return { reply: reply === undefined ? undefined : `= ${reply}`, told };
  }

  #take(step: Step, text: string): string | undefined {
    const { who } = step;
    const { hall } = this;
    switch (step.does) {
      case 'wait':
        return this.#wait(step.ms);
      case 'comes':
        return this.#come(who);
      case 'cut': {
        const seat = hall.seat(who);
        seat.inbox = hall.log(`@${seat.user}`).head;
        seat.lostAt = this.#now;
        // Of two windows that close at one time, it is the later.
        hall.seats.delete(who);
        hall.seats.set(who, seat);
        return undefined;
      }
      case 'quit':
        hall.end(hall.seat(who));
        hall.reached.delete(who);
        return undefined;
      case 'join':
        return this.#join(hall.seat(who), step.room, step.history);
      case 'rooms': {
        const rooms = ['games', 'lobby'].filter((room) => hall.people(room).length > 0);
        return `rooms ${rooms.map((room) => `${room} ${hall.people(room).length}`)}`;
      }
      case 'direct':
        return this.#speech.direct(who, step.to, text);
      case 'nick':
        return this.#rename(who, step.name);
      case 'kick':
      case 'ban':
      case 'mute':
        return this.#moderate(hall.seat(who), step.does, step.room, step.whom);
      case 'read':
        return this.#read(hall.seat(who), step.room, step.offset);
      default:
        return hall.seat(who).rooms.has(step.room) ? this.#inRoom(step, text) : 'error NOT_A_MEMBER';
    }
  }

  /** What only those may do who are in the room. */
  #inRoom(step: Extract<Step, { readonly room: string }>, text: string): string {
    const { who, does, room } = step;
    const { hall } = this;
    const isMute = this.#holds('mute', room, hall.seat(who).user);
    switch (does) {
      case 'leave':
        this.#stays?.get(hall.seat(who).user)?.delete(room);
        hall.leave(room, hall.seat(who));
        return `left ${room}`;
      case 'members':
        return `members ${hall.people(room)} ${hall.people(room).length}`;
      case 'history': {
        const { lines, more } = hall.log(room).page(step.limit, step.before ?? undefined);
        return `history [${lines.join(', ')}]${more ? ' more' : ''}`;
      }
      case 'asks topic': {
        const topic = this.#speech.topics.get(room);
        return `${room}: about "${topic?.text ?? ''}" says ${topic?.name}`;
      }
      case 'edit':
      case 'delete':
      case 'react':
        return this.#speech.amend(step, text, isMute);
      default:
        if (isMute) return 'error MUTED';
        if (does === 'send') return this.#speech.send(who, room, text, step.key);
        if (does === 'topic') return this.#speech.about(who, room, step.topic, this.#now);
        hall.tellRoom(room, `${room}: ${hall.nameOf(who)} signals`, undefined, who);
        return 'ok';
    }
  }

  // ---- Coming and going

  #come(who: number): string {
    const { hall } = this;
    const { user } = clients[who] as (typeof clients)[number];
    const waiting = hall.seats.get(who);
    const inbox = hall.log(`@${user}`);
    const seat: Seat = waiting ?? { who, user, rooms: new Set(), lostAt: undefined, inbox: inbox.head };
    seat.lostAt = undefined;
    hall.seats.set(who, seat);
    const knew = new Map(hall.reached.get(who));
    hall.reached.set(who, new Map());
    const stays = waiting === undefined ? (this.#stays?.get(user) ?? []) : [];
    for (const room of [...stays].sort()) hall.enter(room, seat);
    const logs = [...seat.rooms].sort().map((room) => [room, room] as const);
    const isTold = knew.has('@') || (waiting === undefined && this.#unread(`@${user}`, user) > 0);
    if (isTold) logs.unshift([`@`, `@${user}`]);
    const standing = logs.map(([room, name]) => {
      const log = hall.log(name);
      const after = knew.get(room);
      const past = after === undefined ? [] : log.entries.slice(after).map((entry) => log.line(entry));
      hall.learn(who, room, log.head);
      const facts = room === '@' ? '' : this.#standing(room);
      return `in ${room} at ${log.head}${after === undefined || log.head === 0 ? '' : ' recovered'} [${past.join(', ')}]${facts}`;
    });
    if (!isTold)
      for (const entry of inbox.entries.slice(seat.inbox)) hall.tell(who, inbox.line(entry), '@', entry.offset);
    return [`welcome ${hall.nameOf(who)}${waiting === undefined ? '' : ' again'}`, ...standing].join('; ');
  }

  #wait(ms: number): undefined {
    const lost = [...this.hall.seats.values()].filter(({ lostAt = Number.POSITIVE_INFINITY }) => {
      return lostAt + windowMs <= this.#now + ms;
    });
    for (const seat of lost.sort((a, b) => (a.lostAt ?? 0) - (b.lostAt ?? 0))) this.hall.end(seat);
    this.#now += ms;
    return undefined;
  }

  #join(seat: Seat, room: string, history: number): string {
    const { hall } = this;
    if (!seat.rooms.has(room) && this.#holds('ban', room, seat.user)) return 'error BANNED';
    hall.enter(room, seat);
    this.#stays?.get(seat.user)?.add(room);
    const log = hall.log(room);
    hall.learn(seat.who, room, log.head);
    const lines = history === 0 ? [] : log.page(history).lines;
    return `in ${room} at ${log.head} [${lines.join(', ')}]${this.#standing(room)}`;
  }

  /** Who is in a room, and what it is about. */
  #standing(room: string): string {
    const people = this.hall.people(room);
    const topic = this.#speech.topics.get(room);
    return ` ${people} ${people.length}${topic === undefined ? '' : ` "${topic.text}"`}`;
  }

  // ---- Names and markers

  #rename(who: number, name: string): string {
    const { hall } = this;
    const { user } = hall.seat(who);
    const owner = [...hall.names].find(([, held]) => held.toLowerCase() === name.toLowerCase())?.[0];
    if (owner !== undefined && owner !== user) return 'error NAME_TAKEN';
    const was = hall.names.get(user);
    hall.names.set(user, name);
    if (was === name) return `renamed ${name}`;
    for (const room of ['games', 'lobby'])
      if (hall.isIn(room, user)) hall.tellRoom(room, `${room}: ${was}>${name} = ${hall.people(room).length}`);
    for (const seat of hall.seatsOf(user)) if (seat.who !== who) hall.tell(seat.who, `renamed ${name}`);
    return `renamed ${name}`;
  }

  #read(seat: Seat, room: string, offset: number): string {
    if (room !== '@' && !seat.rooms.has(room)) return 'error NOT_A_MEMBER';
    const name = room === '@' ? `@${seat.user}` : room;
    const upTo = Math.min(offset, this.hall.log(name).head);
    const marker = `${name} ${seat.user}`;
    const known = this.#markers.get(marker);
    if (known !== undefined && upTo <= known) return 'ok';
    this.#markers.set(marker, upTo);
    for (const other of this.hall.seatsOf(seat.user)) {
      if (other === seat || (room !== '@' && !other.rooms.has(room))) continue;
      this.hall.tell(other.who, `${room}: read up to ${upTo}, ${this.#unread(name, seat.user)} unread`);
    }
    return 'ok';
  }

  #unread(log: string, user: string): number {
    return this.hall.log(log).unread(user, this.#markers.get(`${log} ${user}`) ?? 0);
  }

  // ---- Moderation

  #moderate(seat: Seat, what: 'kick' | 'ban' | 'mute', room: string, user: string): string {
    const { hall } = this;
    if (seat.user !== moderator) return 'error FORBIDDEN';
    const there = hall.seatsOf(user).filter(({ rooms }) => rooms.has(room));
    const stays = this.#stays?.get(user);
    if (what === 'kick' && there.length === 0 && !stays?.has(room)) return 'error NO_SUCH_MEMBER';
    if (what !== 'kick') this.#sanctions.set(`${what} ${room} ${user}`, this.#now + sanctionSeconds * 1_000);
    if (what === 'mute') return 'ok';
    stays?.delete(room);
    for (const each of there) {
      hall.tell(each.who, `left ${room} ${what === 'kick' ? 'KICKED' : 'BANNED'}`);
      hall.leave(room, each);
    }
    return 'ok';
  }

  #holds(kind: 'ban' | 'mute', room: string, user: string): boolean {
    return (this.#sanctions.get(`${kind} ${room} ${user}`) ?? 0) > this.#now;
  }
}
