import type { Conversation } from './conversation.js';
import { byId, element, setAttribute, setText } from './dom.js';
import { KeyedList } from './keyed-list.js';
import { fillRow, type RowActions } from './message-row.js';
import { type Row, rowsOf, type UnsentRow } from './rows.js';

/** Pixels from the end, within which it counts as looked at. */
const atEnd = 48;

/** Pixels from the beginning, or from the end of what is loaded, at which more is asked for. */
const nearEdge = 600;

/** Where somebody reads: this row, so many pixels below the upper rim. */
interface Anchor {
  readonly key: string;
  readonly top: number;
}

/** The messages of the conversation that is shown: follows the end, or stays where somebody reads. */
export class MessageList {
  readonly #scroller = byId('scroller', HTMLElement);
  readonly #log = byId('log', HTMLElement);
  readonly #latest = byId('latest-button', HTMLButtonElement);
  readonly #latestText = byId('latest-text', HTMLElement);
  readonly #shown = new WeakMap<HTMLElement, Row>();
  readonly #anchors = new WeakMap<Conversation, Anchor | undefined>();
  readonly #list: KeyedList<Row>;
  readonly #onRead: (conversation: Conversation) => void;
  #conversation: Conversation | undefined;
  #me: string | undefined;
  #wasLoading = false;

  /** @param onRead - the end of the conversation is looked at */
  constructor(onRead: (conversation: Conversation) => void) {
    this.#onRead = onRead;
    const actions: RowActions = {
      retry: (key) => this.#conversation?.retry(key),
      discard: (key) => this.#conversation?.discard(key),
      loadAgain: () => void this.#conversation?.loadAgain(),
    };
    this.#list = new KeyedList<Row>(this.#log, {
      key: ({ key }) => key,
      create: () => element('div'),
      update: (row, shown) => {
        if (same(this.#shown.get(row), shown)) return;
        this.#shown.set(row, shown);
        fillRow(row, shown, actions, this.#me);
      },
    });
    this.#scroller.addEventListener('scroll', () => this.#scrolled(), { passive: true });
    this.#latest.addEventListener('click', () => {
      this.#conversation?.toLatest();
      this.#toEnd();
      this.#scroller.focus();
    });
    // The message field grows, a keyboard comes up: what was at the end stays there.
    new ResizeObserver(() => this.#conversation?.following && this.#toEnd()).observe(this.#scroller);
  }

  show(conversation: Conversation | undefined, me: UnsentRow['me']): void {
    this.#me = me.user;
    const other = conversation !== this.#conversation;
    if (other) this.#list.show([]);
    const anchor = other ? conversation && this.#anchors.get(conversation) : this.#anchor();
    this.#conversation = conversation;
    if (conversation === undefined) {
      this.#latest.hidden = true;
      return;
    }
    // What was said long ago is no news to be read out, nor is the page of it that has just come.
    const loading = conversation.loading !== undefined;
    setAttribute(this.#log, 'aria-live', other || loading || this.#wasLoading ? 'off' : 'polite');
    this.#wasLoading = loading;
    this.#list.show(rowsOf(conversation, me));
    if (conversation.following) this.#toEnd();
    else if (anchor !== undefined) this.#stayAt(anchor);
    this.#noteEnd(conversation);
    this.#look(conversation);
  }

  #scrolled(): void {
    const conversation = this.#conversation;
    if (conversation === undefined) return;
    this.#anchors.set(conversation, this.#anchor());
    this.#noteEnd(conversation);
    this.#look(conversation);
  }

  /** Asks for what comes into sight soon, and tells what was read. */
  #look(conversation: Conversation): void {
    if (conversation.failure === undefined) {
      if (this.#scroller.scrollTop < nearEdge) void conversation.loadOlder();
      if (this.#below < nearEdge) void conversation.loadNewer();
    }
    if (conversation.following && !document.hidden) this.#onRead(conversation);
  }

  /** Whether the end is in sight; where it is not, a button leads there. */
  #noteEnd(conversation: Conversation): void {
    const { timeline, unread } = conversation;
    conversation.following = !timeline.detached && this.#below < atEnd;
    this.#latest.hidden = conversation.following;
    setText(this.#latestText, unread === 0 ? 'To the latest' : `${unread} new`);
  }

  get #below(): number {
    const { scrollHeight, scrollTop, clientHeight } = this.#scroller;
    return scrollHeight - scrollTop - clientHeight;
  }

  #toEnd(): void {
    this.#scroller.scrollTop = this.#scroller.scrollHeight;
  }

  /** The first message that is in sight. */
  #anchor(): Anchor | undefined {
    const rim = this.#scroller.getBoundingClientRect().top;
    for (const [key, row] of this.#list.entries()) {
      const { top, bottom } = row.getBoundingClientRect();
      if (bottom > rim && row.classList.contains('message')) return { key, top: top - rim };
    }
    return undefined;
  }

  #stayAt({ key, top }: Anchor): void {
    const row = this.#list.get(key);
    if (row === undefined) return;
    const now = row.getBoundingClientRect().top - this.#scroller.getBoundingClientRect().top;
    if (now !== top) this.#scroller.scrollTop += now - top;
  }
}

/** Rows are made anew each time; what they show is not. */
function same(was: Row | undefined, now: Row): boolean {
  if (was?.kind !== now.kind) return false;
  const keys = Object.keys(now) as (keyof Row)[];
  return keys.every((key) => key === ('me' as string) || was[key] === now[key]);
}
