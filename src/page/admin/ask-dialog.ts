import { byId, element, setText } from '../dom.js';
import { sentenceOf } from './api.js';

/** Something to fill in. */
export interface Field {
  readonly name: string;
  readonly label: string;
  /** What there is to choose from, by value; a text otherwise. */
  readonly choices?: readonly (readonly [value: string, label: string])[];
  readonly value?: string;
  readonly hint?: string;
  /** Several lines. */
  readonly long?: boolean;
  readonly required?: boolean;
}

/** What is asked before something is done. */
export interface Question {
  readonly title: string;
  /** What will happen. */
  readonly text: string;
  readonly fields?: readonly Field[];
  /** On the button that does it. */
  readonly verb: string;
  readonly danger?: boolean;
  /** What it throws is said in the dialog, which stays open. */
  act(values: { readonly [name: string]: string }): Promise<void>;
}

type Input = HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement;

/** Asks, and does it when it is told to. */
export class AskDialog {
  readonly #dialog = byId('ask', HTMLDialogElement);
  readonly #title = byId('ask-title', HTMLElement);
  readonly #place = byId('ask-fields', HTMLElement);
  readonly #error = byId('ask-error', HTMLElement);
  readonly #submit = byId('ask-submit', HTMLButtonElement);
  #question: Question | undefined;
  #inputs = new Map<string, Input>();

  constructor() {
    byId('ask-cancel', HTMLButtonElement).addEventListener('click', () => this.#dialog.close());
    this.#dialog.querySelector('form')?.addEventListener('submit', (event) => {
      event.preventDefault();
      void this.#do();
    });
  }

  open(question: Question): void {
    this.#question = question;
    const { title, text, fields = [], verb, danger = false } = question;
    setText(this.#title, title);
    setText(this.#error, '');
    setText(this.#submit, verb);
    this.#submit.className = `button ${danger ? 'danger' : 'primary'}`;
    this.#submit.disabled = false;
    this.#inputs = new Map(fields.map((field) => [field.name, inputOf(field)]));
    const rows = fields.map((field) => this.#rowOf(field));
    this.#place.replaceChildren(element('p', { class: 'ask-text' }, text), ...rows);
    this.#dialog.showModal();
    // What ends something is not done by a stray Enter.
    const first = [...this.#inputs.values()][0] ?? (danger ? byId('ask-cancel', HTMLElement) : this.#submit);
    first.focus();
  }

  #rowOf({ name, label, hint }: Field): HTMLElement {
    const input = this.#inputs.get(name);
    const about = hint === undefined ? undefined : element('p', { class: 'hint', id: `${name}-hint` }, hint);
    return element('div', { class: 'field' }, element('label', { for: `ask-${name}` }, label), input, about);
  }

  async #do(): Promise<void> {
    const question = this.#question;
    if (question === undefined || this.#submit.disabled) return;
    // Once is enough.
    this.#submit.disabled = true;
    try {
      await question.act(Object.fromEntries([...this.#inputs].map(([name, { value }]) => [name, value.trim()])));
    } catch (error) {
      if (this.#question === question) setText(this.#error, sentenceOf(error));
      return;
    } finally {
      if (this.#question === question) this.#submit.disabled = false;
    }
    if (this.#question === question) this.#dialog.close();
  }
}

function inputOf({ name, choices, value = '', hint, long = false, required = false }: Field): Input {
  const about = hint === undefined ? undefined : `${name}-hint`;
  const attributes = { id: `ask-${name}`, 'aria-describedby': about, required, dir: 'auto' };
  if (choices !== undefined) {
    const select = element('select', attributes);
    select.append(...choices.map(([of, label]) => new Option(label, of)));
    if (value !== '') select.value = value;
    return select;
  }
  const input = long
    ? element('textarea', { ...attributes, rows: '4' })
    : element('input', { ...attributes, type: 'text' });
  input.value = value;
  return input;
}
