/** The command line makes no sense; the message, one line, says which part of it. */
export class UsageError extends Error {
  override readonly name = 'UsageError';

  /** @param message - which may quote what was typed: line breaks in it become spaces */
  constructor(message: string) {
    super(message.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' '));
  }
}
