import { type Entry, type EntryDraft, isAuthor, type JsonValue, type Message } from '../../model/entry.js';

/*
 * How an entry stands in Redis: lines, so that a script can change a part of a message without reading the rest as JSON. Lua's
 * JSON would lose what JSON.stringify keeps: the order of keys, the last digits of a number, half surrogate pairs. A line feed never
 * stands raw in JSON.
 *
 *   kind  id  user  offset  at  base  text  data  edited  deleted  reactions
 *
 * `base` is the entry's JSON without what has a line of its own. Reactions are `symbol TAB user TAB user`, parted by VT; both
 * signs never stand raw in JSON, either.
 */

/** What is told apart by a script: message, direct message, edit, deletion, reaction. `M` is a message that was deleted. */
const kinds = { message: 'm', direct: 'd', edit: 'e', delete: 'x', reaction: 'r' } as const;

/** What everybody who reads an entry takes for text. */
const texts: ReadonlyMap<unknown, readonly string[]> = new Map<Entry['type'], readonly string[]>([
  ['message', ['id', 'room', 'text']],
  ['direct', ['id', 'text']],
  ['edit', ['id', 'room', 'message', 'text']],
  ['delete', ['id', 'room', 'message']],
  ['reaction', ['id', 'room', 'message', 'reaction']],
]);

/** A draft as the append script takes it. */
export interface EncodedDraft {
  readonly kind: string;
  readonly id: string;
  readonly user: string;
  readonly base: string;
  readonly text: string;
  readonly data: string;
  /** The id of the message that is amended; empty for what amends none. */
  readonly target: string;
  readonly reaction: string;
  readonly removed: string;
}

export function encodeDraft(draft: EntryDraft): EncodedDraft {
  const { id, ...rest } = draft;
  const { text, data, ...base } = rest as typeof rest & { text?: string; data?: JsonValue };
  return {
    kind: kinds[draft.type],
    id: JSON.stringify(id),
    user: JSON.stringify(draft.from.user),
    base: JSON.stringify(base),
    text: text === undefined ? '' : JSON.stringify(text),
    data: data === undefined ? '' : JSON.stringify(data),
    target: 'message' in draft ? JSON.stringify(draft.message) : '',
    reaction: draft.type === 'reaction' ? JSON.stringify(draft.reaction) : '',
    removed: draft.type === 'reaction' && draft.removed ? '1' : '',
  };
}

/** @throws Error when it is no entry: somebody else wrote it */
export function decodeEntry(stored: string): Entry {
  const lines = stored.split('\n');
  if (lines.length !== 11) throw new SyntaxError('That is no entry.');
  const [, id = '', , offset, at, base = '', text, data, edited, deleted, reactions] = lines;
  const entry = JSON.parse(base) as Record<string, unknown>;
  entry.id = JSON.parse(id);
  entry.offset = number(offset);
  entry.at = number(at);
  if (text) entry.text = JSON.parse(text);
  if (data) entry.data = JSON.parse(data);
  if (edited) entry.edited = number(edited);
  if (deleted) entry.deleted = number(deleted);
  if (reactions) entry.reactions = decodeReactions(reactions);
  // Somebody else's JSON would be handed to all in the room.
  const known = texts.get(entry.type)?.every((name) => typeof entry[name] === 'string') === true;
  if (!known || typeof entry.id !== 'string' || !isAuthor(entry.from) || (entry.type === 'direct' && !isOne(entry.to)))
    throw new SyntaxError('That is no entry.');
  return shaped(entry as unknown as Entry);
}

/** A user with a name. */
function isOne(value: unknown): boolean {
  const { user, name } = (value ?? {}) as { readonly user?: unknown; readonly name?: unknown };
  return typeof user === 'string' && typeof name === 'string';
}

/** The offset of a stored entry, without reading the rest. */
export function offsetOf(stored: string): number {
  let from = 0;
  for (let line = 0; line < 3; line++) from = stored.indexOf('\n', from) + 1;
  return number(stored.slice(from, stored.indexOf('\n', from)));
}

/** The id of a stored entry, as JSON. */
export function idOf(stored: string): string {
  const from = stored.indexOf('\n') + 1;
  return stored.slice(from, stored.indexOf('\n', from));
}

function number(text: string | undefined): number {
  const value = Number(text);
  if (text === undefined || text === '' || !Number.isSafeInteger(value)) throw new SyntaxError('That is no number.');
  return value;
}

function decodeReactions(text: string): Message['reactions'] {
  const pairs = text.split('\v').map((group) => {
    const [symbol = '', ...users] = group.split('\t').map((part) => JSON.parse(part) as string);
    return [symbol, users] as const;
  });
  return Object.fromEntries(pairs);
}

/** Messages have one shape, whichever way they came: readers stay fast. */
function shaped(entry: Entry): Entry {
  if (entry.type !== 'message') return entry;
  const { type, room, id, offset, from, text, at, ...rest } = entry;
  return { type, room, id, offset, from, text, at, ...rest };
}
