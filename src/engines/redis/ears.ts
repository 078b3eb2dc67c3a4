import type { Cluster, Redis } from 'ioredis';
import { ChatError } from '../../model/errors.js';
import type { Clock } from '../../ports/clock.js';
import { closedError, unavailable } from './failures.js';
import type { Wires } from './wires.js';

/** How long a subscription may take: callers have their answer within 5 s. */
const patience = 4_000;

/** How often the connection is asked whether it lives. */
const askEvery = 5_000;

/** Channels of one command when all are subscribed to again. */
const chunk = 500;

type Handler = (message: string) => void;

interface Channel {
  readonly handlers: Set<Handler>;
  /** Settles when Redis has said that it listens. */
  subscribed: Promise<unknown>;
}

/** Told of what happens to the connection that listens. */
export interface EarsEvents {
  /** Messages may have been missed: everybody looks for what they missed. */
  deafened(): void;
  /** From here on nothing is missed. */
  hearing(): void;
}

/** What this node listens to: only what it has somebody for. One connection; with a Cluster, one for each primary. */
export class Ears {
  readonly #wire: Redis | Cluster;
  readonly #isCluster: boolean;
  readonly #clock: Clock;
  readonly #events: EarsEvents;
  readonly #channels = new Map<string, Channel>();
  #sharded: boolean;
  #ready = true;
  #cancelListen: (() => void) | undefined;
  #closed = false;
  #waiters: ((error?: ChatError) => void)[] = [];

  constructor({ ears, isCluster }: Wires, sharded: boolean, clock: Clock, events: EarsEvents) {
    this.#wire = ears;
    this.#isCluster = isCluster;
    this.#sharded = sharded;
    this.#clock = clock;
    this.#events = events;
    const wire = ears as Redis;
    const hear = (channel: string, message: string) => this.#hear(channel, message);
    wire.on('message', hear);
    wire.on('smessage', hear);
    if (isCluster) return;
    wire.on('close', () => this.#deafened());
    wire.on('ready', () => void this.#resubscribe());
    this.#listen();
  }

  /** The command that publishes to them. */
  get publish(): 'PUBLISH' | 'SPUBLISH' {
    return this.#sharded ? 'SPUBLISH' : 'PUBLISH';
  }

  /** How many channels are listened to. */
  get size(): number {
    return this.#channels.size;
  }

  /** Another server may be of another version. */
  set sharded(sharded: boolean) {
    if (this.#sharded === sharded || this.#isCluster) return;
    this.#sharded = sharded;
    if (this.#ready) void this.#resubscribe();
  }

  /** Resolves when nothing published from now on is missed. */
  async subscribe(name: string, handler: Handler): Promise<{ close(): void }> {
    if (this.#closed) throw closedError();
    let channel = this.#channels.get(name);
    if (channel === undefined) {
      channel = { handlers: new Set(), subscribed: Promise.resolve() };
      this.#channels.set(name, channel);
      channel.subscribed = this.#subscribe([name]);
      channel.subscribed.catch(() => undefined);
    }
    // A wrapper: one function may subscribe twice.
    const own: Handler = (message) => handler(message);
    channel.handlers.add(own);
    const close = () => this.#drop(name, own);
    try {
      await this.#within(channel.subscribed);
    } catch (error) {
      close();
      throw unavailable(error);
    }
    return { close };
  }

  close(): void {
    this.#closed = true;
    this.#cancelListen?.();
    this.#channels.clear();
    for (const wake of this.#waiters.splice(0)) wake(closedError());
  }

  /** A connection that says nothing may be dead: nobody tells of that when the way to it is cut. */
  #listen(): void {
    if (this.#closed) return;
    this.#cancelListen = this.#clock.after(askEvery, () => {
      if (!this.#ready) {
        this.#listen();
        return;
      }
      this.#within((this.#wire as Redis).ping()).then(
        () => this.#listen(),
        () => {
          if (this.#closed) return;
          this.#deafened();
          (this.#wire as Redis).disconnect(true);
          this.#listen();
        },
      );
    });
  }

  #drop(name: string, handler: Handler): void {
    const channel = this.#channels.get(name);
    if (!channel?.handlers.delete(handler) || channel.handlers.size > 0) return;
    this.#channels.delete(name);
    if (!this.#ready || this.#closed) return;
    const gone = this.#sharded ? this.#wire.sunsubscribe(name) : this.#wire.unsubscribe(name);
    // Where the connection is lost, the subscription is, too.
    gone.catch(() => undefined);
  }

  async #subscribe(names: readonly string[]): Promise<void> {
    if (!this.#ready) {
      // All that is wanted is subscribed to when the connection is there.
      await new Promise<void>((resolve, reject) => {
        this.#waiters.push((error) => (error === undefined ? resolve() : reject(error)));
      });
      return;
    }
    if (this.#sharded) await this.#wire.ssubscribe(...names);
    else await this.#wire.subscribe(...names);
  }

  #deafened(): void {
    if (!this.#ready || this.#closed) return;
    this.#ready = false;
    this.#events.deafened();
  }

  async #resubscribe(): Promise<void> {
    this.#ready = true;
    try {
      const names = [...this.#channels.keys()];
      for (let from = 0; from < names.length; from += chunk) await this.#subscribe(names.slice(from, from + chunk));
    } catch {
      // It was lost again in the middle of it, and comes here again.
      this.#deafened();
      return;
    }
    for (const wake of this.#waiters.splice(0)) wake();
    this.#events.hearing();
  }

  #hear(name: string, message: string): void {
    for (const handler of this.#channels.get(name)?.handlers ?? []) handler(message);
  }

  async #within(subscribed: Promise<unknown>): Promise<void> {
    let cancel: (() => void) | undefined;
    const late = new Promise<never>((_, reject) => {
      cancel = this.#clock.after(patience, () => reject(new ChatError('ENGINE_UNAVAILABLE')));
    });
    try {
      await Promise.race([subscribed, late]);
    } finally {
      cancel?.();
    }
  }
}
