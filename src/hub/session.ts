import type { Command } from '../model/commands.js';
import type { Entry } from '../model/entry.js';
import { ChatError, type ErrorCode, errorCodes } from '../model/errors.js';
import type { ServerEvent } from '../model/events.js';
import type { Limits } from '../model/limits.js';
import type { ProtocolPeer, ProtocolSession } from '../ports/protocol.js';
import type {
  BadFrame,
  ClientCertificate,
  CloseReason,
  Connection,
  ConnectionHandler,
  Framing,
  HandshakeRequest,
} from '../ports/transport.js';
import { CommandRunner, type RunnerHost } from './command-runner.js';
import { commands } from './commands/index.js';
import { Gone } from './gone.js';
import { Input, type InputHost } from './input.js';
import type { Behind, ConnectionFacts, Link } from './link.js';
import type { LocalNode } from './local-node.js';
import type { MemberState } from './member-state.js';
import { Outbox, type OutboxHost } from './outbox.js';
import { countOne } from './tally.js';
import type { Lane } from './tape.js';
import { Throttle } from './throttle.js';

/** So long may a person take to log in where guests are refused. */
const logInTime = 60_000;

/** Who wants to know of a connection. */
export interface SessionOwner {
  /** Writing stalled, or goes on. */
  blocked(session: Session, blocked: boolean): void;
  /** The connection is no more. */
  closed(session: Session): void;
}

/**
 * One connection: greeting -> ready -> closed. What it asks for is done by commands, in order; what it is told goes through its
 * outbox. It belongs to a member from `hello` on, and to none again when it closes.
 */
export class Session implements ConnectionHandler, InputHost, RunnerHost, OutboxHost, Link, ProtocolPeer {
  readonly connection: Connection;
  readonly node: LocalNode;
  readonly outbox: Outbox;
  readonly skips: boolean;
  #lane: Lane;
  #behind: Set<Behind> | undefined;
  #member: MemberState | undefined;
  /** Whose connection it was until it began to close: what is not written in the end did not reach its client. */
  #former: MemberState | undefined;
  #closing = false;
  /** The hub closes: what has not begun does not begin. */
  #draining = false;
  #closed = false;
  /** All has come, and what is still to be answered is waited for. */
  #exhausted = false;
  /** Frames that came. */
  #received = 0;
  readonly #since: number;
  #cancelDeadline: (() => void) | undefined;
  #waiters: ((flushed: boolean) => void)[] | undefined;
  readonly gone = new Gone();
  readonly #runner = new CommandRunner(this);
  readonly #input: Input;
  readonly #throttle: Throttle | undefined;
  readonly #protocol: ProtocolSession;
  readonly #owner: SessionOwner;

  constructor(connection: Connection, node: LocalNode, owner: SessionOwner) {
    const { limits, clock, fanOut } = node.context;
    const { protocol } = connection;
    this.connection = connection;
    this.node = node;
    this.#owner = owner;
    this.#since = clock.now();
    this.#lane = fanOut.lane(protocol, connection.framing);
    this.outbox = new Outbox(connection, fanOut.flusher, limits.outboxBytes, this);
    this.skips = (connection.slowConsumer ?? protocol.slowConsumer) === 'skip';
    this.#throttle = protocol.limited ? new Throttle(limits, clock.monotonic()) : undefined;
    this.#input = new Input(connection, this, this.#throttle, clock);
    this.#protocol = protocol.open(this);
    // Absolute: what was spent on TLS and the upgrade is spent.
    this.#deadline(Math.max(0, limits.helloTimeout - (connection.age ?? 0)), () => this.end('HELLO_TIMEOUT'));
  }

  /** Does what the protocol does before the client said anything. */
  open(): void {
    if (this.#protocol.opening !== undefined) this.#input.run(this.#protocol.opening);
  }

  get link(): Link {
    return this;
  }

  get lane(): Lane {
    return this.#lane;
  }

  get transport(): string {
    return this.connection.transport;
  }

  get limits(): Limits {
    return this.node.context.limits;
  }

  get remoteAddress(): string | undefined {
    return this.connection.remoteAddress;
  }

  get remotePort(): number | undefined {
    return this.connection.remotePort;
  }

  get secure(): boolean {
    return this.connection.secure;
  }

  get handshake(): HandshakeRequest | undefined {
    return this.connection.handshake;
  }

  get certificate(): ClientCertificate | undefined {
    return this.connection.certificate;
  }

  get facts(): ConnectionFacts {
    const { bytesRead, bytesWritten } = this.connection;
    const { unsent: unsentBytes, blocked } = this.outbox;
    return { since: this.#since, received: this.#received, bytesRead, bytesWritten, unsentBytes, blocked };
  }

  get current(): MemberState | undefined {
    return this.#member;
  }

  get member(): MemberState {
    if (this.#member === undefined) throw new ChatError('UNAUTHENTICATED');
    return this.#member;
  }

  get congested(): boolean {
    return this.outbox.heavy;
  }

  get opening(): Command | undefined {
    return this.#protocol.opening;
  }

  get closing(): boolean {
    return this.#closing;
  }

  get draining(): boolean {
    return this.#draining;
  }

  get hindrance(): Promise<void> | undefined {
    return this.#member?.turns.busy ? this.#member.turns.idle() : undefined;
  }

  receive(frame: string | BadFrame, framing: Framing): void {
    this.#received++;
    this.#input.receive(frame, framing);
  }

  cork(): void {
    this.outbox.cork();
  }

  uncork(): void {
    this.outbox.uncork();
  }

  drained(): void {
    this.#owner.blocked(this, false);
    this.outbox.drained();
  }

  ended(): void {
    this.#input.end();
  }

  closed(how: 'normal' | 'ended' | 'lost'): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#closing = true;
    this.#input.stop();
    this.gone.abort();
    this.#cancelDeadline?.();
    this.#owner.closed(this);
    // What was never written did not reach the client: a session that goes on goes on before it.
    const unsent = this.outbox.discard();
    this.#letGo(how !== 'normal' && this.#resumableAfter(how), unsent);
    if (this.#former?.link === undefined) this.#former?.detach(unsent);
    for (const resolve of this.#waiters ?? []) resolve(false);
    this.#waiters = undefined;
  }

  read(frame: string | BadFrame, framing: Framing): Command | null {
    if (framing !== this.#lane.framing) this.#lane = this.node.context.fanOut.lane(this.#lane.protocol, framing);
    try {
      if (typeof frame !== 'string') throw new ChatError(frame.bad);
      return this.#protocol.receive(frame);
    } catch (error) {
      this.#runner.refuse(error, undefined);
      if (this.#throttle?.bad(this.node.context.clock.monotonic()) === false) this.end('ABUSE');
      return null;
    }
  }

  isSend(command: Command): boolean {
    return commands[command.type].send === true;
  }

  run(command: Command): Promise<unknown> | undefined {
    return this.#runner.run(command);
  }

  heldBack(): void {
    this.node.context.tally.heldBack++;
  }

  abused(): void {
    this.end('ABUSE', errorCodes.RATE_LIMITED.text);
  }

  exhausted(): void {
    if (this.#closing || this.#exhausted) return;
    const { hindrance } = this;
    if (this.#runner.outstanding || hindrance !== undefined) {
      this.#exhausted = true;
      void Promise.all([this.#runner.settled(), hindrance]).then(() => {
        this.#exhausted = false;
        this.exhausted();
      });
      return;
    }
    this.#letGo(this.#resumableAfter('ended'), []);
    this.#shut({ code: 1000, reason: '' });
  }

  reply(event: ServerEvent): void {
    this.#runner.reply(event);
  }

  tell(event: ServerEvent, entry?: Entry): void {
    if (this.#closed) return;
    const payload = this.#lane.protocol.encode(event);
    this.#protocol.answered?.(event);
    if (payload === null || this.#closed) return;
    // Only these may overtake a batch: they say nothing about where a room's stream stands.
    if (event.type === 'sent' || event.type === 'ok') this.outbox.pushFront(payload, this.#lane.framing);
    else this.outbox.push(payload, this.#lane.framing, entry);
  }

  become(member: MemberState): void {
    const earlier = this.#member;
    this.#cancelDeadline?.();
    this.#cancelDeadline = undefined;
    this.#member = member;
    member.attach(this);
    if (earlier !== undefined && earlier !== member) this.#report(earlier.abandon());
  }

  awaitLogIn(): void {
    // Refused because it has gone: nobody waits, and nobody would take back the timer.
    if (this.#closing) return;
    this.#deadline(logInTime, () => this.end('HELLO_TIMEOUT'));
  }

  finish(): void {
    this.#letGo(false, []);
    this.#shut({ code: 1000, reason: '' });
  }

  end(code: ErrorCode, message?: string): void {
    if (this.#closing) return;
    countOne(this.node.context.tally.closed, code);
    const { text, close, retryable } = errorCodes[code];
    // Who reads too slowly would not read the reason behind all the rest.
    const unsent = code === 'SLOW_CONSUMER' ? this.outbox.discard() : [];
    this.#letGo(close < 4500 && this.#resumableAfter('lost'), unsent, code);
    this.tell({ type: 'error', code, message: message ?? text, retryable });
    this.shut(code);
  }

  shut(code: ErrorCode): void {
    this.#shut({ code: errorCodes[code].close, reason: code });
  }

  /** The transport or the protocol threw, against its contract: that costs this connection alone. */
  fail(error: unknown): void {
    this.node.context.report(error, this.connection.transport);
    this.connection.terminate();
  }

  flushed(): Promise<boolean> {
    if (this.#closed) return Promise.resolve(false);
    if (this.outbox.empty) return Promise.resolve(true);
    this.heed();
    return new Promise((resolve) => {
      (this.#waiters ??= []).push(resolve);
    });
  }

  heed(): void {
    this.outbox.heeded = true;
  }

  fallBehind(late: Behind): void {
    this.#behind ??= new Set();
    this.#behind.add(late);
    this.heed();
  }

  forget(late: Behind): void {
    this.#behind?.delete(late);
  }

  /** The hub closes: takes no more, answers what is under way, says goodbye. */
  async drain(retryAfter: number): Promise<void> {
    this.#draining = true;
    this.#input.stop();
    this.#runner.abandonPlaces();
    await this.#input.settled;
    // What the application takes long to answer must not keep the goodbye.
    await this.#runner.inOrder();
    if (this.#closing) return;
    const { text, close } = errorCodes.SHUTDOWN;
    const bye = { type: 'bye', code: 'SHUTDOWN', message: text, retryAfter } as const;
    this.tell(this.connection.closeCodes ? bye : { ...bye, close });
    this.#letGo(this.#resumableAfter('lost'), [], 'SHUTDOWN');
    this.shut('SHUTDOWN');
  }

  #resumableAfter(how: 'ended' | 'lost'): boolean {
    return this.connection.protocol.resumable.includes(how);
  }

  /** The member has this connection no more: it waits for its client to come back, or is over. */
  #letGo(resumable: boolean, unsent: readonly Entry[], code?: ErrorCode): void {
    const member = this.#member;
    this.#member = undefined;
    if (member === undefined || member.link !== this) return;
    member.detach(unsent);
    this.#former = member;
    if (resumable) member.startWindow();
    else this.#report(member.end(code));
  }

  /** Closes at the end of the turn, like all that is written: what was told before goes out first, and no open tape is framed. */
  #shut(reason: CloseReason): void {
    if (this.#closing) return;
    this.#closing = true;
    this.#input.stop();
    this.gone.abort();
    this.#deadline(this.node.context.limits.writeDeadline, () => this.connection.terminate());
    void this.flushed().then((flushed) => {
      if (flushed) this.connection.close(reason);
    });
  }

  wrote(): void {
    if (this.#closed) return;
    if (this.outbox.blocked) this.#owner.blocked(this, true);
    if (this.outbox.empty) {
      this.outbox.heeded = false;
      const behind = this.#behind ?? [];
      this.#behind = undefined;
      for (const late of behind) late.catchUp(this);
      const waiters = this.#waiters ?? [];
      this.#waiters = undefined;
      for (const resolve of waiters) resolve(true);
    }
    // Perhaps not all at once, but little enough to go on with what the peer asked for.
    if (this.#input.idle || this.outbox.heavy) return;
    this.#input.proceed();
    if (!this.#input.idle) this.heed();
  }

  #deadline(ms: number, then: () => void): void {
    this.#cancelDeadline?.();
    this.#cancelDeadline = ms === Number.POSITIVE_INFINITY ? undefined : this.node.context.clock.after(ms, then);
  }

  #report(work: Promise<unknown>): void {
    work.catch((error: unknown) => this.node.context.report(error, 'end of session'));
  }
}
