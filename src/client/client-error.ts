import type { ErrorCode } from '../model/errors.js';

/**
 * Why something did not work: what the server said, or what became of the connection.
 *
 * @example
 * ```ts
 * import { ClientError, type ClientRoom } from 'chathub/client';
 *
 * async function say(room: ClientRoom, text: string) {
 *   try {
 *     await room.send(text);
 *   } catch (error) {
 *     if (error instanceof ClientError && error.code === 'TIMEOUT') console.log('It may have been sent, or not.');
 *   }
 * }
 * ```
 */
export class ClientError extends Error {
  override readonly name = 'ClientError';
  /** What went wrong, for programs. Never branch on `message`. */
  readonly code: ErrorCode;
  /** Whether the same can succeed later without a change. */
  readonly retryable: boolean;

  /**
   * @param code - one of the server's error codes
   * @param message - a sentence for the person
   * @param retryable - whether the same can succeed later
   */
  constructor(code: ErrorCode, message: string, retryable = false) {
    super(message);
    this.code = code;
    this.retryable = retryable;
  }
}
