import { byId } from './dom.js';

/**
 * A side of the page that has no room of its own on narrow screens: there a button brings it in, over what else is shown,
 * which cannot be reached meanwhile.
 */
export class Drawer {
  readonly #panel: HTMLElement;
  readonly #button: HTMLButtonElement;
  readonly #main = byId('main', HTMLElement);
  readonly #backdrop = byId('backdrop', HTMLElement);
  readonly #narrow: MediaQueryList;
  #open = false;

  /** @param narrow - a media query: when the panel is a drawer */
  constructor(panel: string, opener: string, narrow: string) {
    this.#panel = byId(panel, HTMLElement);
    this.#button = byId(opener, HTMLButtonElement);
    this.#narrow = matchMedia(narrow);
    this.#narrow.addEventListener('change', () => {
      this.close();
      this.#panel.inert = this.#narrow.matches;
    });
    this.#button.addEventListener('click', () => (this.#open ? this.close() : this.open()));
    this.#backdrop.addEventListener('click', () => this.close());
    this.#panel.querySelector('.drawer-close')?.addEventListener('click', () => this.close());
    // Wherever the focus is: a click beside all controls takes it out of the panel. A dialog above is closed first.
    document.addEventListener('keydown', (event) => {
      if (event.key === 'Escape' && document.querySelector('dialog[open]') === null) this.close();
    });
    this.#panel.inert = this.#narrow.matches;
  }

  open(): void {
    if (!this.#narrow.matches) return;
    this.#set(true);
    this.#panel.querySelector<HTMLElement>('[aria-current], button')?.focus();
  }

  /** The focus goes back to the button, unless it went elsewhere. */
  close(): void {
    if (!this.#open) return;
    const { activeElement } = document;
    const had = activeElement === document.body || this.#panel.contains(activeElement);
    this.#set(false);
    if (had) this.#button.focus();
  }

  #set(open: boolean): void {
    this.#open = open;
    this.#panel.classList.toggle('open', open);
    this.#panel.inert = this.#narrow.matches && !open;
    this.#button.setAttribute('aria-expanded', String(open));
    this.#main.inert = open;
    this.#backdrop.hidden = !open;
  }
}
