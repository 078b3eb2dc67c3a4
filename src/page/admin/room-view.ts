import type { PersonRow, RoomAnswer } from '../../cli/admin/answers.js';
import { button, element, setText } from '../dom.js';
import { searchField } from './filters.js';
import { countOf } from './formats.js';
import { announce, kick, sanction, sanctionAnyone, type Tools } from './moderating.js';
import { SanctionsTable } from './sanctions-table.js';
import { actionsColumn, pageSize, Table, textColumn } from './table.js';
import type { View } from './view.js';

/** In a room of this many, who is there is asked for less often. */
const large = 1_000;

/** Every how many looks. */
const rarely = 5;

/** A room: who is in it on all nodes, and its bans and mutes. */
export class RoomView implements View {
  readonly element: HTMLElement;
  readonly #tools: Tools;
  readonly #room: string;
  readonly #find;
  readonly #table: Table<PersonRow>;
  readonly #sanctions: SanctionsTable;
  readonly #about = element('p', { class: 'hint grow' });
  /** Looks to leave out, unless somebody did something. */
  #leaveOut = 0;

  /** @param onChange - something else is to be shown */
  constructor(tools: Tools, room: string, onChange: () => void) {
    this.#tools = tools;
    this.#room = room;
    const now = () => {
      this.#leaveOut = 0;
      onChange();
    };
    const mine: Tools = { ...tools, changed: now };
    this.#find = searchField('people-find', 'Name', () => {
      this.#table.offset = 0;
      now();
    });
    this.#table = new Table<PersonRow>({
      label: `People in ${room}`,
      key: ({ user, name }) => `${user} ${name}`,
      empty: 'There is no such person in the room.',
      onTurn: now,
      columns: [
        textColumn('Person', ({ name }) => name, 'wide'),
        textColumn('User', ({ user }) => user, 'side'),
        textColumn('Address', ({ remoteAddress }) => remoteAddress ?? '–'),
        actionsColumn<PersonRow>(
          [
            ['Kick…', (person) => kick(mine, person, room)],
            ['Mute…', (person) => sanction(mine, 'mute', person, room)],
            ['Ban…', (person) => sanction(mine, 'ban', person, room)],
          ],
          ({ name }) => name,
        ),
      ],
    });
    this.#sanctions = new SanctionsTable(mine, room, now);
    this.element = this.#frame(mine);
  }

  async refresh(): Promise<void> {
    if (this.#leaveOut > 0) {
      this.#leaveOut--;
      return;
    }
    const query = { name: this.#room, find: this.#find.input.value, offset: this.#table.offset, limit: pageSize };
    const { topic, people } = await this.#tools.api.get<RoomAnswer>('room', query);
    setText(this.#about, topic === '' ? 'It has no topic.' : topic);
    this.#table.show(people);
    if (people.total > large) this.#leaveOut = rarely;
    await this.#sanctions.refresh();
  }

  #frame(tools: Tools): HTMLElement {
    const room = this.#room;
    const back = element('a', { href: '#rooms' }, 'All rooms');
    const title = element('h2', { class: 'room-title', dir: 'auto' }, `# ${room}`);
    const say = button({ class: 'button' }, () => announce(tools, room), 'Announce here…');
    const head = element('div', { class: 'filters room-head' }, back, title, this.#about, say);
    const hint = `Who is in the room on any node. Addresses are of those on this one. Above ${countOf(large)} people, the list is some seconds old.`;
    const filters = element('div', { class: 'filters' }, this.#find.row, element('p', { class: 'hint grow' }, hint));
    const add = button({ class: 'button' }, () => sanctionAnyone(tools, room), 'Ban or mute somebody…');
    const bans = element('div', { class: 'filters' }, element('h3', { class: 'grow' }, 'Bans and mutes'), add);
    const parts = [head, filters, this.#table.element, bans, this.#sanctions.element];
    return element('section', { 'aria-label': `Room ${room}` }, ...parts);
  }
}
