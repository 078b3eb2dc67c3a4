import type { ClientDirectMessage, ClientMessage } from '../client/index.js';

/** A message of a room, or between two. */
export type AnyMessage = ClientMessage | ClientDirectMessage;

/** Something with a place in a log. */
interface Placed {
  /** Stays the same for as long as it is shown. */
  readonly key: string;
  /** How many times the log had begun anew: offsets of different ones do not compare. */
  readonly generation: number;
  readonly offset: number;
}

interface Said extends Placed {
  readonly kind: 'said';
  readonly message: AnyMessage;
}

/** What the page itself has to say at this place: that something is missing. */
interface Remark extends Placed {
  readonly kind: 'remark';
  readonly text: string;
}

export type Item = Said | Remark;

export function isDeleted(message: AnyMessage): boolean {
  return 'deleted' in message && message.deleted !== undefined;
}

/** As many items are kept, and shown; what is earlier or later is asked for again when somebody scrolls there. */
const most = 500;

/**
 * A stretch of a conversation, in order. It always reaches up to now, unless somebody reads so far up that what is said
 * meanwhile finds no more room: then it is `detached`, and grows downwards by pages until it has caught up.
 */
export class Timeline {
  /** There may be more above. */
  older = true;
  /** There is more below. */
  detached = false;
  /** Another one when the stretch is another: what was asked for before does not join it. */
  era = 0;
  #items: readonly Item[] = [];
  #generation = 0;
  #latest = 0;
  #remarks = 0;

  get items(): readonly Item[] {
    return this.#items;
  }

  /** The offset of the first message, where what stands above it can be asked for. */
  get oldest(): number | undefined {
    return this.#items.find(({ kind }) => kind === 'said')?.offset;
  }

  /** The offset of the last message of the log as it is now, where what stands below it can be asked for. */
  get newest(): number | undefined {
    const generation = this.#generation;
    return this.#items.findLast((item) => item.kind === 'said' && item.generation === generation)?.offset;
  }

  /** Nothing above can be asked for: it is of a log that is no more. */
  get cut(): boolean {
    const [first] = this.#items;
    return first !== undefined && first.generation < this.#generation;
  }

  /**
   * The next message.
   *
   * @param following - the end is being looked at, or would be: then the beginning gives way
   */
  add(message: AnyMessage, following: boolean): void {
    this.#latest = Math.max(this.#latest, message.offset);
    if (this.detached) return;
    if (!following && this.#items.length >= most) {
      this.detached = true;
      return;
    }
    this.#insert(this.#said(message));
    this.#trim('first');
  }

  /** A page from above. */
  prepend(messages: readonly AnyMessage[], more: boolean): void {
    this.older = more;
    for (const message of messages.toReversed()) this.#insert(this.#said(message));
    this.#trim('last');
  }

  /** A page from below. */
  append(messages: readonly AnyMessage[], more: boolean): void {
    for (const message of messages) this.#insert(this.#said(message));
    this.#trim('first');
    this.detached = more || (this.newest ?? 0) < this.#latest;
  }

  /**
   * What stands from this offset on will not come by itself, but may be there when it is asked for: from the end upwards, or
   * where somebody reads further up, from there downwards.
   *
   * @param text - says that something is missing, until the first of it is here after all
   */
  gap(offset: number, text: string, following: boolean): void {
    if (!following) this.detached = true;
    if (this.detached) return;
    this.clear();
    this.#remark(offset, text);
  }

  /** The log began anew. */
  restart(text: string): void {
    this.era++;
    this.#generation++;
    this.#latest = 0;
    this.#remark(0, text);
    this.#trim('first');
  }

  /** Becomes another stretch, further up perhaps: what follows it is still to be asked for. */
  begin(messages: readonly AnyMessage[], more: boolean): void {
    this.clear();
    this.prepend(messages, more);
    this.detached = true;
  }

  /** Forgets it all, to begin with the newest page. */
  clear(): void {
    this.era++;
    this.#items = [];
    this.older = true;
    this.detached = false;
  }

  has(id: string): boolean {
    return this.#items.some((item) => item.kind === 'said' && item.message.id === id);
  }

  /** What this user said last, as far as it is here, and not deleted. */
  lastOf(user: string | undefined): AnyMessage | undefined {
    const found = this.#items.findLast(
      (item) => item.kind === 'said' && item.message.from.user === user && !isDeleted(item.message),
    );
    return found?.kind === 'said' ? found.message : undefined;
  }

  /** The key of the message with this id. */
  keyOf(id: string): string | undefined {
    return this.#items.findLast((item) => item.kind === 'said' && item.message.id === id)?.key;
  }

  /** A message is another now. */
  change(id: string, change: (message: AnyMessage) => AnyMessage): void {
    this.#items = this.#items.map((item) =>
      item.kind === 'said' && item.message.id === id ? { ...item, message: change(item.message) } : item,
    );
  }

  /** The message with this id goes by this key from now on; false when it is not here. */
  adopt(id: string, key: string): boolean {
    const index = this.#items.findLastIndex((item) => item.kind === 'said' && item.message.id === id);
    const found = this.#items[index];
    if (found === undefined) return false;
    this.#items = this.#items.with(index, { ...found, key });
    return true;
  }

  #said(message: AnyMessage): Said {
    const { offset } = message;
    const generation = this.#generation;
    return { kind: 'said', key: `m${generation}.${offset}`, generation, offset, message };
  }

  #remark(offset: number, text: string): void {
    this.#insert({ kind: 'remark', key: `r${++this.#remarks}`, generation: this.#generation, offset, text });
  }

  /** Most come at the end. What is said already stays; it takes the place of a remark that it is missing. */
  #insert(item: Item): void {
    const before = this.#items.findLastIndex((other) => compare(other, item) <= 0);
    const there = this.#items[before];
    const taken = there !== undefined && compare(there, item) === 0;
    if (taken && there.kind === 'said') return;
    this.#items = taken ? this.#items.with(before, item) : this.#items.toSpliced(before + 1, 0, item);
  }

  #trim(end: 'first' | 'last'): void {
    if (this.#items.length <= most) return;
    if (end === 'first') {
      this.#items = this.#items.slice(-most);
      this.older = true;
    } else {
      this.#items = this.#items.slice(0, most);
      this.detached = true;
    }
  }
}

function compare(a: Item, b: Item): number {
  return a.generation - b.generation || a.offset - b.offset;
}
