import type { Page, SessionRow } from '../../cli/admin/answers.js';
import { element, icon, setText } from '../dom.js';
import { orderField, searchField } from './filters.js';
import { bytesOf, countOf, durationOf } from './formats.js';
import { disconnect, sanction, type Tools } from './moderating.js';
import { actionsColumn, type Column, pageSize, Table, textColumn } from './table.js';
import type { View } from './view.js';

const orders = [
  ['name', 'Name'],
  ['sent', 'Most was sent'],
  ['unsent', 'Most waits'],
  ['newest', 'Newest'],
] as const;

/** The sessions of this node. */
export class MembersView implements View {
  readonly element: HTMLElement;
  readonly #tools: Tools;
  readonly #find;
  readonly #order;
  readonly #slow = element('input', { type: 'checkbox', id: 'members-slow' });
  readonly #table: Table<SessionRow>;

  /** @param onChange - something else is to be shown */
  constructor(tools: Tools, onChange: () => void) {
    this.#tools = tools;
    const anew = () => {
      this.#table.offset = 0;
      onChange();
    };
    this.#find = searchField('members-find', 'Name, address or id', anew);
    this.#order = orderField('members-order', orders, anew);
    this.#slow.addEventListener('change', anew);
    this.#table = new Table<SessionRow>({
      label: 'Members',
      key: ({ member }) => member,
      empty: 'There is no such member on this node.',
      onTurn: onChange,
      columns: this.#columns(),
    });
    const slow = element(
      'div',
      { class: 'check' },
      this.#slow,
      element('label', { for: 'members-slow' }, 'Slow ones only'),
    );
    const filters = element('div', { class: 'filters' }, this.#find.row, this.#order.row, slow);
    this.element = element('section', { 'aria-label': 'Members' }, filters, this.#table.element);
  }

  async refresh(): Promise<void> {
    const query = { find: this.#find.input.value, sort: this.#order.select.value, slow: String(this.#slow.checked) };
    this.#table.show(
      await this.#tools.api.get<Page<SessionRow>>('sessions', {
        ...query,
        offset: this.#table.offset,
        limit: pageSize,
      }),
    );
  }

  #columns(): readonly Column<SessionRow>[] {
    return [
      { title: 'Member', kind: 'wide', make: makeName, fill: fillName },
      textColumn('Address', ({ remoteAddress }) => remoteAddress ?? '–'),
      {
        title: 'By',
        kind: 'side',
        fill(cell, { transport, secure }) {
          const shown = secure ? `${transport}, encrypted` : transport;
          if (cell.title === shown) return;
          cell.title = shown;
          cell.replaceChildren(
            transport,
            secure ? icon('lock') : '',
            element('span', { class: 'hidden' }, secure ? 'encrypted' : ''),
          );
        },
      },
      textColumn('Rooms', roomsOf, 'side'),
      textColumn('Since', ({ since }) => (since === undefined ? '–' : durationOf(Date.now() - since)), 'side number'),
      textColumn('Sent', ({ bytesWritten }) => bytesOf(bytesWritten), 'number'),
      textColumn('Waits', ({ unsentBytes }) => bytesOf(unsentBytes), 'number'),
      actionsColumn<SessionRow>(
        [
          ['Disconnect…', (session) => disconnect(this.#tools, session)],
          ['Mute…', (session) => sanction(this.#tools, 'mute', session)],
          ['Ban…', (session) => sanction(this.#tools, 'ban', session)],
        ],
        ({ name }) => name,
      ),
    ];
  }
}

function makeName(cell: HTMLElement): void {
  cell.append(
    element('bdi', { class: 'name' }),
    element('span', { class: 'chip', hidden: true }, 'away'),
    element('span', { class: 'chip slow', hidden: true }, 'slow'),
  );
}

function fillName(cell: HTMLElement, { name, user, waiting, slow }: SessionRow): void {
  const [label, away, late] = cell.children;
  if (!(label instanceof HTMLElement) || !(away instanceof HTMLElement) || !(late instanceof HTMLElement)) return;
  setText(label, name);
  label.title = `User ${user}`;
  away.hidden = !waiting;
  late.hidden = !slow;
  cell.parentElement?.classList.toggle('slow', slow);
}

function roomsOf({ rooms, roomCount }: SessionRow): string {
  const shown = rooms.slice(0, 2).join(', ');
  const others = roomCount - Math.min(2, rooms.length);
  return others > 0 ? `${shown} and ${countOf(others)} more` : shown || '–';
}
