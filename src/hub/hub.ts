import { memory } from '../engines/memory.js';
import { SafeEmitter } from '../model/emitter.js';
import type { Message } from '../model/entry.js';
import { ChatError, OptionError } from '../model/errors.js';
import { randomId } from '../model/ids.js';
import { type Limits, resolveLimits } from '../model/limits.js';
import type { AnyRequests, HandlerResult, RequestData, RequestMap, StandardSchema } from '../model/requests.js';
import { type Clock, endOfTurn, systemClock } from '../ports/clock.js';
import type { Engine, RoomPage } from '../ports/engine.js';
import { Pace } from '../ports/pace.js';
import type { Transport } from '../ports/transport.js';
import type { AnyUser, Context } from './context.js';
import { Doors } from './doors.js';
import { type EngineStatus, EngineWatch } from './engine-watch.js';
import { FanOut } from './fan-out.js';
import { Gone } from './gone.js';
import type { HubEvents } from './hub-events.js';
import { type RoomFacts, roomsOf, type SessionFacts, sessionsOf } from './inspection.js';
import { LocalNode } from './local-node.js';
import { HubLog } from './log.js';
import type { Member } from './member.js';
import { type HubMetrics, metricsOf } from './metrics.js';
import { roomOf } from './names.js';
import { checkOptions, type HubOptions } from './options.js';
import { type Policies, PolicyRunner } from './policies.js';
import { type RemoteMember, remoteMember, type UserHandle, userHandle } from './remote.js';
import { Reported } from './reported.js';
import { type HandledRequest, Requests } from './requests.js';
import { Room, type SearchOptions, type SearchPage } from './room.js';
import { roomBehind } from './room-behind.js';
import { RoomListeners } from './room-listeners.js';
import { checkSanctioned, type Sanction, type Sanctioned, type SanctionOptions } from './sanctions.js';
import { searchLogs, termsOf } from './searching.js';
import { Tally } from './tally.js';
import { Tracer } from './tracer.js';

/**
 * Options of `hub.close()`.
 *
 * @example
 * ```ts
 * import { ChatHub } from 'chathub';
 *
 * const hub = new ChatHub();
 * await hub.close({ drain: 2_000 });
 * ```
 */
export interface CloseOptions {
  /** Milliseconds that clients are given to take what they were sent and go; default: the limit `drain`. */
  readonly drain?: number;
  /** Ends the waiting at once. */
  readonly signal?: AbortSignal;
}

/**
 * The transports that one call of `hub.listen()` began.
 *
 * @example
 * ```ts
 * import { ChatHub } from 'chathub';
 * import { tcp } from 'chathub/tcp';
 *
 * const hub = new ChatHub();
 * const listening = await hub.listen(tcp({ port: 0 }));
 * console.log(listening.addresses);
 * await listening.close();
 * ```
 */
export interface Listening extends AsyncDisposable {
  /** Where they listen, as URLs. */
  readonly addresses: readonly string[];
  /** Stops these transports and closes their connections; the hub goes on. May be called more than once. */
  close(options?: CloseOptions): Promise<void>;
}

/**
 * What a hub is doing.
 *
 * @example
 * ```ts
 * import { ChatHub } from 'chathub';
 *
 * const { connections, engine } = new ChatHub().status();
 * console.log(connections, engine.durability);
 * ```
 */
export interface HubStatus {
  /** This node's id: random, another one for each hub. */
  readonly node: string;
  /** Where the rooms are, and how that is. */
  readonly engine: EngineStatus;
  /** Where the hub listens, as URLs. */
  readonly addresses: readonly string[];
  /** Connections of this node. */
  readonly connections: number;
  /** Sessions of this node, those included that wait for their client to come back. */
  readonly members: number;
  /** Rooms, and inboxes, that this node follows now. */
  readonly rooms: number;
}

type LastingRule = (facts: { readonly member: Member<AnyUser>; readonly room: string }) => boolean;

/**
 * A chat server: rooms, members and broadcast, over whichever transports it listens to. Policies decide, events observe,
 * methods act. Members of all transports share the rooms; hubs that share an engine share them too.
 *
 * @typeParam User - what `policies.authenticate` returns; inferred from it
 * @typeParam Api - the requests that `handle()` answers, as functions by name; default: any name, any JSON
 *
 * @example
 * ```ts
 * import { ChatHub, plainText } from 'chathub';
 * import { tcp } from 'chathub/tcp';
 *
 * const hub = new ChatHub();
 * hub.on('message', ({ member, text }) => member.send(text)); // an echo server
 * await hub.listen(tcp({ port: 8080, protocol: plainText() }));
 * ```
 */
export class ChatHub<
  User extends { readonly id: string } = { readonly id: string },
  Api extends RequestMap<Api> = AnyRequests,
> implements AsyncDisposable
{
  readonly #limits: Limits;
  readonly #clock: Clock;
  readonly #engine: Engine;
  readonly #events: SafeEmitter<HubEvents<AnyUser>>;
  readonly #policies: Policies<AnyUser>;
  readonly #lasting: boolean | LastingRule;
  readonly #fanOut: FanOut;
  readonly #pace: Pace;
  readonly #tally = new Tally();
  readonly #tracer: Tracer | undefined;
  readonly #log: HubLog | undefined;
  readonly #id = randomId(8);
  readonly #doors: Doors;
  readonly #listeners: RoomListeners;
  readonly #requests = new Requests();
  readonly #engineWatch: EngineWatch;
  #node: Promise<LocalNode> | undefined;
  #local: LocalNode | undefined;
  #closing: Promise<void> | undefined;
  readonly #closed = new Gone();

  /**
   * @param options - see {@link HubOptions}
   * @throws OptionError when an option is unknown, or is not what it must be
   */
  constructor(options: HubOptions<User> = {}) {
    checkOptions(options);
    this.#limits = resolveLimits(options.limits);
    this.#clock = options.clock ?? systemClock;
    this.#engine = options.engine ?? memory();
    this.#events = new SafeEmitter((error, event) => this.#report(error, `${event} listener`));
    // Inside, users are whatever has an id: the application's own type is what it gets back, since it alone makes them.
    this.#policies = (options.policies ?? {}) as unknown as Policies<AnyUser>;
    this.#lasting = (options.lastingMembership ?? true) as boolean | LastingRule;
    const schedule = options.schedule ?? endOfTurn;
    this.#fanOut = new FanOut(schedule, this.#clock, this.#tally);
    this.#pace = new Pace(this.#clock, schedule);
    this.#engineWatch = new EngineWatch(this.#engine.name, this.#events);
    const report = (error: unknown, stage: string) => this.#report(error, stage);
    const authenticates = this.#policies.authenticate !== undefined;
    const { tracing, logger } = options;
    this.#tracer = tracing && new Tracer(tracing, (error) => this.#report(error, 'tracing'));
    this.#log = logger && new HubLog(logger, this.#events, (error) => this.#report(error, 'logger'));
    this.#doors = new Doors({ limits: this.#limits, clock: this.#clock, authenticates, tally: this.#tally, report });
    this.#listeners = new RoomListeners(
      () => this.#ready(),
      (error) => this.#report(error, 'room listener'),
    );
  }

  /** The limits in force. */
  get limits(): Limits {
    return this.#limits;
  }

  /** Listens to an event; see {@link HubEvents}. The same listener is added once. */
  on<E extends keyof HubEvents<User> & string>(event: E, listener: (payload: HubEvents<User>[E]) => void): this {
    this.#events.on(event, listener as (payload: HubEvents<AnyUser>[E]) => void);
    return this;
  }

  /** Listens to an event once. */
  once<E extends keyof HubEvents<User> & string>(event: E, listener: (payload: HubEvents<User>[E]) => void): this {
    this.#events.once(event, listener as (payload: HubEvents<AnyUser>[E]) => void);
    return this;
  }

  /** Stops listening. */
  off<E extends keyof HubEvents<User> & string>(event: E, listener: (payload: HubEvents<User>[E]) => void): this {
    this.#events.off(event, listener as (payload: HubEvents<AnyUser>[E]) => void);
    return this;
  }

  /**
   * Begins to accept connections. May be called again with further transports.
   *
   * @param transports - such as `tcp({ port: 8080 })`
   * @throws Error when one can't listen, with the system's `code` such as `EADDRINUSE`; the others of this call are stopped then
   * @throws ChatError `SHUTDOWN` once the hub is closed; `ENGINE_UNAVAILABLE`
   */
  async listen(...transports: readonly Transport[]): Promise<Listening> {
    await this.#doors.open(transports, await this.#ready());
    this.#log?.listening(transports.flatMap(({ addresses }) => addresses));
    const close = ({ drain, signal }: CloseOptions = {}) =>
      this.#doors.close(transports, drain ?? this.#limits.drain, signal);
    return {
      get addresses() {
        return transports.flatMap(({ addresses }) => addresses);
      },
      close,
      [Symbol.asyncDispose]: () => close(),
    };
  }

  /**
   * A room, whether or not anybody is in it.
   *
   * @param name - letters, marks and digits of any script, and `_ - .`; compared without regard to case
   * @throws ChatError `BAD_ROOM`
   */
  room(name: string): Room {
    const room = roomOf(name, this.#limits);
    const local = () => this.#local?.rooms.get(room);
    const behind = roomBehind(room, this.#listeners, local, () => this.#ready());
    return new Room(room, {
      ...behind,
      // Asked for anew each time.
      get size() {
        return behind.size;
      },
      send: (text, options) => this.#observed(behind.send(text, options), 'room.send'),
      signal: (signal, data, options) => this.#observed(behind.signal(signal, data, options), 'room.signal'),
      edit: (id, text, options) => this.#observed(behind.edit(id, text, options), 'room.edit'),
      delete: (id, options) => this.#observed(behind.delete(id, options), 'room.delete'),
      react: (id, reaction, options) => this.#observed(behind.react(id, reaction, options), 'room.react'),
      setTopic: (text, options) => this.#observed(behind.setTopic(text, options), 'room.setTopic'),
    });
  }

  /**
   * Finds messages with words in several rooms: the newest, in the order of their times.
   *
   * @param text - words apart are looked for apart, `"in quotes"` next to each other, `wor*` by how they begin
   * @param options - the rooms, and how far to go
   * @throws ChatError `BAD_ROOM`; `BAD_COMMAND` when there is no word in it, or the engine can't search; `ENGINE_UNAVAILABLE`
   */
  async search(
    text: string,
    { rooms, before, limit = 50 }: SearchOptions & { readonly rooms: readonly string[] },
  ): Promise<SearchPage> {
    const logs = [...new Set(rooms.map((room) => roomOf(room, this.#limits)))];
    const terms = termsOf(text, this.#limits);
    const { context } = await this.#ready();
    const found = await searchLogs(context, { logs, single: false, terms, before, limit });
    return { messages: found.messages as readonly Message[], next: found.next };
  }

  /** A live session by its member id, on whichever node it is; undefined when there is none. */
  async member(id: string): Promise<RemoteMember | undefined> {
    const node = await this.#ready();
    const { presence } = node.context.engine;
    const record = await presence.find(id);
    return record === undefined
      ? undefined
      : remoteMember(node, record, (await presence.nameOf(record.user)) ?? record.name);
  }

  /** A user by its id, with all its sessions on all nodes. */
  user(id: string): UserHandle {
    return userHandle(id, () => this.#ready());
  }

  /**
   * Keeps somebody out of the whole chat, on all nodes and transports: who is in is shown out (close code 4502), and who comes is
   * refused. Behind a proxy, addresses are those that `trustProxy` of the transport lets be known.
   *
   * @param whom - a user, a session, or an address or a range of addresses
   * @param options - for how long, and why
   * @throws OptionError for what names nobody; ChatError `ENGINE_UNAVAILABLE`
   */
  ban(whom: Sanctioned, options: SanctionOptions = {}): Promise<void> {
    return this.#impose('ban', whom, options);
  }

  /** Takes a {@link ban} back. */
  unban(whom: Sanctioned): Promise<void> {
    return this.#lift('ban', whom);
  }

  /** Keeps somebody from speaking anywhere: in rooms, and to single users. See {@link ban}. */
  mute(whom: Sanctioned, options: SanctionOptions = {}): Promise<void> {
    return this.#impose('mute', whom, options);
  }

  /** Takes a {@link mute} back. */
  unmute(whom: Sanctioned): Promise<void> {
    return this.#lift('mute', whom);
  }

  /** The bans and mutes that hold everywhere; those of a room are in its own {@link Room.sanctions}. */
  async sanctions(): Promise<readonly Sanction[]> {
    return (await this.#ready()).sanctions.list();
  }

  /**
   * Answers the requests of a name that clients make (`client.request()`, or `request` on the wire): what other
   * libraries call events with acknowledgement. The handler may be async; its `signal` tells when nobody waits any more.
   * What it returns is the answer, and must be JSON; nothing is `null`. What it throws is told to the one that asked,
   * as policies' errors are: a `ChatError` as it is, anything else as `INTERNAL`, `TIMEOUT` after `policyTimeout`.
   *
   * @param name - 1 to 64 characters
   * @param handler - answers
   * @returns a function that takes the handler back
   * @throws OptionError when the name is no such name, or has a handler already
   */
  handle<Name extends keyof Api & string>(
    name: Name,
    handler: (request: HandledRequest<User, RequestData<Api, Name>>) => HandlerResult<Api, Name>,
  ): () => void;
  /**
   * The same with a check of what clients send, such as a schema of Zod, Valibot or ArkType: what does not pass is refused
   * with `BAD_COMMAND` and the schema's own words.
   *
   * @param name - 1 to 64 characters
   * @param schema - whatever keeps the Standard Schema specification
   * @param handler - answers; its `data` is what the schema made of it
   */
  handle<Name extends keyof Api & string, Data>(
    name: Name,
    schema: StandardSchema<Data>,
    handler: (request: HandledRequest<User, Data>) => HandlerResult<Api, Name>,
  ): () => void;
  handle(name: string, first: unknown, second?: unknown): () => void {
    return second === undefined ? this.#requests.add(name, first) : this.#requests.add(name, second, first);
  }

  /** What this hub is doing now. */
  status(): HubStatus {
    return {
      node: this.#id,
      engine: this.#engineWatch.status,
      addresses: this.#doors.addresses,
      connections: this.#doors.connections,
      members: this.#local?.members.size ?? 0,
      rooms: this.#local?.rooms.size ?? 0,
    };
  }

  /**
   * What this hub has counted since it was made, and what is now; see {@link HubMetrics}. Goes through all connections: ask every few
   * seconds, not more often.
   */
  metrics(): HubMetrics {
    return metricsOf(this.#tally, this.#doors.sessions, this.#local);
  }

  /**
   * The sessions of this node, one by one, those included that wait for their client to come back. One that begins or ends meanwhile may
   * be among them or not.
   */
  sessions(): IterableIterator<SessionFacts> {
    return sessionsOf(this.#local);
  }

  /** The rooms that have members on this node, one by one. */
  localRooms(): IterableIterator<RoomFacts> {
    return roomsOf(this.#local);
  }

  /**
   * Rooms that have members, on whichever nodes, by name.
   *
   * @param page - `after`: a room's name; `limit`: how many, by default 100
   * @throws ChatError `SHUTDOWN`, `ENGINE_UNAVAILABLE`
   * @throws OptionError when `limit` is no whole number above 0
   */
  async rooms({ after, limit = 100 }: { readonly after?: string; readonly limit?: number } = {}): Promise<RoomPage> {
    if (!Number.isSafeInteger(limit) || limit < 1) throw new OptionError('limit', 'a whole number above 0', limit);
    const { context } = await this.#ready();
    return context.engine.presence.rooms(after === undefined ? { limit } : { after, limit });
  }

  /**
   * Ends it all: accepts nobody any more, answers what is under way, tells everybody to come back later, and closes.
   * May be called more than once; nothing is left open but what the application passed in.
   */
  close(options: CloseOptions = {}): Promise<void> {
    this.#closing ??= this.#close(options).finally(() => this.#log?.closed());
    return this.#closing;
  }

  /** As `close()`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #impose(kind: Sanction['kind'], whom: Sanctioned, options: SanctionOptions): Promise<void> {
    checkSanctioned(whom);
    await (await this.#ready()).sanctions.impose(kind, whom, options);
  }

  async #lift(kind: Sanction['kind'], whom: Sanctioned): Promise<void> {
    checkSanctioned(whom);
    await (await this.#ready()).sanctions.lift(kind, whom);
  }

  /** Opens the engine when it is first needed. */
  #ready(): Promise<LocalNode> {
    if (this.#closing !== undefined) return Promise.reject(new ChatError('SHUTDOWN', 'This hub is closed.'));
    this.#node ??= this.#open().catch((error: unknown) => {
      this.#node = undefined;
      throw error;
    });
    return this.#node;
  }

  async #open(): Promise<LocalNode> {
    const shared = { node: this.#id, clock: this.#clock, limits: this.#limits };
    const engine = await this.#engine.open({
      ...shared,
      onError: (error) => this.#report(error, 'engine'),
      onState: (state) => this.#engineWatch.is(state),
      onLoss: (loss) => this.#local?.lose(loss),
    });
    const report = (error: unknown, stage: string) => this.#report(error, stage);
    const context: Context = {
      ...shared,
      engine,
      fanOut: this.#fanOut,
      pace: this.#pace,
      tally: this.#tally,
      tracer: this.#tracer,
      policies: this.#policies,
      runner: new PolicyRunner(this.#clock, this.#limits.policyTimeout, report),
      lasts: (member, room) => this.#lasts(member, room),
      requests: this.#requests,
      events: this.#events,
      closed: this.#closed,
      report,
    };
    const node = new LocalNode(context);
    try {
      await node.open();
    } catch (error) {
      // What was opened is closed by whoever opened it; the next attempt opens anew.
      await engine.close();
      throw error;
    }
    this.#local = node;
    this.#engineWatch.opened(engine);
    return node;
  }

  async #close(options: CloseOptions): Promise<void> {
    this.#log?.closing(this.#doors.connections);
    await this.#doors.closeAll(options.drain ?? this.#limits.drain, options.signal);
    const node = this.#local ?? (await this.#node?.catch(() => undefined));
    if (node === undefined) return;
    await this.#endAll(node, options);
    this.#listeners.clear();
    for (const room of [...node.rooms.values()]) room.close();
    node.close();
    await node.context.engine.close();
  }

  /** Ends the sessions that are left; an engine that does not answer can't hold the hub for longer than the drain. */
  async #endAll(node: LocalNode, { drain = this.#limits.drain, signal }: CloseOptions): Promise<void> {
    // What outlives this process keeps the sessions: their clients come back to the next one, or to another node.
    const keeps = node.context.engine.durability !== 'process';
    const members = [...node.members.values()];
    const ended = Promise.allSettled(
      members.map((member) => (keeps ? member.suspend('SHUTDOWN') : member.end('SHUTDOWN'))),
    ).then(() => node.allEnded());
    await new Promise<void>((resolve) => {
      const done = () => {
        cancel();
        signal?.removeEventListener('abort', done);
        resolve();
      };
      // Whatever the drain, the engine has a second to hear of it.
      const cancel = this.#clock.after(Math.max(drain, 1_000), done);
      signal?.addEventListener('abort', done);
      void ended.then(done);
    });
    this.#closed.abort();
  }

  #lasts(member: Member<AnyUser>, room: string): boolean {
    if (typeof this.#lasting === 'boolean') return this.#lasting && !member.guest;
    try {
      return !member.guest && this.#lasting({ member, room });
    } catch (error) {
      this.#report(error, 'lastingMembership');
      return false;
    }
  }

  #observed<T>(work: Promise<T>, stage: string): Promise<T> {
    return Reported.of(work, (error) => this.#report(error, stage));
  }

  /** Failures that nobody awaits. Where nobody listens, they must not vanish. */
  #report(error: unknown, stage: string): void {
    // What a listener to `error` throws must not come back to it, again and again.
    if (stage !== 'error listener' && this.#events.has('error')) this.#events.emit('error', { error, stage });
    // biome-ignore lint/suspicious/noConsole: an error that nobody hears of is worse than a line that nobody asked for
    else console.error(`[chathub] ${stage}:`, error);
  }
}
