import { button, element } from '../dom.js';
import { sanctionAnyone, type Tools } from './moderating.js';
import { SanctionsTable } from './sanctions-table.js';
import type { View } from './view.js';

/** The bans and mutes that hold everywhere. */
export class BansView implements View {
  readonly element: HTMLElement;
  readonly #table: SanctionsTable;

  constructor(tools: Tools, onChange: () => void) {
    this.#table = new SanctionsTable(tools, undefined, onChange);
    const add = button({ class: 'button' }, () => sanctionAnyone(tools), 'Ban or mute somebody…');
    const hint = element(
      'p',
      { class: 'hint grow' },
      'These hold in all rooms, on all nodes. Those of a room are beside its people.',
    );
    const filters = element('div', { class: 'filters' }, hint, add);
    this.element = element('section', { 'aria-label': 'Bans and mutes' }, filters, this.#table.element);
  }

  refresh(): Promise<void> {
    return this.#table.refresh();
  }
}
