import type { DirectMessage, Entry, EntryDraft, Message } from '../../model/entry.js';
import type { LogRange } from '../../ports/engine.js';

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** What an entry weighs in memory, about: the object and its strings at two bytes a unit. */
export function weightOf(entry: Entry): number {
  // Most are: this runs twice for every message.
  if (entry.type === 'message' && entry.data === undefined && entry.reactions === undefined)
    return 256 + 2 * entry.text.length;
  const text = 'text' in entry ? entry.text.length : 0;
  const data = 'data' in entry && entry.data !== undefined ? JSON.stringify(entry.data).length : 0;
  const reactions = 'reactions' in entry ? JSON.stringify(entry.reactions).length : 0;
  return 256 + 2 * (text + data + reactions);
}

/** Whether an entry is something that somebody said, and that still stands. */
export function isSaid(entry: Entry): entry is Message | DirectMessage {
  return (entry.type === 'direct' || entry.type === 'message') && entry.deleted === undefined;
}

/** Collects entries until a limit of the range is reached. */
export class PageBuilder {
  readonly entries: Entry[] = [];
  /** Something was offered that no longer fitted. */
  full = false;
  #bytes = 0;
  readonly #range: LogRange;

  constructor(range: LogRange) {
    this.#range = range;
  }

  /** False when the page is full: the entry was not taken. */
  offer(entry: Entry | undefined): boolean {
    if (entry === undefined) return true;
    if (this.#range.only === 'messages' && entry.type !== 'message' && entry.type !== 'direct') return true;
    const bytes = this.#range.bytes === undefined ? 0 : weightOf(entry);
    const over = this.entries.length > 0 && this.#bytes + bytes > (this.#range.bytes ?? Number.POSITIVE_INFINITY);
    if (over || this.entries.length >= this.#range.limit) {
      this.full = true;
      return false;
    }
    this.entries.push(entry);
    this.#bytes += bytes;
    return true;
  }
}

/** What an append with a key is known by in its log. Injective: a user id may hold any character. */
export function keyOf(user: string, key: string, to = ''): string {
  return `${user.length}:${user}${to.length}:${to}${key}`;
}

/** Whom a direct message is for. */
export function recipientOf(draft: EntryDraft): string | undefined {
  return draft.type === 'direct' ? draft.to.user : undefined;
}

/** The draft as an entry. Literals, not spreads: this runs for every message, and one shape keeps its readers fast. */
export function place(draft: EntryDraft, offset: number, at: number): Entry {
  if (draft.type !== 'message') return { ...draft, offset, at } as Entry;
  const entry: Mutable<Message> = {
    type: 'message',
    room: draft.room,
    id: draft.id,
    offset,
    from: draft.from,
    text: draft.text,
    at,
  };
  if (draft.action) entry.action = true;
  if (draft.data !== undefined) entry.data = draft.data;
  if (draft.key !== undefined) entry.key = draft.key;
  return entry;
}

/** A direct message whose author is to be forgotten. A new object: the old one may be on its way to somebody. */
export function erased(message: DirectMessage, now: number): DirectMessage {
  const { data: _, ...rest } = message;
  return { ...rest, text: '', deleted: now };
}

/** The message as it is after an edit, a deletion or a reaction. A new object: the old one may be on its way to somebody. */
export function amend(message: Message, by: Entry): Message {
  if (by.type === 'edit') {
    const { data: _, ...rest } = message;
    return { ...rest, text: by.text, edited: by.at, ...(by.data === undefined ? {} : { data: by.data }) };
  }
  if (by.type === 'delete') {
    const { data: _, reactions: __, ...rest } = message;
    return { ...rest, text: '', deleted: by.at };
  }
  if (by.type !== 'reaction') return message;
  const reactions = new Map(Object.entries(message.reactions ?? {}));
  const users = (reactions.get(by.reaction) ?? []).filter((user) => user !== by.from.user);
  if (!by.removed) users.push(by.from.user);
  if (users.length > 0) reactions.set(by.reaction, users);
  else reactions.delete(by.reaction);
  if (reactions.size > 0) return { ...message, reactions: Object.fromEntries(reactions) };
  const { reactions: _, ...rest } = message;
  return rest;
}
