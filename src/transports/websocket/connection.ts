import type { Socket } from 'node:net';
import type { WebSocket } from 'ws';
import type { Protocol, SlowConsumerPolicy } from '../../ports/protocol.js';
import type {
  Accept,
  ClientCertificate,
  CloseReason,
  Connection,
  ConnectionHandler,
  Framing,
  HandshakeRequest,
} from '../../ports/transport.js';
import type { ClientFacts } from './client-facts.js';
import { compressing, plain } from './framing.js';
import type { Heartbeat } from './heartbeat.js';

/** What all connections of a transport have in common. */
export interface Terms {
  readonly protocol: Protocol;
  readonly slowConsumer: SlowConsumerPolicy | undefined;
  readonly heartbeat: Heartbeat;
  onError(error: unknown): void;
}

/** How a connection came about. */
export interface Upgraded {
  readonly ws: WebSocket;
  /** The socket of the upgrade: ours to write to, beside the pongs and the close frame that `ws` writes. */
  readonly socket: Socket;
  readonly client: ClientFacts;
  readonly handshake: HandshakeRequest | undefined;
  readonly certificate: ClientCertificate | undefined;
  /** Milliseconds since the peer connected. */
  readonly age: number;
  /** Whether the peer can be sent compressed messages. */
  readonly compressed: boolean;
}

/** Of a close frame's reason (RFC 6455, 5.5). */
const reasonBytes = 123;

/**
 * A WebSocket as the hub sees it. `ws` reads: it has the framing, the masking, UTF-8 and the closing handshake right. What is
 * written are whole frames of our own, straight to the socket: `ws` writes its pongs and its close frame whole and at
 * once as long as nothing goes through its sender, so that the two never mix.
 */
export class WebSocketConnection implements Connection {
  readonly transport = 'websocket';
  readonly closeCodes = true;
  readonly protocol: Protocol;
  readonly remoteAddress: string | undefined;
  readonly remotePort: number | undefined;
  readonly secure: boolean;
  readonly handshake: HandshakeRequest | undefined;
  readonly certificate: ClientCertificate | undefined;
  readonly age: number;
  readonly framing: Framing;
  readonly slowConsumer: SlowConsumerPolicy | undefined;

  readonly #ws: WebSocket;
  readonly #socket: Socket;
  readonly #terms: Terms;
  #handler: ConnectionHandler | undefined;
  /** Signs of life of a peer whose stream is no socket, and counts no bytes. */
  #signs = 0;
  /** Until either side closes: nothing is handed on or written afterwards. */
  #open = true;

  constructor({ ws, socket, client, handshake, certificate, age, compressed }: Upgraded, terms: Terms) {
    // What is wrong with a frame, `ws` tells the peer; 'close' follows.
    ws.on('error', () => {});
    ws.on('close', (code) => this.#closed(code));
    this.protocol = terms.protocol;
    this.remoteAddress = client.remoteAddress;
    this.remotePort = client.remotePort;
    this.secure = client.secure;
    this.handshake = handshake;
    this.certificate = certificate;
    this.age = age;
    this.framing = compressed ? compressing : plain;
    this.slowConsumer = terms.slowConsumer;
    this.#ws = ws;
    this.#socket = socket;
    this.#terms = terms;
  }

  get bufferedBytes(): number {
    return this.#socket.writableLength;
  }

  get blocked(): boolean {
    // Once either side closes, nothing can be written: what waits then was not sent.
    if (!this.#open || this.#ws.readyState !== this.#ws.OPEN) return true;
    // 'drain' comes only after a write above the high-water mark; and when the kernel took all of that, nothing need wait.
    return this.#socket.writableNeedDrain && this.#socket.writableLength > 0;
  }

  get bytesRead(): number | undefined {
    return this.#socket.bytesRead;
  }

  get bytesWritten(): number | undefined {
    return this.#socket.bytesWritten;
  }

  /** For the heartbeat: grows when the peer has sent anything. */
  get signsOfLife(): number {
    return this.#socket.bytesRead ?? this.#signs;
  }

  get isPaused(): boolean {
    return this.#ws.isPaused;
  }

  /** Brings the connection to the hub, and what the peer sends to the handler that the hub gives for it. */
  serve(accept: Accept): void {
    this.#guard(() => {
      this.#handler = accept(this);
    });
    // Refused: the hub has told the peer so and closed it. Should it not have, nobody else will.
    if (this.#handler === undefined) this.close({ code: 1013, reason: '' });
    else this.#listen(this.#handler);
  }

  write(bytes: Uint8Array): void {
    // RFC 6455, 5.5.1: no frame after a close frame, be it ours or the answer to the peer's.
    if (this.#open && this.#ws.readyState === this.#ws.OPEN) this.#socket.write(bytes);
  }

  ping(): void {
    if (this.#open) this.#ws.ping();
  }

  pause(): void {
    if (this.#open) this.#ws.pause();
  }

  resume(): void {
    if (this.#open) this.#ws.resume();
  }

  close({ code, reason }: CloseReason): void {
    if (!this.#open) return;
    this.#open = false;
    // The peer's close frame is still to be read.
    this.#ws.resume();
    // Ends the socket after its `closeTimeout` at the latest, whatever the peer does.
    this.#ws.close(code, Buffer.byteLength(reason) > reasonBytes ? '' : reason);
  }

  terminate(): void {
    this.#open = false;
    this.#ws.terminate();
  }

  #listen(handler: ConnectionHandler): void {
    this.#terms.heartbeat.add(this);
    if (this.#socket.bytesRead === undefined)
      for (const sign of ['message', 'ping', 'pong']) this.#ws.on(sign, () => this.#signs++);
    this.#ws.on('message', (data, isBinary) => {
      if (!this.#open) return;
      // RFC 6455, 7.4.1: "received a type of data it cannot accept".
      if (isBinary) this.close({ code: 1003, reason: 'BAD_FRAME' });
      else this.#guard(() => handler.receive(String(data), this.framing));
    });
    this.#socket.on('drain', () => this.#open && this.#guard(() => handler.drained()));
  }

  #closed(code: number): void {
    this.#open = false;
    this.#terms.heartbeat.delete(this);
    const handler = this.#handler;
    this.#handler = undefined;
    this.#guard(() => handler?.closed(isGoodbye(code) ? 'normal' : 'lost'));
  }

  /** A fault in what is called must cost this connection, and not the process. */
  #guard(call: () => void): void {
    try {
      call();
    } catch (error) {
      this.terminate();
      this.#terms.onError(error);
    }
  }
}

/** The peer is done for good. 4503 says that its session goes on elsewhere, and the 1001 of a reloaded page that it comes back. */
function isGoodbye(code: number): boolean {
  return code === 1000 || (code >= 4500 && code <= 4999 && code !== 4503);
}
