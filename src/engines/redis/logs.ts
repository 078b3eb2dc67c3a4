import type { EntryDraft, Message, Position } from '../../model/entry.js';
import { matchesSearch } from '../../model/search.js';
import type {
  Appended,
  CountRange,
  Follower,
  FollowHandler,
  LogNames,
  LogPage,
  LogRange,
  LogSearch,
  MessageLog,
} from '../../ports/engine.js';
import { isSaid, PageBuilder } from '../shared/entries.js';
import type { NodeScope } from '../shared/node-scope.js';
import type { Gate } from './gate.js';
import type { Keys } from './keys.js';
import { LogFeed, type LogFeedHost } from './log-feed.js';
import type { LogStore } from './log-store.js';
import type { Patrol } from './patrol.js';

/** Entries of one page of a search. */
const searchPage = 500;

/** The logs of a chat in Redis, as one node has them. */
export class Logs implements MessageLog {
  readonly #feeds = new Map<string, LogFeed>();
  readonly #store: LogStore;
  readonly #keys: Keys;
  readonly #gate: Gate;
  readonly #patrol: Patrol;
  readonly #scope: NodeScope;
  readonly #host: LogFeedHost;

  constructor(host: LogFeedHost, keys: Keys, gate: Gate, patrol: Patrol, scope: NodeScope) {
    this.#host = host;
    this.#store = host.store;
    this.#keys = keys;
    this.#gate = gate;
    this.#patrol = patrol;
    this.#scope = scope;
  }

  async append(
    log: string,
    draft: EntryDraft,
    options: { readonly known?: Position; readonly signal?: AbortSignal } = {},
  ): Promise<Appended> {
    options.signal?.throwIfAborted();
    if (!this.#gate.open) await this.#gate.opened();
    const placing = this.#store.append(log, draft, options.known);
    const feed = this.#feeds.get(log);
    const { appended } = await (feed === undefined ? placing : feed.settled(placing));
    return appended;
  }

  async find(log: string, user: string, key: string, to?: string): Promise<Appended | undefined> {
    return this.#store.find(log, user, key, to);
  }

  async read(log: string, range: LogRange): Promise<LogPage> {
    return this.#store.read(log, range);
  }

  async get(log: string, id: string): Promise<Message | undefined> {
    return this.#store.get(log, id);
  }

  async count(log: string, range: CountRange): Promise<number> {
    return this.#store.count(log, range);
  }

  /** Looks at all that is kept, a page at a time: Redis has no index for it. */
  async search(log: string, { terms, before, until, limit }: LogSearch): Promise<LogPage> {
    const found = new PageBuilder({ limit });
    for (let from = before; ; ) {
      const page = await this.#store.read(log, {
        limit: searchPage,
        only: 'messages',
        ...(from === undefined ? {} : { before: from }),
      });
      for (const entry of page.entries.toReversed()) {
        if (!isSaid(entry) || entry.at > (until ?? entry.at) || !matchesSearch(entry.text, terms)) continue;
        if (!found.offer(entry)) break;
      }
      from = page.entries[0]?.offset;
      if (page.more && !found.full && from !== undefined) continue;
      return { ...page, entries: found.entries.reverse(), complete: true, more: found.full };
    }
  }

  async follow(
    log: string,
    handler: FollowHandler,
    options: { readonly after?: Position; readonly signal?: AbortSignal } = {},
  ): Promise<Follower> {
    options.signal?.throwIfAborted();
    const feed = this.#feed(log);
    const isFirst = ++feed.uses === 1;
    const { after } = options;
    let tail: Follower;
    try {
      const opened = await feed.ready;
      const where = isFirst && after === undefined ? opened : await feed.where(after?.offset ?? 0);
      options.signal?.throwIfAborted();
      tail = this.#scope.own(feed.follow(this.#guarded(handler), after, where));
    } catch (error) {
      this.#settle(feed);
      throw error;
    }
    const close = tail.close.bind(tail);
    let closed = false;
    return Object.assign(tail, {
      close: () => {
        close();
        if (!closed) this.#settle(feed);
        closed = true;
      },
    });
  }

  async remove(log: string): Promise<void> {
    if (!this.#gate.open) await this.#gate.opened();
    await this.#store.remove(log);
    await this.#feeds.get(log)?.check();
  }

  names(page: { readonly after?: string; readonly limit: number }): Promise<LogNames> {
    return this.#store.names(page);
  }

  erase(log: string, user: string): Promise<void> {
    return this.#store.erase(log, user);
  }

  close(): void {
    for (const feed of this.#feeds.values()) {
      this.#patrol.delete(feed);
      feed.close();
    }
    this.#feeds.clear();
  }

  #feed(log: string): LogFeed {
    let feed = this.#feeds.get(log);
    if (feed === undefined || feed.closed) {
      feed = new LogFeed(log, this.#keys.log(log).channel, this.#host);
      this.#feeds.set(log, feed);
      this.#patrol.add(feed);
    }
    return feed;
  }

  /** Nobody follows it here any more: nothing of it is to come here any more, either. */
  #settle(feed: LogFeed): void {
    if (--feed.uses > 0) return;
    if (this.#feeds.get(feed.name) === feed) this.#feeds.delete(feed.name);
    this.#patrol.delete(feed);
    feed.close();
  }

  #guarded(handler: FollowHandler): FollowHandler {
    return {
      deliver: (entries) => this.#scope.tell(() => handler.deliver(entries)),
      gap: (from, to) => this.#scope.tell(() => handler.gap(from, to)),
      reset: (position) => this.#scope.tell(() => handler.reset(position)),
    };
  }
}
