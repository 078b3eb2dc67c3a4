import type { Entry, Position } from '../../model/entry.js';
import type { Follower, FollowHandler } from '../../ports/engine.js';
import { startIn, type Where } from './log-store.js';

/** A page of what a tail missed. */
interface MissedPage {
  readonly entries: readonly Entry[];
  readonly epoch: string;
  readonly head: number;
  readonly more: boolean;
}

/** The feed of the log, as those who follow it see it. */
export interface TailHost {
  readonly position: Position;
  readonly tails: Set<LogTail>;
  read(after: number): Promise<MissedPage>;
  check(): Promise<void>;
  /** Runs a delivery in its turn. */
  run(work: () => void): void;
  later(work: () => void): () => void;
}

/** Somebody who follows a log on this node: live, or still reading what came before. */
export class LogTail implements Follower {
  readonly #handler: FollowHandler;
  readonly #feed: TailHost;
  #position: Position;
  #behind = false;
  #closed = false;
  #cancelRetry: (() => void) | undefined;

  constructor(handler: FollowHandler, position: Position, feed: TailHost) {
    this.#handler = handler;
    this.#position = position;
    this.#feed = feed;
  }

  get position(): Position {
    return this.#position;
  }

  close(): void {
    this.#closed = true;
    this.#cancelRetry?.();
    this.#feed.tails.delete(this);
  }

  /** Begins after a position; what can't be had any more is told first. */
  begin(after: Position, where: Where): void {
    if (this.#closed) return;
    const { epoch, head, trimmed } = where;
    if (after.epoch !== epoch || after.offset > head) {
      this.#position = { epoch, offset: startIn(where, after) };
      this.#handler.reset(this.#position);
    } else {
      this.#position = { epoch, offset: Math.max(after.offset, trimmed) };
      if (trimmed > after.offset) this.#handler.gap(after.offset + 1, trimmed);
    }
    this.#behind = true;
    void this.#catchUp();
  }

  live(entries: readonly Entry[], position: Position): void {
    if (this.#behind || this.#closed) return;
    const rest = entries.filter(({ offset }) => offset > this.#position.offset);
    if (rest.length === 0) return;
    this.#position = position;
    this.#handler.deliver(rest);
  }

  gap(from: number, position: Position): void {
    if (this.#behind || this.#closed || position.offset <= this.#position.offset) return;
    const first = Math.max(from, this.#position.offset + 1);
    this.#position = position;
    this.#handler.gap(first, position.offset);
  }

  reset(position: Position): void {
    if (this.#closed || this.#position.epoch === position.epoch) return;
    this.#behind = false;
    this.#position = position;
    this.#handler.reset(position);
  }

  /** Reads what it has not been given, until it stands where the feed stands. */
  async #catchUp(): Promise<void> {
    while (this.#behind && !this.#closed) {
      let page: MissedPage;
      const { epoch, offset } = this.#position;
      try {
        page = await this.#feed.read(offset);
      } catch {
        // Redis is away: again, until it is back.
        await new Promise<void>((resolve) => {
          this.#cancelRetry = this.#feed.later(resolve);
        });
        continue;
      }
      if (!this.#behind || this.#closed || this.#position.epoch !== epoch) return;
      // The feed finds out what that means, and tells.
      if (page.epoch !== epoch) {
        await this.#feed.check().catch(() => undefined);
        if (this.#feed.position.epoch !== epoch) return this.#feed.run(() => this.reset(this.#feed.position));
        continue;
      }
      this.#feed.run(() => this.#give(page));
    }
  }

  #give({ entries: page, head, more }: MissedPage): void {
    if (!this.#behind || this.#closed) return;
    const { epoch, offset } = this.#position;
    // It may have had some of them meanwhile.
    const entries = page.filter((entry) => entry.offset > offset);
    const next = entries[0]?.offset ?? head + 1;
    if (next > offset + 1) {
      this.#position = { epoch, offset: next - 1 };
      this.#handler.gap(offset + 1, next - 1);
    }
    const last = entries.at(-1);
    if (last !== undefined) this.#position = { epoch, offset: last.offset };
    const feed = this.#feed.position;
    // In the same step as the delivery: what comes next is live. It may be ahead of the feed, which then tells it nothing twice.
    this.#behind = more || (feed.epoch === epoch && feed.offset > this.#position.offset);
    if (last !== undefined && !this.#closed) this.#handler.deliver(entries);
  }
}
