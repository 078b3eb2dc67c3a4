import type { Protocol, SlowConsumerPolicy } from '../../ports/protocol.js';
import type {
  ClientCertificate,
  CloseReason,
  Connection,
  ConnectionHandler,
  Framing,
  HandshakeRequest,
} from '../../ports/transport.js';
import { Downstream } from './downstream.js';
import type { MemoryEnding } from './peer.js';
import { type Arrival, Upstream } from './upstream.js';

/** What a connection is made of. */
export interface ConnectionFacts {
  readonly transport: string;
  readonly protocol: Protocol;
  readonly remoteAddress: string | undefined;
  readonly framing: Framing;
  readonly slowConsumer: SlowConsumerPolicy | undefined;
  readonly highWaterMark: number;
  readonly secure: boolean;
  readonly handshake: HandshakeRequest | undefined;
  readonly certificate: ClientCertificate | undefined;
}

/** The client side of a connection. */
export interface Receiver {
  take(bytes: Uint8Array): void;
  over(ending: MemoryEnding): void;
}

/** Both directions of one connection, and its one end. */
export class MemoryConnection implements Connection {
  readonly transport: string;
  readonly protocol: Protocol;
  readonly remoteAddress: string | undefined;
  readonly secure: boolean;
  readonly handshake: HandshakeRequest | undefined;
  readonly certificate: ClientCertificate | undefined;
  readonly framing: Framing;
  readonly slowConsumer: SlowConsumerPolicy | undefined;
  readonly down: Downstream;
  readonly up: Upstream;
  readonly #receiver: Receiver;
  #handler: ConnectionHandler | undefined;
  #open = true;
  #ended = false;
  #writes = 0;

  constructor(facts: ConnectionFacts, receiver: Receiver) {
    this.transport = facts.transport;
    this.protocol = facts.protocol;
    this.remoteAddress = facts.remoteAddress;
    this.secure = facts.secure;
    this.handshake = facts.handshake;
    this.certificate = facts.certificate;
    this.framing = facts.framing;
    this.slowConsumer = facts.slowConsumer;
    this.#receiver = receiver;
    this.up = new Upstream((arrival) => this.#arrived(arrival));
    this.down = new Downstream(
      facts.highWaterMark,
      (bytes) => receiver.take(bytes),
      () => this.#handler?.drained(),
    );
  }

  get isOpen(): boolean {
    return this.#open;
  }

  get writes(): number {
    return this.#writes;
  }

  get bufferedBytes(): number {
    return this.down.bufferedBytes;
  }

  get blocked(): boolean {
    return this.down.blocked;
  }

  /** What the hub's `accept` gave. Without a handler the hub does not want the peer and has closed the connection. */
  attach(handler: ConnectionHandler | undefined): void {
    this.#handler = handler;
    if (handler === undefined) this.#end({ how: 'lost' });
  }

  write(bytes: Uint8Array): void {
    if (!this.#open) return;
    this.#writes += 1;
    this.down.write(bytes);
  }

  pause(): void {
    this.up.pause();
  }

  resume(): void {
    this.up.resume();
  }

  close(reason: CloseReason): void {
    // Never inside the hub's own call, as on a socket: the hub has not done with what made it close.
    this.#end({ how: this.#ended ? 'ended' : 'lost', reason }, queueMicrotask);
  }

  terminate(): void {
    this.#end({ how: 'lost' }, queueMicrotask);
  }

  /** The way to the peer broke. */
  cut(): void {
    this.#end({ how: 'lost' });
  }

  #arrived(arrival: Arrival): void {
    if (arrival.type === 'frame') {
      this.#handler?.receive(arrival.frame, arrival.framing);
    } else if (arrival.type === 'end') {
      this.#ended = true;
      this.#handler?.ended();
    } else {
      this.#end({ how: 'normal' });
    }
  }

  #end(ending: MemoryEnding, tell: (run: () => void) => void = (run) => run()): void {
    if (!this.#open) return;
    this.#open = false;
    this.up.drop();
    this.down.drop();
    tell(() => {
      this.#handler?.closed(ending.how);
      this.#receiver.over(ending);
    });
  }
}
