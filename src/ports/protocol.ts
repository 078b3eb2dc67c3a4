import type { Command } from '../model/commands.js';
import type { ServerEvent } from '../model/events.js';

/**
 * What becomes of a member that reads too slowly, once `outboxBytes` wait for it: `disconnect` closes it with 4001,
 * so that a client that can resume does; `skip` leaves messages out and says how many.
 *
 * @example
 * ```ts
 * import type { SlowConsumerPolicy } from 'chathub';
 *
 * const policy: SlowConsumerPolicy = 'skip';
 * ```
 */
export type SlowConsumerPolicy = 'disconnect' | 'skip';

/**
 * The connection, as its protocol session sees it.
 *
 * @example
 * ```ts
 * import type { ProtocolPeer } from 'chathub';
 *
 * const help = (peer: ProtocolPeer) => peer.reply({ type: 'notice', text: 'Say anything.' });
 * ```
 */
export interface ProtocolPeer {
  /** The transport's name. */
  readonly transport: string;
  /** Those of the hub that protocols keep. */
  readonly limits: { readonly jsonDepth: number };
  /** Answers at once, without asking the hub. */
  reply(event: ServerEvent): void;
}

/**
 * One connection's side of a protocol; it may remember things, such as the current room.
 *
 * @example
 * ```ts
 * import { ChatError, type ProtocolSession } from 'chathub';
 *
 * const session: ProtocolSession = {
 *   receive(frame) {
 *     if (frame === 'ping') return { type: 'ping' };
 *     throw new ChatError('BAD_COMMAND');
 *   },
 * };
 * ```
 */
export interface ProtocolSession {
  /** What to do before the client said anything, such as greeting for it. */
  readonly opening?: Command;
  /** Reads a frame, after the previous command was answered. `null`: nothing to do. MUST throw nothing but `ChatError`. */
  receive(frame: string): Command | null;
  /** Hears of each event that this connection alone is sent, so that a refused `/join` does not change the current room. */
  answered?(event: ServerEvent): void;
}

/**
 * What frames mean. One object serves all connections of a transport. `protocolConformance()` of `chathub/testing`
 * checks these clauses.
 *
 * 1. `encode()` is pure, never throws, and is called once for each event, not for each member. `null`: this protocol
 *    does not tell that. A newline inside stands for the connection's own terminator on transports that have one.
 * 2. `receive()` of a session returns or throws a `ChatError`, whatever comes in.
 *
 * @example
 * ```ts
 * import { ChatError, type Protocol } from 'chathub';
 *
 * const shout: Protocol = {
 *   name: 'shout',
 *   echo: true,
 *   terminal: false,
 *   limited: true,
 *   slowConsumer: 'disconnect',
 *   resumable: [],
 *   encode: (event) => (event.type === 'message' ? event.text.toUpperCase() : null),
 *   open: () => ({
 *     opening: { type: 'hello' },
 *     receive: (text) => ({ type: 'send', room: 'lobby', text }),
 *   }),
 * };
 * ```
 */
export interface Protocol {
  /** A short name, such as `lines`. */
  readonly name: string;
  /**
   * What WebSocket clients that speak it offer (RFC 6455, 1.9). One that offers subprotocols, but not this, is refused; one that offers
   * none is taken to speak it. Without: whatever a client offers, it gets this protocol.
   */
  readonly subprotocol?: string;
  /** Whether a sender gets its own messages back, at their place in the order. */
  readonly echo: boolean;
  /** Whether people type it: a byte transport then handles telnet's negotiation, backspace and CR NUL. */
  readonly terminal: boolean;
  /**
   * Whether it is a chat, with `sendsPerSecond`, `commandsPerSecond` and `badFrames`, and with a look at how a connection begins, so that
   * no web page can send commands. Without, only bytes and back-pressure count.
   */
  readonly limited: boolean;
  /** What becomes of members that read too slowly, unless the transport says otherwise. */
  readonly slowConsumer: SlowConsumerPolicy;
  /**
   * After which ends of a connection the session waits `resumeWindow` for its client: `lost` (a reset, a timeout), `ended` (the peer
   * closed in good order, but said no goodbye). After others it is over at once.
   */
  readonly resumable: readonly ('ended' | 'lost')[];
  /** The text of the frame that tells this event; `null`: it is not told. */
  encode(event: ServerEvent): string | null;
  /** A new connection's side. */
  open(peer: ProtocolPeer): ProtocolSession;
}
