import type { Clock } from '../../ports/clock.js';
import { Deliveries } from '../shared/deliveries.js';
import type { Ears } from './ears.js';
import type { Patrolled } from './patrol.js';
import { Waiters } from './waiters.js';

/** For how long a change may be missing before the whole is read anew: it may just be late. */
const holeTime = 250;

/** The most changes that wait for one before them. */
const mostAhead = 1_000;

/** What a feed is of: facts with a version, which change one by one. */
export interface FeedSource<Change, Whole> {
  readonly channel: string;
  load(): Promise<{ readonly version: number; readonly whole: Whole }>;
  version(): Promise<number>;
  /** @throws Error when it is none: somebody else wrote it */
  parse(text: string): Change;
  /** Whether there is nothing: a version of 0 stands for that, too. */
  isEmpty(): boolean;
  begin(whole: Whole): void;
  apply(change: Change): void;
  /** Changes were lost. */
  replace(whole: Whole): void;
  /** Somebody published what is no change. */
  dropped(): void;
  failed(error: unknown): void;
}

interface Numbered<Change> {
  readonly before: number;
  readonly version: number;
  readonly change: Change;
}

/**
 * Keeps up with something in Redis that has versions: what is published says which version it follows. What is lost on the way shows as a
 * hole, and by a look every few seconds; then the whole is read anew.
 */
export class ChangeFeed<Change, Whole> implements Patrolled {
  readonly #source: FeedSource<Change, Whole>;
  readonly #ears: Ears;
  readonly #clock: Clock;
  readonly #deliveries = new Deliveries();
  readonly #waiters: Waiters;
  /** Undefined until it is known what there is. */
  #version: number | undefined;
  #early: Numbered<Change>[] = [];
  readonly #ahead = new Map<number, Numbered<Change>>();
  #cancelHole: (() => void) | undefined;
  #subscription: { close(): void } | undefined;
  #reloading: Promise<void> | undefined;
  #closed = false;
  /** Settles when the feed is there. */
  readonly ready: Promise<void>;

  constructor(source: FeedSource<Change, Whole>, ears: Ears, clock: Clock) {
    this.#source = source;
    this.#ears = ears;
    this.#clock = clock;
    this.#waiters = new Waiters(clock);
    this.ready = this.#open();
    this.ready.catch(() => this.close());
  }

  /** Takes in what was published, or what the own write was answered with: whichever comes first. */
  receive(message: string): void {
    let numbered: Numbered<Change>;
    try {
      numbered = this.#parse(message);
    } catch {
      this.#source.dropped();
      return;
    }
    if (this.#version !== undefined) this.#take(numbered);
    else if (this.#early.length < mostAhead) this.#early.push(numbered);
  }

  /** Takes in the answer to an own write; resolves when whoever watches has been told. */
  async settle(message: string): Promise<void> {
    this.receive(message);
    const version = Number(message.split('\n', 2)[1]);
    if (this.#version === undefined || this.#version >= version || this.#closed) return;
    await this.#waiters.wait(version);
  }

  async check(): Promise<void> {
    if (this.#version === undefined || this.#closed) return;
    const seen = this.#version;
    if ((await this.#source.version()) === seen || (await this.#isEmptyToo())) return;
    // What is told of it may be on its way.
    await new Promise<void>((resolve) => void this.#clock.after(holeTime, resolve));
    if (this.#version === seen || this.#ahead.size > 0) await this.reload();
  }

  /** Reads the whole anew, and tells of it when it is another. */
  async reload(): Promise<void> {
    this.#reloading ??= this.#reload().finally(() => {
      this.#reloading = undefined;
    });
    await this.#reloading;
  }

  close(): void {
    this.#closed = true;
    this.#cancelHole?.();
    this.#subscription?.close();
    this.#waiters.end();
  }

  async #open(): Promise<void> {
    const subscription = await this.#ears.subscribe(this.#source.channel, (message) => this.receive(message));
    if (this.#closed) subscription.close();
    this.#subscription = subscription;
    const { version, whole } = await this.#source.load();
    this.#version = version;
    this.#source.begin(whole);
    for (const numbered of this.#early) this.#take(numbered);
    this.#early = [];
  }

  async #isEmptyToo(): Promise<boolean> {
    return this.#source.isEmpty() && (await this.#source.version()) === 0;
  }

  async #reload(): Promise<void> {
    while (!this.#closed) {
      const seen = this.#version;
      const { version, whole } = await this.#source.load();
      if (this.#closed) return;
      // It went on meanwhile: what was read may be older.
      if (this.#version !== seen) {
        if (this.#ahead.size === 0) return;
        continue;
      }
      this.#cancelHole?.();
      this.#cancelHole = undefined;
      if (version === seen) return this.#ahead.clear();
      this.#version = version;
      this.#deliveries.run(() => this.#source.replace(whole));
      const rest = [...this.#ahead.values()].filter((numbered) => numbered.version > version);
      this.#ahead.clear();
      for (const numbered of rest) this.#take(numbered);
      this.#waiters.reached(version);
      return;
    }
  }

  #take(numbered: Numbered<Change>): void {
    const version = this.#version ?? 0;
    // An echo of what was taken in already.
    if (numbered.version <= version) return;
    const follows = numbered.before === version || (numbered.before === 0 && this.#source.isEmpty());
    if (!follows) {
      this.#keepAhead(numbered);
      return;
    }
    for (let next: Numbered<Change> | undefined = numbered; next !== undefined; next = this.#next()) {
      this.#version = next.version;
      const { change } = next;
      this.#deliveries.run(() => this.#source.apply(change));
    }
    if (this.#ahead.size === 0) {
      this.#cancelHole?.();
      this.#cancelHole = undefined;
    }
    this.#waiters.reached(this.#version ?? 0);
  }

  #next(): Numbered<Change> | undefined {
    const next = this.#ahead.get(this.#version ?? 0);
    if (next !== undefined) this.#ahead.delete(next.before);
    return next;
  }

  #keepAhead(numbered: Numbered<Change>): void {
    if (this.#ahead.size < mostAhead) this.#ahead.set(numbered.before, numbered);
    this.#cancelHole ??= this.#clock.after(holeTime, () => {
      this.#cancelHole = undefined;
      this.reload().catch((error: unknown) => this.#source.failed(error));
    });
  }

  #parse(message: string): Numbered<Change> {
    const first = message.indexOf('\n');
    const second = message.indexOf('\n', first + 1);
    const [before, version] = [Number(message.slice(0, first)), Number(message.slice(first + 1, second))];
    if (first < 1 || second < 0 || !Number.isSafeInteger(before) || !Number.isSafeInteger(version))
      throw new SyntaxError('That is no change.');
    return { before, version, change: this.#source.parse(message.slice(second + 1)) };
  }
}
