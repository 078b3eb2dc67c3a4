import { OptionError } from './errors.js';

type Kind = 'count' | 'bytes' | 'ms' | 'perSecond';

interface LimitFacts {
  readonly value: number;
  readonly unit: Kind;
  /** Whether 0 ("none at all") makes sense. */
  readonly zero: boolean;
  readonly reason: string;
}

const limit = (value: number, unit: Kind, reason: string, zero = false): LimitFacts => ({ value, unit, zero, reason });

/**
 * Every limit with its default, its unit and its reason. `Infinity` removes a limit. Durations are milliseconds.
 *
 * @example
 * ```ts
 * import { limitTable } from 'chathub';
 *
 * for (const [name, { value, reason }] of Object.entries(limitTable)) console.log(name, value, reason);
 * ```
 */
export const limitTable = {
  frameBytes: limit(65_536, 'bytes', "one frame or line on any transport; OWASP's and Centrifugo's ceiling"),
  messageBytes: limit(4_096, 'bytes', 'text of one chat message in UTF-8; as Discord and the NATS control line'),
  topicBytes: limit(1_024, 'bytes', "what a room is about, in UTF-8; as IRC's longest and some", true),
  reactions: limit(20, 'count', 'different reactions to one message; as Discord'),
  dataBytes: limit(8_192, 'bytes', "a message's data as JSON", true),
  jsonDepth: limit(8, 'count', 'JSON.parse takes 100,000 levels, JSON.stringify overflows at 50,000'),
  fragments: limit(64, 'count', 'frames of one WebSocket message'),
  outboxBytes: limit(1_048_576, 'bytes', 'unsent per member; beyond it the slow-consumer policy'),
  writeDeadline: limit(10_000, 'ms', 'a peer that takes no byte for so long while some wait is gone; as NATS'),
  helloTimeout: limit(10_000, 'ms', 'from accept to ready, absolute: slow drips do not extend it'),
  commandsBeforeHello: limit(8, 'count', 'until one is let in, greetings that come to nothing included'),
  sendsPerSecond: limit(10, 'perSecond', 'messages of one member; beyond it its reading is delayed'),
  sendBurst: limit(20, 'count', 'messages at once before sendsPerSecond counts'),
  commandsPerSecond: limit(50, 'perSecond', 'commands of one member; beyond it its reading is delayed'),
  commandBurst: limit(100, 'count', 'commands at once before commandsPerSecond counts'),
  badFrames: limit(10, 'count', 'frames a minute that are no command; beyond it the connection is closed', true),
  heartbeat: limit(25_000, 'ms', 'between WebSocket pings; as Centrifugo and Engine.IO'),
  heartbeatTimeout: limit(10_000, 'ms', 'for the answer to a ping'),
  idleTimeout: limit(
    Number.POSITIVE_INFINITY,
    'ms',
    'silence on TCP; off, since people think: keep-alive finds the dead',
  ),
  connectionsPerAddress: limit(64, 'count', 'from one address, IPv6 by /64; loopback is exempt'),
  connectsPerMinute: limit(120, 'count', 'from one address, IPv6 by /64; loopback is exempt'),
  connections: limit(50_000, 'count', 'on one node'),
  blocks: limit(200, 'count', 'people that one user does not want to hear from', true),
  roomsPerMember: limit(64, 'count', 'that one member is in'),
  membersPerRoom: limit(10_000, 'count', 'people in one room'),
  rooms: limit(100_000, 'count', 'with members, on one node'),
  nameLength: limit(32, 'count', 'code points of a nickname after NFKC, and 4x that in bytes'),
  roomNameLength: limit(64, 'count', 'code points of a room name after NFKC, and 4x that in bytes'),
  history: limit(1_000, 'count', 'entries kept of a room', true),
  historyAge: limit(86_400_000, 'ms', 'that an entry is kept'),
  historyBytes: limit(268_435_456, 'bytes', 'of all logs in memory; the room longest empty goes first', true),
  recover: limit(1_000, 'count', 'entries handed back in one resume', true),
  recoverBytes: limit(262_144, 'bytes', 'of entries in one reply; the rest streams'),
  resumeWindow: limit(30_000, 'ms', 'that a session outlives its connection', true),
  keyWindow: limit(600_000, 'ms', 'within which a repeated key is recognised', true),
  presenceDetail: limit(200, 'count', 'people in a room up to which each change is told; above it counts', true),
  policyTimeout: limit(10_000, 'ms', 'for a policy to settle'),
  drain: limit(10_000, 'ms', 'for clients to go when the hub closes', true),
} as const satisfies Record<string, LimitFacts>;

/**
 * The name of a limit.
 *
 * @example
 * ```ts
 * import type { LimitName } from 'chathub';
 *
 * const name: LimitName = 'messageBytes';
 * ```
 */
export type LimitName = keyof typeof limitTable;

/**
 * A value for each limit; see {@link limitTable} for defaults, units and reasons.
 *
 * @example
 * ```ts
 * import { ChatHub } from 'chathub';
 *
 * const hub = new ChatHub({ limits: { messageBytes: 8_192, frameBytes: 131_072 } });
 * ```
 */
export type Limits = { readonly [name in LimitName]: number };

/**
 * The limits in force: the defaults with an application's own values over them.
 *
 * @param options - the values that differ from the defaults
 * @throws OptionError when a name is unknown, or a value is no such number or senseless
 */
export function resolveLimits(options: Partial<Limits> = {}): Limits {
  const limits: Record<LimitName, number> = defaults();
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined) continue;
    if (!Object.hasOwn(limitTable, name)) {
      throw new OptionError(`limits.${name}`, `one of ${Object.keys(limitTable).join(', ')}`, value);
    }
    limits[name as LimitName] = checked(name as LimitName, value);
  }
  const least = 6 * limits.messageBytes + 2 * limits.dataBytes;
  if (limits.frameBytes < least) {
    // A legal text can be escaped sixfold in JSON (\u00xx), data twofold: a frame must be able to carry both.
    throw new OptionError(
      'limits.frameBytes',
      `at least 6 x messageBytes + 2 x dataBytes = ${least}`,
      limits.frameBytes,
    );
  }
  return Object.freeze(limits);
}

function defaults(): Record<LimitName, number> {
  return Object.fromEntries(Object.entries(limitTable).map(([name, { value }]) => [name, value])) as Record<
    LimitName,
    number
  >;
}

function checked(name: LimitName, value: unknown): number {
  const { unit, zero } = limitTable[name];
  const least = zero ? 0 : unit === 'perSecond' ? Number.MIN_VALUE : 1;
  const whole = unit === 'perSecond' || Number.isInteger(value) || value === Number.POSITIVE_INFINITY;
  if (typeof value === 'number' && whole && value >= least) return value;
  const noun = unit === 'perSecond' ? 'number' : unit === 'ms' ? 'integer of milliseconds' : 'integer';
  throw new OptionError(`limits.${name}`, zero ? `a non-negative ${noun}` : `a positive ${noun}`, value);
}
