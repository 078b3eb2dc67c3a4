import type { Entry, LogPage, LogRange, Message, Reaction } from '../../index.js';

/** The contract of `read`, word by word: `all` that was ever written, of which what is below `first` has been trimmed away. */
export function naiveRead(all: readonly Entry[], first: number, range: LogRange): Omit<LogPage, 'epoch'> {
  const { after, before = Number.POSITIVE_INFINITY, limit, only } = range;
  const inRange =
    after === undefined
      ? all.filter(({ offset }) => offset < before).reverse()
      : all.filter(({ offset }) => offset > after);
  const asked = only === undefined ? inRange : inRange.filter(({ type }) => type === 'message' || type === 'direct');
  const kept = asked.filter(({ offset }) => offset >= first);
  return {
    entries: kept.slice(0, limit).sort((a, b) => a.offset - b.offset),
    head: all.length,
    // From the near end on, the first `limit` were asked for: going up, the trimmed ones come first; going down, last.
    complete: asked.slice(0, limit).every(({ offset }) => offset >= first),
    more: kept.length > limit,
  };
}

/** A log as an array, to compare an engine with. It keeps all entries, and counts which would have been trimmed. */
export class NaiveLog {
  epoch: string | undefined;
  entries: Entry[] = [];
  readonly #history: number;

  constructor(history: number) {
    this.#history = history;
  }

  get first(): number {
    return Math.max(1, this.entries.length - this.#history + 1);
  }

  get kept(): Entry[] {
    return this.entries.slice(this.first - 1);
  }

  byKey(user: string, key: string): Entry | undefined {
    return this.entries.find((entry) => entry.from.user === user && entry.key === key);
  }

  /** A message that can still be referred to. */
  target(id: string): Message | undefined {
    const found = this.kept.find((entry) => entry.type === 'message' && entry.id === id && entry.deleted === undefined);
    return found?.type === 'message' ? found : undefined;
  }

  add(entry: Entry): void {
    const target = 'message' in entry ? this.target(entry.message) : undefined;
    if (target !== undefined) this.entries[target.offset - 1] = amended(target, entry);
    this.entries.push(entry);
  }

  clear(): void {
    this.entries = [];
    this.epoch = undefined;
  }
}

function amended(message: Message, by: Entry): Message {
  if (by.type === 'edit') return { ...message, text: by.text, edited: by.at };
  if (by.type === 'reaction') return { ...message, reactions: reacted(message.reactions ?? {}, by) };
  const { data: _, reactions: __, ...rest } = message;
  return { ...rest, text: '', deleted: by.at };
}

function reacted(reactions: NonNullable<Message['reactions']>, by: Reaction): NonNullable<Message['reactions']> {
  const others = (reactions[by.reaction] ?? []).filter((user) => user !== by.from.user);
  return { ...reactions, [by.reaction]: by.removed ? others : [...others, by.from.user] };
}
