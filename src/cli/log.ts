import type { HubEvents } from '../index.js';

/** The longest line worth reading. */
const longest = 200;

/**
 * What went wrong in the hub, as one line. No stack, which a log is no place for, and nothing of what anybody wrote:
 * the hub's errors tell codes and sentences of its own.
 */
export function logError({ error, stage }: HubEvents<{ id: string }>['error']): void {
  console.error(`chathub: ${stage}: ${oneLine(error)}`);
}

/** How the way to the store is, when it is another than before; and once what endangers what is stored. */
export function logEngine({ state, reason, warnings }: HubEvents<{ id: string }>['engine']): void {
  console.error(`chathub: engine: ${state}${reason === undefined ? '' : `: ${oneLine(reason)}`}`);
  if (state === 'up') for (const warning of warnings) console.error(`chathub: engine: ${oneLine(warning)}`);
}

/** What an administrator did. */
export function logAdmin(sentence: string): void {
  console.error(`chathub: admin: ${oneLine(sentence)}`);
}

/** The message of an error, of which nothing can begin a line of its own or act on the terminal. */
export function oneLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ').slice(0, longest);
}
