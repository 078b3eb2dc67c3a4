import type { ClientRoom } from '../client/index.js';
import { button, byId, element, setText } from './dom.js';
import { KeyedList } from './keyed-list.js';
import { hueOf, initialOf } from './names.js';

type Person = ClientRoom['members'][number];

const order = new Intl.Collator(undefined, { numeric: true });

/** Who is in the room that is shown. */
export class People {
  readonly #panel = byId('people', HTMLElement);
  readonly #hint = byId('members-hint', HTMLElement);
  readonly #list: KeyedList<Person>;
  #me: string | undefined;

  /** @param onChoose - somebody wants to talk to this one in private */
  constructor(onChoose: (person: Person) => void) {
    this.#list = new KeyedList<Person>(byId('members', HTMLElement), {
      // Another name is another row: it is what the row is about.
      key: ({ user, name }) => `${user} ${name}`,
      create: (person) => this.#rowOf(person, onChoose),
      update: () => undefined,
    });
  }

  show(room: ClientRoom | undefined, me: string | undefined): void {
    this.#me = me;
    this.#panel.classList.toggle('none', room === undefined);
    if (room === undefined) return;
    const { members, count } = room;
    this.#list.show(members.toSorted((a, b) => order.compare(a.name, b.name)));
    // Where there are many, the server tells their number alone; before its first word there is none.
    this.#hint.hidden = members.length > 0 || count === 0;
    setText(
      this.#hint,
      `${count.toLocaleString()} ${count === 1 ? 'person is' : 'people are'} here: too many to list.`,
    );
  }

  #rowOf(person: Person, onChoose: (person: Person) => void): HTMLElement {
    const { user, name } = person;
    const avatar = element(
      'span',
      { class: 'avatar small', 'aria-hidden': 'true', 'data-hue': hueOf(user) },
      initialOf(name),
    );
    const label = element('bdi', { class: 'entry-name' }, name);
    if (user === this.#me)
      return element(
        'li',
        {},
        element('span', { class: 'entry' }, avatar, label, element('span', { class: 'you' }, 'you')),
      );
    const title = `Talk to ${name} in private`;
    return element(
      'li',
      {},
      button({ class: 'entry', title }, () => onChoose(person), avatar, label),
    );
  }
}
