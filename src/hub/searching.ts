import type { DirectMessage, Entry, Message } from '../model/entry.js';
import { ChatError } from '../model/errors.js';
import type { Limits } from '../model/limits.js';
import { parseSearch, type SearchTerm } from '../model/search.js';
import { fitsBytes } from '../model/text.js';
import type { LogSearch } from '../ports/engine.js';
import type { Context } from './context.js';

/** What is looked for, and where. */
export interface Searching {
  readonly logs: readonly string[];
  /** One log: where to go on is an offset. */
  readonly single: boolean;
  readonly terms: readonly SearchTerm[];
  /** What an earlier page said to go on with. */
  readonly before: number | string | undefined;
  readonly limit: number;
}

/**
 * What somebody looks for. No word of a message is longer than a message.
 *
 * @throws ChatError `TOO_LONG`; `BAD_COMMAND`: there is no word in it
 */
export function termsOf(text: string, { messageBytes }: Limits): readonly SearchTerm[] {
  if (!fitsBytes(text, messageBytes)) throw new ChatError('TOO_LONG', `A search may have ${messageBytes} bytes.`);
  const terms = parseSearch(text);
  if (terms.length === 0) throw new ChatError('BAD_COMMAND', 'There is no word to look for.');
  return terms;
}

/** What was found. */
export interface Found {
  readonly messages: readonly (Message | DirectMessage)[];
  readonly more: boolean;
  readonly next?: number | string;
}

/** A message's place among those of several logs: by time, then by log, then by offset. It stays where it is whatever comes later. */
interface Place {
  readonly at: number;
  readonly log: string;
  readonly offset: number;
}

/**
 * Searches logs, the newest first, and puts what it finds in order.
 *
 * @throws ChatError `BAD_COMMAND`: the engine can't search, or `before` is none that a page gave
 */
export async function searchLogs(context: Context, searching: Searching): Promise<Found> {
  const { log } = context.engine;
  const { logs, terms, limit } = searching;
  if (log.search === undefined) throw new ChatError('BAD_COMMAND', 'This server can not search.');
  const start = startOf(searching);
  const found: (Place & { readonly entry: Entry })[] = [];
  let more = false;
  for (const name of logs) {
    const page = await log.search(name, { terms, limit, ...start(name) });
    // Looking through many rooms must not keep everybody else from their turns.
    if (!searching.single) await context.fanOut.flusher.turn();
    more ||= page.more;
    for (const entry of page.entries) found.push({ at: entry.at, log: name, offset: entry.offset, entry });
  }
  found.sort(inOrder);
  const page = newest(found, limit, context.limits.recoverBytes);
  more ||= page.length < found.length;
  const [oldest] = page;
  const messages = page.map(({ entry }) => entry as Message | DirectMessage);
  if (!more || oldest === undefined) return { messages, more: false };
  return { messages, more, next: searching.single ? oldest.offset : cursorOf(oldest) };
}

type Start = Pick<LogSearch, 'before' | 'until'>;

/** From where back each log is searched. */
function startOf({ single, before }: Searching): (log: string) => Start {
  if (before === undefined) return () => ({});
  if (typeof before === 'number') {
    if (!single) throw new ChatError('BAD_COMMAND', 'An offset goes with a room: give "before" as "next" came.');
    return () => ({ before });
  }
  const place = placeOf(before);
  return (log) => {
    if (log === place.log) return { before: place.offset };
    return { until: log < place.log ? place.at : place.at - 1 };
  };
}

/** The last of them, within a number and a size; at least one. */
function newest<T extends { readonly entry: Entry }>(found: readonly T[], limit: number, bytes: number): readonly T[] {
  let first = found.length;
  for (let size = 0; first > 0 && found.length - first < limit; first--) {
    size += JSON.stringify(found[first - 1]?.entry).length;
    if (size > bytes && first < found.length) break;
  }
  return found.slice(first);
}

function inOrder(a: Place, b: Place): number {
  if (a.at !== b.at) return a.at - b.at;
  return a.log === b.log ? a.offset - b.offset : a.log < b.log ? -1 : 1;
}

function cursorOf({ at, log, offset }: Place): string {
  return `${at}:${offset}:${log}`;
}

function placeOf(cursor: string): Place {
  const [, at, offset, log] = /^(\d{1,15}):(\d{1,15}):(.+)$/s.exec(cursor) ?? [];
  if (log === undefined) throw new ChatError('BAD_COMMAND', 'That is no place to go on: give "before" as "next" came.');
  return { at: Number(at), log, offset: Number(offset) };
}
