import { button, element, icon, setAttribute } from './dom.js';
import { offered } from './emoji.js';
import { reactionsOf } from './reactions.js';
import type { AnyMessage } from './timeline.js';

/** What can be done with a message. */
export interface MessageActions {
  /** Reacts like that, or takes it back. */
  react(message: AnyMessage, reaction: string): void;
  edit(message: AnyMessage): void;
  delete(message: AnyMessage): void;
}

/** The tools on the message that somebody is at. There is one set of them, which goes from row to row. */
export class MessageTools {
  // Nothing that is to be read out: it only comes and goes.
  readonly #element = element('div', { class: 'tools', role: 'group', 'aria-live': 'off' });
  readonly #main: HTMLElement;
  readonly #picker: HTMLElement;
  readonly #asking: HTMLElement;
  readonly #edit: HTMLButtonElement;
  readonly #delete: HTMLButtonElement;
  #row: HTMLElement | undefined;
  #message: AnyMessage | undefined;

  constructor(actions: MessageActions) {
    const tool = (name: string, label: string, action: () => void) =>
      button({ class: 'icon-button', 'aria-label': label, title: label }, action, icon(name));
    const back = (name: string) => tool(name, 'Back', () => this.#open(this.#main));
    this.#edit = tool('edit', 'Edit', () => this.#do((message) => actions.edit(message)));
    this.#delete = tool('delete', 'Delete', () => this.#open(this.#asking));
    this.#main = element(
      'div',
      {},
      tool('react', 'React', () => this.#open(this.#picker)),
      this.#edit,
      this.#delete,
    );
    const choices = Array.from(offered, ([reaction, name]) =>
      button(
        { class: 'icon-button emoji', 'aria-label': name, title: name, 'data-reaction': reaction },
        () => this.#do((message) => actions.react(message, reaction)),
        reaction,
      ),
    );
    this.#picker = element('div', { hidden: true }, ...choices, back('close'));
    this.#asking = element(
      'div',
      { hidden: true },
      element('span', { class: 'question' }, 'Delete this message?'),
      button({ class: 'button danger' }, () => this.#do((message) => actions.delete(message)), 'Delete'),
      button({ class: 'button' }, () => this.#open(this.#main), 'Keep'),
    );
    this.#element.append(this.#main, this.#picker, this.#asking);
    this.#element.addEventListener('keydown', (event) => {
      if (event.key !== 'Escape') return;
      event.stopPropagation();
      if (this.#main.hidden) this.#open(this.#main);
      else this.#row?.focus();
    });
  }

  /** Somebody is in the middle of it: they stay where they are. */
  get busy(): boolean {
    return this.#element.contains(document.activeElement);
  }

  /** The row that they are on. */
  get row(): HTMLElement | undefined {
    return this.#row;
  }

  /** Puts them on a row, or takes them away. */
  show(row: HTMLElement | undefined, message: AnyMessage | undefined, me: string | undefined): void {
    this.#message = message;
    if (row === undefined || message === undefined) {
      this.#row = undefined;
      this.#element.remove();
      return;
    }
    if (row !== this.#row || this.#element.parentElement !== row) {
      this.#row = row;
      this.#only(this.#main);
      row.append(this.#element);
    }
    setAttribute(this.#element, 'aria-label', `For the message of ${message.from.name}`);
    const mine = message.from.user === me;
    this.#edit.hidden = !mine;
    this.#delete.hidden = !mine;
    for (const choice of this.#picker.querySelectorAll('[data-reaction]')) {
      const users = reactionsOf(message)[choice.getAttribute('data-reaction') ?? ''] ?? [];
      setAttribute(choice, 'aria-pressed', String(me !== undefined && users.includes(me)));
    }
  }

  /** The first of what is opened has the focus before what is closed loses it. */
  #open(pane: HTMLElement): void {
    pane.hidden = false;
    pane.querySelector<HTMLElement>('button:not([hidden])')?.focus({ preventScroll: true });
    this.#only(pane);
  }

  #only(pane: HTMLElement): void {
    for (const each of [this.#main, this.#picker, this.#asking]) each.hidden = each !== pane;
  }

  #do(action: (message: AnyMessage) => void): void {
    const message = this.#message;
    this.#row?.focus({ preventScroll: true });
    this.#only(this.#main);
    if (message !== undefined) action(message);
  }
}
