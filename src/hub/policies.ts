import type { JsonValue, Message } from '../model/entry.js';
import { ChatError, toChatError } from '../model/errors.js';
import type { Clock } from '../ports/clock.js';
import type { ClientCertificate, HandshakeRequest } from '../ports/transport.js';
import type { Gone } from './gone.js';
import type { Member } from './member.js';

type Awaitable<T> = T | PromiseLike<T>;

/**
 * What every policy is given besides the facts of its case.
 *
 * @example
 * ```ts
 * import type { PolicyContext } from 'chathub';
 *
 * const lookUp = ({ signal }: PolicyContext) => fetch('http://127.0.0.1:9000/rules', { signal });
 * ```
 */
export interface PolicyContext {
  /** Aborted when the answer is no longer wanted: the member is gone, or `policyTimeout` is over. */
  readonly signal: AbortSignal;
}

/**
 * What is known of somebody who asks for a session.
 *
 * @example
 * ```ts
 * import { ChatError, type AuthenticateRequest } from 'chathub';
 *
 * const authenticate = ({ token }: AuthenticateRequest) => {
 *   if (token === undefined) return null;
 *   if (token !== 'sesame') throw new ChatError('UNAUTHENTICATED', 'wrong token');
 *   return { id: 'ali', name: 'Ali' };
 * };
 * ```
 */
export interface AuthenticateRequest extends PolicyContext {
  /** What the client gave: in its greeting, else with its connection (`handshake.token`); undefined when it gave none. */
  readonly token: string | undefined;
  /** The name that the client wishes for. */
  readonly name: string | undefined;
  /** The transport's name. */
  readonly transport: string;
  /** The peer's IP address; undefined where there is none. */
  readonly remoteAddress: string | undefined;
  /** Whether the way to the peer is encrypted. */
  readonly secure: boolean;
  /** The request that began a WebSocket: its headers, cookies and URL; undefined on other transports. */
  readonly handshake: HandshakeRequest | undefined;
  /** The certificate that the client showed, where the transport's `tls.requestCert` asks for one. */
  readonly certificate: ClientCertificate | undefined;
}

/**
 * What an `authenticate` policy may say of a user besides what is the application's own.
 *
 * @example
 * ```ts
 * import type { UserFacts } from 'chathub';
 *
 * const ali: UserFacts & { admin: boolean } = { id: 'ali', name: 'Ali', expiresAt: Date.now() + 3_600_000, admin: true };
 * ```
 */
export interface UserFacts {
  /** Who it is, for good. */
  readonly id: string;
  /** The name that it wishes for, where it has none yet. */
  readonly name?: string;
  /**
   * When its log-in runs out, in milliseconds since 1970 (of a JWT: `exp * 1000`). By then the client must have shown a fresh token
   * (`refresh`), or its sessions are ended with 4500. Default: never.
   */
  readonly expiresAt?: number | undefined;
}

/**
 * A message that waits for the `send` policy.
 *
 * @example
 * ```ts
 * import type { SendDraft } from 'chathub';
 *
 * const loud = (message: SendDraft): SendDraft => ({ ...message, text: message.text.toUpperCase() });
 * ```
 */
export interface SendDraft {
  /** At most `messageBytes` in UTF-8. */
  readonly text: string;
  /** Said as an action: `* alice waves`. */
  readonly action?: boolean | undefined;
  /** Whatever JSON can hold, at most `dataBytes`. */
  readonly data?: JsonValue | undefined;
}

/**
 * What a moderator asks for.
 *
 * @example
 * ```ts
 * import type { ModerationAction } from 'chathub';
 *
 * const harmless: ModerationAction = 'mute';
 * ```
 */
export type ModerationAction = 'kick' | 'ban' | 'mute' | 'unban' | 'unmute' | 'edit' | 'delete';

/**
 * The application's decisions. Each may be async. A policy refuses by throwing a `ChatError`, whose code and text the client is
 * told; anything else that it throws is `INTERNAL` to that client and an `error` event to the application. One that does not settle
 * within `policyTimeout` is `TIMEOUT`. Only what clients ask for is decided here; methods of the hub act without asking.
 *
 * Give `authenticate` first, as a reference, or with an annotated parameter: `User` is inferred from it.
 *
 * @example
 * ```ts
 * import { ChatError, ChatHub } from 'chathub';
 *
 * const hub = new ChatHub({
 *   policies: {
 *     authenticate: ({ token }) => (token === 'sesame' ? { id: 'ali', name: 'Ali', admin: true } : null),
 *     join: ({ member, room }) => {
 *       if (room === 'ops' && !member.user.admin) throw new ChatError('FORBIDDEN', 'admins only');
 *     },
 *     send: ({ message }) => (message.text.includes('spam') ? null : message),
 *   },
 * });
 * ```
 */
export interface Policies<User extends { readonly id: string } = { readonly id: string }> {
  /**
   * Who is this? A user, of whom {@link UserFacts} tells what is looked at here; or `null`: a guest. Throw `UNAUTHENTICATED` to refuse,
   * guests too.
   */
  readonly authenticate?: (request: AuthenticateRequest) => Awaitable<User | null>;
  /** May this member join? `false` refuses. Default: yes. */
  readonly join?: (
    request: PolicyContext & { readonly member: Member<NoInfer<User>>; readonly room: string },
  ) => Awaitable<boolean | void>;
  /**
   * What is stored of this message: itself or a changed one; `null` refuses it. Nothing returned: itself. Asked for edits, too:
   * `edits` is the message that is to be changed.
   */
  readonly send?: (
    request: PolicyContext & {
      readonly member: Member<NoInfer<User>>;
      readonly room: string;
      readonly message: SendDraft;
      readonly edits?: Message;
    },
  ) => Awaitable<SendDraft | null | void>;
  /** May this member take this name? `false` refuses. Default: yes. */
  readonly nick?: (
    request: PolicyContext & { readonly member: Member<NoInfer<User>>; readonly name: string },
  ) => Awaitable<boolean | void>;
  /** What is stored of this message to a user: itself or a changed one; `null` refuses it. Nothing returned: itself. */
  readonly direct?: (
    request: PolicyContext & {
      readonly member: Member<NoInfer<User>>;
      readonly to: { readonly user: string; readonly name: string };
      readonly message: SendDraft;
    },
  ) => Awaitable<SendDraft | null | void>;
  /** May this member read a room that it is not in: its history, its members? Default: no. */
  readonly read?: (
    request: PolicyContext & { readonly member: Member<NoInfer<User>>; readonly room: string },
  ) => Awaitable<boolean>;
  /** Is this member shown this room in the list of rooms? Default: yes. */
  readonly list?: (
    request: PolicyContext & { readonly member: Member<NoInfer<User>>; readonly room: string },
  ) => Awaitable<boolean>;
  /** May this member say what the room is about? `false` refuses. Default: who is in it may. */
  readonly topic?: (
    request: PolicyContext & {
      readonly member: Member<NoInfer<User>>;
      readonly room: string;
      readonly topic: string;
    },
  ) => Awaitable<boolean | void>;
  /** May this member kick, ban or mute this user here, or take that back, edit or delete this message of the user? Default: no. */
  readonly moderate?: (
    request: PolicyContext & {
      readonly member: Member<NoInfer<User>>;
      readonly room: string;
      readonly action: ModerationAction;
      readonly target: { readonly user: string; readonly name: string };
      /** What is to be edited or deleted. */
      readonly message?: Message;
    },
  ) => Awaitable<boolean>;
}

/** The signal of one call, made only when the policy looks at it: most do not. */
class Call {
  #controller: AbortController | undefined;
  #reason: unknown;

  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    if (this.#reason !== undefined) this.#controller.abort(this.#reason);
    return this.#controller.signal;
  }

  get aborted(): boolean {
    return this.#reason !== undefined;
  }

  abort(reason: ChatError): void {
    this.#reason = reason;
    this.#controller?.abort(reason);
  }
}

/** Told of what went wrong in the application's code. */
export type PolicyErrorHandler = (error: unknown, stage: string) => void;

/** Runs policies: in time, and so that what they throw costs the caller alone. */
export class PolicyRunner {
  readonly #clock: Clock;
  readonly #timeout: number;
  readonly #onError: PolicyErrorHandler;

  constructor(clock: Clock, timeout: number, onError: PolicyErrorHandler) {
    this.#clock = clock;
    this.#timeout = timeout;
    this.#onError = onError;
  }

  /**
   * Asks a policy. Answers without a promise when the policy does, so that a decision made at once costs no turn.
   *
   * @param stage - the policy's name, for the `error` event
   * @param policy - the policy
   * @param facts - what it decides on
   * @param gone - tells when nobody waits for the answer any more
   * @throws ChatError what the policy threw, `INTERNAL` for anything that is none, `TIMEOUT`
   */
  ask<Facts extends object, T>(
    stage: string,
    policy: (request: Facts & PolicyContext) => Awaitable<T>,
    facts: Facts,
    gone?: Gone,
  ): T | Promise<T> {
    const call = new Call();
    let answer: T | PromiseLike<T>;
    try {
      answer = policy(withSignal(facts, call));
    } catch (error) {
      throw this.#blame(error, stage);
    }
    return isThenable(answer) ? this.#wait(stage, answer, call, gone) : answer;
  }

  #wait<T>(stage: string, answer: PromiseLike<T>, call: Call, gone: Gone | undefined): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const give = (error: ChatError) => {
        call.abort(error);
        settle();
        reject(error);
      };
      const cancel = this.#clock.after(this.#timeout, () => give(new ChatError('TIMEOUT')));
      const onGone = () => give(new ChatError('TIMEOUT', 'You are gone.'));
      const settle = () => {
        cancel();
        gone?.removeEventListener('abort', onGone);
      };
      gone?.addEventListener('abort', onGone);
      if (gone?.aborted) onGone();
      answer.then(
        (value) => {
          settle();
          resolve(value);
        },
        (error: unknown) => {
          settle();
          // Where nobody waits any more, it failed because its signal told it so.
          if (!call.aborted) reject(this.#blame(error, stage));
        },
      );
    });
  }

  #blame(error: unknown, stage: string): ChatError {
    if (!(error instanceof ChatError)) this.#onError(error, stage);
    return toChatError(error);
  }
}

function isThenable<T>(value: T | PromiseLike<T>): value is PromiseLike<T> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}

function withSignal<Facts extends object>(facts: Facts, call: Call): Facts & PolicyContext {
  // A getter on the object itself: `({ signal }) => …` reads it, a policy that doesn't pays nothing.
  return Object.defineProperty(facts, 'signal', { get: () => call.signal, enumerable: true }) as Facts & PolicyContext;
}
