import type { Conversation, Editing } from './conversation.js';
import { byId, setAttribute, setText } from './dom.js';

/** Who is told of what is written. */
export interface ComposerHost {
  /** It is ready to be sent. */
  typed(text: string): void;
  /** Somebody is at it. */
  typing(conversation: Conversation): void;
  /** A message of ours is to say something else. */
  edited(conversation: Conversation, editing: Editing): void;
  /** Nothing is edited any more. */
  left(): void;
  /** What was said last is to be edited. */
  editLast(): void;
}

/** Where messages are written; what is not sent yet stays with its conversation. */
export class Composer {
  readonly #form = byId('composer', HTMLFormElement);
  readonly #text = byId('text', HTMLTextAreaElement);
  readonly #label = byId('text-label', HTMLElement);
  readonly #host: ComposerHost;
  readonly #bar = byId('editing', HTMLElement);
  readonly #error = byId('editing-error', HTMLElement);
  readonly #send = byId('send-button', HTMLButtonElement);
  #conversation: Conversation | undefined;
  #editing: Editing | undefined;

  constructor(host: ComposerHost) {
    this.#host = host;
    this.#form.addEventListener('submit', (event) => {
      event.preventDefault();
      this.#submit();
    });
    byId('editing-cancel', HTMLButtonElement).addEventListener('click', () => this.#leaveEditing());
    this.#text.addEventListener('keydown', (event) => {
      if (this.#key(event)) event.preventDefault();
      // While characters are being composed, Enter chooses among them.
      // Safari says so by the code of the key alone.
      if (event.key !== 'Enter' || event.shiftKey || event.isComposing || event.keyCode === 229) return;
      event.preventDefault();
      this.#submit();
    });
    this.#text.addEventListener('input', () => {
      this.#fit();
      if (this.#conversation === undefined) return;
      const { value } = this.#text;
      if (this.#editing !== undefined) {
        this.#editing.text = value;
        setText(this.#error, '');
        return;
      }
      this.#conversation.draft = value;
      if (value.trim() !== '' && !value.startsWith('/')) this.#host.typing(this.#conversation);
    });
  }

  show(conversation: Conversation | undefined): void {
    this.#form.hidden = conversation === undefined;
    this.#bar.hidden = conversation?.editing === undefined;
    if (conversation === undefined) return;
    const { editing } = conversation;
    if (conversation === this.#conversation && editing === this.#editing) return;
    this.#conversation = conversation;
    this.#editing = editing;
    const place = conversation.subject.kind === 'room' ? `#${conversation.title}` : conversation.title;
    const label = editing === undefined ? `Message ${place}` : 'Edit your message';
    setText(this.#label, label);
    setText(this.#error, '');
    setAttribute(this.#text, 'placeholder', label);
    setAttribute(this.#text, 'aria-describedby', editing === undefined ? 'text-hint' : 'editing-hint');
    for (const name of ['aria-label', 'title']) setAttribute(this.#send, name, editing === undefined ? 'Send' : 'Save');
    this.#text.value = editing?.text ?? conversation.draft;
    this.#fit();
  }

  /** Gives back what could not be done, unless something else was written meanwhile. */
  restore(text: string): void {
    if (this.#text.value !== '' || this.#editing !== undefined) return;
    this.#text.value = text;
    if (this.#conversation !== undefined) this.#conversation.draft = text;
    this.#fit();
  }

  focus(): void {
    this.#text.focus();
  }

  #submit(): void {
    const { value } = this.#text;
    if (this.#editing !== undefined) {
      this.#save(this.#editing);
      return;
    }
    if (value.trim() === '') return;
    this.#text.value = '';
    if (this.#conversation !== undefined) this.#conversation.draft = '';
    this.#fit();
    this.#host.typed(value);
  }

  #save(editing: Editing): void {
    if (editing.text.trim() === '') {
      setText(this.#error, 'A message has to say something. To take it back, delete it.');
      return;
    }
    const conversation = this.#conversation;
    this.#leaveEditing();
    if (conversation !== undefined && editing.text !== editing.was) this.#host.edited(conversation, editing);
  }

  /** What was being written before stands here again. */
  #leaveEditing(): void {
    if (this.#conversation === undefined) return;
    this.#conversation.editing = undefined;
    this.show(this.#conversation);
    this.#host.left();
    this.focus();
  }

  /** Whether it was one that means something while editing, or begins it. */
  #key({ key, isComposing, shiftKey, altKey, ctrlKey, metaKey }: KeyboardEvent): boolean {
    if (isComposing || shiftKey || altKey || ctrlKey || metaKey) return false;
    if (key === 'Escape' && this.#editing !== undefined) {
      this.#leaveEditing();
      return true;
    }
    if (key !== 'ArrowUp' || this.#editing !== undefined || this.#text.value !== '') return false;
    this.#host.editLast();
    return true;
  }

  /** As high as what stands in it; the style sheet says how high at most. */
  #fit(): void {
    this.#text.style.height = 'auto';
    this.#text.style.height = `${this.#text.scrollHeight}px`;
  }
}
