import type { BadFrame, CloseReason, Framing } from '../../ports/transport.js';

/**
 * How a connection ended.
 *
 * @example
 * ```ts
 * import { memoryTransport, type MemoryEnding } from 'chathub/testing';
 *
 * const wasKicked = ({ reason }: MemoryEnding) => reason?.code === 4501;
 * ```
 */
export interface MemoryEnding {
  /** What the hub was told by `closed()`. */
  readonly how: 'normal' | 'ended' | 'lost';
  /** Why the hub closed it; absent when the peer went, or the hub called `terminate()`. */
  readonly reason?: CloseReason;
}

/**
 * The client's end of a connection of `memoryTransport()`. Both directions are synchronous: `send()` calls the hub's
 * handler, and what the hub writes stands in `received` when its `write()` returns.
 *
 * @example
 * ```ts
 * import { ChatHub, plainText } from 'chathub';
 * import { memoryTransport, type MemoryPeer } from 'chathub/testing';
 *
 * const transport = memoryTransport({ protocol: plainText() });
 * const hub = new ChatHub();
 * hub.on('message', ({ member, text }) => member.send(text));
 * await hub.listen(transport);
 * const peer: MemoryPeer = transport.connect();
 * peer.send('hello');
 * console.log(await peer.next()); // hello
 * ```
 */
export interface MemoryPeer {
  /** All frames that arrived, in order. */
  readonly received: readonly string[];
  /** Neither side has ended the connection. */
  readonly isOpen: boolean;
  /** Resolves when the connection is no more. */
  readonly closed: Promise<MemoryEnding>;
  /** How many times the hub called `write()`: a burst that was batched is one. */
  readonly writes: number;
  /** Bytes that the hub wrote and this stalled peer has not read. */
  readonly bufferedBytes: number;
  /** Whether the hub is told to wait with writing: `highWaterMark` bytes are unread. */
  readonly blocked: boolean;
  /** Whether the hub has paused reading; frames sent meanwhile wait until it resumes. */
  readonly paused: boolean;
  /**
   * Sends a frame; what comes after the hub closed the connection is lost, as on a network. A frame over `frameBytes`
   * reaches the hub as `TOO_LONG`, one with half a surrogate pair, which UTF-8 can't carry, as `BAD_UTF8`.
   *
   * @param frame - text, or what a transport says of a frame that it can't read
   * @param framing - how the answer shall be framed; default: the connection's own
   * @throws Error after this peer's own `end()`, `leave()` or `cut()`
   */
  send(frame: string | BadFrame, framing?: Framing): void;
  /** The next frame that `next()` has not yet given; rejects when the connection ends without one. */
  next(): Promise<string>;
  /** Reads nothing from now on. */
  stall(): void;
  /** Reads what waits, and all that comes. */
  resume(): void;
  /** A stalled peer reads so many of the waiting bytes. Gives how many there were. */
  read(bytes: number): number;
  /** Sends nothing more, but reads on (a TCP FIN). */
  end(): void;
  /** Closes as one who is done does (WebSocket 1000). */
  leave(): void;
  /** Breaks the connection off. */
  cut(): void;
}
