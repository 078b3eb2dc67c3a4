import type { SearchResult } from '../client/index.js';
import type { Chat } from './chat.js';
import { button, byId, element, setText } from './dom.js';
import { hueOf } from './names.js';
import { sentenceOf } from './sentences.js';
import type { AnyMessage } from './timeline.js';

/** How many are asked for at once. */
const pageSize = 20;

/** What is looked for, and how far that came. */
interface Search {
  readonly text: string;
  readonly room: string | undefined;
  readonly next?: SearchResult['next'];
}

const format = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });

/** Finds messages by their words, newest first, and leads to them. */
export class SearchDialog {
  readonly #dialog = byId('search-dialog', HTMLDialogElement);
  readonly #text = byId('search-text', HTMLInputElement);
  readonly #where = byId('search-where', HTMLSelectElement);
  readonly #status = byId('search-status', HTMLElement);
  readonly #error = byId('search-error', HTMLElement);
  readonly #results = byId('search-results', HTMLElement);
  readonly #older = byId('search-older', HTMLButtonElement);
  readonly #chat: Chat;
  readonly #onChoose: (message: AnyMessage) => void;
  /** The last one; what comes of others is of no interest any more. */
  #search: Search | undefined;

  /** @param onChoose - somebody wants to see this one where it was said */
  constructor(chat: Chat, onChoose: (message: AnyMessage) => void) {
    this.#chat = chat;
    this.#onChoose = onChoose;
    byId('search-form', HTMLFormElement).addEventListener('submit', (event) => {
      event.preventDefault();
      void this.#begin();
    });
    this.#where.addEventListener('change', () => void this.#begin());
    this.#older.addEventListener('click', () => void this.#goOn());
    this.#dialog.querySelector('.cancel')?.addEventListener('click', () => this.#dialog.close());
  }

  /** @param text - what to look for at once */
  open(text = ''): void {
    const subject = this.#chat.current?.subject;
    const places = [new Option('All rooms', '')];
    if (subject?.kind === 'room') places.push(new Option(`# ${subject.room}`, subject.room));
    places.push(new Option('Direct messages', '@'));
    const { value } = this.#where;
    this.#where.replaceChildren(...places);
    // As last time, where that is still on offer.
    if (places.some((place) => place.value === value)) this.#where.value = value;
    if (text !== '') this.#text.value = text;
    this.#dialog.showModal();
    this.#text.focus();
    this.#text.select();
    void this.#begin();
  }

  async #begin(): Promise<void> {
    const text = this.#text.value.trim();
    this.#search = { text, room: this.#where.value || undefined };
    this.#older.hidden = true;
    this.#results.replaceChildren();
    setText(this.#error, '');
    setText(this.#status, '');
    if (text !== '') await this.#goOn();
  }

  async #goOn(): Promise<void> {
    const search = this.#search;
    if (search === undefined) return;
    setText(this.#status, 'Searching…');
    setText(this.#error, '');
    try {
      const { text, room, next } = search;
      const options = { limit: pageSize, ...(room === undefined ? {} : { room }) };
      const found = await this.#chat.client.search(text, next === undefined ? options : { ...options, before: next });
      if (search === this.#search) this.#show(search, found);
    } catch (error) {
      if (search !== this.#search) return;
      setText(this.#status, '');
      setText(this.#error, sentenceOf(error));
    }
  }

  #show(search: Search, { messages, more, next }: SearchResult): void {
    const rows = messages.toReversed().map((message) => this.#rowOf(message));
    const had = document.activeElement === this.#older;
    this.#results.append(...rows);
    this.#search = { ...search, next };
    this.#older.hidden = !more || next === undefined;
    // What was pressed is away, or further down: the first of what it brought is next.
    if (had) rows[0]?.querySelector('button')?.focus();
    const count = this.#results.childElementCount;
    setText(this.#status, count === 0 ? 'Nothing was found.' : foundSentence(count, more));
  }

  #rowOf(message: AnyMessage): HTMLElement {
    const { from, at, text } = message;
    const place = message.type === 'message' ? `# ${message.room}` : 'in private';
    const time = element('time', { datetime: new Date(at).toISOString() }, format.format(at));
    const facts = element(
      'span',
      { class: 'found-facts' },
      element('bdi', { class: 'author', 'data-hue': hueOf(from.user) }, from.name),
      element('bdi', { class: 'found-place' }, place),
      time,
    );
    const choose = () => {
      this.#dialog.close();
      this.#onChoose(message);
    };
    return element(
      'li',
      {},
      button({ class: 'found' }, choose, facts, element('span', { class: 'found-text', dir: 'auto' }, text)),
    );
  }
}

function foundSentence(count: number, more: boolean): string {
  const messages = `${count.toLocaleString()} ${count === 1 ? 'message' : 'messages'}`;
  return more ? `The newest ${messages}, and there are older ones.` : `${messages}, newest first.`;
}
