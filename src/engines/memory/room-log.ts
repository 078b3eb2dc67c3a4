import type { Entry, EntryDraft, Message, Position } from '../../model/entry.js';
import { ChatError } from '../../model/errors.js';
import type { Limits } from '../../model/limits.js';
import { matchesSearch } from '../../model/search.js';
import type {
  Appended,
  CountRange,
  Follower,
  FollowHandler,
  LogPage,
  LogRange,
  LogSearch,
} from '../../ports/engine.js';
import { Deliveries } from '../shared/deliveries.js';
import { amend, erased, isSaid, keyOf, PageBuilder, place, recipientOf, weightOf } from '../shared/entries.js';
import { Ring } from './ring.js';

/** A follower: its handler, and how far it has been told. */
export class Tail implements Follower {
  readonly handler: FollowHandler;
  position: Position;
  readonly #unfollow: (tail: Tail) => void;

  constructor(handler: FollowHandler, position: Position, unfollow: (tail: Tail) => void) {
    this.handler = handler;
    this.position = position;
    this.#unfollow = unfollow;
  }

  close(): void {
    this.#unfollow(this);
  }
}

/** What all logs of a store weigh together. */
export interface Total {
  bytes: number;
}

/** What is known of a keyed append as long as its key window runs, whether or not the entry is still kept. */
interface Receipt {
  readonly id: string;
  readonly offset: number;
  readonly at: number;
}

/** What a receipt weighs with its key, about. */
const receiptWeight = 256;

/** One log: its entries within the limits, the keys of late, and who follows it. */
export class RoomLog {
  readonly epoch: string;
  readonly tails = new Set<Tail>();
  readonly deliveries: Deliveries;
  #bytes = 0;
  #head = 0;
  #lastAt = 0;
  readonly #ring = new Ring();
  /** By user and key, oldest first: repeats are known all through the window, longer than entries may be kept. */
  #receipts: Map<string, Receipt> | undefined;
  readonly #limits: Limits;
  readonly #total: Total;

  /**
   * @param total - counts the bytes of this log among those of all
   * @param deliveries - of the log whose place this one takes: whoever followed that is told everything in order
   */
  constructor(epoch: string, limits: Limits, total: Total, deliveries = new Deliveries()) {
    this.epoch = epoch;
    this.#limits = limits;
    this.#total = total;
    this.deliveries = deliveries;
  }

  /** Of all that is held. */
  get bytes(): number {
    return this.#bytes;
  }

  get head(): number {
    return this.#head;
  }

  /** Whether forgetting this log would lose nothing. */
  get blank(): boolean {
    return this.#ring.size === 0 && (this.#receipts?.size ?? 0) === 0 && this.tails.size === 0;
  }

  append(draft: EntryDraft, now: number): Appended {
    this.trim(now);
    if (draft.key !== undefined) {
      const first = this.#repeat(draft.from.user, draft.key, recipientOf(draft));
      if (first !== undefined) return first;
    }
    const target = 'message' in draft ? this.#message(draft.message) : undefined;
    if ('message' in draft && target === undefined) throw new ChatError('NO_SUCH_MESSAGE');
    const at = Math.max(now, this.#lastAt);
    const entry = place(draft, this.#head + 1, at);
    this.#head++;
    this.#lastAt = at;
    if (target !== undefined) this.#amend(target, entry);
    this.#keep(entry);
    this.deliveries.run(() => this.#deliver(entry));
    return { id: entry.id, offset: entry.offset, at, epoch: this.epoch, duplicate: false, entry };
  }

  find(user: string, key: string, to: string | undefined, now: number): Appended | undefined {
    this.trim(now);
    return this.#repeat(user, key, to);
  }

  read(range: LogRange, now: number): LogPage {
    this.trim(now);
    return range.after === undefined ? this.#readBack(range) : this.#readOn(range, range.after);
  }

  get(id: string, now: number): Message | undefined {
    this.trim(now);
    return this.#message(id);
  }

  count({ after, upTo = this.#head, limit, except }: CountRange, now: number): number {
    this.trim(now);
    let count = 0;
    for (
      let offset = Math.max(after + 1, this.#ring.first);
      offset <= Math.min(upTo, this.#head) && count < limit;
      offset++
    ) {
      const entry = this.#ring.at(offset);
      if (entry !== undefined && isSaid(entry) && entry.from.user !== except) count++;
    }
    return count;
  }

  /** Looks at all that is kept: that is bounded, and has no index. */
  search({ terms, before, until, limit }: LogSearch, now: number): LogPage {
    this.trim(now);
    const page = new PageBuilder({ limit });
    let offset = Math.min(before ?? Number.POSITIVE_INFINITY, this.#head + 1) - 1;
    for (; offset >= this.#ring.first && !page.full; offset--) {
      const entry = this.#ring.at(offset);
      if (entry === undefined || !isSaid(entry) || entry.at > (until ?? entry.at)) continue;
      if (matchesSearch(entry.text, terms)) page.offer(entry);
    }
    const { entries, full } = page;
    return { entries: entries.reverse(), epoch: this.epoch, head: this.#head, complete: true, more: full };
  }

  erase(user: string, now: number): void {
    for (let offset = this.#ring.first; offset <= this.#head; offset++) {
      const entry = this.#ring.at(offset);
      if (entry?.type !== 'direct' || entry.from.user !== user || entry.deleted !== undefined) continue;
      const gone = erased(entry, now);
      this.#weigh(weightOf(gone) - weightOf(entry));
      this.#ring.replace(gone);
    }
  }

  /** Brings a new follower up to the head, and keeps it there. */
  follow(tail: Tail, after: Position | undefined, now: number): void {
    this.trim(now);
    // It stands at the head at once: entries that still wait their turn are below it, and not for it.
    tail.position = { epoch: this.epoch, offset: this.#head };
    this.tails.add(tail);
    if (after !== undefined) this.deliveries.run(() => this.#catchUp(tail, after));
  }

  /** Drops what is over its time. */
  trim(now: number): void {
    for (let oldest = this.#ring.at(this.#ring.first); oldest !== undefined; oldest = this.#ring.at(this.#ring.first)) {
      if (oldest.at + this.#limits.historyAge > now) break;
      this.dropOldest();
    }
    for (const [key, receipt] of this.#receipts ?? []) {
      if (receipt.at + this.#limits.keyWindow > now) break;
      this.#forgetReceipt(key);
    }
  }

  /** Drops the oldest entry, or where there is none the oldest receipt; false when there is nothing. */
  dropOldest(): boolean {
    const entry = this.#ring.shift();
    if (entry !== undefined) {
      this.#weigh(-weightOf(entry));
      // Whoever comes back is not told the text of what can't be deleted any more.
      if (entry.type === 'message' && entry.edited !== undefined) this.#eraseEarlierEdits(entry.id, this.#head + 1);
      return true;
    }
    const oldest: IteratorResult<string, unknown> | undefined = this.#receipts?.keys().next();
    if (oldest === undefined || oldest.done) return false;
    this.#forgetReceipt(oldest.value);
    return true;
  }

  /**
   * Hands the followers to an empty log that takes this one's place, and tells them. They move at once, so that one that
   * closes before its turn comes is found there.
   */
  retire(successor: RoomLog): void {
    const moved = [...this.tails];
    this.tails.clear();
    for (const tail of moved) successor.tails.add(tail);
    this.deliveries.run(() => {
      for (const tail of moved) {
        if (!successor.tails.has(tail)) continue;
        tail.position = { epoch: successor.epoch, offset: 0 };
        tail.handler.reset(tail.position);
      }
    });
  }

  /** What an append of this key would repeat. */
  #repeat(user: string, key: string, to: string | undefined): Appended | undefined {
    const receipt = this.#receipts?.get(keyOf(user, key, to));
    if (receipt === undefined) return undefined;
    return { ...receipt, epoch: this.epoch, duplicate: true, entry: this.#ring.at(receipt.offset) };
  }

  #weigh(bytes: number): void {
    this.#bytes += bytes;
    this.#total.bytes += bytes;
  }

  #keep(entry: Entry): void {
    this.#ring.push(entry);
    this.#weigh(weightOf(entry));
    if (entry.key !== undefined && this.#limits.keyWindow > 0) {
      const key = keyOf(entry.from.user, entry.key, recipientOf(entry));
      this.#receipts ??= new Map();
      this.#receipts.set(key, { id: entry.id, offset: entry.offset, at: entry.at });
      this.#weigh(receiptWeight);
    }
    if (this.#ring.size > this.#limits.history) this.dropOldest();
  }

  #forgetReceipt(key: string): void {
    if (this.#receipts?.delete(key)) this.#weigh(-receiptWeight);
  }

  #deliver(entry: Entry): void {
    for (const tail of this.tails) {
      // One that began to follow while this entry waited its turn stands above it.
      if (tail.position.offset >= entry.offset) continue;
      tail.position = { epoch: this.epoch, offset: entry.offset };
      tail.handler.deliver([entry]);
    }
  }

  #catchUp(tail: Tail, after: Position): void {
    if (!this.tails.has(tail)) return;
    const known = after.epoch === this.epoch && after.offset <= this.#head;
    const from = known ? after.offset : 0;
    const start = Math.max(from, this.#ring.first - 1);
    const entries = this.#slice(start + 1, this.#head);
    tail.position = { epoch: this.epoch, offset: this.#head };
    if (!known) tail.handler.reset({ epoch: this.epoch, offset: start });
    else if (start > from) tail.handler.gap(from + 1, start);
    // What it was told may have made it close.
    if (entries.length > 0 && this.tails.has(tail)) tail.handler.deliver(entries);
  }

  #slice(from: number, to: number): Entry[] {
    const entries: Entry[] = [];
    for (let offset = from; offset <= to; offset++) {
      const entry = this.#ring.at(offset);
      if (entry !== undefined) entries.push(entry);
    }
    return entries;
  }

  #readOn(range: LogRange, after: number): LogPage {
    const page = new PageBuilder(range);
    let offset = Math.max(after + 1, this.#ring.first);
    while (offset <= this.#head && page.offer(this.#ring.at(offset))) offset++;
    const complete = after + 1 >= this.#ring.first || after >= this.#head;
    return { entries: page.entries, epoch: this.epoch, head: this.#head, complete, more: page.full };
  }

  #readBack(range: LogRange): LogPage {
    const page = new PageBuilder(range);
    let offset = Math.min(range.before ?? Number.POSITIVE_INFINITY, this.#head + 1) - 1;
    while (offset >= this.#ring.first && page.offer(this.#ring.at(offset))) offset--;
    // Below offset 1 there never was anything.
    const all = this.#ring.first === 1 || (range.before !== undefined && range.before <= 1);
    const complete = page.full || page.entries.length >= range.limit || all;
    return { entries: page.entries.reverse(), epoch: this.epoch, head: this.#head, complete, more: page.full };
  }

  #message(id: string): Message | undefined {
    // From the newest on: what is edited or reacted to was mostly said just now.
    for (let offset = this.#head; offset >= this.#ring.first; offset--) {
      const entry = this.#ring.at(offset);
      if (entry?.type === 'message' && entry.id === id && entry.deleted === undefined) return entry;
    }
    return undefined;
  }

  /** Gives the stored message its present form. A new object: the old one may be on its way to somebody. */
  #amend(message: Message, by: Entry): void {
    const amended = amend(message, by);
    this.#weigh(weightOf(amended) - weightOf(message));
    this.#ring.replace(amended);
    if (by.type === 'edit' || by.type === 'delete') this.#eraseEarlierEdits(message.id, by.offset);
  }

  /** An edit's text must not outlive the next edit or the deletion: replays show the latest text only. */
  #eraseEarlierEdits(message: string, before: number): void {
    for (let offset = this.#ring.first; offset < before; offset++) {
      const entry = this.#ring.at(offset);
      if (entry?.type !== 'edit' || entry.message !== message) continue;
      const { data: _, ...rest } = entry;
      const empty = { ...rest, text: '' };
      this.#weigh(weightOf(empty) - weightOf(entry));
      this.#ring.replace(empty);
    }
  }
}
