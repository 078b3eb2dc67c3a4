interface CodeFacts {
  /** The sentence used when whoever raises the error gives none. */
  readonly text: string;
  /** Whether the same request can succeed later without a change. */
  readonly retryable: boolean;
  /** The WebSocket close code (RFC 6455, 7.4.2) when the error ends a connection. */
  readonly close: number;
}

const facts = (text: string, retryable = false, close = 4504): CodeFacts => ({ text, retryable, close });

/**
 * THE table of error codes: what each says to a person, whether repeating can help, and the WebSocket close code
 * with which it ends a connection. 4000-4499 invite the client to reconnect and resume, 4500-4999 do not.
 *
 * @example
 * ```ts
 * import { errorCodes } from 'chathub';
 *
 * console.log(errorCodes.NAME_TAKEN.text);
 * ```
 */
export const errorCodes = {
  BAD_JSON: facts('That is not a JSON object.'),
  BAD_UTF8: facts('Invalid UTF-8 detected.', false, 1007),
  BAD_FRAME: facts('That frame is not allowed here.', false, 1002),
  BAD_COMMAND: facts('That is not a command.'),
  BAD_NAME: facts('That is not a name.'),
  BAD_ROOM: facts('That is not the name of a room.'),
  NAME_TAKEN: facts('That name is taken.'),
  NO_SUCH_ROOM: facts('There is no such room.'),
  NO_SUCH_MEMBER: facts('There is nobody of that name.'),
  NO_SUCH_MESSAGE: facts('There is no such message.'),
  NOT_A_MEMBER: facts('You are not in that room.'),
  FORBIDDEN: facts('That is not allowed.'),
  UNAUTHENTICATED: facts('Log in first.', false, 4500),
  BANNED: facts('You are banned.', false, 4502),
  MUTED: facts('You may not speak here.'),
  KICKED: facts('You were removed by a moderator.', false, 4501),
  REPLACED: facts('This session goes on over another connection.', false, 4503),
  TOO_LONG: facts('That is too long.', false, 1009),
  TOO_MANY_ROOMS: facts('You are in too many rooms.'),
  ROOM_FULL: facts('That room is full.', true),
  RATE_LIMITED: facts('Too fast; slow down.', true, 4504),
  SLOW_CONSUMER: facts('You read too slowly.', true, 4001),
  HEARTBEAT_LOST: facts('Nothing was heard from you.', true, 4000),
  HELLO_TIMEOUT: facts('The greeting took too long.', true, 4003),
  ABUSE: facts('Too many protocol errors.', false, 4504),
  ENGINE_UNAVAILABLE: facts('The server cannot store that now; try again.', true, 4000),
  TIMEOUT: facts('That took too long.', true, 4000),
  SHUTDOWN: facts('Server is restarting.', true, 4002),
  INTERNAL: facts('Something went wrong on the server.', true, 4000),
} as const satisfies Record<string, CodeFacts>;

/**
 * A code of {@link errorCodes}.
 *
 * @example
 * ```ts
 * import type { ErrorCode } from 'chathub';
 *
 * const refused: ErrorCode = 'FORBIDDEN';
 * ```
 */
export type ErrorCode = keyof typeof errorCodes;

/**
 * Options of a {@link ChatError}.
 *
 * @example
 * ```ts
 * import { ChatError } from 'chathub';
 *
 * throw new ChatError('FORBIDDEN', 'admins only', { room: 'ops' });
 * ```
 */
export interface ChatErrorOptions {
  /** What led to this error. It stays on the server; clients never see it. */
  readonly cause?: unknown;
  /** The room that the error is about, which clients are told. */
  readonly room?: string | undefined;
  /** The `id` of the command that the error answers, where whoever throws it knows: a protocol that read no more than that. */
  readonly re?: string | number | undefined;
}

/**
 * An error that a client may see. Policies throw it to refuse with a reason; the client is told `code` and `message`,
 * never the stack or the `cause`. Any other error that a policy throws reaches the client as `INTERNAL`.
 *
 * @example
 * ```ts
 * import { ChatError, ChatHub } from 'chathub';
 *
 * const hub = new ChatHub({
 *   policies: {
 *     join: ({ member, room }) => {
 *       if (room === 'ops' && member.guest) throw new ChatError('FORBIDDEN', 'staff only');
 *     },
 *   },
 * });
 * ```
 */
export class ChatError extends Error {
  override readonly name = 'ChatError';
  /** What went wrong, for programs. Never branch on `message`. */
  readonly code: ErrorCode;
  /** The room that the error is about. */
  readonly room: string | undefined;
  /** The `id` of the command that the error answers. */
  readonly re: string | number | undefined;

  /**
   * @param code - one of {@link errorCodes}
   * @param message - a sentence for the person at the other end; default: the text of the table
   * @param options - the cause, and what it concerns
   */
  constructor(code: ErrorCode, message?: string, options: ChatErrorOptions = {}) {
    super(message ?? errorCodes[code].text, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.room = options.room;
    this.re = options.re;
  }

  /** Whether the same request can succeed later without a change. */
  get retryable(): boolean {
    return errorCodes[this.code].retryable;
  }

  /** The WebSocket close code with which this error ends a connection. */
  get closeCode(): number {
    return errorCodes[this.code].close;
  }
}

/**
 * A mistake in the options that an application gives, thrown by the constructor or function that takes them.
 *
 * @example
 * ```ts
 * import { ChatHub, OptionError } from 'chathub';
 *
 * try {
 *   new ChatHub({ limits: { messageBytes: -1 } });
 * } catch (error) {
 *   if (error instanceof OptionError) console.error(error.message);
 * }
 * ```
 */
export class OptionError extends TypeError {
  override readonly name = 'OptionError';
  /** Always `BAD_OPTION`. */
  readonly code = 'BAD_OPTION';

  /**
   * @param option - the option's full name, such as `limits.messageBytes`
   * @param expected - what it must be, such as `a positive integer`
   * @param got - the value that was given
   */
  constructor(option: string, expected: string, got: unknown) {
    super(`Expected ${quoted(option)} to be ${expected}, got ${shown(got)}`);
  }
}

/** What JSON leaves as it is, though some end a line with it or act on it: DEL, C1 controls, and Unicode's own separators. */
const unsafe = /[\u007f-\u009f\u2028\u2029]/g;

/** A value as an error message shows it: short, and on one line. */
export function shown(value: unknown): string {
  if (typeof value === 'string') return quoted(value.length > 60 ? `${value.slice(0, 60)}…` : value);
  if (typeof value === 'function') return 'a function';
  if (Array.isArray(value)) return 'an array';
  return typeof value === 'object' && value !== null ? 'an object' : String(value);
}

function quoted(text: string): string {
  return JSON.stringify(text).replace(unsafe, (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** The error as one that a client may see: a {@link ChatError} as it is, anything else as `fallback`. */
export function toChatError(error: unknown, fallback: ErrorCode = 'INTERNAL'): ChatError {
  return error instanceof ChatError ? error : new ChatError(fallback, undefined, { cause: error });
}
