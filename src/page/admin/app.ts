import type { Overview } from '../../cli/admin/answers.js';
import { byId, setAttribute, setText } from '../dom.js';
import { Toasts } from '../toasts.js';
import { type Api, ApiError, sentenceOf } from './api.js';
import { AskDialog } from './ask-dialog.js';
import { BansView } from './bans-view.js';
import { durationOf } from './formats.js';
import { MembersView } from './members-view.js';
import { announce, drain, type Tools } from './moderating.js';
import { RoomView } from './room-view.js';
import { RoomsView } from './rooms-view.js';
import { ServerView } from './server-view.js';
import { connectionsOf, Tiles } from './tiles.js';
import type { View } from './view.js';

/** How often the server is asked, and how seldom at the least while it does not answer. */
const everyMs = 2_000;
const seldomMs = 15_000;

/** The page once somebody has come in: asks for what is shown, again and again, while somebody sees it. */
export class App {
  readonly #tools: Tools;
  readonly #tiles = new Tiles();
  readonly #views: ReadonlyMap<string, View>;
  readonly #place = byId('main', HTMLElement);
  readonly #banner = byId('banner', HTMLElement);
  readonly #line = byId('server-line', HTMLElement);
  readonly #onRefused: (why: string) => void;
  readonly #toasts = new Toasts();
  #view: View;
  #overview: Overview | undefined;
  #timer: number | undefined;
  #asking = false;
  /** Somebody wants to see something else while the server is being asked. */
  #again = false;
  #failures = 0;
  #over = false;

  /** @param onRefused - the token is not right any more */
  constructor(api: Api, onRefused: (why: string) => void) {
    this.#onRefused = onRefused;
    const say = (text: string) => this.#toasts.say(text);
    const changed = () => void this.#ask(false);
    this.#tools = { api, ask: new AskDialog(), say, changed };
    const rooms = new RoomsView(api, changed);
    this.#view = rooms;
    this.#views = new Map<string, View>([
      ['#rooms', rooms],
      ['#members', new MembersView(this.#tools, changed)],
      ['#bans', new BansView(this.#tools, changed)],
      ['#server', new ServerView(() => this.#overview)],
    ]);
    this.#on('announce-button', () => announce(this.#tools));
    this.#on('drain-button', () =>
      drain(this.#tools, this.#overview === undefined ? 0 : connectionsOf(this.#overview.now)),
    );
    addEventListener('hashchange', () => {
      this.#turn();
      changed();
    });
    // Nobody looks: nothing is asked.
    document.addEventListener('visibilitychange', () => void this.#ask(true));
    byId('admin', HTMLElement).hidden = false;
    this.#turn();
    void this.#ask(true);
  }

  /** Shows the list that the address names. */
  #turn(): void {
    const { hash } = location;
    const room = roomIn(hash);
    const known = this.#views.get(hash) ?? this.#views.get('#rooms');
    this.#view = room === undefined && known !== undefined ? known : this.#roomView(room ?? '');
    this.#place.replaceChildren(this.#view.element);
    const current = room !== undefined || !this.#views.has(hash) ? '#rooms' : hash;
    for (const link of document.querySelectorAll('.tabs a'))
      setAttribute(link, 'aria-current', link.getAttribute('href') === current && 'page');
  }

  #roomView(room: string): View {
    return new RoomView(this.#tools, room, this.#tools.changed);
  }

  /** @param all - whether the numbers are asked for, too, as they are every two seconds */
  async #ask(all: boolean): Promise<void> {
    clearTimeout(this.#timer);
    if (document.hidden || this.#over) return;
    if (this.#asking) {
      this.#again = true;
      return;
    }
    this.#asking = true;
    try {
      if (all) this.#show(await this.#tools.api.get<Overview>('overview'));
      await this.#view.refresh();
      this.#failures = 0;
      this.#warn();
    } catch (error) {
      this.#failed(error);
    }
    this.#asking = false;
    const again = this.#again;
    this.#again = false;
    if (again) void this.#ask(false);
    else this.#timer = setTimeout(() => void this.#ask(true), Math.min(everyMs * 2 ** this.#failures, seldomMs));
  }

  #show(overview: Overview): void {
    const { node, version, uptime } = overview;
    if (this.#overview !== undefined && this.#overview.node !== node) {
      this.#toasts.say('Another node answers now: it was started anew, or there are several behind this address.');
      this.#tiles.clear();
    }
    this.#overview = overview;
    this.#tiles.show(overview);
    setText(this.#line, `${version} · node ${node} · up for ${durationOf(uptime)}`);
  }

  /** Says what somebody should know; what is worst. */
  #warn(): void {
    const { state, engine } = this.#overview ?? {};
    if (state === 'draining') this.#say('The server is ending.', 'closed');
    else if (engine !== undefined && engine.state !== 'up')
      this.#say(`The engine ${engine.name} is ${engine.state ?? 'not open'}. ${engine.reason ?? ''}`, 'closed');
    else this.#say(engine?.warnings.join(' ') ?? '', 'warning');
  }

  #say(text: string, state: 'closed' | 'warning'): void {
    setText(this.#banner, text);
    setAttribute(this.#banner, 'data-state', state);
    this.#banner.hidden = text === '';
  }

  #failed(error: unknown): void {
    if (error instanceof ApiError && error.code === 'UNAUTHENTICATED') {
      this.#over = true;
      this.#onRefused(error.message);
      return;
    }
    this.#failures++;
    this.#say(sentenceOf(error), 'closed');
  }

  #on(id: string, action: () => void): void {
    byId(id, HTMLButtonElement).addEventListener('click', action);
  }
}

/** Undefined where it names none. */
function roomIn(hash: string): string | undefined {
  const [, name] = /^#room\/(.+)$/.exec(hash) ?? [];
  try {
    return name && decodeURIComponent(name);
  } catch {
    return undefined;
  }
}
