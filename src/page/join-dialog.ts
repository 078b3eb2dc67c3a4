import type { Chat } from './chat.js';
import { button, byId, element } from './dom.js';
import { FormDialog } from './form-dialog.js';

/** As many rooms are offered; any other can be typed. */
const mostOffered = 30;

/** Asks which room to join, and offers those that have people. */
export class JoinDialog {
  readonly #dialog: FormDialog;
  readonly #rooms = byId('join-rooms', HTMLElement);
  readonly #chat: Chat;

  constructor(chat: Chat, onJoined: () => void) {
    this.#chat = chat;
    this.#dialog = new FormDialog('join-dialog', 'join-name', (name) => chat.join(name), onJoined);
  }

  open(): void {
    this.#rooms.replaceChildren();
    this.#dialog.open();
    // Without the list, a name can still be typed.
    void this.#offer().catch(() => undefined);
  }

  async #offer(): Promise<void> {
    const { client } = this.#chat;
    const rooms = (await client.listRooms()).filter(({ name }) => !client.rooms.has(name));
    const largest = rooms.toSorted((a, b) => b.count - a.count).slice(0, mostOffered);
    const offers = largest.map(({ name, count }) => {
      const people = `${count.toLocaleString()} ${count === 1 ? 'person' : 'people'}`;
      const sign = element('span', { class: 'sign', 'aria-hidden': 'true' }, '#');
      const parts = [sign, element('bdi', { class: 'entry-name' }, name), element('span', { class: 'count' }, people)];
      return element(
        'li',
        {},
        button({ class: 'entry' }, () => void this.#dialog.submit(name), ...parts),
      );
    });
    this.#rooms.replaceChildren(...offers);
  }
}
