import type { Page } from '../../cli/admin/answers.js';
import { button, element, icon, setAttribute, setText } from '../dom.js';
import { KeyedList } from '../keyed-list.js';
import { countOf } from './formats.js';

/** As many rows are shown at once. */
export const pageSize = 50;

/** A column of a table. */
export interface Column<T> {
  readonly title: string;
  /** `number` stands at the end, `wide` has what is left, `side` is left out on narrow screens, `actions` are buttons. */
  readonly kind?: 'number' | 'wide' | 'side' | 'side number' | 'actions';
  /** Makes what stays: its item is asked for when it is used. */
  make?(cell: HTMLElement, item: () => T): void;
  /** Brings a cell up to date. */
  fill?(cell: HTMLElement, item: T): void;
}

/** What a table is made of. */
interface TableOptions<T> {
  /** What it lists, for those who hear it. */
  readonly label: string;
  readonly columns: readonly Column<T>[];
  key(item: T): string;
  /** Said where there is nothing. */
  readonly empty: string;
  /** Somebody turns the page. */
  onTurn(): void;
}

/** A page of a long list, which keeps its rows while it is asked for again and again. */
export class Table<T> {
  readonly element: HTMLElement;
  /** The first that is shown. */
  offset = 0;
  readonly #options: TableOptions<T>;
  readonly #list: KeyedList<T>;
  readonly #items = new WeakMap<HTMLElement, T>();
  readonly #where = element('p', { class: 'hint', role: 'status' });
  readonly #empty = element('p', { class: 'nothing', hidden: true });
  readonly #back = button({ class: 'icon-button', 'aria-label': 'Back' }, () => this.#turn(-1), icon('back'));
  readonly #forth = button({ class: 'icon-button', 'aria-label': 'On' }, () => this.#turn(1), icon('forth'));

  constructor(options: TableOptions<T>) {
    this.#options = options;
    const { columns, label, key, empty } = options;
    const heads = columns.map(({ title, kind }) =>
      element(
        'th',
        { scope: 'col', class: kind },
        kind === 'actions' ? element('span', { class: 'hidden' }, title) : title,
      ),
    );
    const body = element('tbody');
    setText(this.#empty, empty);
    const table = element('table', { 'aria-label': label }, element('thead', {}, element('tr', {}, ...heads)), body);
    const pager = element('div', { class: 'pager' }, this.#where, this.#back, this.#forth);
    this.element = element('div', { class: 'table' }, table, this.#empty, pager);
    this.#list = new KeyedList<T>(body, {
      key,
      create: (item) => this.#rowOf(item),
      update: (row, item) => this.#update(row, item),
    });
  }

  show({ total, offset, items }: Page<T>): void {
    this.#list.show(items);
    this.#empty.hidden = total > 0;
    const last = offset + items.length;
    setText(this.#where, total === 0 ? '' : `${countOf(offset + 1)} to ${countOf(last)} of ${countOf(total)}`);
    this.#back.disabled = offset === 0;
    this.#forth.disabled = last >= total;
    // Whoever was there has gone: the last page is shown instead.
    if (items.length > 0 || total === 0) return;
    this.offset = Math.floor((total - 1) / pageSize) * pageSize;
    this.#options.onTurn();
  }

  #turn(pages: number): void {
    this.offset = Math.max(0, this.offset + pages * pageSize);
    this.#options.onTurn();
  }

  #rowOf(item: T): HTMLElement {
    const row = element('tr');
    this.#items.set(row, item);
    for (const { kind, title, make } of this.#options.columns) {
      const cell = element('td', { class: kind, 'data-title': title });
      make?.(cell, () => this.#items.get(row) ?? item);
      row.append(cell);
    }
    return row;
  }

  #update(row: HTMLElement, item: T): void {
    this.#items.set(row, item);
    for (const [index, { fill }] of this.#options.columns.entries()) {
      const cell = row.children[index];
      if (cell instanceof HTMLElement) fill?.(cell, item);
    }
  }
}

/** A column that is a text. */
export function textColumn<T>(title: string, text: (item: T) => string, kind?: Column<T>['kind']): Column<T> {
  return {
    title,
    ...(kind === undefined ? {} : { kind }),
    make: (cell) => cell.append(element('bdi')),
    fill: (cell, item) => setText(cell.firstElementChild ?? cell, text(item)),
  };
}

/** A column of buttons. */
export function actionsColumn<T>(
  actions: readonly (readonly [string, (item: T) => void])[],
  nameOf: (item: T) => string,
): Column<T> {
  return {
    title: 'Actions',
    kind: 'actions',
    make: (cell, item) =>
      cell.append(...actions.map(([title, act]) => button({ class: 'button small' }, () => act(item()), title))),
    // Whose row it is in, a button says by itself.
    fill(cell, item) {
      for (const [index, [title]] of actions.entries()) {
        const one = cell.children[index];
        if (one !== undefined) setAttribute(one, 'aria-label', `${title.replace('…', '')} ${nameOf(item)}`);
      }
    },
  };
}
