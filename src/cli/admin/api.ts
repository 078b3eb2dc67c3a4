import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ChatHub } from '../../index.js';
import { clientOf } from '../../transports/shared/client-facts.js';
import { originRefusal } from '../../transports/shared/origins.js';
import type { Proxies } from '../../transports/shared/proxies.js';
import { pathOf, type SiteState, securityHeaders } from '../site.js';
import { type Action, actionsOn } from './actions.js';
import { readObject } from './body.js';
import { Failures } from './failures.js';
import { Query } from './fields.js';
import { OverviewView } from './overview.js';
import { Refusal, refusalOf } from './problems.js';
import { RoomView } from './room.js';
import { RoomsView } from './rooms.js';
import { SessionsView } from './sessions.js';
import { TokenCheck } from './token.js';

const prefix = '/admin/api/';

/** What an {@link AdminApi} is made of. */
export interface AdminOptions {
  readonly hub: ChatHub;
  readonly token: string;
  /** Whose pages may ask besides our own. */
  readonly origins: readonly string[];
  /** Whose `X-Forwarded-For` is believed. */
  readonly proxies: Proxies;
  /** Ends the server in good order. */
  readonly drain: () => void;
  /** Told of each thing that is done, by whom: a sentence, of which some is what was asked with. */
  readonly log: (sentence: string) => void;
  /** Milliseconds that only grow; default: those of the process. */
  readonly now?: () => number;
}

/** What is known of the server that a request came to. */
export interface AdminPlace {
  readonly state: SiteState;
  /** The address that it listens on; undefined for none. */
  readonly bound: string | undefined;
}

type List = (query: Query, place: AdminPlace) => object | Promise<object>;

/**
 * What an administrator sees and does, as JSON over HTTP. There are no cookies: whoever has the token says it with each request, in a header,
 * so that no other page can act for somebody who is logged in.
 */
export class AdminApi {
  readonly #token: TokenCheck;
  readonly #failures: Failures;
  readonly #origins: readonly string[];
  readonly #proxies: Proxies;
  readonly #log: AdminOptions['log'];
  readonly #overview: OverviewView;
  readonly #lists: ReadonlyMap<string, List>;
  readonly #actions: ReadonlyMap<string, Action>;

  constructor({ hub, token, origins, proxies, drain, log, now = () => performance.now() }: AdminOptions) {
    this.#token = new TokenCheck(token);
    this.#origins = origins;
    this.#proxies = proxies;
    this.#log = log;
    this.#failures = new Failures(now);
    this.#overview = new OverviewView(hub, now);
    const rooms = new RoomsView(hub, now);
    const sessions = new SessionsView(hub, now);
    const room = new RoomView(hub, sessions, now);
    this.#lists = new Map<string, List>([
      ['overview', (_query, { state }) => this.#overview.answer(state)],
      ['rooms', (query) => rooms.answer(query)],
      ['sessions', (query) => sessions.answer(query)],
      ['room', (query) => room.answer(query)],
      ['sanctions', (query) => room.sanctions(query)],
    ]);
    this.#actions = actionsOn(hub, drain);
  }

  /** Whether a request is for this, whatever it says. */
  concerns({ url = '/' }: IncomingMessage): boolean {
    return pathOf(url).startsWith(prefix);
  }

  /** Answers it. Never throws. */
  async handle(request: IncomingMessage, response: ServerResponse, place: AdminPlace): Promise<void> {
    try {
      this.#admit(request, place);
      const { status, body, next } = await this.#do(request, place);
      respond(response, status, body);
      if (next !== undefined) response.once('close', next);
    } catch (error) {
      const { status, code, message, headers } = refusalOf(error);
      if (status === 500 && !(error instanceof Refusal)) this.#log(`failed: ${error}`);
      // What still comes of the body is not waited for.
      const rest = request.complete ? {} : { Connection: 'close' };
      respond(response, status, { code, message }, { ...headers, ...rest });
    }
  }

  close(): void {
    this.#overview.close();
  }

  /** @throws Refusal. Before this, nothing of the request is read or told. */
  #admit(request: IncomingMessage, { bound }: AdminPlace): void {
    const refusal = originRefusal(request, this.#origins, bound);
    if (refusal !== undefined) throw new Refusal(refusal.status, 'FORBIDDEN', refusal.message);
    const address = this.#addressOf(request);
    const wait = this.#failures.wait(address);
    if (wait > 0) {
      const headers = { 'Retry-After': String(Math.ceil(wait / 1_000)) };
      throw new Refusal(429, 'RATE_LIMITED', 'There were too many wrong tokens: wait.', headers);
    }
    const { authorization } = request.headers;
    if (this.#token.passes(authorization)) return;
    // Who gives none guesses none: any page can have a browser ask without, and would lock its owner out.
    if (authorization !== undefined && this.#failures.add(address))
      this.#log(`${address ?? 'unix'}: wrong tokens; it has to wait`);
    // RFC 9110, 15.5.2. Whatever was wrong with it, the answer is the same.
    const challenge = { 'WWW-Authenticate': 'Bearer' };
    throw new Refusal(401, 'UNAUTHENTICATED', 'This needs the token of --admin-token.', challenge);
  }

  async #do(request: IncomingMessage, place: AdminPlace) {
    const { method, url = '/' } = request;
    const name = pathOf(url).slice(prefix.length);
    const list = this.#lists.get(name);
    if (list !== undefined) {
      if (method !== 'GET') throw otherMethod('GET');
      return { status: 200, body: await list(new Query(url), place), next: undefined };
    }
    const action = this.#actions.get(name);
    if (action === undefined) throw new Refusal(404, 'NOT_FOUND', 'There is nothing here.');
    if (method !== 'POST') throw otherMethod('POST');
    return this.#act(name, action, request);
  }

  async #act(name: string, action: Action, request: IncomingMessage) {
    const who = this.#addressOf(request) ?? 'unix';
    try {
      const { line, answer, next } = await action(await readObject(request));
      this.#log(`${who}: ${line}`);
      return { status: 200, body: answer, next };
    } catch (error) {
      this.#log(`${who}: ${name} failed: ${refusalOf(error).code}`);
      throw error;
    }
  }

  #addressOf(request: IncomingMessage): string | undefined {
    return clientOf(request, request.socket, this.#proxies).remoteAddress;
  }
}

function otherMethod(allowed: string): Refusal {
  return new Refusal(405, 'BAD_COMMAND', `Ask with ${allowed}.`, { Allow: allowed });
}

function respond(response: ServerResponse, status: number, body: object, headers: Refusal['headers'] = {}): void {
  const text = JSON.stringify(body);
  response.writeHead(status, {
    ...securityHeaders,
    'Content-Type': 'application/json',
    'Content-Length': String(Buffer.byteLength(text)),
    'Cache-Control': 'no-store',
    ...headers,
  });
  response.end(text);
}
