import type { Author } from '../../model/entry.js';
import type {
  Fence,
  NameOwner,
  PresenceChange,
  PresenceHandler,
  PresenceList,
  PresenceWatch,
  RoomPage,
  SessionRecord,
} from '../../ports/engine.js';
import { Deliveries } from './deliveries.js';
import { MemoryNames, type NameBook } from './names.js';

interface Session extends SessionRecord {
  readonly rooms: string[];
  generation: number;
  node: string;
  reserved?: true;
}

interface PresentUser {
  author: Author;
  /** Member ids in the order in which they came. A list: few users have more than a few. */
  readonly sessions: string[];
}

class PresenceRoom {
  readonly users = new Map<string, PresentUser>();
  /** With how many changes its list already contained. */
  readonly watchers = new Map<PresenceHandler, number>();
  #changes = 0;
  readonly #deliveries = new Deliveries();

  tell(change: Partial<PresenceChange>): void {
    const whole = { joined: [], left: [], renamed: [], ...change, count: this.users.size };
    const number = ++this.#changes;
    this.#deliveries.run(() => {
      for (const [watcher, known] of this.watchers) if (known < number) watcher.change(whole);
    });
  }

  /** Tells of what changes from now on; what still waits to be told is in the list. */
  watch(watcher: PresenceHandler): void {
    this.watchers.set(watcher, this.#changes);
  }

  get list(): PresenceList {
    const members = Array.from(this.users.values(), ({ author }) => author);
    return { members, count: members.length, complete: true, missingNodes: [] };
  }
}

/** Is told of what must outlive the process. */
export interface PresenceJournal {
  /** A session began, or its rooms, its node or its generation are others. */
  saved(session: SessionRecord): void;
  ended(session: SessionRecord): void;
}

const noJournal: PresenceJournal = { saved: () => undefined, ended: () => undefined };

/** Names, sessions and rooms of one process. Nothing stays of who has gone, but the names of authenticated users. */
export class PresenceStore {
  readonly #rooms = new Map<string, PresenceRoom>();
  /** The names of all rooms, sorted when they are next listed. */
  #sorted: string[] | undefined;
  readonly #sessions = new Map<string, Session>();
  readonly #bySecret = new Map<string, Session>();
  /** Lists, since few users have more than a few. */
  readonly #byUser = new Map<string, Session[]>();
  readonly #names: NameBook;
  readonly #journal: PresenceJournal;

  constructor(names: NameBook = new MemoryNames(), journal = noJournal) {
    this.#names = names;
    this.#journal = journal;
  }

  /** How much there is of each kind, for tests and status. */
  get counts(): { readonly rooms: number; readonly sessions: number } {
    return { rooms: this.#rooms.size, sessions: this.#sessions.size };
  }

  openSession(record: SessionRecord): void {
    this.#add({ ...record, rooms: [] });
    this.#journal.saved(record);
  }

  /** Sessions of a process that is no more: reserved for whoever takes them up. They are in no room until then. */
  reserve(records: readonly SessionRecord[]): void {
    for (const record of records) this.#add({ ...record, rooms: [...record.rooms], reserved: true });
  }

  #add(session: Session): void {
    this.#sessions.set(session.member, session);
    this.#bySecret.set(session.secret, session);
    const siblings = this.#byUser.get(session.user);
    if (siblings === undefined) this.#byUser.set(session.user, [session]);
    else siblings.push(session);
  }

  peekSession(secret: string): SessionRecord | undefined {
    return this.#record(this.#bySecret.get(secret));
  }

  takeSession(secret: string, node: string, generation?: number): { session: SessionRecord; was: string } | undefined {
    const session = this.#bySecret.get(secret);
    if (session === undefined || session.generation !== (generation ?? session.generation)) return undefined;
    const was = session.node;
    session.generation++;
    session.node = node;
    delete session.reserved;
    this.#journal.saved(session);
    return { session: this.#record(session), was };
  }

  endSession(fence: Fence): boolean {
    const session = this.#holder(fence);
    if (session === undefined) return false;
    // Read before anything is changed: it may fail.
    if (session.guest) this.#names.heldBy(session.user);
    this.#journal.ended(session);
    for (const room of [...session.rooms]) this.#leave(room, session);
    this.#sessions.delete(session.member);
    this.#bySecret.delete(session.secret);
    const siblings = this.#byUser.get(session.user) ?? [];
    siblings.splice(siblings.indexOf(session), 1);
    if (siblings.length === 0) {
      this.#byUser.delete(session.user);
      if (session.guest) this.#names.free(session.user);
    }
    return true;
  }

  /** Ends whatever a node still holds: it is gone. */
  endNode(node: string): void {
    for (const session of this.heldBy(node)) this.endSession(session);
  }

  /** A node is gone, and its sessions wait to be taken up: they leave their rooms, which they enter again when they are. */
  forsakeNode(node: string): readonly SessionRecord[] {
    const sessions = this.heldBy(node);
    for (const { member } of sessions) {
      const session = this.#sessions.get(member);
      const rooms = [...(session?.rooms ?? [])];
      if (session === undefined) continue;
      for (const room of rooms) this.#leave(room, session);
      session.rooms.push(...rooms);
      session.reserved = true;
    }
    return sessions;
  }

  /** The sessions that a node holds. */
  heldBy(node: string): readonly SessionRecord[] {
    const held = [...this.#sessions.values()].filter((session) => session.node === node);
    return held.map((session) => this.#record(session));
  }

  claimName(claim: { readonly key: string; readonly name: string; readonly fence: Fence }): boolean {
    const session = this.#holder(claim.fence);
    if (session === undefined) return false;
    const owner = this.#names.ownerOf(claim.key);
    if (owner !== undefined && owner.user !== session.user) return false;
    this.#names.give(session.user, { key: claim.key, name: claim.name });
    this.#rename(session.user, claim.name);
    return true;
  }

  findName(key: string): NameOwner | undefined {
    return this.#names.ownerOf(key);
  }

  nameOf(user: string): string | undefined {
    return this.#names.heldBy(user)?.name;
  }

  enter(name: string, fence: Fence, limit: number): boolean | 'full' {
    const session = this.#holder(fence);
    if (session === undefined) return false;
    const room = this.#room(name);
    const present = room.users.get(session.user);
    if (present === undefined && room.users.size >= limit) {
      this.#settle(name, room);
      return 'full';
    }
    if (!session.rooms.includes(name)) {
      session.rooms.push(name);
      this.#journal.saved(session);
    }
    if (present !== undefined) {
      if (!present.sessions.includes(session.member)) present.sessions.push(session.member);
      return true;
    }
    const author = { id: session.member, user: session.user, name: this.#nameIn(session) };
    room.users.set(session.user, { author, sessions: [session.member] });
    room.tell({ joined: [author] });
    return true;
  }

  leave(name: string, fence: Fence): boolean {
    const session = this.#holder(fence);
    if (session === undefined) return false;
    this.#leave(name, session);
    this.#journal.saved(session);
    return true;
  }

  list(name: string): PresenceList {
    return this.#rooms.get(name)?.list ?? { members: [], count: 0, complete: true, missingNodes: [] };
  }

  watch(name: string, handler: PresenceHandler): PresenceWatch {
    const room = this.#room(name);
    room.watch(handler);
    const close = () => {
      room.watchers.delete(handler);
      this.#settle(name, room);
    };
    return { list: room.list, close };
  }

  rooms(page: { readonly after?: string; readonly limit: number }): RoomPage {
    this.#sorted ??= [...this.#rooms.keys()].sort();
    const { after, limit } = page;
    const rooms: { name: string; count: number }[] = [];
    for (let at = after === undefined ? 0 : indexAfter(this.#sorted, after); at < this.#sorted.length; at++) {
      const name = this.#sorted[at] ?? '';
      const count = this.#rooms.get(name)?.users.size ?? 0;
      if (count === 0) continue;
      if (rooms.length === limit) return { rooms, more: true };
      rooms.push({ name, count });
    }
    return { rooms, more: false };
  }

  find(member: string): SessionRecord | undefined {
    return this.#record(this.#sessions.get(member));
  }

  sessionsOf(user: string): SessionRecord[] {
    return Array.from(this.#byUser.get(user) ?? [], (session) => this.#record(session));
  }

  /** A session as it is now, to be given away. */
  #record(session: Session): SessionRecord;
  #record(session: Session | undefined): SessionRecord | undefined;
  #record(session: Session | undefined): SessionRecord | undefined {
    return session && { ...session, name: this.#nameIn(session), rooms: [...session.rooms] };
  }

  /** All sessions of a user share its name; the session's own is what it came with. */
  #nameIn({ user, name }: Session): string {
    return this.nameOf(user) ?? name;
  }

  #holder(fence: Fence): Session | undefined {
    const session = this.#sessions.get(fence.member);
    return session?.generation === fence.generation ? session : undefined;
  }

  #room(name: string): PresenceRoom {
    let room = this.#rooms.get(name);
    if (room === undefined) {
      this.#rooms.set(name, (room = new PresenceRoom()));
      this.#sorted = undefined;
    }
    return room;
  }

  #settle(name: string, room: PresenceRoom): void {
    if (room.users.size > 0 || room.watchers.size > 0 || this.#rooms.get(name) !== room) return;
    this.#rooms.delete(name);
    this.#sorted = undefined;
  }

  #leave(name: string, session: Session): void {
    const at = session.rooms.indexOf(name);
    if (at >= 0) session.rooms.splice(at, 1);
    const room = this.#rooms.get(name);
    const present = room?.users.get(session.user);
    const place = present?.sessions.indexOf(session.member) ?? -1;
    if (room === undefined || present === undefined || place < 0) return;
    present.sessions.splice(place, 1);
    const [next] = present.sessions;
    if (next !== undefined) {
      present.author = { ...present.author, id: next };
      return;
    }
    room.users.delete(session.user);
    room.tell({ left: [{ ...present.author, id: session.member }] });
    this.#settle(name, room);
  }

  #rename(user: string, name: string): void {
    const rooms = new Set(Array.from(this.#byUser.get(user) ?? [], (session) => session.rooms).flat());
    for (const roomName of rooms) {
      const room = this.#rooms.get(roomName);
      const present = room?.users.get(user);
      if (room === undefined || present === undefined || present.author.name === name) continue;
      const was = present.author.name;
      present.author = { ...present.author, name };
      room.tell({ renamed: [{ id: present.author.id, user, name, was }] });
    }
  }
}

/** Where the names above one begin. */
function indexAfter(sorted: readonly string[], name: string): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? '') <= name) low = middle + 1;
    else high = middle;
  }
  return low;
}
