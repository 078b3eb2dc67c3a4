import type { Author } from '../../model/entry.js';
import { ChatError } from '../../model/errors.js';
import type {
  EngineContext,
  Fence,
  NameOwner,
  Presence,
  PresenceHandler,
  PresenceList,
  PresenceWatch,
  RoomPage,
  SessionRecord,
} from '../../ports/engine.js';
import type { NodeScope } from '../shared/node-scope.js';
import { ChangeFeed } from './change-feed.js';
import type { Ears } from './ears.js';
import type { Gate } from './gate.js';
import type { Held } from './held.js';
import type { Keys } from './keys.js';
import { decodeName, type Lease, nodeOf } from './lease.js';
import type { Patrol } from './patrol.js';
import { type Answer, type PresenceCalls, quoted, unquoted } from './presence-calls.js';
import { type ListedRoom, RoomPresence } from './room-presence.js';
import { presence as scripts } from './scripts/presence.js';
import type { Script } from './scripts/script.js';

/** What presence needs of its surroundings. */
export interface PresenceHost {
  readonly context: EngineContext;
  readonly calls: PresenceCalls;
  readonly held: Held;
  readonly gate: Gate;
  readonly lease: Lease;
  readonly ears: Ears;
  readonly keys: Keys;
  readonly patrol: Patrol;
  readonly scope: NodeScope;
  dropped(): void;
  failed(error: unknown): void;
}

/** A room that is watched here. */
interface Watched {
  readonly room: RoomPresence;
  readonly feed: ChangeFeed<unknown, ListedRoom>;
  uses: number;
}

/** Who is where, names and sessions, in Redis. */
export class RedisPresence implements Presence {
  readonly #host: PresenceHost;
  readonly #watched = new Map<string, Watched>();
  /** Sessions whose end Redis may not have heard of yet, and the lease that they hung on. */
  readonly #ending = new Map<string, string>();

  constructor(host: PresenceHost) {
    this.#host = host;
  }

  async openSession(session: SessionRecord): Promise<void> {
    const { member, generation, secret, node, user, guest, name } = session;
    const facts = [member, String(generation), secret, node, user, '', name];
    const args = facts.map((fact, index) => (index === 1 ? fact : quoted(fact)));
    args[5] = guest ? '1' : '';
    const { rest } = await this.#write(scripts.open, args, true);
    this.#host.held.open({ ...session, rooms: [] }, decodeName(rest[0] as string));
  }

  async takeSession(
    secret: string,
    node: string,
    generation?: number,
  ): Promise<{ session: SessionRecord; was: string } | undefined> {
    const args = [quoted(secret), quoted(node), String(generation ?? '')];
    const { status, rest } = await this.#write(scripts.take, args, true);
    if (status !== 'ok') return undefined;
    const [was, fields] = rest as [string, string[]];
    const found = decodeSession(fields);
    if (found === undefined) return undefined;
    const { session, key } = found;
    this.#host.held.open(session, key === '' ? undefined : { key, name: session.name });
    return { session, was: unquoted(was) };
  }

  async endSession(fence: Fence): Promise<boolean> {
    const { held, lease } = this.#host;
    // It is over here, whatever comes of this: nobody is to put it back.
    if (held.get(fence) !== undefined) {
      held.drop(fence.member);
      this.#ending.set(fence.member, lease.id);
    }
    // This node was taken for dead since: others have seen to the session.
    if ((this.#ending.get(fence.member) ?? lease.id) !== lease.id) {
      this.#ending.delete(fence.member);
      return false;
    }
    const { status } = await this.#write(scripts.end, fenceOf(fence));
    this.#ending.delete(fence.member);
    return status === 'ok';
  }

  async peekSession(secret: string): Promise<SessionRecord | undefined> {
    const { rest } = await this.#look(scripts.peek, quoted(secret));
    return decodeSession(rest[0] as string[])?.session;
  }

  async claimName({ key, name, fence }: { key: string; name: string; fence: Fence }): Promise<boolean> {
    return this.#busy(fence, async () => {
      const { status } = await this.#writeOf(fence, scripts.claim, quoted(key), quoted(name));
      if (status !== 'ok') return false;
      const held = this.#host.held.get(fence);
      if (held !== undefined) this.#host.held.named(held.record.user, { key, name });
      return true;
    });
  }

  async findName(key: string): Promise<NameOwner | undefined> {
    const { rest } = await this.#look(scripts.owner, quoted(key));
    const [user, name] = (rest[0] as string).split('\t');
    return user === undefined || name === undefined ? undefined : { user: unquoted(user), name: unquoted(name) };
  }

  async nameOf(user: string): Promise<string | undefined> {
    const { rest } = await this.#look(scripts.nameOf, quoted(user));
    return rest[0] === '' ? undefined : unquoted(rest[0] as string);
  }

  async enter(room: string, fence: Fence, limit: number): Promise<boolean | 'full'> {
    return this.#busy(fence, async () => {
      const most = String(Math.min(limit, Number.MAX_SAFE_INTEGER));
      const { status } = await this.#writeOf(fence, scripts.enter, quoted(room), most);
      if (status === 'full') return 'full';
      if (status !== 'ok') return false;
      this.#host.held.get(fence)?.rooms.add(room);
      return true;
    });
  }

  async leave(room: string, fence: Fence): Promise<boolean> {
    // It is out, whatever comes of this: nobody is to put it back.
    this.#host.held.get(fence)?.rooms.delete(room);
    return this.#busy(fence, async () => {
      const { status } = await this.#writeOf(fence, scripts.leave, quoted(room));
      return status === 'ok';
    });
  }

  /** When Redis is away: who was there when it was last heard of, which may not be all. */
  async list(name: string): Promise<PresenceList> {
    try {
      return (await this.#load(name)).list;
    } catch (error) {
      if ((error as { code?: unknown }).code !== 'ENGINE_UNAVAILABLE') throw error;
    }
    const missingNodes = this.#host.lease.peers;
    const watched = this.#watched.get(name);
    const members = watched?.room.list.members ?? this.#ownIn(name);
    return { members, count: members.length, complete: false, missingNodes };
  }

  async watch(name: string, handler: PresenceHandler): Promise<PresenceWatch> {
    const watched = this.#watch(name);
    watched.uses++;
    try {
      await watched.feed.ready;
    } catch (error) {
      this.#unwatch(name, watched);
      throw error;
    }
    const { scope } = this.#host;
    const safe: PresenceHandler = {
      change: (change) => scope.tell(() => handler.change(change)),
      reset: (list) => scope.tell(() => handler.reset(list)),
    };
    watched.room.watchers.add(safe);
    let closed = false;
    const close = () => {
      watched.room.watchers.delete(safe);
      if (!closed) this.#unwatch(name, watched);
      closed = true;
    };
    return scope.own({ list: watched.room.list, close });
  }

  async rooms({ after, limit }: { readonly after?: string; readonly limit: number }): Promise<RoomPage> {
    const from = after === undefined ? '' : quoted(after);
    const { rest } = await this.#look(scripts.rooms, from, String(limit + 1));
    const page = rest[0] as (string | number)[];
    const rooms = [];
    for (let index = 0; index < page.length; index += 2)
      rooms.push({ name: unquoted(page[index] as string), count: Number(page[index + 1]) });
    return { rooms: rooms.slice(0, limit), more: rooms.length > limit };
  }

  async find(member: string): Promise<SessionRecord | undefined> {
    const { rest } = await this.#look(scripts.find, quoted(member));
    return decodeSession(rest[0] as string[])?.session;
  }

  async sessionsOf(user: string): Promise<readonly SessionRecord[]> {
    const { rest } = await this.#look(scripts.sessions, quoted(user));
    return (rest[0] as string[][]).flatMap((fields) => decodeSession(fields)?.session ?? []);
  }

  /** Hands on what a script told of rooms. */
  tell(told: readonly string[]): void {
    for (let index = 0; index < told.length; index += 2)
      this.#watched.get(unquoted(told[index] ?? '""'))?.feed.receive(told[index + 1] ?? '');
  }

  close(): void {
    for (const { feed } of this.#watched.values()) {
      this.#host.patrol.delete(feed);
      feed.close();
    }
    this.#watched.clear();
  }

  #look(script: Script, ...args: readonly string[]): Promise<Answer> {
    return this.#host.calls.call(script, this.#host.lease.id, ...args);
  }

  /** A write of a session: one that this node holds and Redis has lost is put back first. It may have been on its way when all others were. */
  async #writeOf(fence: Fence, script: Script, ...args: readonly string[]): Promise<Answer> {
    for (let attempt = 1; ; attempt++) {
      const answer = await this.#write(script, [...fenceOf(fence), ...args]);
      const held = this.#host.held.get(fence);
      if (answer.status !== 'lost' || held === undefined) return answer;
      if (attempt === 3) throw new ChatError('ENGINE_UNAVAILABLE');
      await this.#host.lease.putBack(held);
    }
  }

  /** A write, and this node's watchers told of it before it resolves. What hung on a lease that is no more is refused like an old fence. */
  async #write(script: Script, args: readonly string[], isNew = false): Promise<Answer> {
    const { gate, calls, lease } = this.#host;
    for (let attempt = 1; ; attempt++) {
      if (!gate.open) await gate.opened();
      const { id } = lease;
      const answer = await calls.call(script, id, ...args);
      const { status } = answer;
      if (status !== 'fenced' && status !== 'unknown') {
        await this.#settle(answer.told);
        return answer;
      }
      await lease.refused(answer, id);
      if (status === 'fenced' && !isNew) return answer;
      if (attempt === 3) throw new ChatError('ENGINE_UNAVAILABLE');
    }
  }

  async #settle(told: readonly string[]): Promise<void> {
    if (told.length === 0) return;
    const settled: Promise<void>[] = [];
    for (let index = 0; index < told.length; index += 2) {
      const watched = this.#watched.get(unquoted(told[index] ?? '""'));
      if (watched !== undefined) settled.push(watched.feed.settle(told[index + 1] ?? ''));
    }
    if (settled.length > 0) await Promise.all(settled);
  }

  /** While a write of a session is under way, nobody puts it back as it was before. */
  async #busy<T>(fence: Fence, work: () => Promise<T>): Promise<T> {
    const held = this.#host.held.get(fence);
    if (held !== undefined) held.busy++;
    try {
      return await work();
    } finally {
      if (held !== undefined) held.busy--;
    }
  }

  #ownIn(room: string): Author[] {
    const { held } = this.#host;
    const authors = new Map<string, Author>();
    for (const { record } of held.in(room)) {
      const name = held.nameOf(record.user)?.name ?? record.name;
      if (!authors.has(record.user)) authors.set(record.user, { id: record.member, user: record.user, name });
    }
    return [...authors.values()];
  }

  #watch(name: string): Watched {
    const present = this.#watched.get(name);
    if (present !== undefined) return present;
    const { ears, context, keys, patrol, dropped, failed } = this.#host;
    const room = new RoomPresence({
      channel: keys.room(name),
      load: () => this.#loadWhole(name),
      version: () => this.#version(name),
      dropped,
      failed,
    });
    const watched = { room, feed: new ChangeFeed(room, ears, context.clock), uses: 0 };
    this.#watched.set(name, watched);
    patrol.add(watched.feed);
    return watched;
  }

  #unwatch(name: string, watched: Watched): void {
    if (--watched.uses > 0) return;
    if (this.#watched.get(name) === watched) this.#watched.delete(name);
    this.#host.patrol.delete(watched.feed);
    watched.feed.close();
  }

  async #load(name: string): Promise<{ store: string; version: number; list: PresenceList }> {
    const { rest } = await this.#look(scripts.list, quoted(name));
    const [store, version, late, rows] = rest as [string, string, string[], string[]];
    const members = decodeRows(rows);
    const { missing } = this.#host.lease;
    const missingNodes = [...new Set([...late.map(nodeOf), ...missing])].filter(
      (node) => node !== this.#host.context.node,
    );
    const list = { members, count: members.length, complete: missingNodes.length === 0, missingNodes };
    return { store, version: Number(version), list };
  }

  /** The list, when it is one: after Redis lost everything, not before all nodes have put back what they hold. */
  async #loadWhole(name: string): Promise<{ version: number; whole: ListedRoom }> {
    const { lease } = this.#host;
    for (;;) {
      const { store, version, list } = await this.#load(name);
      if (store === lease.store && !lease.returning) return { version, whole: list };
      await lease.whole(store);
    }
  }

  async #version(name: string): Promise<number> {
    const { rest } = await this.#look(scripts.version, quoted(name));
    return Number(rest[1]);
  }
}

function fenceOf({ member, generation }: Fence): string[] {
  return [quoted(member), String(generation)];
}

/** The rows of a room: users, and for each its name and its sessions; `v` is the version. */
function decodeRows(rows: readonly string[]): Author[] {
  const members: Author[] = [];
  for (let index = 0; index < rows.length; index += 2) {
    const user = rows[index] ?? '';
    const [name = '""', first = '""'] = (rows[index + 1] ?? '').split('\t');
    if (user !== 'v') members.push({ id: unquoted(first), user: unquoted(user), name: unquoted(name) });
  }
  return members;
}

function decodeSession(fields: readonly string[]): { session: SessionRecord; key: string } | undefined {
  if (fields.length === 0) return undefined;
  const facts = new Map<string, string>();
  const rooms: string[] = [];
  for (let index = 0; index < fields.length; index += 2) {
    const name = fields[index] ?? '';
    if (name.startsWith('r:')) rooms.push(unquoted(name.slice(2)));
    else facts.set(name, fields[index + 1] ?? '');
  }
  const text = (name: string) => unquoted(facts.get(name) || '""');
  const session = {
    member: text('m'),
    generation: Number(facts.get('g')),
    secret: text('k'),
    node: text('n'),
    user: text('u'),
    guest: facts.get('a') === '1',
    name: text('N'),
    rooms,
    ...(facts.has('x') ? { reserved: true as const } : {}),
  };
  return { session, key: text('h') };
}
