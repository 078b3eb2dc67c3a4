import { ChatError, type Command, type ServerEvent } from '../index.js';
import type { MemoryConnectOptions, MemoryPeer, MemoryTransport } from '../transports/memory.js';
import { EventTaps } from './event-taps.js';

type EventOf<T extends ServerEvent['type']> = Extract<ServerEvent, { readonly type: T }>;
type Fields<T extends Command['type'], Named extends PropertyKey> = Omit<
  Extract<Command, { readonly type: T }>,
  'type' | 'id' | Named
>;

interface ReplyTypes {
  hello: 'welcome';
  auth: 'welcome';
  join: 'joined';
  leave: 'left';
  send: 'sent';
  edit: 'sent';
  delete: 'sent';
  react: 'sent';
  direct: 'sent';
  history: 'history';
  search: 'found';
  members: 'members';
  rooms: 'rooms';
  blocked: 'blocked';
  request: 'response';
  nick: 'renamed';
  ping: 'pong';
}

/**
 * The event that answers a command.
 *
 * @example
 * ```ts
 * import type { JoinCommand } from 'chathub';
 * import type { ReplyTo } from 'chathub/testing';
 *
 * const countIn = (reply: ReplyTo<JoinCommand>) => reply.count;
 * ```
 */
export type ReplyTo<C extends Command> = C extends { readonly type: keyof ReplyTypes }
  ? EventOf<ReplyTypes[C['type']]>
  : C extends { readonly type: 'topic'; readonly topic?: undefined }
    ? EventOf<'topic'>
    : EventOf<'ok'>;

/**
 * A client that speaks {@link objectProtocol} over a {@link MemoryPeer}. It takes the peer's frames: use its own
 * `next()`, not the peer's.
 *
 * @example
 * ```ts
 * import { connectClient, type MemoryTransport, type TestClient } from 'chathub/testing';
 *
 * async function greet(transport: MemoryTransport) {
 *   const client: TestClient = await connectClient(transport);
 *   await client.join('lobby');
 *   await client.say('lobby', 'hello');
 *   console.log((await client.next('message')).text);
 * }
 * ```
 */
export interface TestClient {
  /** The connection: `stall()`, `cut()` and the like. */
  readonly peer: MemoryPeer;
  /** Everything received so far, in order. */
  readonly events: readonly ServerEvent[];
  /** Sends a command that has no reply, or whose reply is of no interest. */
  tell(command: Command): void;
  /**
   * Sends a command, with an `id` unless it has one, and resolves with its reply. Rejects with a `ChatError` of the same
   * code when that is an `error`, and with another error when the connection ends before.
   */
  request<C extends Command>(command: C): Promise<ReplyTo<C>>;
  /** As `request()`, but an `error` is a reply like any other. */
  ask(command: Command): Promise<ServerEvent>;
  /** The next event of this type that `next()` has not yet given, replies included; rejects when the connection ends without one. */
  next<T extends ServerEvent['type']>(type: T): Promise<EventOf<T>>;
  /** Greets; rejects as `request()` does. */
  hello(options?: HelloOptions): Promise<EventOf<'welcome'>>;
  /** Joins a room; rejects as `request()` does. */
  join(room: string, options?: Fields<'join', 'room'>): Promise<EventOf<'joined'>>;
  /** Sends a message to a room, and resolves when it is stored; rejects as `request()` does. */
  say(room: string, text: string, options?: Fields<'send', 'room' | 'text'>): Promise<EventOf<'sent'>>;
}

/**
 * What a {@link TestClient} says of itself when it greets.
 *
 * @example
 * ```ts
 * import type { HelloOptions } from 'chathub/testing';
 *
 * const resumes: HelloOptions = { session: 'SECRET', rooms: new Map([['lobby', { epoch: 'k3x', offset: 15 }]]) };
 * ```
 */
export type HelloOptions = Fields<'hello', never>;

/**
 * Lets a test speak {@link objectProtocol} over a connected peer.
 *
 * @param peer - a peer of a `memoryTransport({ protocol: objectProtocol() })`
 *
 * @example
 * ```ts
 * import { memoryTransport, objectProtocol, testClient } from 'chathub/testing';
 *
 * const transport = memoryTransport({ protocol: objectProtocol() });
 *
 * async function newcomer() {
 *   const client = testClient(transport.connect());
 *   await client.hello({ name: 'alice' });
 *   return client;
 * }
 * ```
 */
export function testClient(peer: MemoryPeer): TestClient {
  const taps = new EventTaps(peer);
  let lastId = 0;

  const tell = (command: Command) => peer.send(JSON.stringify(command, mapsAsObjects));
  const ask = (command: Command) => {
    const id = command.id ?? ++lastId;
    tell({ ...command, id });
    return taps.reply(id);
  };
  const request = async <C extends Command>(command: C) => {
    const reply = await ask(command);
    if (reply.type === 'error') throw new ChatError(reply.code, reply.message, { room: reply.room });
    return reply as ReplyTo<C>;
  };

  return {
    peer,
    events: taps.events,
    tell,
    ask,
    request,
    next: (type) => taps.next(type),
    hello: (options = {}) => request({ ...options, type: 'hello' }),
    join: (room, options = {}) => request({ ...options, type: 'join', room }),
    say: (room, text, options = {}) => request({ ...options, type: 'send', room, text }),
  };
}

/**
 * Connects a {@link TestClient}, which has greeted when it is there.
 *
 * @param transport - a `memoryTransport({ protocol: objectProtocol() })` that listens
 * @param hello - what to say of oneself
 * @param options - where the peer seems to come from
 * @throws ChatError what the hub answers to the greeting instead of a welcome
 *
 * @example
 * ```ts
 * import { connectClient, type MemoryTransport } from 'chathub/testing';
 *
 * const alice = (transport: MemoryTransport) => connectClient(transport, { name: 'alice' });
 * ```
 */
export async function connectClient(
  transport: MemoryTransport,
  hello: HelloOptions = {},
  options: MemoryConnectOptions = {},
): Promise<TestClient> {
  const client = testClient(transport.connect(options));
  await client.hello(hello);
  return client;
}

function mapsAsObjects(_key: string, value: unknown): unknown {
  return value instanceof Map ? Object.fromEntries(value) : value;
}
