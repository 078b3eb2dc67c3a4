import type { Conversation } from './conversation.js';
import { byId, setAttribute, setText } from './dom.js';

/** Who is told of what is written. */
export interface ComposerHost {
  /** It is ready to be sent. */
  typed(text: string): void;
  /** Somebody is at it. */
  typing(conversation: Conversation): void;
}

/** Where messages are written; what is not sent yet stays with its conversation. */
export class Composer {
  readonly #form = byId('composer', HTMLFormElement);
  readonly #text = byId('text', HTMLTextAreaElement);
  readonly #label = byId('text-label', HTMLElement);
  readonly #host: ComposerHost;
  #conversation: Conversation | undefined;

  constructor(host: ComposerHost) {
    this.#host = host;
    this.#form.addEventListener('submit', (event) => {
      event.preventDefault();
      this.#submit();
    });
    this.#text.addEventListener('keydown', (event) => {
      // While characters are being composed, Enter chooses among them.
      // Safari says so by the code of the key alone.
      if (event.key !== 'Enter' || event.shiftKey || event.isComposing || event.keyCode === 229) return;
      event.preventDefault();
      this.#submit();
    });
    this.#text.addEventListener('input', () => {
      this.#fit();
      if (this.#conversation === undefined) return;
      this.#conversation.draft = this.#text.value;
      const { value } = this.#text;
      if (value.trim() !== '' && !value.startsWith('/')) this.#host.typing(this.#conversation);
    });
  }

  show(conversation: Conversation | undefined): void {
    this.#form.hidden = conversation === undefined;
    if (conversation === undefined || conversation === this.#conversation) return;
    this.#conversation = conversation;
    const place = conversation.subject.kind === 'room' ? `#${conversation.title}` : conversation.title;
    setText(this.#label, `Message ${place}`);
    setAttribute(this.#text, 'placeholder', `Message ${place}`);
    this.#text.value = conversation.draft;
    this.#fit();
  }

  /** Gives back what could not be done, unless something else was written meanwhile. */
  restore(text: string): void {
    if (this.#text.value !== '') return;
    this.#text.value = text;
    if (this.#conversation !== undefined) this.#conversation.draft = text;
    this.#fit();
  }

  focus(): void {
    this.#text.focus();
  }

  #submit(): void {
    const { value } = this.#text;
    if (value.trim() === '') return;
    this.#text.value = '';
    if (this.#conversation !== undefined) this.#conversation.draft = '';
    this.#fit();
    this.#host.typed(value);
  }

  /** As high as what stands in it; the style sheet says how high at most. */
  #fit(): void {
    this.#text.style.height = 'auto';
    this.#text.style.height = `${this.#text.scrollHeight}px`;
  }
}
