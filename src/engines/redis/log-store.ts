import type { Entry, EntryDraft, Message, Position } from '../../model/entry.js';
import { ChatError } from '../../model/errors.js';
import { randomId } from '../../model/ids.js';
import type { Limits } from '../../model/limits.js';
import type { Appended, CountRange, LogNames, LogPage, LogRange } from '../../ports/engine.js';
import { keyOf, place, recipientOf } from '../shared/entries.js';
import { decodeEntry, encodeDraft } from './entry-codec.js';
import type { Keys } from './keys.js';
import type { Link } from './link.js';
import * as scripts from './scripts/log.js';

/** No number of Redis is above this. */
const endless = Number.MAX_SAFE_INTEGER;

/** Where a log stands in Redis. */
export interface Where {
  readonly epoch: string;
  readonly head: number;
  /** The id of the newest entry, as JSON. */
  readonly last: string;
  /** How many entries were trimmed away. */
  readonly trimmed: number;
  /** The epoch before, where this one goes on with its entries, and the offset up to which they are the same. */
  readonly was: string;
  readonly base: number;
  /** The id of the entry at the offset that was asked for, as JSON; empty when it is not kept. */
  readonly idThere: string;
}

/** A new entry, and the id of the one before it. */
export interface Placed {
  readonly appended: Appended;
  /** Undefined for a repeat. */
  readonly before: string | undefined;
}

/** The logs in Redis: each call is one script. */
export class LogStore {
  readonly #link: Link;
  readonly #appending: Link;
  readonly #keys: Keys;
  readonly #age: string;
  readonly #keep: string;
  readonly #keyWindow: number;
  readonly #publish: () => string;

  /** @param appending - the way of appends, which may have to wait for replicas */
  constructor(
    link: Link,
    appending: Link,
    keys: Keys,
    { history, historyAge, keyWindow }: Limits,
    publish: () => string,
  ) {
    this.#link = link;
    this.#appending = appending;
    this.#keys = keys;
    // 0: for good.
    this.#age = String(historyAge === Number.POSITIVE_INFINITY ? 0 : Math.max(1, historyAge));
    this.#keep = String(Math.min(history, endless));
    // A hundred years, for those who never forget.
    this.#keyWindow = Math.min(keyWindow, 3e12);
    this.#publish = publish;
  }

  async append(log: string, draft: EntryDraft, known: Position | undefined): Promise<Placed> {
    const { meta, entries, ids, channel, receipt } = this.#keys.log(log);
    const { kind, id, user, base, text, data, target, reaction, removed } = encodeDraft(draft);
    const isKeyed = draft.key !== undefined && this.#keyWindow > 0;
    const receiptKey = isKeyed ? receipt(JSON.stringify(keyOf(draft.from.user, draft.key, recipientOf(draft)))) : meta;
    const knows = [known?.epoch ?? '', String(known?.offset ?? 0)];
    const keeping = [this.#keep, this.#age, isKeyed ? String(this.#keyWindow) : '0'];
    const facts = [kind, id, user, base, text, data, target, reaction, removed];
    const reply = (await this.#appending.call(
      scripts.append,
      [meta, entries, ids, receiptKey],
      [this.#publish(), channel, randomId(8), ...knows, ...keeping, ...facts],
    )) as string[];
    const [status, epoch = '', offset, at, ...rest] = reply;
    if (status === 'missing') throw new ChatError('NO_SUCH_MESSAGE');
    if (status === 'repeat') {
      const [firstId = '""', stored = ''] = rest;
      return { appended: repeated({ epoch, offset, at, id: firstId, stored }), before: undefined };
    }
    const entry = place(draft, Number(offset), Number(at));
    const appended = { id: draft.id, offset: entry.offset, at: entry.at, epoch, duplicate: false, entry };
    return { appended, before: rest[0] ?? '' };
  }

  async find(log: string, user: string, key: string, to: string | undefined): Promise<Appended | undefined> {
    const { meta, entries, ids, receipt } = this.#keys.log(log);
    const keys = [meta, entries, ids, receipt(JSON.stringify(keyOf(user, key, to)))];
    const [epoch, offset, at, id = '""', stored = ''] = (await this.#link.call(scripts.find, keys, [])) as string[];
    return epoch === undefined ? undefined : repeated({ epoch, offset, at, id, stored });
  }

  async names({ after, limit }: { readonly after?: string; readonly limit: number }): Promise<LogNames> {
    const { keys, next } = await this.#link.scan(this.#keys.everyLog, limit, after);
    return { names: keys.map((key) => this.#keys.logOf(key)), next };
  }

  async erase(log: string, user: string): Promise<void> {
    await this.#call(log, scripts.erase, [JSON.stringify(user)]);
  }

  async read(log: string, range: LogRange): Promise<LogPage> {
    const { after, before = endless, limit, bytes = endless, only } = range;
    const up = after !== undefined;
    const args = [up ? 'after' : 'before', String(up ? after : Math.min(before, endless)), String(limit)];
    const [epoch, headText, firstText, moreText, ...stored] = (await this.#call(log, scripts.read, [
      ...args,
      String(Math.min(bytes, endless)),
      only === undefined ? '' : '1',
      this.#age,
    ])) as string[];
    const [head, first, more] = [Number(headText), Number(firstText), moreText === '1'];
    const entries = stored.map(decodeEntry);
    if (!up) entries.reverse();
    const complete = up
      ? after >= first || after >= head
      : more || entries.length >= limit || first === 0 || before <= 1;
    // A log that is not there has no epoch yet: any will do, since nothing is in it.
    return { entries, epoch: epoch || randomId(8), head, complete, more };
  }

  async get(log: string, id: string): Promise<Message | undefined> {
    const stored = (await this.#call(log, scripts.get, [JSON.stringify(id), this.#age])) as string | null;
    const entry = stored === null ? undefined : decodeEntry(stored);
    return entry?.type === 'message' && entry.deleted === undefined ? entry : undefined;
  }

  async count(log: string, { after, upTo = endless, limit, except }: CountRange): Promise<number> {
    const args = [String(after), String(Math.min(upTo, endless)), String(limit), JSON.stringify(except), this.#age];
    return Number(await this.#call(log, scripts.count, args));
  }

  async where(log: string, offset: number): Promise<Where> {
    const args = [randomId(8), String(offset), this.#age];
    const [epoch = '', head, last = '', trimmed, was = '', base, idThere = ''] = (await this.#call(
      log,
      scripts.where,
      args,
    )) as string[];
    return { epoch, head: Number(head), last, trimmed: Number(trimmed), was, base: Number(base), idThere };
  }

  async renew(log: string, epoch: string): Promise<void> {
    const { channel } = this.#keys.log(log);
    await this.#call(log, scripts.renew, [epoch, randomId(8), this.#publish(), channel]);
  }

  async remove(log: string): Promise<void> {
    const { channel } = this.#keys.log(log);
    await this.#call(log, scripts.remove, [this.#publish(), channel]);
  }

  #call(log: string, script: (typeof scripts.logScripts)[number], args: readonly string[]): Promise<unknown> {
    const { meta, entries, ids } = this.#keys.log(log);
    return this.#link.call(script, [meta, entries, ids], args);
  }
}

interface Receipt {
  readonly epoch: string;
  readonly offset: string | undefined;
  readonly at: string | undefined;
  readonly id: string;
  /** Empty when it is kept no more. */
  readonly stored: string;
}

function repeated({ epoch, offset, at, id, stored }: Receipt): Appended {
  const entry: Entry | undefined = stored === '' ? undefined : decodeEntry(stored);
  return { id: JSON.parse(id) as string, offset: Number(offset), at: Number(at), epoch, duplicate: true, entry };
}

/** Where somebody goes on in another epoch than its own: where both part, or at the oldest that there is. */
export function startIn({ was, base, trimmed, head }: Where, { epoch, offset }: Position): number {
  return Math.min(head, was !== '' && was === epoch ? Math.max(trimmed, Math.min(base, offset)) : trimmed);
}
