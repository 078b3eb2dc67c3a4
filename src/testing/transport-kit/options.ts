import type { Protocol, Transport } from '../../index.js';

/**
 * What a client of a transport can do, as `transportConformance()` needs it.
 *
 * @example
 * ```ts
 * import { memoryTransport, type RawPeer } from 'chathub/testing';
 *
 * // A memory peer is one as it is.
 * const rawPeer = (): RawPeer => memoryTransport().connect();
 * ```
 */
export interface RawPeer {
  /** Sends a frame of text. */
  send(frame: string): void;
  /** The next frame that arrived and was not given yet; rejects when the connection ends without one. */
  next(): Promise<string>;
  /** Reads nothing from now on. */
  stall(): void;
  /** Reads again. */
  resume(): void;
  /** Sends nothing more, but reads on (a TCP FIN). Needed unless `halfClose` is false. */
  end?(): void;
  /** Closes as one who is done does (WebSocket 1000). Needed if `leave` is true. */
  leave?(): void;
  /** Breaks the connection off: a reset, no goodbye. */
  cut(): void;
  /** Settles when the connection is no more. */
  readonly closed: Promise<unknown>;
}

/**
 * A transport that is not started yet, and a way to reach it once it is.
 *
 * @example
 * ```ts
 * import { memoryTransport, type TransportUnderTest } from 'chathub/testing';
 *
 * function underTest(): TransportUnderTest {
 *   const transport = memoryTransport();
 *   return { transport, connect: async () => transport.connect() };
 * }
 * ```
 */
export interface TransportUnderTest {
  /** Not started, and empty of peers. */
  readonly transport: Transport;
  /** Connects a new peer; rejects when nobody listens. */
  connect(): Promise<RawPeer>;
}

/**
 * What `transportConformance()` is told of a transport.
 *
 * @example
 * ```ts
 * import { memoryTransport, type TransportConformanceOptions } from 'chathub/testing';
 *
 * const options: TransportConformanceOptions = {
 *   leave: true,
 *   create(protocol) {
 *     const transport = memoryTransport({ protocol });
 *     return { transport, connect: async () => transport.connect() };
 *   },
 * };
 * ```
 */
export interface TransportConformanceOptions {
  /** Makes a transport whose connections speak this protocol; called once for each check. */
  create(protocol: Protocol): TransportUnderTest | Promise<TransportUnderTest>;
  /** Makes a transport whose `start()` can't succeed, such as one on a port that is taken. */
  createFailing?(): Transport | Promise<Transport>;
  /** Whether a peer can end its sending and read on; default true. */
  readonly halfClose?: boolean;
  /** Whether a peer can say that it is done for good; default false. */
  readonly leave?: boolean;
}
