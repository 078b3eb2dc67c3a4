import type { Page, SanctionRow } from '../../cli/admin/answers.js';
import { timeOf } from './formats.js';
import { lift, nameOf, type Tools } from './moderating.js';
import { actionsColumn, pageSize, Table, textColumn } from './table.js';

/** Bans and mutes: of a room, or those that hold everywhere. */
export class SanctionsTable {
  readonly element: HTMLElement;
  readonly #tools: Tools;
  readonly #room: string | undefined;
  readonly #table: Table<SanctionRow>;

  constructor(tools: Tools, room: string | undefined, onTurn: () => void) {
    this.#tools = tools;
    this.#room = room;
    this.#table = new Table<SanctionRow>({
      label: 'Bans and mutes',
      key: ({ kind, whom }) => `${kind} ${JSON.stringify(whom)}`,
      empty: room === undefined ? 'Nobody is banned or muted everywhere.' : 'Nobody is banned or muted here.',
      onTurn,
      columns: [
        textColumn('What', ({ kind }) => (kind === 'ban' ? 'Ban' : 'Mute')),
        textColumn('Whom', ({ whom }) => nameOf(whom), 'wide'),
        textColumn('Until', ({ until }) => (until === undefined ? 'for good' : timeOf(until))),
        textColumn('Reason', ({ reason }) => reason ?? '–', 'side'),
        actionsColumn<SanctionRow>([['Lift…', (each) => lift(tools, each, room)]], ({ whom }) => nameOf(whom)),
      ],
    });
    this.element = this.#table.element;
  }

  async refresh(): Promise<void> {
    const window = { offset: this.#table.offset, limit: pageSize };
    const query = this.#room === undefined ? window : { ...window, room: this.#room };
    this.#table.show(await this.#tools.api.get<Page<SanctionRow>>('sanctions', query));
  }
}
