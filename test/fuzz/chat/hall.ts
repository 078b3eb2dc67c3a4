import { NaiveLog } from './naive-log.js';
import { clients } from './steps.js';

/** A session of a client; it may wait for its client to come back. */
export interface Seat {
  readonly who: number;
  readonly user: string;
  readonly rooms: Set<string>;
  /** Since when its client is gone; undefined: it is here. */
  lostAt: number | undefined;
  /** Up to where it was told of its inbox. */
  inbox: number;
}

/** Who is where and called what, up to where each client has been told of what was said, and what it is told now. */
export class Hall {
  readonly names = new Map<string, string>(clients.map(({ user, name }) => [user, name]));
  readonly seats = new Map<number, Seat>();
  /** What a client knows of each log that it was told of; nothing once it has said goodbye. */
  readonly reached = new Map<number, Map<string, number>>();
  readonly #logs = new Map<string, NaiveLog>();
  #told: string[][] = [];

  /** What each client is told from here on. */
  begin(): string[][] {
    this.#told = clients.map(() => []);
    return this.#told;
  }

  log(room: string): NaiveLog {
    const log = this.#logs.get(room) ?? new NaiveLog(room.startsWith('@') ? '@' : room);
    this.#logs.set(room, log);
    return log;
  }

  seat(who: number): Seat {
    const seat = this.seats.get(who);
    if (seat === undefined) throw new Error(`${who} has no session`);
    return seat;
  }

  nameOf(who: number): string {
    return this.names.get(clients[who]?.user ?? '') ?? '';
  }

  /** The names of those who are in a room, on whichever of their connections. */
  people(room: string): string[] {
    const users = new Set(this.#seatsIn(room).map(({ user }) => user));
    return [...users].map((user) => this.names.get(user) ?? '').sort();
  }

  isIn(room: string, user: string): boolean {
    return this.#seatsIn(room).some((seat) => seat.user === user);
  }

  seatsOf(user: string): Seat[] {
    return [...this.seats.values()].filter((seat) => seat.user === user);
  }

  /** Somebody comes in; those who are there already are told. */
  enter(room: string, seat: Seat): void {
    const isNew = !this.isIn(room, seat.user);
    const others = this.#seatsIn(room);
    seat.rooms.add(room);
    if (isNew)
      for (const { who } of others) this.tell(who, `${room}: +${this.nameOf(seat.who)} = ${this.people(room).length}`);
  }

  /** Somebody is there no more; those who still are, are told. */
  leave(room: string, seat: Seat): void {
    seat.rooms.delete(room);
    this.reached.get(seat.who)?.delete(room);
    if (!this.isIn(room, seat.user))
      this.tellRoom(room, `${room}: -${this.nameOf(seat.who)} = ${this.people(room).length}`);
  }

  end(seat: Seat): void {
    this.seats.delete(seat.who);
    for (const room of [...seat.rooms]) {
      seat.rooms.delete(room);
      if (!this.isIn(room, seat.user))
        this.tellRoom(room, `${room}: -${this.nameOf(seat.who)} = ${this.people(room).length}`);
    }
  }

  /** @param offset - of an entry, in which log it stands where */
  tell(who: number, line: string, log?: string, offset = 0): void {
    if (this.seats.get(who)?.lostAt !== undefined || !this.seats.has(who)) return;
    this.#told[who]?.push(line);
    // A direct message does not say in which epoch it counts.
    if (log !== undefined && (log !== '@' || this.reached.get(who)?.has('@'))) this.learn(who, log, offset);
  }

  tellRoom(room: string, line: string, offset?: number, except?: number): void {
    for (const { who } of this.#seatsIn(room)) {
      if (who === except) continue;
      if (offset === undefined) this.tell(who, line);
      else this.tell(who, line, room, offset);
    }
  }

  learn(who: number, log: string, offset: number): void {
    const reached = this.reached.get(who) ?? new Map<string, number>();
    this.reached.set(who, reached.set(log, offset));
  }

  #seatsIn(room: string): Seat[] {
    return [...this.seats.values()].filter(({ rooms }) => rooms.has(room));
  }
}
