import type { Socket } from 'node:net';
import type { Protocol, SlowConsumerPolicy } from '../../ports/protocol.js';
import type {
  Accept,
  BadFrame,
  ClientCertificate,
  Connection,
  ConnectionHandler,
  Framing,
  TransportContext,
} from '../../ports/transport.js';
import { certificateOf } from '../shared/certificate.js';
import type { Peer } from './behind-proxy.js';
import { CRLF, LF } from './framing.js';
import { LineDecoder } from './line-decoder.js';

/** What all connections of a transport have in common. */
export interface Terms {
  readonly secure: boolean;
  readonly protocol: Protocol;
  readonly slowConsumer: SlowConsumerPolicy | undefined;
  readonly context: TransportContext;
}

/** How long a peer has to take what was written and go, before its socket is destroyed. (`ws` gives 30 s.) */
const goodbyeMs = 5_000;

const nothing = new Uint8Array(0);

/** The longest that Node.js' timers can wait. */
const longestMs = 2 ** 31 - 1;

/** The longest time before keep-alive probes that Linux takes (TCP_KEEPIDLE). */
const longestKeepAliveMs = 32_767_000;

/** A socket as the hub sees it: lines come, bytes go. */
export class TcpConnection implements Connection {
  readonly transport = 'tcp';
  readonly protocol: Protocol;
  readonly remoteAddress: string | undefined;
  readonly remotePort: number | undefined;
  readonly secure: boolean;
  readonly certificate: ClientCertificate | undefined;
  readonly age: number;
  readonly framing: Framing;
  readonly slowConsumer: SlowConsumerPolicy | undefined;

  readonly #socket: Socket;
  readonly #context: TransportContext;
  #handler: ConnectionHandler | undefined;
  /** Until the hub closes it or the socket is gone: nothing is read or written afterwards. */
  #open = true;
  /** Whether the peer's FIN came. */
  #ended = false;
  #paused = false;
  #goodbye: NodeJS.Timeout | undefined;

  constructor(
    socket: Socket,
    peer: Peer & { readonly age: number },
    { secure, protocol, slowConsumer, context }: Terms,
  ) {
    // Before anything else: an 'error' without a listener ends the process. 'close' follows it, and says enough.
    socket.on('error', () => {});
    socket.on('close', () => this.#closed());
    this.protocol = protocol;
    this.remoteAddress = peer.address;
    this.remotePort = peer.port;
    this.secure = secure;
    this.certificate = context.authenticates ? certificateOf(socket) : undefined;
    this.age = peer.age;
    this.framing = protocol.terminal ? CRLF : LF;
    this.slowConsumer = slowConsumer;
    this.#socket = socket;
    this.#context = context;
    // Batches are whole when they are written: with Nagle's algorithm, p99 is 17 ms.
    socket.setNoDelay(true);
    socket.setKeepAlive(true, Math.min(Math.max(context.limits.heartbeat, 1_000), longestKeepAliveMs));
    // A peer's FIN says that it will write no more; the answers to what it wrote are still to be sent. An application's
    // own server cannot be told so any more, but each of its sockets can, until its 'end'.
    socket.allowHalfOpen = true;
  }

  get bufferedBytes(): number {
    return this.#socket.writableLength;
  }

  get bytesRead(): number | undefined {
    return this.#socket.bytesRead;
  }

  get bytesWritten(): number | undefined {
    return this.#socket.bytesWritten;
  }

  get blocked(): boolean {
    // A write above the high-water mark wants 'drain' even when the kernel has taken all of it: then nothing need wait.
    return this.#socket.writableNeedDrain && this.#socket.writableLength > 0;
  }

  /** Brings the connection to the hub, and what the peer sends to the handler that the hub gives for it. */
  serve(accept: Accept): void {
    this.#guard(() => {
      this.#handler = accept(this);
    });
    // Refused: the hub has told the peer so and closed it. Should it not have, nobody else will.
    if (this.#handler === undefined) this.close();
    else this.#listen(this.#handler);
  }

  write(bytes: Uint8Array): void {
    if (this.#open && this.#socket.writable) this.#socket.write(bytes);
  }

  pause(): void {
    if (!this.#open) return;
    this.#paused = true;
    this.#socket.pause();
    // A peer that is not listened to cannot be blamed for its silence.
    this.#socket.setTimeout(0);
  }

  resume(): void {
    if (!this.#open) return;
    this.#paused = false;
    this.#socket.resume();
    this.#watchIdle();
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#socket.end();
    // What the peer still sends is read and thrown away: closing with bytes unread makes the kernel send a RST, which
    // can overtake what was written last (RFC 1122, 4.2.2.13), and the peer's FIN would not be seen.
    this.#socket.resume();
    this.#socket.setTimeout(0);
    this.#goodbye = setTimeout(() => this.#socket.destroy(), goodbyeMs).unref();
  }

  terminate(): void {
    this.#open = false;
    this.#socket.destroy();
  }

  #listen(handler: ConnectionHandler): void {
    const { protocol } = this;
    const { frameBytes } = this.#context.limits;
    const options = { limit: frameBytes, terminal: protocol.terminal, chat: protocol.limited };
    const decoder = new LineDecoder(options, {
      line: (frame, framing) => this.#receive(handler, frame, framing),
      answer: (bytes) => this.write(bytes),
      foreign: () => this.terminate(),
    });
    this.#socket
      .on('data', (chunk: Buffer) => this.#open && this.#guard(() => read(handler, decoder, chunk)))
      .on('drain', () => this.#open && this.#guard(() => handler.drained()))
      .on('end', () => this.#end(handler))
      .on('timeout', () => this.terminate());
    // Explicitly, for an application's own server may have `pauseOnConnect`.
    if (!this.#paused) this.resume();
  }

  /** The hub may close in the middle of a chunk; what it has not read by then it does not want. */
  #receive(handler: ConnectionHandler, frame: string | BadFrame, framing: Framing): void {
    if (this.#open) handler.receive(frame, framing);
  }

  /**
   * Reading came to its end: a FIN, or so it seems. A RST right behind data looks the same to libuv, which sees data and a hang-up
   * in one poll; an empty write tells them apart, since it fails after a reset alone.
   */
  #end(handler: ConnectionHandler): void {
    if (!this.#open) {
      this.#ended = true;
      return;
    }
    this.#socket.write(nothing, (error) => {
      if (error || this.#socket.destroyed) return;
      this.#ended = true;
      if (this.#open) this.#guard(() => handler.ended());
    });
  }

  #closed(): void {
    this.#open = false;
    clearTimeout(this.#goodbye);
    const handler = this.#handler;
    this.#handler = undefined;
    this.#guard(() => handler?.closed(this.#ended ? 'ended' : 'lost'));
  }

  #watchIdle(): void {
    const { idleTimeout } = this.#context.limits;
    if (idleTimeout !== Number.POSITIVE_INFINITY) this.#socket.setTimeout(Math.min(idleTimeout, longestMs));
  }

  /** A fault in what is called must cost this connection, and not the process. */
  #guard(call: () => void): void {
    try {
      call();
    } catch (error) {
      this.terminate();
      this.#context.onError(error);
    }
  }
}

/** What the lines of one chunk are answered with leaves together. */
function read(handler: ConnectionHandler, decoder: LineDecoder, chunk: Buffer): void {
  handler.cork?.();
  try {
    decoder.push(chunk);
  } finally {
    handler.uncork?.();
  }
}
