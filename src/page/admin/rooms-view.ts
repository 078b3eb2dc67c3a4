import type { Page, RoomRow } from '../../cli/admin/answers.js';
import { element, setAttribute, setText } from '../dom.js';
import type { Api } from './api.js';
import { orderField, searchField } from './filters.js';
import { countOf, rateOf } from './formats.js';
import { pageSize, Table, textColumn } from './table.js';
import type { View } from './view.js';

/** The rooms that have members on this node. */
export class RoomsView implements View {
  readonly element: HTMLElement;
  readonly #api: Api;
  readonly #find;
  readonly #order;
  readonly #table: Table<RoomRow>;

  /** @param onChange - something else is to be shown */
  constructor(api: Api, onChange: () => void) {
    this.#api = api;
    const anew = () => {
      this.#table.offset = 0;
      onChange();
    };
    this.#find = searchField('rooms-find', 'Name', anew);
    this.#order = orderField(
      'rooms-order',
      [
        ['members', 'Most people'],
        ['rate', 'Most is said'],
        ['name', 'Name'],
      ],
      anew,
    );
    this.#table = new Table<RoomRow>({
      label: 'Rooms',
      key: ({ name }) => name,
      empty: 'There is no such room with members on this node.',
      onTurn: onChange,
      columns: [
        {
          title: 'Room',
          kind: 'wide',
          make: (cell) => cell.append(element('a', { class: 'name', dir: 'auto' })),
          fill: (cell, { name }) => {
            const [link] = cell.children;
            if (link === undefined) return;
            setText(link, name);
            setAttribute(link, 'href', `#room/${encodeURIComponent(name)}`);
          },
        },
        textColumn('People', ({ count }) => countOf(count), 'number'),
        textColumn('Sessions here', ({ members }) => countOf(members), 'side number'),
        textColumn('Entries a second', ({ rate }) => rateOf(rate), 'number'),
      ],
    });
    const filters = element('div', { class: 'filters' }, this.#find.row, this.#order.row);
    this.element = element('section', { 'aria-label': 'Rooms' }, filters, this.#table.element);
  }

  async refresh(): Promise<void> {
    const query = { name: this.#find.input.value, sort: this.#order.select.value };
    this.#table.show(
      await this.#api.get<Page<RoomRow>>('rooms', { ...query, offset: this.#table.offset, limit: pageSize }),
    );
  }
}
