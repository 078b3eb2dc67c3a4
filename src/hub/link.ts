import type { Entry } from '../model/entry.js';
import type { ErrorCode } from '../model/errors.js';
import type { ServerEvent } from '../model/events.js';
import type { ClientCertificate, HandshakeRequest } from '../ports/transport.js';
import type { Outbox } from './outbox.js';
import type { Lane } from './tape.js';

/** Something that fell behind because its peer reads slowly, and can catch up once the outbox is empty. */
export interface Behind {
  catchUp(link: Link): void;
}

/**
 * How a connection does.
 *
 * @example
 * ```ts
 * import type { ConnectionFacts } from 'chathub';
 *
 * const isSlow = ({ blocked, unsentBytes }: ConnectionFacts) => blocked && unsentBytes > 65_536;
 * ```
 */
export interface ConnectionFacts {
  /** When it was accepted, in milliseconds since 1970. */
  readonly since: number;
  /** Frames that came. */
  readonly received: number;
  /** What came from the peer; undefined where the transport does not count it. */
  readonly bytesRead: number | undefined;
  /** What was written for it; undefined where the transport does not count it. */
  readonly bytesWritten: number | undefined;
  /** Bytes that wait to be taken by the peer. */
  readonly unsentBytes: number;
  /** Whether writing waits for the peer. */
  readonly blocked: boolean;
}

/** A member's way to its client: the connection that it has now. */
export interface Link {
  readonly outbox: Outbox;
  /** The protocol and the framing of its last frame. */
  readonly lane: Lane;
  readonly transport: string;
  readonly remoteAddress: string | undefined;
  readonly remotePort: number | undefined;
  readonly secure: boolean;
  readonly handshake: HandshakeRequest | undefined;
  readonly certificate: ClientCertificate | undefined;
  /** Whether messages are left out for a slow reader, rather than the reader being closed. */
  readonly skips: boolean;
  /** How it does, for those who look after the server. */
  readonly facts: ConnectionFacts;
  /** Has it catch up when all is written. */
  fallBehind(late: Behind): void;
  /** It need not catch up any more. */
  forget(late: Behind): void;
  /** Queues an event for this connection alone, in order. */
  tell(event: ServerEvent, entry?: Entry): void;
  /** Resolves when the outbox has been written; false when the connection is gone. */
  flushed(): Promise<boolean>;
  /** Ends the connection; it is told why where the protocol can. */
  end(code: ErrorCode, message?: string): void;
}
