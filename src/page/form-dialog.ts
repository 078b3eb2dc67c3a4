import { byId, setText } from './dom.js';
import { sentenceOf } from './sentences.js';

/** Asks for one line, and stays open until it was taken. */
export class FormDialog {
  readonly #dialog: HTMLDialogElement;
  readonly #input: HTMLInputElement;
  readonly #error: Element;
  readonly #take: (text: string) => Promise<unknown>;
  readonly #done: () => void;
  readonly #mayBeEmpty: boolean;

  /**
   * @param take - what is done with it; what it throws is said in the dialog
   * @param done - what follows when the dialog is closed, and the focus is back where it was
   * @param mayBeEmpty - nothing is an answer, too
   */
  constructor(
    dialog: string,
    input: string,
    take: (text: string) => Promise<unknown>,
    done = () => {},
    mayBeEmpty = false,
  ) {
    this.#dialog = byId(dialog, HTMLDialogElement);
    this.#input = byId(input, HTMLInputElement);
    this.#take = take;
    this.#done = done;
    this.#mayBeEmpty = mayBeEmpty;
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
    if (text.trim() === '' && !this.#mayBeEmpty) return;
    try {
      await this.#take(text.trim());
    } catch (error) {
      setText(this.#error, sentenceOf(error));
      return;
    }
    this.#dialog.close();
    this.#done();
  }
}
