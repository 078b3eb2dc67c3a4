import type { ClientHistoryOptions, ClientRoom, HistoryPage, Sent } from '../client/index.js';
import { Outbox, type SavedUnsent } from './outbox.js';
import { sentenceOf } from './sentences.js';
import { type AnyMessage, Timeline } from './timeline.js';
import { Typists } from './typists.js';

/** How many messages are asked for at once. */
const pageSize = 60;

/** Where the messages of a conversation come from, and go. */
export interface Source {
  history(options: ClientHistoryOptions): Promise<HistoryPage<AnyMessage>>;
  send(text: string, action: boolean): Promise<Sent>;
}

/** What a conversation is about: a room, or somebody. */
export type Subject =
  | { readonly kind: 'room'; readonly room: string }
  | { readonly kind: 'direct'; readonly user: string; readonly name: string };

/** A message of ours that is about to say something else. */
export interface Editing {
  readonly id: string;
  /** What it says already. */
  readonly was: string;
  /** What stands in the message field. */
  text: string;
}

/** As it survives a reload, together with the client's positions. */
export interface SavedConversation {
  readonly subject: Subject;
  readonly unread: number;
  readonly draft: string;
  readonly editing?: Editing | undefined;
  readonly unsent: readonly SavedUnsent[];
}

/** A room that we are in, or what is said between somebody and us. */
export class Conversation {
  readonly timeline = new Timeline();
  readonly typists: Typists;
  readonly outbox: Outbox;
  subject: Subject;
  /** The room, as long as we are in it. */
  room: ClientRoom | undefined;
  unread: number;
  /** What stands in the message field, or will again once nothing is edited there. */
  draft: string;
  /** The message that is being edited, instead of a new one being written. */
  editing: Editing | undefined;
  /** It was here before the page was loaded again. */
  readonly restored: boolean;
  /** The names of those who said or did something here. */
  readonly names = new Map<string, string>();
  /** The end is looked at, or would be if this were the one that is shown. */
  following = true;
  /** The first message that was new when it was last looked at. */
  firstNew: string | undefined;
  loading: 'older' | 'newer' | undefined;
  /** Which page could not be read last, and why. */
  failure: { readonly what: 'older' | 'newer'; readonly why: string } | undefined;
  readonly #source: Source;
  readonly #changed: () => void;

  constructor(subject: Subject, source: Source, changed: () => void, saved?: SavedConversation) {
    this.subject = subject;
    this.#source = source;
    this.#changed = changed;
    this.typists = new Typists(changed);
    this.outbox = new Outbox(saved?.unsent);
    this.unread = saved?.unread ?? 0;
    this.draft = saved?.draft ?? '';
    this.editing = saved?.editing;
    this.restored = saved !== undefined;
  }

  get key(): string {
    return keyOf(this.subject);
  }

  /** Something was written here that nobody else has. */
  get holdsText(): boolean {
    return this.draft !== '' || this.editing !== undefined || this.outbox.save().length > 0;
  }

  get title(): string {
    return this.subject.kind === 'room' ? this.subject.room : this.subject.name;
  }

  /** The next message. One of ours takes the place that was kept for it. */
  add(message: AnyMessage): void {
    this.#learn([message]);
    this.timeline.add(message, this.following);
    this.typists.remove(message.from.user);
    const unsent = this.outbox.withId(message.id);
    if (unsent !== undefined) this.#settle(unsent.key, message.id);
    this.#changed();
  }

  async send(text: string, action: boolean): Promise<void> {
    const { key } = this.outbox.add(text, action);
    this.firstNew = undefined;
    this.following = true;
    if (this.timeline.detached) this.toLatest();
    this.#changed();
    try {
      const sent = await this.#source.send(text, action);
      this.outbox.sent(key, sent);
      this.#settle(key, sent.id);
    } catch (error) {
      this.outbox.failed(key, sentenceOf(error));
    }
    this.#changed();
  }

  /** Sends what could not be sent once more, as the last thing said. */
  retry(key: string): void {
    const unsent = this.outbox.take(key);
    if (unsent !== undefined) void this.send(unsent.text, unsent.action);
  }

  discard(key: string): void {
    this.outbox.take(key);
    this.#changed();
  }

  /** Reads what is above, one page at a time. */
  async loadOlder(): Promise<void> {
    const { timeline } = this;
    if (this.loading !== undefined || !timeline.older || timeline.cut) return;
    const before = timeline.oldest;
    const page = await this.#load('older', before === undefined ? {} : { before });
    if (page !== undefined) timeline.prepend(page.messages, page.more);
    this.#settleAll(page?.messages);
    this.#changed();
  }

  /** Reads what is below, until it is what is said now. */
  async loadNewer(): Promise<void> {
    const { timeline } = this;
    if (this.loading !== undefined || !timeline.detached) return;
    const page = await this.#load('newer', { after: timeline.newest ?? 0 });
    if (page !== undefined) timeline.append(page.messages, page.more);
    this.#settleAll(page?.messages);
    this.#changed();
  }

  /**
   * Goes to a message, wherever it stands; what lies between there and here is not read.
   *
   * @returns false when it is kept no more
   * @throws ClientError
   */
  async goTo({ id, offset }: AnyMessage): Promise<boolean> {
    const { timeline } = this;
    if (!timeline.has(id)) {
      const { era } = timeline;
      const around = await this.#source.history({ before: offset + pageSize / 2, limit: pageSize });
      // Meanwhile somebody went elsewhere.
      if (era !== timeline.era) return true;
      if (!around.messages.some((message) => message.id === id)) return false;
      this.#learn(around.messages);
      timeline.begin(around.messages, around.more);
    }
    this.following = false;
    this.#changed();
    return true;
  }

  /** Begins to edit a message of ours. */
  edit({ id, text }: AnyMessage): void {
    this.editing = { id, was: text, text };
    this.#changed();
  }

  /** What somebody is called, as far as that was heard here. */
  nameOf(user: string): string | undefined {
    return this.room?.members.find((member) => member.user === user)?.name ?? this.names.get(user);
  }

  /** Asks once more for the page that could not be read. */
  loadAgain(): Promise<void> {
    return this.failure?.what === 'newer' ? this.loadNewer() : this.loadOlder();
  }

  /** Goes to what is said now, without all that lies between. */
  toLatest(): void {
    this.following = true;
    if (this.timeline.detached) {
      this.timeline.clear();
      void this.loadOlder();
    }
    this.#changed();
  }

  save(): SavedConversation {
    const { subject, unread, draft, editing } = this;
    return { subject, unread, draft, editing, unsent: this.outbox.save() };
  }

  /** Undefined when the page could not be read, or would not join what is here by now. */
  async #load(what: 'older' | 'newer', where: ClientHistoryOptions): Promise<HistoryPage<AnyMessage> | undefined> {
    const { era } = this.timeline;
    this.loading = what;
    this.failure = undefined;
    this.#changed();
    try {
      const page = await this.#source.history({ limit: pageSize, ...where });
      if (era !== this.timeline.era) return undefined;
      this.#learn(page.messages);
      return page;
    } catch (error) {
      this.failure = { what, why: sentenceOf(error) };
      return undefined;
    } finally {
      this.loading = undefined;
    }
  }

  #learn(messages: readonly AnyMessage[]): void {
    for (const { from } of messages) this.names.set(from.user, from.name);
  }

  /** One of ours may have fallen into a gap, and come back in a page. */
  #settleAll(messages: readonly AnyMessage[] = []): void {
    for (const { id } of messages) {
      const unsent = this.outbox.withId(id);
      if (unsent !== undefined) this.#settle(unsent.key, id);
    }
  }

  /** A message of ours is stored, and is here: what stood for it goes, and leaves it its key, and so its element. */
  #settle(key: string, id: string): void {
    if (this.timeline.adopt(id, key) || this.timeline.detached) this.outbox.take(key);
  }
}

export function keyOf(subject: Subject): string {
  return subject.kind === 'room' ? `room:${subject.room}` : `user:${subject.user}`;
}
