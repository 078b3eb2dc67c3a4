import type { Overview } from '../../cli/admin/answers.js';
import { byId, element, setText } from '../dom.js';
import { bytesOf, countOf, milliseconds, percent, rateOf } from './formats.js';
import { Sparkline } from './sparkline.js';

/** A number that is looked at, and what belongs to it. */
interface Tile {
  readonly title: string;
  value(overview: Overview): string;
  note(overview: Overview): string;
  /** What is drawn; undefined where there is nothing to draw yet. */
  line?(overview: Overview): number | undefined;
  /** Whether somebody should look into it. */
  alarms?(overview: Overview): boolean;
}

const tiles: readonly Tile[] = [
  {
    title: 'Messages a second',
    value: ({ rates }) => rateOf(rates?.messages),
    note: ({ totals }) => `${countOf(totals.messages)} in all`,
    line: ({ rates }) => rates?.messages,
  },
  {
    title: 'Deliveries a second',
    value: ({ rates }) => rateOf(rates?.deliveries),
    note: ({ totals }) => `${countOf(totals.deliveries)} in all`,
    line: ({ rates }) => rates?.deliveries,
  },
  {
    title: 'Connections',
    value: ({ now }) => countOf(connectionsOf(now)),
    note: ({ rates }) => `${rateOf(rates?.connections)} new a second`,
    line: ({ now }) => connectionsOf(now),
  },
  {
    title: 'Members',
    value: ({ now }) => countOf(now.connected),
    note: ({ now }) => `${countOf(now.waiting)} away`,
    line: ({ now }) => now.connected,
  },
  {
    title: 'Rooms',
    value: ({ now }) => countOf(now.rooms),
    note: ({ now }) => `${countOf(now.memberships)} memberships`,
    line: ({ now }) => now.rooms,
  },
  {
    title: 'Sent a second',
    value: ({ rates }) => bytesOf(rates?.bytesWritten),
    note: ({ rates }) => `${bytesOf(rates?.bytesRead)} received`,
    line: ({ rates }) => rates?.bytesWritten,
  },
  {
    title: 'Waits for slow readers',
    value: ({ now }) => bytesOf(now.unsentBytes),
    note: ({ now }) => `${countOf(now.blocked)} of them`,
    line: ({ now }) => now.unsentBytes,
    alarms: ({ now }) => now.blocked > 0,
  },
  {
    title: 'Event loop is busy',
    value: ({ loop }) => percent(loop.busy),
    note: ({ loop }) => `up to ${milliseconds(loop.maxDelay)} late`,
    line: ({ loop }) => loop.busy,
    alarms: ({ loop }) => loop.busy > 0.9 || loop.maxDelay > 500,
  },
  {
    title: 'Storing takes',
    value: ({ latency }) => milliseconds(latency.append),
    note: ({ latency }) => `fan-out ${milliseconds(latency.fanOut)}`,
    line: ({ latency }) => latency.append,
    alarms: ({ latency }) => (latency.append ?? 0) > 500,
  },
  {
    title: 'Memory',
    value: ({ memory }) => bytesOf(memory.resident),
    note: ({ memory }) => `${bytesOf(memory.heap)} of it heap`,
    line: ({ memory }) => memory.resident,
  },
];

/** How the server does, in numbers. */
export class Tiles {
  readonly #shown = tiles.map((tile) => new ShownTile(tile));

  constructor() {
    byId('tiles', HTMLElement).append(...this.#shown.map(({ element }) => element));
  }

  show(overview: Overview): void {
    for (const tile of this.#shown) tile.show(overview);
  }

  /** What was drawn was of another server. */
  clear(): void {
    for (const { line } of this.#shown) line.clear();
  }
}

class ShownTile {
  readonly element: HTMLElement;
  readonly line = new Sparkline();
  readonly #tile: Tile;
  readonly #value = element('p', { class: 'tile-value' });
  readonly #note = element('p', { class: 'hint' });

  constructor(tile: Tile) {
    this.#tile = tile;
    const title = element('h2', {}, tile.title);
    this.element = element('li', { class: 'tile' }, title, this.#value, this.#note, this.line.element);
  }

  show(overview: Overview): void {
    setText(this.#value, this.#tile.value(overview));
    setText(this.#note, this.#tile.note(overview));
    this.element.classList.toggle('alarm', this.#tile.alarms?.(overview) === true);
    const value = this.#tile.line?.(overview);
    if (value !== undefined) this.line.add(value);
  }
}

/** By whichever transports. */
export function connectionsOf({ connections }: Overview['now']): number {
  return Object.values(connections).reduce((sum, open) => sum + open, 0);
}
