import type { Author, Entry, JsonValue, Position } from '../model/entry.js';
import type { ErrorCode } from '../model/errors.js';
import type {
  BlockedEvent,
  JoinedFacts,
  OkEvent,
  RoomsEvent,
  ServerEvent,
  Topic,
  WelcomeEvent,
} from '../model/events.js';
import type { RequestMap, RequestParameters, RequestResult } from '../model/requests.js';
import type { ChatClient, ClientEvents } from './chat-client.js';
import { ClientError } from './client-error.js';
import type { ClientRoom } from './client-room.js';
import { type ClientState, Connector } from './connector.js';
import { report } from './emitter.js';
import { lost, type Outgoing } from './link.js';
import type {
  ClientDirectMessage,
  ClientHistoryOptions,
  ClientSearchOptions,
  HistoryPage,
  SearchResult,
  Sent,
} from './messages.js';
import type { ConnectOptions, SavedSession } from './options.js';
import { Room, type RoomHost } from './room.js';
import { notIn, Sends } from './sends.js';
import { Stream, type StreamHost } from './stream.js';

/** How long to wait before a room is asked for again that can't be joined now. */
const rejoinMs = 2_000;

/** How long before a log-in runs out a fresh token is shown. */
const renewalMs = 30_000;

/** The longest that timers can wait. */
const longestMs = 2 ** 31 - 1;

const closed = new ClientError('SHUTDOWN', 'This client is closed.');

/** What {@link ChatClient} says, done. */
export class Client<Data, Api extends RequestMap<Api>>
  extends Connector<ClientEvents<Data>>
  implements ChatClient<Data, Api>, RoomHost, StreamHost
{
  readonly rooms = new Map<string, Room<Data>>();
  me: Author | undefined;
  unread = 0;
  readonly sends: Sends;
  readonly #inbox: Stream;
  #renewal: ReturnType<typeof setTimeout> | undefined;

  constructor(url: string | URL, options: ConnectOptions) {
    super(url, options);
    const { rooms = {} } = options.resume ?? {};
    this.#inbox = new Stream(this, rooms['@']);
    for (const [room, position] of Object.entries(rooms))
      if (room !== '@') this.rooms.set(room, new Room(room, this, position));
    this.sends = new Sends(options.queue ?? 256, this);
  }

  async ready(): Promise<Author> {
    await this.online();
    return this.me as Author;
  }

  async join(name: string, { history }: { readonly history?: number } = {}): Promise<ClientRoom<Data>> {
    let room: Room<Data> | undefined;
    const reply = await this.call((): Outgoing | undefined => {
      room = this.rooms.get(name.toLowerCase());
      if (!room?.live) return { type: 'join', room: name, ...(room ? { after: room.position } : { history }) };
      // To join again would begin at the room's end, and skip what is still on its way.
      return history ? { type: 'history', room: name, limit: history } : undefined;
    }, true);
    if (reply?.type === 'history') room?.past(reply.messages);
    if (reply?.type === 'joined') room = this.rooms.get(reply.room);
    // Taken out again in the same breath.
    if (!room?.joined) throw new ClientError('NOT_A_MEMBER', notIn);
    return room;
  }

  direct(to: string, text: string, { data }: { readonly data?: Data } = {}): Promise<Sent> {
    return this.sends.add({ type: 'direct', to, text, data: data as JsonValue });
  }

  async request<Name extends keyof Api & string>(
    name: Name,
    ...[data]: RequestParameters<Api, Name>
  ): Promise<RequestResult<Api, Name>> {
    const reply = await this.call({ type: 'request', name, data: data as JsonValue });
    return (reply as { data: unknown }).data as RequestResult<Api, Name>;
  }

  async nick(name: string): Promise<string> {
    const reply = await this.call({ type: 'nick', name });
    return (reply as { name: string }).name;
  }

  async listRooms(): Promise<RoomsEvent['rooms']> {
    const reply = await this.call({ type: 'rooms' }, true);
    return (reply as RoomsEvent).rooms;
  }

  async history<M = ClientDirectMessage<Data>>(
    of: string,
    options: ClientHistoryOptions = {},
    inRoom?: boolean,
  ): Promise<HistoryPage<M>> {
    const command = { type: 'history', [inRoom || of === '@' ? 'room' : 'with']: of, ...options } as const;
    return (await this.call(command, true)) as unknown as HistoryPage<M>;
  }

  async search(text: string, options: ClientSearchOptions = {}): Promise<SearchResult<Data>> {
    return (await this.call({ type: 'search', text, ...options }, true)) as unknown as SearchResult<Data>;
  }

  async block(member: string): Promise<void> {
    await this.call({ type: 'block', member }, true);
  }

  async unblock(member: string): Promise<void> {
    await this.call({ type: 'unblock', member }, true);
  }

  async blocked(): Promise<BlockedEvent['users']> {
    return ((await this.call({ type: 'blocked' }, true)) as BlockedEvent).users;
  }

  markRead(): void {
    this.unread = 0;
    this.link?.tell({ type: 'read', room: '@', ...this.#inbox.position });
  }

  async refresh(): Promise<void> {
    const token = await this.token();
    if (token) this.#renew(((await this.call({ type: 'refresh', token })) as OkEvent).expiresIn);
  }

  save(): SavedSession | undefined {
    const { session, positions: rooms } = this;
    return session ? { session, rooms } : undefined;
  }

  close(): void {
    this.end(closed, true);
  }

  [Symbol.dispose](): void {
    this.close();
  }

  // ---- For its rooms and messages; as a stream, its inbox

  deliver(entry: Entry): void {
    if (this.state === 'closed') return;
    this.seen('@', entry);
    if (entry.from.user !== this.me?.user) this.unread++;
    this.emit('direct', entry as ClientDirectMessage<Data>);
  }

  past(entries: readonly Entry[]): void {
    for (const entry of entries) this.seen('@', entry);
  }

  gap(): void {
    this.emit('missed', {});
  }

  reset(): void {
    this.emit('missed', {});
  }

  seen(room: string, entry: Entry): void {
    this.sends.seen(room, entry, this.#stream(room)?.position.epoch ?? '');
  }

  /** Nobody awaits it: where nobody listens either, it must not vanish. */
  failed(error: unknown): void {
    if (!this.emit('error', { error })) report(error);
  }

  // ---- For its connection

  /** Up to where each room was read. */
  get positions(): { [room: string]: Position } {
    const positions: { [room: string]: Position } = { '@': this.#inbox.position };
    for (const [name, { position }] of this.rooms) positions[name] = position;
    return positions;
  }

  welcomed({ member, resumed, rooms, expiresIn }: WelcomeEvent): void {
    this.#renew(expiresIn);
    const was = this.me;
    this.me = member;
    if (was && was.name !== member.name) this.emit('rename', { name: member.name });
    for (const [name, facts] of Object.entries(rooms)) {
      if (name === '@') {
        this.#inbox.begin(facts);
        this.unread = facts.unread ?? this.unread;
      } else this.#begin(name, facts);
    }
    const missing = [...this.rooms.values()].filter(({ live }) => !live);
    for (const room of missing) {
      room.held &&= resumed;
      if (!room.held) this.#rejoin(room);
    }
    void this.#forget(missing.filter(({ held }) => held));
  }

  received(event: ServerEvent): void {
    const room = 'room' in event ? this.rooms.get(event.room ?? '') : undefined;
    switch (event.type) {
      case 'joined':
        this.#begin(event.room, event);
        this.sends.pump();
        break;
      case 'left':
        this.#out(room, event.code, event.reason);
        break;
      case 'presence':
        room?.presence(event);
        break;
      case 'signal':
        room?.emit('signal', event);
        break;
      case 'topic':
        room?.about(event as Topic);
        break;
      case 'read':
        if (event.room === '@') this.unread = event.unread;
        room?.read(event);
        break;
      case 'gap':
        this.#stream(event.room)?.skip(event.to);
        break;
      case 'reset':
        this.#stream(event.room)?.restart(event);
        break;
      case 'renamed':
        this.name = event.name;
        this.me = { ...(this.me as Author), name: event.name };
        this.emit('rename', event);
        break;
      case 'notice':
        this.emit('notice', event);
        break;
      case 'error':
        if (event.re === undefined) this.failed(new ClientError(event.code, event.message, event.retryable));
        break;
      case 'direct':
        this.#inbox.take(event);
        break;
      default:
        // Entries of types that are not known yet have an offset, too.
        if ('offset' in event && event.type !== 'sent') room?.stream.take(event);
    }
  }

  stateChanged(state: ClientState, error?: ClientError, retryIn?: number): void {
    if (state === 'online') this.sends.pump();
    if (state === 'closed') {
      this.sends.fail(error ?? closed);
      for (const room of [...this.rooms.values()]) this.#out(room);
    }
    this.emit('state', { state, error, retryIn });
  }

  /** The connection is gone. */
  lost(code: number): void {
    clearTimeout(this.#renewal);
    for (const room of this.rooms.values()) room.live = false;
    this.sends.lost(code);
  }

  // ---- Its own

  /**
   * @param command - what to ask; as a function, looked at when there is a connection, and nothing is asked where it gives none
   * @param safe - the same may be asked again where the answer was lost
   */
  async call(command: Outgoing | (() => Outgoing | undefined), safe?: boolean): Promise<ServerEvent | undefined> {
    for (;;) {
      const link = await this.online();
      const asked = typeof command === 'function' ? command() : command;
      try {
        return asked && (await link.call(asked));
      } catch (error) {
        if (error !== lost) throw error;
        if (!safe) throw new ClientError('TIMEOUT', lost.message, true);
      }
    }
  }

  /** A log-in that runs out is renewed in time, where the application can give fresh tokens. */
  #renew(expiresIn: number | undefined): void {
    clearTimeout(this.#renewal);
    if (expiresIn === undefined || !this.renews) return;
    const wait = Math.min(expiresIn - Math.min(renewalMs, expiresIn / 2), longestMs);
    this.#renewal = setTimeout(() => this.refresh().catch((error: unknown) => this.failed(error)), wait);
  }

  /** The session goes on without these. Why, comes right behind the welcome, if we are told at all. */
  async #forget(rooms: readonly Room<Data>[]): Promise<void> {
    if (rooms.length > 0) await this.call({ type: 'ping' }).catch(() => undefined);
    for (const room of rooms) if (!room.live) this.#out(room);
  }

  /** The session is another: its rooms are those of the one before, if the server lets it. */
  #rejoin(room: Room<Data>): void {
    const { link } = this;
    link?.call({ type: 'join', room: room.name, after: room.position }).catch((error: ClientError) => {
      if (error === lost) return;
      if (!error.retryable) this.#out(room, error.code, error.message);
      else setTimeout(() => link === this.link && room.joined && this.#rejoin(room), rejoinMs);
    });
  }

  #begin(name: string, facts: JoinedFacts): void {
    // A listener may have closed it in the middle of a welcome.
    if (this.state === 'closed') return;
    const room = this.rooms.get(name) ?? new Room(name, this);
    const { known } = room;
    this.rooms.set(name, room);
    room.begin(facts);
    if (!known && room.joined) this.emit('join', { room });
  }

  #out(room: Room<Data> | undefined, code?: ErrorCode, reason?: string): void {
    if (!room?.joined) return;
    this.rooms.delete(room.name);
    this.sends.fail(new ClientError(code ?? 'NOT_A_MEMBER', reason ?? notIn), room.name);
    room.end(code, reason);
    this.emit('leave', { room, code, reason });
  }

  #stream(room: string): Stream | undefined {
    return room === '@' ? this.#inbox : this.rooms.get(room)?.stream;
  }
}
