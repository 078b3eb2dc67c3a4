import type { Author, Entry, EntryDraft, JsonValue, Message, Position } from '../model/entry.js';
import type { Limits } from '../model/limits.js';
import type { SearchTerm } from '../model/search.js';
import type { Clock } from './clock.js';

/**
 * What an append came to.
 *
 * @example
 * ```ts
 * import type { Appended } from 'chathub';
 *
 * const describe = ({ offset, duplicate }: Appended) => `${offset}${duplicate ? ' (again)' : ''}`;
 * ```
 */
export interface Appended {
  /** The entry's id; of a duplicate the first one's, as are the offset and the time. */
  readonly id: string;
  /** The entry's place in the log. */
  readonly offset: number;
  /** When it was stored, in milliseconds since 1970. */
  readonly at: number;
  /** The epoch in which the offset counts. */
  readonly epoch: string;
  /** The same key of the same user had been stored before; nothing new was. */
  readonly duplicate: boolean;
  /** The entry; undefined only for a duplicate of one that is kept no longer. */
  readonly entry: Entry | undefined;
}

/**
 * Which entries to read. `after` and `before` are exclusive and exclude each other; without either, the newest.
 *
 * @example
 * ```ts
 * import type { LogRange } from 'chathub';
 *
 * const newest: LogRange = { limit: 50, only: 'messages' };
 * ```
 */
export interface LogRange {
  /** The oldest entries above this offset. */
  readonly after?: number;
  /** The newest entries below this offset. */
  readonly before?: number;
  /** How many at most. */
  readonly limit: number;
  /** A size in bytes at which to stop; one entry is always given. */
  readonly bytes?: number;
  /** Count and give messages only, direct ones included; not edits, deletions and reactions. */
  readonly only?: 'messages';
}

/**
 * Entries in offset order.
 *
 * @example
 * ```ts
 * import type { LogPage } from 'chathub';
 *
 * const last = (page: LogPage) => page.entries.at(-1);
 * ```
 */
export interface LogPage {
  /** In offset order, whichever way was read. */
  readonly entries: readonly Entry[];
  /** The epoch in which the offsets count. */
  readonly epoch: string;
  /** The offset of the newest entry; 0 when there is none. */
  readonly head: number;
  /** Nothing of what was asked for has been trimmed away. */
  readonly complete: boolean;
  /** There are more in the direction that was read. */
  readonly more: boolean;
}

/**
 * Which messages of a log to count.
 *
 * @example
 * ```ts
 * import type { CountRange } from 'chathub';
 *
 * const unread: CountRange = { after: 15, limit: 100, except: 'u1' };
 * ```
 */
export interface CountRange {
  /** Above this offset. */
  readonly after: number;
  /** Up to this offset; by default to the head. */
  readonly upTo?: number;
  /** How many at most. */
  readonly limit: number;
  /** The user whose messages are not counted. */
  readonly except: string;
}

/**
 * What is looked for in a log.
 *
 * @example
 * ```ts
 * import { type LogSearch, parseSearch } from 'chathub';
 *
 * const search: LogSearch = { terms: parseSearch('lunch'), limit: 20 };
 * ```
 */
export interface LogSearch {
  /** All of these must be in a message; at least one. */
  readonly terms: readonly SearchTerm[];
  /** Below this offset only. */
  readonly before?: number;
  /** Said at this time or earlier only, in milliseconds since 1970. */
  readonly until?: number;
  /** How many at most: the newest. */
  readonly limit: number;
}

/**
 * What a follower is told. Handlers are called in order, and MUST NOT be called after `close()`.
 *
 * @example
 * ```ts
 * import type { FollowHandler } from 'chathub';
 *
 * const print: FollowHandler = {
 *   deliver: (entries) => console.log(entries.length),
 *   gap: (from, to) => console.log('lost', from, to),
 *   reset: ({ epoch }) => console.log('begins anew', epoch),
 * };
 * ```
 */
export interface FollowHandler {
  /** The next entries, with no hole and no repeat. */
  deliver(entries: readonly Entry[]): void;
  /** These offsets were trimmed away before they could be delivered; delivery goes on above `to`. */
  gap(from: number, to: number): void;
  /** The log began anew, or was rolled back; delivery goes on above `position`. */
  reset(position: Position): void;
}

/**
 * A live tail of a log.
 *
 * @example
 * ```ts
 * import type { Follower } from 'chathub';
 *
 * const where = (follower: Follower) => follower.position.offset;
 * ```
 */
export interface Follower {
  /** Up to where entries have been delivered. */
  readonly position: Position;
  /** Nothing is delivered any more. May be called more than once. */
  close(): void;
}

/**
 * The logs: one for each room, and one for each user's inbox (`@` and the user id).
 *
 * 1. Offsets of a log count every entry, 1, 2, 3 … without holes inside an epoch. An epoch is random, made when the log is,
 *    and changes whenever offsets could repeat: lost data, a flushed or rolled-back store, an evicted log.
 * 2. `append` resolves only when the entry is as durable as the engine says. A rejection means "unknown": whoever
 *    repeats it with the same `key` within `keyWindow` MUST NOT make a second copy.
 * 3. `at` is the engine's clock, never below its predecessor's. Nothing is ordered by it.
 * 4. Every node's followers are given all entries in offset order, with no hole and no repeat; what is lost on the way is
 *    repaired from the log, and told by `gap` or `reset` where it can't be. This node's followers have an entry before its `append` resolves.
 * 5. An edit, deletion or reaction is applied to the stored message too, so that a replay shows the present form; the text
 *    of a deleted message is kept nowhere. One that refers to a message that is not there is refused with `NO_SUCH_MESSAGE`.
 * 6. Nothing is kept beyond the limits `history`, `historyAge` and `historyBytes`.
 * 7. When the store is out of reach, calls reject with `ENGINE_UNAVAILABLE` within 5 s, and work again when it is back.
 *
 * @example
 * ```ts
 * import type { MessageLog } from 'chathub';
 *
 * const newest = async (log: MessageLog, room: string) => (await log.read(room, { limit: 1 })).entries[0];
 * ```
 */
export interface MessageLog {
  /**
   * Stores an entry, and has it delivered to all who follow the log.
   *
   * @param log - a room's name, or an inbox
   * @param draft - what to store
   * @param options - `known`: the newest position that the caller has seen; a store that is behind it was rolled back
   */
  append(
    log: string,
    draft: EntryDraft,
    options?: { readonly known?: Position; readonly signal?: AbortSignal },
  ): Promise<Appended>;
  /**
   * An earlier append of this user with this key, within `keyWindow`. A key of direct messages stands for one message to each
   * recipient, since all of them stand in the sender's inbox; `to` is that user.
   */
  find(log: string, user: string, key: string, to?: string): Promise<Appended | undefined>;
  /** A page of the log, as it is kept now. */
  read(log: string, range: LogRange): Promise<LogPage>;
  /** A message by its id, as it is now; undefined when it is not there, or was deleted. */
  get(log: string, id: string): Promise<Message | undefined>;
  /** How many messages, direct ones included, there are above an offset that are not of a user and not deleted; at most `limit`. */
  count(log: string, range: CountRange): Promise<number>;
  /**
   * The newest messages that have all of what is looked for in their present text, in offset order. Optional: without it, hubs
   * answer that they can't search.
   */
  search?(log: string, search: LogSearch): Promise<LogPage>;
  /** Begins at the head, or after a position; one of another epoch is answered with `reset`. */
  follow(
    log: string,
    handler: FollowHandler,
    options?: { readonly after?: Position; readonly signal?: AbortSignal },
  ): Promise<Follower>;
  /** Forgets a log altogether; its next entry begins a new epoch. */
  remove(log: string): Promise<void>;
  /**
   * The names of the logs that hold something, rooms' and inboxes', in no order; a log may be named twice. `next` is what to give as `after`
   * for more. Optional, together with `erase`: without both, hubs answer that they can't forget a user.
   */
  names?(page: { readonly after?: string; readonly limit: number }): Promise<LogNames>;
  /**
   * Erases in place the direct messages that a user wrote in a log: what they said is kept nowhere, and their places stay. Whoever
   * follows the log is not told.
   */
  erase?(log: string, user: string): Promise<void>;
}

/**
 * A page of the names of logs.
 *
 * @example
 * ```ts
 * import type { LogNames } from 'chathub';
 *
 * const inboxes = ({ names }: LogNames) => names.filter((name) => name.startsWith('@'));
 * ```
 */
export interface LogNames {
  /** In no order. */
  readonly names: readonly string[];
  /** What to give as `after`; undefined when there are no more. */
  readonly next: string | undefined;
}

/**
 * The right of a session to write presence. Taking a session up elsewhere raises its generation, and what an
 * older generation writes is refused.
 *
 * @example
 * ```ts
 * import type { Fence } from 'chathub';
 *
 * const fence: Fence = { member: 'm1', generation: 1 };
 * ```
 */
export interface Fence {
  /** The session. */
  readonly member: string;
  /** How often it was taken up, counted from 1. */
  readonly generation: number;
}

/**
 * What the engine keeps of a session, so that any node can take it up. `secret` is a hash, never the secret itself.
 *
 * @example
 * ```ts
 * import type { SessionRecord } from 'chathub';
 *
 * const roomsOf = (session: SessionRecord) => session.rooms.length;
 * ```
 */
export interface SessionRecord extends Fence {
  /** The hash of what its client takes it up with. */
  readonly secret: string;
  /** The node that holds it. */
  readonly node: string;
  /** Whose it is. */
  readonly user: string;
  /** Whether nobody logged in: the user id is the member id then. */
  readonly guest: boolean;
  /** The name of the user. */
  readonly name: string;
  /** The rooms that it is in. */
  readonly rooms: readonly string[];
  /** No node holds it: it waits for its client to take it up. Whoever ends it, or takes it out of a room, does so in the engine. */
  readonly reserved?: true;
}

/**
 * A change of who is in a room. A user is told once: with its first session in, and its last one out.
 *
 * @example
 * ```ts
 * import type { PresenceChange } from 'chathub';
 *
 * const describe = (change: PresenceChange) => `${change.count} here`;
 * ```
 */
export interface PresenceChange {
  /** Users whose first session came in. */
  readonly joined: readonly Author[];
  /** Users whose last session went. */
  readonly left: readonly Author[];
  /** Users with another name than before. */
  readonly renamed: readonly {
    readonly id: string;
    readonly user: string;
    readonly name: string;
    readonly was: string;
  }[];
  /** How many users there are now. */
  readonly count: number;
}

/**
 * Who is in a room.
 *
 * @example
 * ```ts
 * import type { PresenceList } from 'chathub';
 *
 * const names = (list: PresenceList) => list.members.map(({ name }) => name);
 * ```
 */
export interface PresenceList {
  /** One for each user: the first of its sessions in the room. */
  readonly members: readonly Author[];
  /** How many users there are, missing ones left out. */
  readonly count: number;
  /** False when nodes that could not be asked may hold more. */
  readonly complete: boolean;
  /** The nodes that could not be asked. */
  readonly missingNodes: readonly string[];
}

/**
 * What a watcher of a room's presence is told, in order.
 *
 * @example
 * ```ts
 * import type { PresenceHandler } from 'chathub';
 *
 * const print: PresenceHandler = {
 *   change: ({ count }) => console.log(count),
 *   reset: ({ count }) => console.log('anew', count),
 * };
 * ```
 */
export interface PresenceHandler {
  /** The next change. */
  change(change: PresenceChange): void;
  /** Changes were lost: this is the whole truth now. */
  reset(list: PresenceList): void;
}

/**
 * A watch of a room's presence. `list` is what stood when it began; changes follow from there without a hole.
 *
 * @example
 * ```ts
 * import type { PresenceWatch } from 'chathub';
 *
 * const begin = (watch: PresenceWatch) => watch.list.count;
 * ```
 */
export interface PresenceWatch {
  /** What stood when the watch began. */
  readonly list: PresenceList;
  /** Nothing is told any more. May be called more than once. */
  close(): void;
}

/**
 * A page of the rooms that have members.
 *
 * @example
 * ```ts
 * import type { RoomPage } from 'chathub';
 *
 * const names = (page: RoomPage) => page.rooms.map(({ name }) => name);
 * ```
 */
export interface RoomPage {
  /** By name. */
  readonly rooms: readonly { readonly name: string; readonly count: number }[];
  /** There are rooms behind the last one of this page. */
  readonly more: boolean;
}

/**
 * Whose a name is.
 *
 * @example
 * ```ts
 * import type { NameOwner } from 'chathub';
 *
 * const owner: NameOwner = { user: 'u1', name: 'alice' };
 * ```
 */
export interface NameOwner {
  /** The id of the user. */
  readonly user: string;
  /** The name as the user writes it. */
  readonly name: string;
}

/**
 * Who is where; names; sessions. What a node writes hangs on the node's lease.
 *
 * 1. Names belong to users and are claimed atomically by their comparison key. All sessions of a user share the name. An
 *    authenticated user's stays its own while it is away; a guest's is free when its last session ends.
 * 2. Writes of an older generation than the session's are refused: the promise is fulfilled with `false`.
 * 3. A session's rooms and name are stored by the `enter`, `leave` and `claimName` that change them, atomically, never at a
 *    disconnect, so that a killed node loses none.
 * 4. A node that dies leaves nobody behind: its members leave everywhere within 20 s, once; their sessions and names stay
 *    reserved for `resumeWindow` from there.
 * 5. This node's watchers have a change before the call that made it resolves.
 *
 * @example
 * ```ts
 * import type { Presence } from 'chathub';
 *
 * const count = async (presence: Presence, room: string) => (await presence.list(room)).count;
 * ```
 */
export interface Presence {
  /** Registers a new session. */
  openSession(session: SessionRecord): Promise<void>;
  /**
   * Takes a session up on this node by the hash of its secret and raises its generation; undefined when there is none, or when it is of
   * another generation than the one that is given: what is late must not take it from whoever was faster.
   */
  takeSession(
    secret: string,
    node: string,
    generation?: number,
  ): Promise<{ readonly session: SessionRecord; readonly was: string } | undefined>;
  /** The session is over: it leaves all rooms, and a guest's name is free. */
  endSession(fence: Fence): Promise<boolean>;
  /** Looks at a session without taking it. */
  peekSession(secret: string): Promise<SessionRecord | undefined>;

  /** False: the name is another user's, or the fence does not hold. Gives up the user's earlier name, and tells the rooms. */
  claimName(claim: { readonly key: string; readonly name: string; readonly fence: Fence }): Promise<boolean>;
  /** Who has the name of this comparison key. */
  findName(key: string): Promise<NameOwner | undefined>;
  /** The name that a user holds. */
  nameOf(user: string): Promise<string | undefined>;

  /** Refused (`'full'`) when the room holds `limit` users and this user is not among them. */
  enter(room: string, fence: Fence, limit: number): Promise<boolean | 'full'>;
  /** The session is in the room no more. */
  leave(room: string, fence: Fence): Promise<boolean>;
  /** Who is in a room now. */
  list(room: string): Promise<PresenceList>;
  /** Who is in a room, and each change from then on. */
  watch(room: string, handler: PresenceHandler): Promise<PresenceWatch>;
  /** The rooms that have members, by name. */
  rooms(page: { readonly after?: string; readonly limit: number }): Promise<RoomPage>;
  /** A live session by its member id. */
  find(member: string): Promise<SessionRecord | undefined>;
  /** The live sessions of a user. */
  sessionsOf(user: string): Promise<readonly SessionRecord[]>;
}

/**
 * Messages to whoever listens now: at most once, never stored.
 *
 * @example
 * ```ts
 * import type { Signals } from 'chathub';
 *
 * const typing = (signals: Signals) => signals.publish('room/lobby', { name: 'typing' });
 * ```
 */
export interface Signals {
  /** Tells all who subscribe to the topic, on every node. */
  publish(topic: string, payload: JsonValue): Promise<void>;
  /** Resolves when nothing published from now on is missed for want of a subscription. */
  subscribe(
    topic: string,
    handler: (payload: JsonValue) => void,
  ): Promise<{
    /** Nothing is told any more. May be called more than once. */
    close(): void;
  }>;
}

/**
 * Small shared facts, grouped by scope (a room's name, or `@` and a user id): bans and mutes, topics, read markers.
 *
 * @example
 * ```ts
 * import type { SharedState } from 'chathub';
 *
 * const ban = (state: SharedState) => state.set('lobby', 'ban/u1', { reason: 'spam' }, { ttl: 60_000 });
 * ```
 */
export interface SharedState {
  /** The value of a key; undefined when there is none. */
  get(scope: string, key: string): Promise<JsonValue | undefined>;
  /** All that a scope holds. */
  list(scope: string): Promise<ReadonlyMap<string, JsonValue>>;
  /** Undefined deletes. `ttl`: milliseconds after which it is gone. */
  set(scope: string, key: string, value: JsonValue | undefined, options?: { readonly ttl?: number }): Promise<void>;
  /** Sets only where the present value equals `expected`; says whether it did. */
  compareAndSet(
    scope: string,
    key: string,
    expected: JsonValue | undefined,
    value: JsonValue | undefined,
    options?: { readonly ttl?: number },
  ): Promise<boolean>;
  /** Tells of each change in a scope, on every node; not of what runs out by its `ttl`. */
  onChange(
    scope: string,
    handler: (key: string, value: JsonValue | undefined) => void,
  ): Promise<{
    /** Nothing is told any more. May be called more than once. */
    close(): void;
  }>;
}

/**
 * How much an acknowledged message survives: `process`: what the process holds; `stored`: the process being killed;
 * `synced`: the machine losing power.
 *
 * @example
 * ```ts
 * import type { Durability } from 'chathub';
 *
 * const durability: Durability = 'process';
 * ```
 */
export type Durability = 'process' | 'stored' | 'synced';

/**
 * How the way to the store is: `down`: nothing can be stored, and is refused with `ENGINE_UNAVAILABLE`; `degraded`: some things can't,
 * or come late.
 *
 * @example
 * ```ts
 * import type { EngineState } from 'chathub';
 *
 * const describe = ({ state, reason }: EngineState) => (reason === undefined ? state : `${state}: ${reason}`);
 * ```
 */
export interface EngineState {
  /** All is well, or not. */
  readonly state: 'up' | 'degraded' | 'down';
  /** A sentence for operators. */
  readonly reason?: string;
}

/**
 * What a node holds no more though it did not give it up: `node`: it was taken for dead, and none of the sessions that it opened or
 * took up so far is its own any more; `session`: another node took it up, beyond this generation; `name`: another user has the name of this
 * member's user.
 *
 * @example
 * ```ts
 * import type { EngineLoss } from 'chathub';
 *
 * const isWhole = (loss: EngineLoss) => loss.lost === 'node';
 * ```
 */
export type EngineLoss =
  | { readonly lost: 'node' }
  | { readonly lost: 'session'; readonly member: string; readonly generation: number }
  | { readonly lost: 'name'; readonly member: string };

/**
 * Counts of an engine by name, for operators: calls, what waits, what was repaired.
 *
 * @example
 * ```ts
 * import { ChatHub } from 'chathub';
 *
 * const { engine } = new ChatHub().status();
 * console.log(engine.facts.calls);
 * ```
 */
export type EngineFacts = Readonly<Record<string, number>>;

/**
 * What a node tells the engine of itself when it opens it.
 *
 * @example
 * ```ts
 * import type { EngineContext } from 'chathub';
 *
 * const describe = ({ node }: EngineContext) => `node ${node}`;
 * ```
 */
export interface EngineContext {
  /** This node's name: random, never used twice. */
  readonly node: string;
  /** The time to go by. */
  readonly clock: Clock;
  /** What is kept, and for how long. */
  readonly limits: Limits;
  /** Reports what goes wrong outside any call. */
  onError(error: unknown): void;
  /** Told when the way to the store is another than before. Engines whose store can't be lost need not call it. */
  onState?(state: EngineState): void;
  /** Told of what this node holds no more though it did not give it up. */
  onLoss?(loss: EngineLoss): void;
}

/**
 * An engine as one node holds it.
 *
 * @example
 * ```ts
 * import type { OpenEngine } from 'chathub';
 *
 * const level = (engine: OpenEngine) => engine.durability;
 * ```
 */
export interface OpenEngine {
  /** What an `append` that resolved survives. */
  readonly durability: Durability;
  /** The logs of rooms and inboxes. */
  readonly log: MessageLog;
  /** Who is where, names and sessions. */
  readonly presence: Presence;
  /** What is told and not stored. */
  readonly signals: Signals;
  /** Small facts that all nodes share. */
  readonly state: SharedState;
  /** What operators should know of how the store is set up: sentences. */
  readonly warnings?: readonly string[];
  /** What it is doing, in numbers. */
  facts?(): EngineFacts;
  /**
   * This node is done: closes what `open` opened, and nothing that the application passed in. May be called more than once.
   * Sessions that it still holds leave their rooms. Where `durability` is `process` they are over; else they, and their names,
   * stay reserved for `resumeWindow`, so that their clients find them after a restart.
   */
  close(): Promise<void>;
}

/**
 * Where rooms live: the logs, who is there, signals and shared state. Several hubs that open the same store are nodes of
 * one chat. `engineConformance()` of `chathub/testing` checks the clauses.
 *
 * @example
 * ```ts
 * import { ChatHub, type Engine, memory } from 'chathub';
 *
 * const engine: Engine = memory();
 * const hub = new ChatHub({ engine });
 * ```
 */
export interface Engine {
  /** A short name, such as `memory`. */
  readonly name: string;
  /** Opens the store as a node: called once by each hub. Rejects when the store is out of reach. */
  open(context: EngineContext): Promise<OpenEngine>;
}
