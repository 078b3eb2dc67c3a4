/** The command line makes no sense; the message, one line, says which part of it. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
