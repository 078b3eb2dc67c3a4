import { OptionError } from '../model/errors.js';
import type { Protocol, SlowConsumerPolicy } from '../ports/protocol.js';
import type {
  Accept,
  ClientCertificate,
  Framing,
  HandshakeRequest,
  Transport,
  TransportContext,
} from '../ports/transport.js';
import { lines } from '../protocols/lines/index.js';
import { ClientEnd } from './memory/client-end.js';
import { lengthPrefixed } from './memory/framing.js';
import type { MemoryPeer } from './memory/peer.js';

export { lengthPrefixedFraming } from './memory/framing.js';
export type { MemoryEnding, MemoryPeer } from './memory/peer.js';

/**
 * Options of {@link memoryTransport}.
 *
 * @example
 * ```ts
 * import { memoryTransport, objectProtocol, type MemoryTransportOptions } from 'chathub/testing';
 *
 * const options: MemoryTransportOptions = { protocol: objectProtocol(), highWaterMark: 1_024 };
 * const transport = memoryTransport(options);
 * ```
 */
export interface MemoryTransportOptions {
  /** What peers speak; default `lines()`. */
  readonly protocol?: Protocol | undefined;
  /** What becomes of members that read too slowly; default: what the protocol says. */
  readonly slowConsumer?: SlowConsumerPolicy | undefined;
  /** The transport's name; default `memory`. */
  readonly name?: string | undefined;
  /** The IP address that peers seem to come from; default `127.0.0.1`, which limits per address do not concern. */
  readonly remoteAddress?: string | undefined;
  /** How frames become bytes; default: one that all memory transports share. Others come from {@link lengthPrefixedFraming}. */
  readonly framing?: Framing | undefined;
  /** How many unread bytes of a stalled peer make its connection `blocked`; default 65,536. */
  readonly highWaterMark?: number | undefined;
}

/**
 * What is different about one peer of a {@link MemoryTransport}.
 *
 * @example
 * ```ts
 * import type { MemoryConnectOptions } from 'chathub/testing';
 *
 * const fromAfar: MemoryConnectOptions = { remoteAddress: '203.0.113.7' };
 * ```
 */
export interface MemoryConnectOptions {
  /** The IP address that it seems to come from; default: the transport's. */
  readonly remoteAddress?: string | undefined;
  /** How its frames become bytes; default: the transport's. */
  readonly framing?: Framing | undefined;
  /** Whether the way to it seems encrypted; default `false`. */
  readonly secure?: boolean | undefined;
  /** The request that it seems to begin with; what is left out is empty. */
  readonly handshake?: Partial<HandshakeRequest> | undefined;
  /** The certificate that it seems to show. */
  readonly certificate?: ClientCertificate | undefined;
}

/**
 * A transport whose peers are objects in this process.
 *
 * @example
 * ```ts
 * import { ChatHub } from 'chathub';
 * import { memoryTransport, type MemoryTransport } from 'chathub/testing';
 *
 * const transport: MemoryTransport = memoryTransport();
 * const hub = new ChatHub();
 * await hub.listen(transport);
 * const peer = transport.connect({ remoteAddress: '203.0.113.7' });
 * ```
 */
export interface MemoryTransport extends Transport {
  /**
   * Connects a peer.
   *
   * @throws Error while the transport does not listen
   */
  connect(options?: MemoryConnectOptions): MemoryPeer;
}

const nothingSaid: HandshakeRequest = { url: '/', headers: {}, cookies: {}, token: undefined };

/**
 * Makes a transport without sockets: fast, and without any timing of its own, for tests of applications.
 *
 * @throws OptionError when `highWaterMark` is no positive integer
 *
 * @example
 * ```ts
 * import { ChatHub } from 'chathub';
 * import { memoryTransport } from 'chathub/testing';
 *
 * const transport = memoryTransport();
 * const hub = new ChatHub();
 * await hub.listen(transport);
 * const alice = transport.connect();
 * alice.send('/join lobby');
 * console.log(await alice.next());
 * ```
 */
export function memoryTransport(options: MemoryTransportOptions = {}): MemoryTransport {
  const { name = 'memory', highWaterMark = 65_536, protocol = lines() } = options;
  if (!Number.isInteger(highWaterMark) || highWaterMark < 1) {
    throw new OptionError('highWaterMark', 'a positive integer', highWaterMark);
  }
  let listening: { readonly accept: Accept; readonly context: TransportContext } | undefined;

  return {
    name,
    get addresses() {
      return listening === undefined ? [] : [`memory://${name}`];
    },
    async start(accept, context) {
      if (listening !== undefined) throw new Error(`The transport "${name}" was started already`);
      listening = { accept, context };
    },
    async stop() {
      listening = undefined;
    },
    connect(peerOptions = {}) {
      if (listening === undefined) throw new Error(`The transport "${name}" does not listen: start the hub first`);
      const { accept, context } = listening;
      const facts = {
        transport: name,
        protocol,
        remoteAddress: peerOptions.remoteAddress ?? options.remoteAddress ?? '127.0.0.1',
        framing: peerOptions.framing ?? options.framing ?? lengthPrefixed,
        slowConsumer: options.slowConsumer,
        highWaterMark,
        secure: peerOptions.secure ?? false,
        handshake: peerOptions.handshake && { ...nothingSaid, ...peerOptions.handshake },
        certificate: peerOptions.certificate,
      };
      const peer = new ClientEnd(facts, context.limits.frameBytes);
      peer.connection.attach(accept(peer.connection));
      return peer;
    },
  };
}
