import type { Chat } from './chat.js';
import type { Conversation } from './conversation.js';
import { byId, setAttribute, setText } from './dom.js';
import { typingOf } from './sentences.js';

/** What the conversation is and is about, how many are here, who is typing; and the tab's own title. */
export class Head {
  readonly #title = byId('title', HTMLElement);
  readonly #subtitle = byId('subtitle', HTMLElement);
  readonly #topic = byId('topic-button', HTMLButtonElement);
  readonly #count = byId('people-count', HTMLElement);
  readonly #people = byId('people-button', HTMLButtonElement);
  readonly #leave = byId('leave-button', HTMLButtonElement);
  readonly #leaveIcon = this.#leave.querySelector('use');
  readonly #menuUnread = byId('menu-unread', HTMLElement);
  readonly #menu = byId('menu-button', HTMLButtonElement);
  readonly #typing = byId('typing', HTMLElement);
  readonly #empty = byId('empty', HTMLElement);
  readonly #scroller = byId('scroller', HTMLElement);

  show({ current, unread, conversations, client }: Chat): void {
    const isRoom = current?.subject.kind === 'room';
    setText(this.#title, current === undefined ? 'ChatHub' : `${isRoom ? '# ' : ''}${current.title}`);
    setText(this.#subtitle, subtitleOf(current));
    this.#showTopic(current);
    setText(this.#count, (current?.room?.count ?? 0).toLocaleString());
    setText(this.#typing, typingOf(current?.typists.names ?? []));
    this.#people.hidden = !isRoom;
    this.#leave.hidden = current === undefined;
    const leave = isRoom ? `Leave ${current?.title}` : 'Put this conversation away';
    setAttribute(this.#leave, 'aria-label', leave);
    setAttribute(this.#leave, 'title', leave);
    this.#leaveIcon?.setAttribute('href', isRoom ? '#icon-leave' : '#icon-close');
    this.#empty.hidden = current !== undefined || client.state !== 'online';
    this.#scroller.hidden = current === undefined;
    const elsewhere = conversations.some((other) => other !== current && other.unread > 0);
    this.#menuUnread.hidden = !elsewhere;
    setAttribute(this.#menu, 'aria-label', elsewhere ? 'Conversations, some unread' : 'Conversations');
    const place = current === undefined ? 'ChatHub' : `${isRoom ? '#' : ''}${current.title} · ChatHub`;
    const title = unread > 0 ? `(${unread}) ${place}` : place;
    if (document.title !== title) document.title = title;
  }

  #showTopic(current: Conversation | undefined): void {
    const { topic = '', joined = false } = current?.room ?? {};
    this.#topic.hidden = !joined;
    this.#topic.classList.toggle('none', topic === '');
    setText(this.#topic, topic || 'Add a topic');
    setAttribute(this.#topic, 'title', topic || undefined);
    setAttribute(this.#topic, 'aria-label', topic === '' ? undefined : `Topic: ${topic}. Change it`);
  }
}

function subtitleOf(current: Conversation | undefined): string {
  if (current === undefined) return '';
  if (current.subject.kind === 'direct') return 'In private, between you two';
  const { room } = current;
  if (room === undefined || !room.joined || room.count === 0) return '';
  return room.count === 1 ? 'Only you are here' : `${room.count.toLocaleString()} people are here`;
}
