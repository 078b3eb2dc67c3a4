import type { Fence, SessionRecord } from '../../ports/engine.js';

/** A session that this node holds, as it is to stand in Redis. */
export interface HeldSession {
  readonly record: SessionRecord;
  generation: number;
  readonly rooms: Set<string>;
  /** Writes of it that are under way: what comes of them is not known yet. */
  busy: number;
}

/** A name and the key by which names are compared. */
export interface HeldName {
  readonly key: string;
  readonly name: string;
}

/** What this node holds: by this it is put back where Redis lost it. */
export class Held {
  readonly #sessions = new Map<string, HeldSession>();
  readonly #names = new Map<string, HeldName>();
  /** How many sessions of each user there are. */
  readonly #users = new Map<string, number>();

  get size(): number {
    return this.#sessions.size;
  }

  /** Sessions of which nothing is under way. */
  get settled(): readonly HeldSession[] {
    return [...this.#sessions.values()].filter(({ busy }) => busy === 0);
  }

  /** Whether a session is still held, and the same. */
  isCurrent(session: HeldSession): boolean {
    return this.#sessions.get(session.record.member) === session;
  }

  has(member: string): boolean {
    return this.#sessions.has(member);
  }

  open(record: SessionRecord, name: HeldName | undefined): void {
    const { generation, rooms, user } = record;
    this.drop(record.member);
    this.#users.set(user, (this.#users.get(user) ?? 0) + 1);
    this.#sessions.set(record.member, { record, generation, rooms: new Set(rooms), busy: 0 });
    if (name !== undefined) this.#names.set(record.user, name);
  }

  /** The session, while the fence holds here. */
  get({ member, generation }: Fence): HeldSession | undefined {
    const held = this.#sessions.get(member);
    return held?.generation === generation ? held : undefined;
  }

  nameOf(user: string): HeldName | undefined {
    return this.#names.get(user);
  }

  named(user: string, name: HeldName | undefined): void {
    if (name === undefined) this.#names.delete(user);
    else this.#names.set(user, name);
  }

  drop(member: string): void {
    const held = this.#sessions.get(member);
    if (held === undefined) return;
    this.#sessions.delete(member);
    const { user } = held.record;
    const left = (this.#users.get(user) ?? 1) - 1;
    if (left > 0) this.#users.set(user, left);
    else {
      this.#users.delete(user);
      this.#names.delete(user);
    }
  }

  /** Who of this node is in a room. */
  in(room: string): readonly HeldSession[] {
    return [...this.#sessions.values()].filter(({ rooms }) => rooms.has(room));
  }

  clear(): void {
    this.#sessions.clear();
    this.#users.clear();
    this.#names.clear();
  }
}
