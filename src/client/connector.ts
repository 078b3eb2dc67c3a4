import type { Position } from '../model/entry.js';
import type { ErrorCode } from '../model/errors.js';
import type { ServerEvent, WelcomeEvent } from '../model/events.js';
import { ClientError } from './client-error.js';
import { Emitter } from './emitter.js';
import { Link, lost, type Outgoing } from './link.js';
import type { ConnectOptions, WebSocketConstructor } from './options.js';

/**
 * What becomes of a client's connection: `offline` until the next attempt, `closed` for good.
 *
 * @example
 * ```ts
 * import type { ClientState } from 'chathub/client';
 *
 * const colours: { [state in ClientState]: string } = { connecting: 'grey', online: 'green', offline: 'amber', closed: 'red' };
 * ```
 */
export type ClientState = 'connecting' | 'online' | 'offline' | 'closed';

/** Refusals of the name that is wished for: the connection can do without it. */
const aboutTheName: readonly ErrorCode[] = ['NAME_TAKEN', 'BAD_NAME', 'FORBIDDEN'];

/** The longest that timers can wait. */
const longestMs = 2 ** 31 - 1;

/** What browsers have, and other platforms may. */
const platform = globalThis as {
  readonly location?: { readonly href: string };
  readonly WebSocket?: WebSocketConstructor;
  addEventListener?(event: string, listener: () => void): void;
  removeEventListener?(event: string, listener: () => void): void;
};

/** Keeps a connection: opens it, greets, and begins again when it is lost, until it is closed for good. */
export abstract class Connector<Events> extends Emitter<Events> {
  state: ClientState = 'connecting';
  /** The secret of the session. */
  session: string | undefined;
  /** The name to ask for. */
  name: string | undefined;
  /** The connection, once it was greeted. */
  link: Link | undefined;
  readonly #url: string;
  readonly #options: ConnectOptions;
  readonly #WebSocket: WebSocketConstructor;
  #open: Link | undefined;
  readonly #waiters: (() => void)[] = [];
  #attempts = 0;
  #retryAfter: number | undefined;
  /** A refusal was tried to be got over: the next one is final. */
  #secondTry = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** What the server said to the greeting. */
  #refusal: ClientError | undefined;
  /** Why it was closed. */
  #why = lost;

  constructor(url: string | URL, options: ConnectOptions) {
    super();
    // As a page would write it: `/chat`, or with the scheme that it was loaded by.
    this.#url = new URL(url, platform.location?.href).href.replace(/^http/, 'ws');
    if (!this.#url.startsWith('ws')) throw new TypeError(`Expected a ws: URL, got ${this.#url}`);
    const given = options.WebSocket ?? platform.WebSocket;
    if (!given) throw new TypeError('The option "WebSocket" is missing.');
    this.#WebSocket = given;
    this.#options = options;
    this.name = options.name;
    this.session = options.resume?.session;
    platform.addEventListener?.('online', this.#hurry);
    // Whoever made the client listens to it first.
    queueMicrotask(() => void this.#connect());
  }

  /** Up to where each room was read. */
  abstract readonly positions: { readonly [room: string]: Position };
  abstract welcomed(event: WelcomeEvent): void;
  abstract received(event: ServerEvent): void;
  /** The connection is gone, with this close code. */
  abstract lost(code: number): void;
  abstract stateChanged(state: ClientState, error?: ClientError, retryIn?: number): void;
  /** Something went wrong that nobody awaits. */
  abstract failed(error: unknown): void;

  /** What the application gives to log in with. */
  async token(): Promise<string | undefined> {
    const { token } = this.#options;
    return typeof token === 'function' ? token() : token;
  }

  /** Whether the application can give a fresh one at any time. */
  get renews(): boolean {
    return typeof this.#options.token === 'function';
  }

  /** Resolves with the connection when it stands; rejects when it never will, or when too many wait. */
  async online(): Promise<Link> {
    while (this.state !== 'online' || !this.link) {
      if (this.state === 'closed') throw this.#why;
      if (this.#waiters.length >= (this.#options.queue ?? 256))
        throw new ClientError('RATE_LIMITED', 'Too much waits.', true);
      await new Promise<void>((resolve) => this.#waiters.push(resolve));
    }
    return this.link;
  }

  /** Ends it for good. */
  end(error: ClientError, politely?: boolean): void {
    if (this.state === 'closed') return;
    this.#why = error;
    clearTimeout(this.#timer);
    platform.removeEventListener?.('online', this.#hurry);
    const open = this.#open;
    this.#open = undefined;
    this.#change('closed', politely ? undefined : error);
    if (politely) open?.drop(1000, '');
  }

  async #connect(): Promise<void> {
    if (this.state === 'closed') return;
    this.#change('connecting');
    try {
      const token = await this.token();
      if (this.state !== 'connecting') return;
      this.#open = new Link(this.#url, this.#WebSocket, {
        opened: (link) => void this.#greet(link, token),
        received: (event) => this.#received(event),
        lost: (code, reason) => this.#lost(code, reason),
      });
    } catch (error) {
      // The application's own function, or a constructor that takes no such address.
      this.failed(error);
      this.#lost(4000, 'TIMEOUT');
    }
  }

  async #greet(link: Link, token: string | undefined): Promise<void> {
    const hello = { type: 'hello', token, name: this.name, session: this.session, rooms: this.positions };
    try {
      await link.call(hello as Outgoing);
      // A listener may have closed it meanwhile.
      if (this.link !== link) return;
      this.#change('online');
    } catch (error) {
      if (this.#open !== link || !(error instanceof ClientError) || error === lost) return;
      this.#refusal = error;
      if (this.name && aboutTheName.includes(error.code)) {
        this.name = undefined;
        this.failed(error);
        await this.#greet(link, token);
        // The server closes what it refuses for good; what it may grant later is asked for over another connection.
      } else if (error.retryable) link.drop(4000, error.code);
    }
  }

  #received(event: ServerEvent): void {
    if (event.type === 'welcome') this.#enter(event);
    else if (event.type === 'bye') this.#retryAfter = event.retryAfter;
    else this.received(event);
  }

  /** In the very step in which the welcome came: what follows it is of the rooms that it tells of. */
  #enter(event: WelcomeEvent): void {
    this.session = event.session;
    this.link = this.#open;
    this.link?.welcomed(event);
    this.#attempts = 0;
    this.#secondTry = false;
    this.#refusal = undefined;
    this.welcomed(event);
  }

  #lost(code: number, reason: string): void {
    this.lost(code);
    this.link = undefined;
    this.#open = undefined;
    if (this.state === 'closed') return;
    const final = code >= 4500 && code <= 4999 && !this.#mayTryAgain(code);
    const error =
      this.#refusal?.code === reason
        ? this.#refusal
        : new ClientError((reason || 'TIMEOUT') as ErrorCode, `Closed (${code}).`, !final);
    if (final) {
      this.end(error);
      return;
    }
    const delay = this.#delay();
    // First the timer: whoever hears of it may close, which takes it back.
    this.#timer = setTimeout(() => void this.#connect(), delay);
    this.#change('offline', error, delay);
  }

  /** A session may be of somebody whose token is another now, and a token may have run out: once without the one, with another of the other. */
  #mayTryAgain(code: number): boolean {
    if (code !== 4500 || this.#secondTry) return false;
    this.#secondTry = true;
    const fresh = !!this.session || this.renews;
    this.session = undefined;
    return fresh;
  }

  /** Anywhere within a span that doubles, so that those who lost the same server do not come back together. */
  #delay(): number {
    const { retryDelay = 500, retryDelayMax = 30_000 } = this.#options;
    const after: unknown = this.#retryAfter;
    this.#retryAfter = undefined;
    // Of anything else, a timer would make a millisecond, or throw.
    if (typeof after === 'number' && after >= 0) return Math.min(after, longestMs);
    return Math.random() * Math.min(retryDelayMax, retryDelay * 2 ** this.#attempts++);
  }

  /** The network is back, says the browser. */
  readonly #hurry = (): void => {
    if (this.state !== 'offline') return;
    clearTimeout(this.#timer);
    void this.#connect();
  };

  #change(state: ClientState, error?: ClientError, retryIn?: number): void {
    this.state = state;
    if (state === 'online' || state === 'closed') for (const wake of this.#waiters.splice(0)) wake();
    this.stateChanged(state, error, retryIn);
  }
}
