import { byId, setText } from './dom.js';
import { sentenceOf } from './sentences.js';

/** Asks for one line, and stays open until it was taken. */
export class FormDialog {
  readonly #dialog: HTMLDialogElement;
  readonly #input: HTMLInputElement;
  readonly #error: Element;
  readonly #take: (text: string) => Promise<unknown>;

  /** @param take - what is done with it; what it throws is said in the dialog */
  constructor(dialog: string, input: string, take: (text: string) => Promise<unknown>) {
    this.#dialog = byId(dialog, HTMLDialogElement);
    this.#input = byId(input, HTMLInputElement);
    this.#take = take;
    const error = this.#dialog.querySelector('.error');
    if (error === null) throw new Error(`#${dialog} has no place for errors`);
    this.#error = error;
    this.#dialog.querySelector('form')?.addEventListener('submit', (event) => {
      event.preventDefault();
      void this.submit(this.#input.value);
    });
    this.#dialog.querySelector('.cancel')?.addEventListener('click', () => this.#dialog.close());
  }

  open(text = ''): void {
    this.#input.value = text;
    setText(this.#error, '');
    this.#dialog.showModal();
    this.#input.focus();
    this.#input.select();
  }

  async submit(text: string): Promise<void> {
    if (text.trim() === '') return;
    try {
      await this.#take(text.trim());
      this.#dialog.close();
    } catch (error) {
      setText(this.#error, sentenceOf(error));
    }
  }
}
