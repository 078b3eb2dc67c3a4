import type { Connection } from './chat.js';
import { byId, setAttribute, setText } from './dom.js';
import { closingOf } from './sentences.js';

const words = { connecting: 'Connecting', online: 'Online', offline: 'Offline', closed: 'Closed' } as const;

/** Whether there is a connection, and what becomes of it. */
export class Status {
  readonly #state = byId('state', HTMLElement);
  readonly #banner = byId('banner', HTMLElement);
  readonly #text = byId('banner-text', HTMLElement);
  readonly #wait = byId('banner-wait', HTMLElement);
  readonly #again = byId('banner-button', HTMLButtonElement);
  #wasOnline = false;
  #timer: number | undefined;

  /** @param onAgain - somebody wants to begin anew */
  constructor(onAgain: () => void) {
    this.#again.addEventListener('click', onAgain);
  }

  show({ state, error, retryAt }: Connection): void {
    this.#wasOnline ||= state === 'online';
    setText(this.#state, words[state]);
    setAttribute(this.#state, 'data-state', state);
    setAttribute(this.#banner, 'data-state', state);
    // At first, connecting is what is to be expected.
    this.#banner.hidden = state === 'online' || (state === 'connecting' && !this.#wasOnline);
    setText(
      this.#text,
      state === 'closed' ? closingOf(error) : 'There is no connection. What you write is sent later.',
    );
    this.#again.hidden = state !== 'closed';
    this.#count(state === 'closed' ? undefined : retryAt, state === 'connecting');
  }

  /** Counts down, for eyes only: read out each second, it would drown everything else. */
  #count(retryAt: number | undefined, connecting: boolean): void {
    clearTimeout(this.#timer);
    const seconds = retryAt === undefined ? 0 : Math.ceil((retryAt - Date.now()) / 1_000);
    setText(this.#wait, seconds > 0 ? `Reconnecting in ${seconds} s` : connecting ? 'Reconnecting…' : '');
    if (seconds > 0) this.#timer = setTimeout(() => this.#count(retryAt, connecting), 250);
  }
}
