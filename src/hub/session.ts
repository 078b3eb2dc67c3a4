import type { Command } from '../model/commands.js';
import type { Entry } from '../model/entry.js';
import { ChatError, type ErrorCode, errorCodes, toChatError } from '../model/errors.js';
import type { ServerEvent } from '../model/events.js';
import type { Limits } from '../model/limits.js';
import type { ProtocolPeer, ProtocolSession } from '../ports/protocol.js';
import type { BadFrame, CloseReason, Connection, ConnectionHandler, Framing } from '../ports/transport.js';
import { Answers } from './answers.js';
import type { Aside, Begun, Caller, CommandHandler, Outcome } from './commands/caller.js';
import { commands } from './commands/index.js';
import { Gone } from './gone.js';
import { Input, type InputHost } from './input.js';
import type { Behind, Link } from './link.js';
import type { LocalNode } from './local-node.js';
import type { MemberState } from './member-state.js';
import { Outbox } from './outbox.js';
import type { Lane } from './tape.js';
import { Throttle } from './throttle.js';

/** Messages of one connection that may be on their way to the store at once. */
const mostPending = 256;

/** Refusals of a greeting that trying again does not help against. */
const atTheDoor: ReadonlySet<ErrorCode> = new Set(['UNAUTHENTICATED', 'BANNED', 'REPLACED']);

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
export class Session implements ConnectionHandler, InputHost, Caller, Link, ProtocolPeer {
  readonly connection: Connection;
  readonly node: LocalNode;
  readonly outbox: Outbox;
  readonly behind = new Set<Behind>();
  readonly skips: boolean;
  #lane: Lane;
  #member: MemberState | undefined;
  /** Whose connection it was until it began to close: what is not written in the end did not reach its client. */
  #former: MemberState | undefined;
  /** The command that `reply` answers. */
  #running: Command | undefined;
  #closing = false;
  /** The hub closes: what has not begun does not begin. */
  #draining = false;
  #closed = false;
  /** Commands that came before there was a member. */
  #early = 0;
  #cancelDeadline: (() => void) | undefined;
  #waiters: ((flushed: boolean) => void)[] = [];
  readonly gone = new Gone();
  readonly #answers = new Answers();
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
    this.#lane = fanOut.lane(protocol, connection.framing);
    this.outbox = new Outbox(connection, fanOut.flusher, limits.outboxBytes, {
      flushed: () => this.#onFlush(),
      failed: (error) => this.#fail(error),
    });
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

  get hindrance(): Promise<void> | undefined {
    return this.#member?.turns.busy ? this.#member.turns.idle() : undefined;
  }

  receive(frame: string | BadFrame, framing: Framing): void {
    this.#input.receive(frame, framing);
  }

  drained(): void {
    this.#owner.blocked(this, false);
    if (!this.outbox.dirty) this.node.context.fanOut.flusher.mark(this.outbox, this.node);
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
    for (const resolve of this.#waiters.splice(0)) resolve(false);
  }

  read(frame: string | BadFrame, framing: Framing): Command | null {
    if (framing !== this.#lane.framing) this.#lane = this.node.context.fanOut.lane(this.#lane.protocol, framing);
    try {
      if (typeof frame !== 'string') throw new ChatError(frame.bad);
      return this.#protocol.receive(frame);
    } catch (error) {
      this.#refuse(error, undefined);
      if (this.#throttle?.bad(this.node.context.clock.monotonic()) === false) this.end('ABUSE');
      return null;
    }
  }

  isSend(command: Command): boolean {
    return commands[command.type].send === true;
  }

  run(command: Command): Promise<unknown> | undefined {
    // The table pairs each type with its own handler; a union of handlers can't say so.
    const handler = commands[command.type] as CommandHandler<Command['type']>;
    // It may have waited for its turn, and nobody waits for it any more.
    if (this.#closing || this.#draining) return undefined;
    if (this.#member === undefined && this.#tooEarly(command)) return undefined;
    if (this.#member === undefined && !handler.early) return this.#runEarly(command);
    if (this.#answers.pending >= (handler.pipelined ? mostPending : 1))
      return this.#answers.inOrder().then(() => this.run(command));
    const place = handler.aside ? this.#answers.place() : undefined;
    if (place !== undefined) return place.then(() => this.run(command));
    this.#running = command;
    try {
      const outcome = handler.run(this, command as never);
      if (outcome instanceof Promise) return this.#finish(outcome, command);
      if (outcome !== undefined) this.#await(outcome, command);
    } catch (error) {
      this.#refuseInTurn(error, command);
    }
    this.#running = undefined;
    return undefined;
  }

  abused(): void {
    this.end('ABUSE', errorCodes.RATE_LIMITED.text);
  }

  exhausted(): void {
    if (this.#closing) return;
    const { hindrance } = this;
    if (this.#answers.outstanding || hindrance !== undefined) {
      void Promise.all([this.#answers.settled(), hindrance]).then(() => this.exhausted());
      return;
    }
    this.#letGo(this.#resumableAfter('ended'), []);
    this.#shut({ code: 1000, reason: '' });
  }

  reply(event: ServerEvent): void {
    this.tell(answering(event, this.#running));
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
    const { text, close, retryable } = errorCodes[code];
    // Who reads too slowly would not read the reason behind all the rest.
    const unsent = code === 'SLOW_CONSUMER' ? this.outbox.discard() : [];
    this.#letGo(close < 4500 && this.#resumableAfter('lost'), unsent, code);
    this.tell({ type: 'error', code, message: message ?? text, retryable });
    this.#shut({ code: close, reason: code });
  }

  flushed(): Promise<boolean> {
    if (this.#closed) return Promise.resolve(false);
    if (this.outbox.empty) return Promise.resolve(true);
    return new Promise((resolve) => {
      this.#waiters.push(resolve);
    });
  }

  /** The hub closes: takes no more, answers what is under way, says goodbye. */
  async drain(retryAfter: number): Promise<void> {
    this.#draining = true;
    this.#input.stop();
    this.#answers.abandonPlaces();
    await this.#input.settled;
    // What the application takes long to answer must not keep the goodbye.
    await this.#answers.inOrder();
    if (this.#closing) return;
    const { text, close } = errorCodes.SHUTDOWN;
    const bye = { type: 'bye', code: 'SHUTDOWN', message: text, retryAfter } as const;
    this.tell(this.connection.closeCodes ? bye : { ...bye, close });
    this.#letGo(this.#resumableAfter('lost'), [], 'SHUTDOWN');
    this.#shut({ code: close, reason: 'SHUTDOWN' });
  }

  /** Who does not come to greet has no business here, and who tries tokens none either. */
  #tooEarly(command: Command): boolean {
    if (command === this.#protocol.opening || ++this.#early <= this.node.context.limits.commandsBeforeHello)
      return false;
    this.end('ABUSE');
    return true;
  }

  /** A command that needs a member, and there is none: programs get a guest's `hello`, people are told to log in. */
  #runEarly(command: Command): Promise<unknown> | undefined {
    if (this.#protocol.opening !== undefined) {
      this.#refuse(new ChatError('UNAUTHENTICATED'), command);
      return undefined;
    }
    // Refused, it is the command that is: the client knows of no other.
    const greeted = this.#finish(Promise.resolve(commands.hello.run(this, { type: 'hello' })), command);
    return greeted.then(() => (this.#member === undefined ? undefined : this.run(command)));
  }

  async #finish(outcome: Promise<Outcome>, command: Command): Promise<void> {
    try {
      const settled = await outcome;
      if (settled !== undefined) this.#await(settled, command);
    } catch (error) {
      this.#refuseInTurn(error, command);
    }
    this.#running = undefined;
  }

  #await(outcome: Begun | Aside, command: Command): void {
    const take = (result: ServerEvent | Error) => {
      try {
        if (result instanceof Error) this.#refuse(result, command);
        else this.tell(answering(result, command));
      } catch (error) {
        this.#fail(error);
      }
    };
    if ('answer' in outcome) this.#answers.expect(outcome.answer, take);
    // Whoever is told goodbye, or said it, is told nothing after it.
    else this.#answers.aside(outcome.aside, (result) => this.#closing || take(result));
  }

  /** A refusal is an answer, too: it comes behind those of the messages before. */
  #refuseInTurn(error: unknown, command: Command): void {
    if (this.#answers.pending === 0) this.#refuse(error, command);
    else this.#await({ answer: Promise.reject(error) }, command);
  }

  #refuse(error: unknown, command: Command | undefined): void {
    if (!(error instanceof ChatError)) this.node.context.report(error, command?.type ?? 'protocol');
    const { code, message, retryable, room, re } = toChatError(error);
    const event = { type: 'error', code, message, retryable } as const;
    const about = room === undefined ? event : { ...event, room };
    // Of a command that was understood, the id is known here, whatever a policy throws.
    this.tell(command === undefined && re !== undefined ? { ...about, re } : answering(about, command));
    // Refused at the door. People may try again; programs are told not to.
    const refused = this.#member === undefined && atTheDoor.has(code);
    if (refused && this.#protocol.opening === undefined) this.#shut({ code: errorCodes[code].close, reason: code });
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

  /** The transport or the protocol threw, against its contract: that costs this connection alone. */
  #fail(error: unknown): void {
    this.node.context.report(error, this.connection.transport);
    this.connection.terminate();
  }

  #onFlush(): void {
    if (this.#closed) return;
    if (this.connection.blocked) this.#owner.blocked(this, true);
    if (!this.outbox.empty) {
      // Not all at once, but little enough to go on with what the peer asked for.
      if (!this.outbox.heavy && !this.#input.idle) this.#input.proceed();
      return;
    }
    if (this.behind.size > 0) {
      const behind = [...this.behind];
      this.behind.clear();
      for (const late of behind) late.catchUp(this);
    }
    if (this.#waiters.length > 0) for (const resolve of this.#waiters.splice(0)) resolve(true);
    if (this.#input.idle) return;
    this.#input.proceed();
  }

  #deadline(ms: number, then: () => void): void {
    this.#cancelDeadline?.();
    this.#cancelDeadline = ms === Number.POSITIVE_INFINITY ? undefined : this.node.context.clock.after(ms, then);
  }

  #report(work: Promise<unknown>): void {
    work.catch((error: unknown) => this.node.context.report(error, 'end of session'));
  }
}

function answering<E extends ServerEvent>(event: E, command: Command | undefined): ServerEvent {
  return command?.id === undefined ? event : ({ ...event, re: command.id } as ServerEvent);
}
