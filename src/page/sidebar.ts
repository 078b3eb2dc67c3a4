import type { Chat } from './chat.js';
import type { Conversation } from './conversation.js';
import { button, byId, element, setAttribute, setText } from './dom.js';
import { KeyedList } from './keyed-list.js';
import { hueOf, initialOf } from './names.js';

/** The rooms, the conversations with somebody, and who we are. */
export class Sidebar {
  readonly #rooms: KeyedList<Conversation>;
  readonly #directs: KeyedList<Conversation>;
  readonly #noDirects = byId('no-directs', HTMLElement);
  readonly #avatar = byId('my-avatar', HTMLElement);
  readonly #name = byId('my-name', HTMLElement);
  #current: Conversation | undefined;

  /** @param onChoose - somebody wants to see this one */
  constructor(onChoose: (conversation: Conversation) => void) {
    const rendering = {
      key: ({ key }: Conversation) => key,
      create: (conversation: Conversation) => entryOf(conversation, onChoose),
      update: (entry: HTMLElement, conversation: Conversation) =>
        updateEntry(entry, conversation, conversation === this.#current),
    };
    this.#rooms = new KeyedList(byId('rooms', HTMLElement), rendering);
    this.#directs = new KeyedList(byId('directs', HTMLElement), rendering);
  }

  show(chat: Chat): void {
    const { conversations, current, client } = chat;
    this.#current = current;
    const directs = conversations.filter(({ subject }) => subject.kind === 'direct');
    this.#rooms.show(conversations.filter(({ subject }) => subject.kind === 'room'));
    this.#directs.show(directs);
    this.#noDirects.hidden = directs.length > 0;
    const { user = '', name = '' } = client.me ?? {};
    setText(this.#name, name);
    setText(this.#avatar, initialOf(name));
    setAttribute(this.#avatar, 'data-hue', hueOf(user));
  }
}

function entryOf(conversation: Conversation, onChoose: (conversation: Conversation) => void): HTMLElement {
  const { subject } = conversation;
  const sign =
    subject.kind === 'room'
      ? element('span', { class: 'sign', 'aria-hidden': 'true' }, '#')
      : element('span', { class: 'avatar small', 'aria-hidden': 'true', 'data-hue': hueOf(subject.user) });
  const name = element('bdi', { class: 'entry-name' });
  const badge = element('span', { class: 'badge' });
  return element(
    'li',
    {},
    button({ class: 'entry' }, () => onChoose(conversation), sign, name, badge),
  );
}

function updateEntry(entry: HTMLElement, { title, unread, subject }: Conversation, current: boolean): void {
  const [open] = entry.children;
  const [sign, name, badge] = open?.children ?? [];
  if (open === undefined || sign === undefined || name === undefined || badge === undefined) return;
  setText(name, title);
  if (subject.kind === 'direct') setText(sign, initialOf(title));
  // The number alone would say nothing to whoever hears it.
  setAttribute(badge, 'hidden', unread === 0);
  setText(badge, unread > 99 ? '99+' : String(unread));
  setAttribute(open, 'aria-label', unread === 0 ? undefined : `${title}, ${unread} unread`);
  setAttribute(open, 'aria-current', current && 'true');
  open.classList.toggle('unread', unread > 0);
}
