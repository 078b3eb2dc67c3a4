import { Chat } from './chat.js';
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
import { sentenceOf } from './sentences.js';
import { Sidebar } from './sidebar.js';
import { Status } from './status.js';
import { type Saved, writeSaved } from './storage.js';
import { Toasts } from './toasts.js';

/** How long after a change the page writes down where it is. */
const saveMs = 300;

/** The page once somebody has come in: shows the chat, and does in it what is asked for. */
export class App {
  readonly #chat: Chat;
  readonly #toasts = new Toasts();
  readonly #head = new Head();
  readonly #sidebar = new Sidebar((conversation) => this.#show(conversation));
  readonly #list = new MessageList((conversation) => this.#chat.read(conversation));
  readonly #people = new People(({ user, name }) => this.#show(this.#chat.open({ kind: 'direct', user, name })));
  readonly #status = new Status(() => this.#beginAnew());
  readonly #composer = new Composer({
    typed: (text) => void this.#do(text),
    typing: (conversation) => this.#chat.typing(conversation),
  });
  readonly #menu = new Drawer('sidebar', 'menu-button', '(max-width: 760px)');
  readonly #panel = new Drawer('people', 'people-button', '(max-width: 1080px)');
  #due = false;
  #saving: number | undefined;

  constructor(name: string, saved: Saved | undefined) {
    this.#chat = new Chat(name, saved, { changed: () => this.#changed(), said: (text) => this.#toasts.say(text) });
    const join = new JoinDialog(this.#chat, () => this.#shown());
    const nick = new FormDialog('nick-dialog', 'nick-name', (wished) => this.#chat.nick(wished));
    this.#on('join-button', () => join.open());
    this.#on('empty-join', () => join.open());
    this.#on('nick-button', () => nick.open(this.#chat.client.me?.name));
    this.#on('leave-button', () => {
      const { current } = this.#chat;
      if (current !== undefined) void this.#try(() => this.#chat.leave(current));
    });
    addEventListener('pagehide', () => this.#save());
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

  #do(text: string): Promise<void> {
    const { current: conversation } = this.#chat;
    const say = (sentence: string) => this.#toasts.say(sentence);
    return this.#try(() =>
      doTyped(text, { chat: this.#chat, conversation, say }).catch((error: unknown) => {
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
