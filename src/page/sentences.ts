import { ClientError } from '../client/index.js';

/** Why something did not work, for people. */
export function sentenceOf(error: unknown): string {
  if (!(error instanceof ClientError)) return 'Something went wrong in this page.';
  switch (error.code) {
    case 'TIMEOUT':
      return 'It is not known whether this was sent.';
    case 'RATE_LIMITED':
      return 'Too much waits to be sent already.';
    default:
      return error.message;
  }
}

/** Why the chat is over, for people. */
export function closingOf(error: ClientError | undefined): string {
  switch (error?.code) {
    case 'REPLACED':
      return 'This chat was taken up elsewhere, in another tab perhaps.';
    case 'BANNED':
      return 'You may not come here any more.';
    case 'KICKED':
    case 'FORBIDDEN':
      return 'You were sent away.';
    case 'UNAUTHENTICATED':
      return 'The server wants to know who you are.';
    default:
      return 'The chat is closed.';
  }
}

const names = new Intl.ListFormat('en');

/** Who is writing. */
export function typingOf(typists: readonly string[]): string {
  if (typists.length === 0) return '';
  if (typists.length > 3) return 'Several people are typing…';
  return `${names.format(typists)} ${typists.length === 1 ? 'is' : 'are'} typing…`;
}
