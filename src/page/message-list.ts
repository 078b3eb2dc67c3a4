import { ActiveRow } from './active-row.js';
import type { Conversation } from './conversation.js';
import { byId, element, setAttribute, setText } from './dom.js';
import { KeyedList } from './keyed-list.js';
import { fillRow, type RowActions } from './message-row.js';
import { type MessageActions, MessageTools } from './message-tools.js';
import { type Row, rowsOf, type UnsentRow } from './rows.js';
import { listOf } from './sentences.js';
import { isDeleted } from './timeline.js';

/** Pixels from the end, within which it counts as looked at. */
const atEnd = 48;

/** Pixels from the beginning, or from the end of what is loaded, at which more is asked for. */
const nearEdge = 600;

/** How long a message that was looked for stands out. */
const foundMs = 3_000;

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
  #shown = new WeakMap<HTMLElement, Row>();
  readonly #anchors = new WeakMap<Conversation, Anchor | undefined>();
  readonly #list: KeyedList<Row>;
  readonly #onRead: (conversation: Conversation) => void;
  readonly #tools: MessageTools;
  readonly #active: ActiveRow;
  /** The message to go to, as soon as it is here. */
  #wanted: string | undefined;
  #conversation: Conversation | undefined;
  #me: string | undefined;
  #wasLoading = false;

  /**
   * @param onRead - the end of the conversation is looked at
   * @param messageActions - what is done with a message that is shown
   */
  constructor(onRead: (conversation: Conversation) => void, messageActions: MessageActions) {
    this.#onRead = onRead;
    const actions: RowActions = {
      retry: (key) => this.#conversation?.retry(key),
      discard: (key) => this.#conversation?.discard(key),
      loadAgain: () => void this.#conversation?.loadAgain(),
      react: messageActions.react,
      whoAre: (users) => this.#whoAre(users),
    };
    this.#tools = new MessageTools(messageActions);
    this.#active = new ActiveRow(this.#log, () => this.#equip());
    this.#list = new KeyedList<Row>(this.#log, {
      key: ({ key }) => key,
      create: () => element('div'),
      update: (row, shown) => {
        const was = this.#shown.get(row);
        if (same(was, shown)) return;
        this.#shown.set(row, shown);
        keepingFocus(row, () => fillRow(row, shown, was, actions, this.#me));
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
    // Another session may be another guest: whose is what is another matter then.
    if (me.user !== this.#me) this.#shown = new WeakMap();
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
    const found = this.#find(conversation);
    this.#wanted = undefined;
    if (found !== undefined) this.#goTo(found);
    else if (conversation.following) this.#toEnd();
    else if (anchor !== undefined) this.#stayAt(anchor);
    this.#noteEnd(conversation);
    this.#look(conversation);
    this.#active.refresh();
    this.#equip();
  }

  /** Goes to the message with this id, if it is among what is shown next. */
  reveal(id: string): void {
    this.#wanted = id;
  }

  #find({ timeline }: Conversation): HTMLElement | undefined {
    const key = this.#wanted === undefined ? undefined : timeline.keyOf(this.#wanted);
    return key === undefined ? undefined : this.#list.get(key);
  }

  /** To the middle, where it stands out for a moment; a keyboard and a screen reader go on from there. */
  #goTo(row: HTMLElement): void {
    const { top, height } = row.getBoundingClientRect();
    const rim = this.#scroller.getBoundingClientRect().top;
    this.#scroller.scrollTop += top - rim - Math.max(0, (this.#scroller.clientHeight - height) / 2);
    row.focus({ preventScroll: true });
    setAttribute(row, 'data-found', true);
    setTimeout(() => row.removeAttribute('data-found'), foundMs);
  }

  /** The tools go to whatever row somebody is at, unless they are in use. */
  #equip(): void {
    const row = this.#tools.busy ? this.#tools.row : this.#active.row;
    const shown = row && this.#shown.get(row);
    const usable = shown?.kind === 'said' && shown.message.type === 'message' && !isDeleted(shown.message);
    this.#tools.show(row, usable && this.#conversation?.room?.joined ? shown.message : undefined, this.#me);
  }

  #whoAre(users: readonly string[]): string {
    const nameOf = (user: string) => (user === this.#me ? 'you' : this.#conversation?.nameOf(user));
    return listOf(users.map(nameOf));
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

/** What has the focus may be made anew: the same button has it then, or the row. */
function keepingFocus(row: HTMLElement, change: () => void): void {
  const { activeElement: before } = document;
  const chip = before !== row && row.contains(before) ? before?.getAttribute('data-reaction') : undefined;
  change();
  if (typeof chip !== 'string' || row.contains(document.activeElement)) return;
  const again = [...row.querySelectorAll<HTMLElement>('.chip')].find((each) => each.dataset.reaction === chip);
  (again ?? row).focus({ preventScroll: true });
}

/** Rows are made anew each time; what they show is not. */
function same(was: Row | undefined, now: Row): boolean {
  if (was?.kind !== now.kind) return false;
  const keys = Object.keys(now) as (keyof Row)[];
  return keys.every((key) => key === ('me' as string) || was[key] === now[key]);
}
