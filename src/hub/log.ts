import type { SafeEmitter } from '../model/emitter.js';
import { ChatError } from '../model/errors.js';
import type { Logger } from '../ports/logger.js';
import type { AnyUser } from './context.js';
import type { HubEvents } from './hub-events.js';
import type { Member } from './member.js';

/**
 * Tells the application's logger what happens in a hub. Never what anybody says or is called, nor tokens, nor what a connection
 * began with: facts are picked one by one. Connections that are refused are counted, not logged, or whoever wants could fill the log.
 */
export class HubLog {
  readonly #logger: Logger;
  readonly #onError: (error: unknown) => void;

  constructor(logger: Logger, events: SafeEmitter<HubEvents<AnyUser>>, onError: (error: unknown) => void) {
    this.#logger = logger;
    this.#onError = onError;
    events.on('connect', ({ member }) => logger.debug(factsOf(member), 'a session began'));
    events.on('disconnect', ({ member, code }) => {
      logger.debug({ ...factsOf(member), ...(code === undefined ? {} : { code }) }, 'a session ended');
    });
    events.on('engine', (engine) => this.#engine(engine));
    events.on('error', ({ error, stage }) => logger.error(failureOf(error, stage), `${stage}: ${messageOf(error)}`));
  }

  listening(addresses: readonly string[]): void {
    this.#tell({ addresses }, `listening on ${addresses.join(', ')}`);
  }

  /** @param connections - that are given time to leave */
  closing(connections: number): void {
    this.#tell({ connections }, 'the hub closes');
  }

  closed(): void {
    this.#tell({}, 'the hub is closed');
  }

  /** Its return as well: who logs warnings alone should know that it is over. */
  #engine({ state, reason, warnings }: HubEvents<AnyUser>['engine']): void {
    const sentence = `engine: ${state}${reason === undefined ? '' : `: ${reason}`}`;
    this.#logger.warn({ state, ...(reason === undefined ? {} : { reason }) }, sentence);
    if (state === 'up') for (const warning of warnings) this.#logger.warn({ state, warning }, `engine: ${warning}`);
  }

  /** Of what is no event, nobody else takes what it throws. */
  #tell(facts: object, sentence: string): void {
    try {
      this.#logger.info(facts, sentence);
    } catch (error) {
      this.#onError(error);
    }
  }
}

/** Ids, no names: an application knows whose they are. */
function factsOf({ id, user, guest, transport, remoteAddress }: Member<AnyUser>): object {
  return { member: id, user: user.id, guest, transport, remoteAddress };
}

/** Of a `ChatError` the code says all. Anything else is a fault, which its stack helps to find. */
function failureOf(error: unknown, stage: string): object {
  if (error instanceof ChatError) return { stage, code: error.code };
  return { stage, err: error instanceof Error ? bare(error) : messageOf(error) };
}

/** Without what drivers hang onto their errors: a command with its arguments, say, which are what somebody wrote. */
function bare({ name, message, stack, ...more }: Error & { readonly code?: unknown }): Error {
  const copy = new Error(message);
  copy.name = name;
  if (stack !== undefined) copy.stack = stack;
  return typeof more.code === 'string' ? Object.assign(copy, { code: more.code }) : copy;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
