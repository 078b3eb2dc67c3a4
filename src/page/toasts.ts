import { button, byId, element, icon } from './dom.js';

/** Long enough to be read twice. */
const shownMs = 12_000;

/** More would hide what they are about. */
const most = 3;

/** What is to be read once: errors, and what the server has to say. */
export class Toasts {
  readonly #place = byId('toasts', HTMLElement);

  say(text: string): void {
    const toast = element('div', { class: 'toast' }, element('p', { dir: 'auto' }, text));
    const dismiss = () => toast.remove();
    toast.append(button({ class: 'icon-button', 'aria-label': 'Dismiss' }, dismiss, icon('close')));
    this.#place.append(toast);
    while (this.#place.childElementCount > most) this.#place.firstElementChild?.remove();
    const timer = setInterval(() => {
      // Not from under somebody's hand.
      if (toast.matches(':hover, :focus-within')) return;
      clearInterval(timer);
      dismiss();
    }, shownMs);
  }
}
