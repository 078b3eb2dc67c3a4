import { Amending } from './amending.js';
import { Chat, subjectOf } from './chat.js';
import { doTyped } from './commands.js';
import { Composer } from './composer.js';
import type { Conversation } from './conversation.js';
import { byId } from './dom.js';
import { Drawer } from './drawer.js';
import { FormDialog } from './form-dialog.js';
import { Head } from './head.js';
import { JoinDialog } from './join-dialog.js';
import { MessageList } from './message-list.js';
import { People } from './people.js';
import { SearchDialog } from './search-dialog.js';
import { sentenceOf } from './sentences.js';
import { Sidebar } from './sidebar.js';
import { Status } from './status.js';
import { type Saved, writeSaved } from './storage.js';
import type { AnyMessage } from './timeline.js';
import { Toasts } from './toasts.js';

/** How long after a change the page writes down where it is. */
const saveMs = 300;

/** The page once somebody has come in: shows the chat, and does in it what is asked for. */
export class App {
  readonly #chat: Chat;
  readonly #amending: Amending;
  readonly #toasts = new Toasts();
  readonly #head = new Head();
  readonly #sidebar = new Sidebar((conversation) => this.#show(conversation));
  readonly #list = new MessageList((conversation) => this.#chat.read(conversation), {
    react: (message, reaction) => void this.#try(() => this.#amending.react(message, reaction)),
    edit: (message) => this.#edit(message),
    delete: (message) => void this.#try(() => this.#amending.delete(message)),
  });
  readonly #people = new People(({ user, name }) => this.#show(this.#chat.open({ kind: 'direct', user, name })));
  readonly #status = new Status(() => this.#beginAnew());
  readonly #composer = new Composer({
    typed: (text) => void this.#do(text),
    typing: (conversation) => this.#chat.typing(conversation),
    edited: (conversation, editing) => void this.#try(() => this.#amending.save(conversation, editing)),
    left: () => this.#changed(),
    editLast: () => this.#edit(this.#chat.current?.timeline.lastOf(this.#chat.client.me?.user)),
  });
  readonly #menu = new Drawer('sidebar', 'menu-button', '(max-width: 760px)');
  readonly #panel = new Drawer('people', 'people-button', '(max-width: 1080px)');
  readonly #search: SearchDialog;
  #due = false;
  #saving: number | undefined;

  constructor(name: string, saved: Saved | undefined) {
    this.#chat = new Chat(name, saved, { changed: () => this.#changed(), said: (text) => this.#toasts.say(text) });
    this.#amending = new Amending(this.#chat.client);
    this.#search = new SearchDialog(this.#chat, (message) => void this.#try(() => this.#goTo(message)));
    const join = new JoinDialog(this.#chat, () => this.#shown());
    const nick = new FormDialog('nick-dialog', 'nick-name', (wished) => this.#chat.nick(wished));
    const setTopic = async (topic: string) => this.#chat.current?.room?.setTopic(topic);
    const topic = new FormDialog('topic-dialog', 'topic-text', setTopic, () => {}, true);
    this.#on('search-button', () => this.#search.open());
    this.#on('topic-button', () => topic.open(this.#chat.current?.room?.topic));
    this.#on('join-button', () => join.open());
    this.#on('empty-join', () => join.open());
    this.#on('nick-button', () => nick.open(this.#chat.client.me?.name));
    this.#on('leave-button', () => {
      const { current } = this.#chat;
      if (current !== undefined) void this.#try(() => this.#chat.leave(current));
    });
    addEventListener('pagehide', () => {
      this.#chat.leaving();
      this.#save();
    });
    document.addEventListener('visibilitychange', () => {
      // A frame that was asked for does not come any more once nobody sees it.
      this.#due = false;
      this.#changed();
    });
    byId('chat', HTMLElement).hidden = false;
    this.#changed();
    this.#composer.focus();
  }

  /** Draws at most once a frame, however much happens; a tab that is not seen has no frames, and a title. */
  #changed(): void {
    this.#saving ??= setTimeout(() => this.#save(), saveMs);
    if (this.#due) return;
    this.#due = true;
    const draw = () => {
      this.#due = false;
      this.#draw();
    };
    if (document.hidden) setTimeout(draw, saveMs);
    else requestAnimationFrame(draw);
  }

  #draw(): void {
    const { current, client, connection } = this.#chat;
    const me = client.me ?? { user: '', name: 'you' };
    this.#status.show(connection);
    this.#sidebar.show(this.#chat);
    this.#head.show(this.#chat);
    // Nobody can be shown where there is no room: the drawer would cover the page with nothing.
    if (current?.room === undefined) this.#panel.close();
    this.#people.show(current?.room, client.me?.user);
    this.#composer.show(current);
    this.#list.show(current, me);
  }

  #show(conversation: Conversation): void {
    this.#chat.show(conversation);
    this.#shown();
  }

  #shown(): void {
    this.#menu.close();
    this.#panel.close();
    this.#draw();
    this.#composer.focus();
  }

  /** Brings what somebody found to where it was said. */
  async #goTo(message: AnyMessage): Promise<void> {
    const { client } = this.#chat;
    const inRoom = message.type === 'message';
    const conversation = this.#chat.open(
      inRoom ? { kind: 'room', room: message.room } : subjectOf(message, client.me?.user),
    );
    if (!(await conversation.goTo(message))) {
      this.#toasts.say('That message is kept no longer.');
      return;
    }
    this.#chat.show(conversation);
    this.#menu.close();
    this.#panel.close();
    this.#list.reveal(message.id);
    this.#draw();
  }

  /** Puts a message of ours into the message field. */
  #edit(message: AnyMessage | undefined): void {
    const { current } = this.#chat;
    if (message?.type !== 'message' || current?.room === undefined) return;
    current.edit(message);
    this.#composer.show(current);
    this.#composer.focus();
  }

  #do(text: string): Promise<void> {
    const { current: conversation } = this.#chat;
    const say = (sentence: string) => this.#toasts.say(sentence);
    const search = (words: string) => this.#search.open(words);
    return this.#try(() =>
      doTyped(text, { chat: this.#chat, conversation, say, search }).catch((error: unknown) => {
        if (this.#chat.current === conversation) this.#composer.restore(text);
        throw error;
      }),
    );
  }

  async #try(action: () => Promise<unknown>): Promise<void> {
    try {
      await action();
    } catch (error) {
      this.#toasts.say(sentenceOf(error));
      this.#changed();
    }
  }

  #save(): void {
    clearTimeout(this.#saving);
    this.#saving = undefined;
    writeSaved(this.#chat.save());
  }

  /** As whoever opens the page: the session is over, or another tab's. */
  #beginAnew(): void {
    writeSaved(this.#chat.save());
    location.reload();
  }

  #on(id: string, action: () => void): void {
    byId(id, HTMLButtonElement).addEventListener('click', action);
  }
}
