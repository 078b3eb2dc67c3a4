import { ClientError } from '../client/index.js';

/** Why something did not work, for people: errors of the client say it in a sentence. */
export function sentenceOf(error: unknown): string {
  return error instanceof ClientError ? error.message : 'Something went wrong in this page.';
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

/** More names than this are a number. */
const mostNamed = 12;

/** Who did something, by name where that is known; undefined for somebody who is not. */
export function listOf(people: readonly (string | undefined)[]): string {
  const known = people.filter((name) => name !== undefined).slice(0, mostNamed);
  const others = people.length - known.length;
  const rest = others === 0 ? [] : [someOf(others, known.length > 0)];
  return names.format([...known, ...rest]);
}

function someOf(count: number, besides: boolean): string {
  if (besides) return count === 1 ? '1 other' : `${count.toLocaleString()} others`;
  return count === 1 ? '1 person' : `${count.toLocaleString()} people`;
}

/** Who is writing. */
export function typingOf(typists: readonly string[]): string {
  if (typists.length === 0) return '';
  if (typists.length > 3) return 'Several people are typing…';
  return `${names.format(typists)} ${typists.length === 1 ? 'is' : 'are'} typing…`;
}
