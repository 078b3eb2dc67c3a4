import type { ChatError } from '../model/errors.js';
import type { Protocol, SlowConsumerPolicy } from './protocol.js';

/**
 * Why the hub ends a connection. Transports that can tell the peer do (WebSocket close frames).
 *
 * @example
 * ```ts
 * import type { CloseReason } from 'chathub';
 *
 * const reason: CloseReason = { code: 4002, reason: 'SHUTDOWN' };
 * ```
 */
export interface CloseReason {
  /** A WebSocket close code (RFC 6455, 7.4). */
  readonly code: number;
  /** An error code, or empty; at most 123 bytes. */
  readonly reason: string;
}

/**
 * Payloads that went through a {@link Framing}: `bytes` to be written, and for each payload where it ends in them.
 *
 * @example
 * ```ts
 * import type { Framed } from 'chathub';
 *
 * const secondOf = ({ bytes, ends }: Framed) => bytes.subarray(ends[0], ends[1]);
 * ```
 */
export interface Framed {
  /** What is to be written. */
  readonly bytes: Uint8Array;
  /** The end of each payload's frame in `bytes`. May be computed when first asked for. */
  readonly ends: readonly number[];
}

/**
 * How payloads become bytes on one kind of connection. Pure. Connections that frame alike MUST share one object:
 * its identity is what lets a broadcast be framed once for all of them.
 *
 * @example
 * ```ts
 * import type { Framing } from 'chathub';
 *
 * const encoder = new TextEncoder();
 * const nulTerminated: Framing = {
 *   frame(payloads) {
 *     const frames = payloads.map((payload) => encoder.encode(`${payload}\0`));
 *     const bytes = new Uint8Array(frames.reduce((sum, frame) => sum + frame.length, 0));
 *     const ends: number[] = [];
 *     let end = 0;
 *     for (const frame of frames) {
 *       bytes.set(frame, end);
 *       ends.push((end += frame.length));
 *     }
 *     return { bytes, ends };
 *   },
 * };
 * ```
 */
export interface Framing {
  /** The array is given away: whoever calls does not change it afterwards, so that `ends` can be computed late. */
  frame(payloads: readonly string[]): Framed;
}

/**
 * A frame that a transport could not read as text. `TOO_LONG` may come before the frame has ended, with the framing of the
 * one before.
 *
 * @example
 * ```ts
 * import type { BadFrame } from 'chathub';
 *
 * const tooLong: BadFrame = { bad: 'TOO_LONG' };
 * ```
 */
export interface BadFrame {
  /** Why: invalid UTF-8, not allowed on this transport, or above `frameBytes`. */
  readonly bad: 'BAD_UTF8' | 'BAD_FRAME' | 'TOO_LONG';
}

/**
 * What the request said with which a connection began, where there was one: the upgrade to WebSocket.
 *
 * @example
 * ```ts
 * import type { HandshakeRequest } from 'chathub';
 *
 * const sessionOf = ({ cookies }: HandshakeRequest) => cookies.session;
 * ```
 */
export interface HandshakeRequest {
  /** Path and query as they came. There may be a token in it: do not log it. */
  readonly url: string;
  /** By lower-case name. Without `cookie` where `cookies` is empty. */
  readonly headers: { readonly [name: string]: string | undefined };
  /**
   * By name, decoded. Empty unless the request came from a page that may use them: a browser sends a server's cookies along whichever
   * page opens the connection, and a program could have made them up.
   */
  readonly cookies: { readonly [name: string]: string | undefined };
  /** Of `Authorization: Bearer TOKEN`, or of the subprotocol `chathub.token.TOKEN`, since browsers can't set headers. */
  readonly token: string | undefined;
}

/**
 * The certificate that a client showed (TLS), as `node:tls` describes it. Who it is signed by was checked only where the transport was
 * told to: look at `authorized`.
 *
 * @example
 * ```ts
 * import type { ClientCertificate } from 'chathub';
 *
 * const nameOf = ({ authorized, subject }: ClientCertificate) => (authorized ? subject.CN : undefined);
 * ```
 */
export interface ClientCertificate {
  /** Whether an authority of the transport's `tls.ca` signed it, and it is valid now. */
  readonly authorized: boolean;
  /** Whose it is: `CN`, `O` and so on; several of one kind as a list. */
  readonly subject: { readonly [name: string]: string | readonly string[] | undefined };
  /** Who signed it. */
  readonly issuer: { readonly [name: string]: string | readonly string[] | undefined };
  /** Such as `DNS:bot.example.com, URI:spiffe://example.com/bot`. */
  readonly subjectAltName: string | undefined;
  /** Of the signer, in hexadecimal. */
  readonly serialNumber: string;
  /** SHA-256 of the whole, in hexadecimal with colons. */
  readonly fingerprint256: string;
  /** When it begins and ceases to be valid, as OpenSSL writes it. */
  readonly validFrom: string;
  /** See `validFrom`. */
  readonly validTo: string;
  /** The whole, in DER. */
  readonly raw: Uint8Array;
}

/**
 * One peer, as the hub sees it: facts, and the writing side. Whoever writes a transport makes these.
 *
 * @example
 * ```ts
 * import type { Connection } from 'chathub';
 *
 * const describe = (connection: Connection) => `${connection.transport} ${connection.remoteAddress ?? 'unknown'}`;
 * ```
 */
export interface Connection {
  /** The transport's name, such as `tcp`. */
  readonly transport: string;
  /** What the frames mean. */
  readonly protocol: Protocol;
  /** The peer's IP address; undefined where there is none (Unix sockets). */
  readonly remoteAddress: string | undefined;
  /** The peer's port; undefined where there is none. */
  readonly remotePort?: number | undefined;
  /** Whether the way to the peer is encrypted. */
  readonly secure: boolean;
  /** What the request said that the connection began with. Need not be kept where the context says that nobody `authenticates`. */
  readonly handshake?: HandshakeRequest | undefined;
  /** The certificate that the peer showed. Need not be kept either. */
  readonly certificate?: ClientCertificate | undefined;
  /** How payloads are framed before the first `receive()`, which then says how from there on. */
  readonly framing: Framing;
  /** Milliseconds since the peer connected, where that was not just now: what TLS and the upgrade to WebSocket took. */
  readonly age?: number;
  /** Whether the peer hears the code of `close()`. Else a goodbye that can hold it does. Default: no. */
  readonly closeCodes?: boolean;
  /** The transport's own choice; default: the protocol's. */
  readonly slowConsumer?: SlowConsumerPolicy | undefined;
  /** Bytes that were written and not yet taken by the peer. */
  readonly bufferedBytes: number;
  /** What came from the peer so far, and what was written for it, for metrics. Stay as they are when the connection is closed. */
  readonly bytesRead?: number | undefined;
  /** See `bytesRead`. */
  readonly bytesWritten?: number | undefined;
  /** Whether writing should wait. MUST be followed by `drained()` whenever it was true after a `write()`. */
  readonly blocked: boolean;
  /** Sends whole frames. MUST NOT throw, block or reorder, nor change or keep using `bytes` after they left; after `close()` it does nothing. */
  write(bytes: Uint8Array): void;
  /** Stops reading; frames already read may still come. */
  pause(): void;
  /** Reads again. */
  resume(): void;
  /** Ends the connection after what was written has left. MUST lead to `closed()` within seconds, whatever the peer does. */
  close(reason: CloseReason): void;
  /** Ends the connection at once. MUST lead to `closed()`. */
  terminate(): void;
}

/**
 * The reading side: the hub gives one for each connection that a transport brings.
 *
 * @example
 * ```ts
 * import type { Connection, ConnectionHandler, Framing } from 'chathub';
 *
 * function greet(connection: Connection, handler: ConnectionHandler, framing: Framing) {
 *   handler.receive('hello', framing);
 * }
 * ```
 */
export interface ConnectionHandler {
  /** A frame came. `framing` is how the answer to it shall be framed. */
  receive(frame: string | BadFrame, framing: Framing): void;
  /** The frames of one read come now. Optional to call; `uncork()` MUST follow in the same step, also where a frame throws. */
  cork?(): void;
  /** All frames of the read have come: what they alone were answered with may leave at once, in one write. */
  uncork?(): void;
  /** Writing can go on. MUST come after `blocked` was true. */
  drained(): void;
  /** The peer will send nothing more, yet still reads (a TCP FIN). Optional to call; `closed()` comes later. */
  ended(): void;
  /**
   * The connection is no more. MUST be called once, as the last thing. `normal`: the peer said that it is done
   * (WebSocket 1000 or 4500-4999 but 4503); `ended`: reading ended in good order, as after `ended()`; `lost`: anything else.
   */
  closed(how: 'normal' | 'ended' | 'lost'): void;
}

/**
 * Called by a transport for each peer. Returns undefined when the hub does not want it: the transport MUST forget the
 * connection then, which the hub has told why and closed.
 *
 * @example
 * ```ts
 * import type { Accept, Connection } from 'chathub';
 *
 * const onPeer = (accept: Accept, connection: Connection) => {
 *   const handler = accept(connection);
 *   handler?.closed('lost');
 * };
 * ```
 */
export type Accept = (connection: Connection) => ConnectionHandler | undefined;

/**
 * The limits and tools of the hub that a transport needs.
 *
 * @example
 * ```ts
 * import type { TransportContext } from 'chathub';
 *
 * const lineLimit = ({ limits }: TransportContext) => limits.frameBytes;
 * ```
 */
export interface TransportContext {
  /** Those that transports keep. */
  readonly limits: {
    readonly frameBytes: number;
    readonly fragments: number;
    readonly helloTimeout: number;
    readonly heartbeat: number;
    readonly heartbeatTimeout: number;
    readonly idleTimeout: number;
  };
  /** Whether anybody looks at `handshake` and `certificate` of a connection: they cost memory. Default: `false`. */
  readonly authenticates?: boolean;
  /**
   * Why nobody from this address would be let in now, such as a limit on connections; undefined when they would. For transports that
   * can say so before a peer is connected.
   */
  refusal(remoteAddress: string | undefined): ChatError | undefined;
  /** Reports what goes wrong outside any call, such as a listening socket's error. */
  onError(error: unknown): void;
}

/**
 * How frames come and go. `transportConformance()` of `chathub/testing` checks these clauses.
 *
 * 1. `start()` resolves when peers can connect, and rejects with a clear error when that fails; nothing is left open then.
 * 2. `accept` is called once for each peer. Frames go to the handler in the order in which they came, whole.
 * 3. A bad peer costs itself only: no input may throw out of the transport.
 * 4. `stop()` stops accepting and resolves when the listeners are closed; it leaves connections to the hub, and servers
 *    that the application passed in open. It may be called at any time, more than once.
 *
 * @example
 * ```ts
 * import { ChatHub, type Transport } from 'chathub';
 * import { tcp } from 'chathub/tcp';
 *
 * const transport: Transport = tcp({ port: 0 });
 * const hub = new ChatHub();
 * await hub.listen(transport);
 * console.log(transport.addresses);
 * await hub.close();
 * ```
 */
export interface Transport {
  /** A short name, such as `tcp`. */
  readonly name: string;
  /** Where it listens, as URLs; empty until `start()` resolved. */
  readonly addresses: readonly string[];
  /** Begins to listen; see clause 1. */
  start(accept: Accept, context: TransportContext): Promise<void>;
  /** Listens no more; see clause 4. */
  stop(options?: { readonly signal?: AbortSignal }): Promise<void>;
}
