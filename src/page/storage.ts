import type { SavedSession } from '../client/index.js';
import type { SavedConversation } from './conversation.js';

/** What survives a reload of this tab. */
export interface Saved {
  /** Undefined once it was over; what was written and not sent is kept all the same. */
  readonly session?: SavedSession | undefined;
  readonly conversations: readonly SavedConversation[];
  /** The key of the one that was shown. */
  readonly current: string | undefined;
}

const tabKey = 'chathub';
const nameKey = 'chathub.name';

/** Undefined when there is nothing, or nothing of this version of the page. */
export function readSaved(): Saved | undefined {
  return attempt(() => {
    const saved = JSON.parse(sessionStorage.getItem(tabKey) ?? 'null') as Saved | null;
    const { session = { session: '' }, conversations } = saved ?? {};
    const whole = saved !== null && typeof session?.session === 'string' && Array.isArray(conversations);
    return whole ? saved : undefined;
  });
}

export function writeSaved(saved: Saved | undefined): void {
  attempt(() => {
    if (saved === undefined) sessionStorage.removeItem(tabKey);
    else sessionStorage.setItem(tabKey, JSON.stringify(saved));
  });
}

/** The name that was wished for last, in any tab. */
export function readName(): string {
  return attempt(() => localStorage.getItem(nameKey)) ?? '';
}

export function writeName(name: string): void {
  attempt(() => localStorage.setItem(nameKey, name));
}

/** A browser may refuse to keep anything, or be full: the chat goes on without. */
function attempt<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch {
    return undefined;
  }
}
