import type { Command } from '../model/commands.js';
import { ChatError, type ErrorCode, toChatError } from '../model/errors.js';
import type { ServerEvent } from '../model/events.js';
import { Answers } from './answers.js';
import type { Aside, Begun, Caller, CommandHandler, Outcome } from './commands/caller.js';
import { commands } from './commands/index.js';
import { countOne } from './tally.js';

/** Messages of one connection that may be on their way to the store at once. */
const mostPending = 256;

/** Refusals of a greeting that trying again does not help against. */
const atTheDoor: ReadonlySet<ErrorCode> = new Set(['UNAUTHENTICATED', 'BANNED', 'REPLACED']);

/** Whose commands are run: the connection that they come from. */
export interface RunnerHost extends Caller {
  /** What the protocol does before the client said anything; people are told to log in, programs get a guest's `hello`. */
  readonly opening: Command | undefined;
  /** It closes: whoever is told goodbye, or said it, is told nothing after it. */
  readonly closing: boolean;
  /** The hub closes: what has not begun does not begin. */
  readonly draining: boolean;
  tell(event: ServerEvent): void;
  /** Ends it, and says why. */
  end(code: ErrorCode): void;
  /** Closes it: why has been said. */
  shut(code: ErrorCode): void;
  /** The protocol or the transport threw, against its contract. */
  fail(error: unknown): void;
}

/** Runs what one connection asks for, and gives it the answers and refusals. */
export class CommandRunner {
  /** The command that `reply` answers. */
  #running: Command | undefined;
  /** Commands that came before there was a member. */
  #early = 0;
  readonly #answers: Answers;
  readonly #host: RunnerHost;

  constructor(host: RunnerHost) {
    this.#host = host;
    this.#answers = new Answers((result, command) => this.#take(result, command));
  }

  /** Undefined when it is done, or its answer is what is outstanding; a promise, which never rejects, when the next one must wait. */
  run(command: Command): Promise<unknown> | undefined {
    // The table pairs each type with its own handler; a union of handlers can't say so.
    const handler = commands[command.type] as CommandHandler<Command['type']>;
    // It may have waited for its turn, and nobody waits for it any more.
    if (this.#host.closing || this.#host.draining) return undefined;
    if (this.#host.current === undefined && this.#tooEarly(command)) return undefined;
    if (this.#host.current === undefined && !handler.early) return this.#runEarly(command);
    if (this.#answers.pending >= (handler.pipelined ? mostPending : 1))
      return this.#answers.inOrder().then(() => this.run(command));
    const place = handler.aside ? this.#answers.place() : undefined;
    if (place !== undefined) return place.then(() => this.run(command));
    this.#running = command;
    const { tally, tracer } = this.#host.node.context;
    countOne(tally.commands, command.type);
    tracer?.begin(this.#host, command);
    try {
      const outcome = handler.run(this.#host, command as never);
      if (outcome instanceof Promise) return this.#finish(outcome, command);
      if (outcome !== undefined) this.#await(outcome, command);
      else tracer?.end(this.#host, command);
    } catch (error) {
      this.#refuseInTurn(error, command);
    }
    this.#running = undefined;
    return undefined;
  }

  /** Answers the command that is running. */
  reply(event: ServerEvent): void {
    this.#host.tell(answering(event, this.#running));
  }

  /** Says what is wrong with a command, or with a frame that could not be understood. */
  refuse(error: unknown, command: Command | undefined): void {
    if (!(error instanceof ChatError)) this.#host.node.context.report(error, command?.type ?? 'protocol');
    const { code, message, retryable, room, re } = toChatError(error);
    const { tally, tracer } = this.#host.node.context;
    countOne(tally.errors, code);
    if (command !== undefined) tracer?.end(this.#host, command, code);
    const event = { type: 'error', code, message, retryable } as const;
    const about = room === undefined ? event : { ...event, room };
    // Of a command that was understood, the id is known here, whatever a policy throws.
    this.#host.tell(command === undefined && re !== undefined ? { ...about, re } : answering(about, command));
    // Refused at the door. People may try again; programs are told not to.
    const refused = this.#host.current === undefined && atTheDoor.has(code);
    if (refused && this.#host.opening === undefined) this.#host.shut(code);
  }

  /** Whether any answer is outstanding. */
  get outstanding(): boolean {
    return this.#answers.outstanding;
  }

  /** Resolves when no answer is outstanding. */
  settled(): Promise<void> {
    return this.#answers.settled();
  }

  /** Resolves when all is answered but what the application takes long to answer. */
  inOrder(): Promise<void> {
    return this.#answers.inOrder();
  }

  /** Nothing else is to begin: nothing need wait for a place. */
  abandonPlaces(): void {
    this.#answers.abandonPlaces();
  }

  /** Who does not come to greet has no business here, and who tries tokens none either. */
  #tooEarly(command: Command): boolean {
    const { opening, node } = this.#host;
    if (command === opening || ++this.#early <= node.context.limits.commandsBeforeHello) return false;
    this.#host.end('ABUSE');
    return true;
  }

  /** A command that needs a member, and there is none: programs get a guest's `hello`, people are told to log in. */
  #runEarly(command: Command): Promise<unknown> | undefined {
    if (this.#host.opening !== undefined) {
      this.refuse(new ChatError('UNAUTHENTICATED'), command);
      return undefined;
    }
    // Refused, it is the command that is: the client knows of no other.
    const greeted = this.#finish(Promise.resolve(commands.hello.run(this.#host, { type: 'hello' })), command);
    return greeted.then(() => (this.#host.current === undefined ? undefined : this.run(command)));
  }

  async #finish(outcome: Promise<Outcome>, command: Command): Promise<void> {
    try {
      const settled = await outcome;
      if (settled !== undefined) this.#await(settled, command);
      else this.#host.node.context.tracer?.end(this.#host, command);
    } catch (error) {
      this.#refuseInTurn(error, command);
    }
    this.#running = undefined;
  }

  #await(outcome: Begun | Aside, command: Command): void {
    if ('answer' in outcome) this.#answers.expect(outcome.answer, command);
    else this.#answers.aside(outcome.aside, (result) => this.#takeAside(result, command));
  }

  /** Who is told goodbye, or said it, is told nothing after it. */
  #takeAside(result: ServerEvent | Error, command: Command): void {
    if (this.#host.closing) this.#host.node.context.tracer?.end(this.#host, command);
    else this.#take(result, command);
  }

  #take(result: ServerEvent | Error, command: Command): void {
    try {
      if (result instanceof Error) this.refuse(result, command);
      else {
        this.#host.node.context.tracer?.end(this.#host, command);
        this.#host.tell(answering(result, command));
      }
    } catch (error) {
      this.#host.fail(error);
    }
  }

  /** A refusal is an answer, too: it comes behind those of the messages before. */
  #refuseInTurn(error: unknown, command: Command): void {
    if (this.#answers.pending === 0) this.refuse(error, command);
    else this.#await({ answer: Promise.reject(error) }, command);
  }
}

function answering<E extends ServerEvent>(event: E, command: Command | undefined): ServerEvent {
  const re = command?.id;
  if (re === undefined || ('re' in event && event.re === re)) return event;
  return { ...event, re } as ServerEvent;
}
