import type { Overview } from '../../cli/admin/answers.js';
import { element, setText } from '../dom.js';
import { bytesOf, countOf, durationOf, milliseconds } from './formats.js';
import type { View } from './view.js';

/** What a server is and has counted. All of it came with the numbers above. */
export class ServerView implements View {
  readonly element = element('section', { class: 'facts', 'aria-label': 'Server' });
  readonly #overview: () => Overview | undefined;
  /** What the present elements are for. */
  #shape = '';

  constructor(overview: () => Overview | undefined) {
    this.#overview = overview;
  }

  async refresh(): Promise<void> {
    const overview = this.#overview();
    if (overview === undefined) return;
    const lists: readonly FactList[] = [
      ['Process', processOf(overview)],
      ['Since it was started', totalsOf(overview)],
      [`Engine ${overview.engine.name}`, engineOf(overview)],
    ];
    const shape = JSON.stringify(lists.map(([title, facts]) => [title, facts.map(([name]) => name)]));
    if (shape !== this.#shape) this.element.replaceChildren(...lists.map(listOf));
    this.#shape = shape;
    // The elements stay, and with them what somebody has selected.
    const values = lists.flatMap(([, facts]) => facts.map(([, value]) => value));
    for (const [index, place] of this.element.querySelectorAll('dd').entries()) setText(place, values[index] ?? '');
  }
}

type Facts = readonly (readonly [name: string, value: string])[];
type FactList = readonly [title: string, facts: Facts];

function listOf([title, facts]: FactList): HTMLElement {
  const rows = facts.flatMap(([name]) => [element('dt', {}, name), element('dd')]);
  return element('div', { class: 'fact-list' }, element('h2', {}, title), element('dl', {}, ...rows));
}

function processOf({ version, node, uptime, now, loop, memory }: Overview): Facts {
  const connections = Object.entries(now.connections).map(
    ([name, open]) => [`Connections by ${name}`, countOf(open)] as const,
  );
  return [
    ['Version', version],
    ['Node', node],
    ['Up for', durationOf(uptime)],
    ...connections,
    ['Event loop, mean delay', milliseconds(loop.meanDelay)],
    ['Resident memory', bytesOf(memory.resident)],
  ];
}

function totalsOf({ totals }: Overview): Facts {
  return [
    ['Messages', countOf(totals.messages)],
    ['Deliveries', countOf(totals.deliveries)],
    ['Connections', countOf(totals.connections)],
    ['Connections refused', countOf(totals.refused)],
    ['Errors that clients were told', countOf(totals.errors)],
    ['Left out for slow readers', countOf(totals.leftOut)],
    ['Received', bytesOf(totals.bytesRead)],
    ['Sent', bytesOf(totals.bytesWritten)],
  ];
}

function engineOf({ engine }: Overview): Facts {
  const facts = Object.entries(engine.facts).map(([name, value]) => [name, countOf(value)] as const);
  return [
    ['State', engine.reason === undefined ? (engine.state ?? 'not open') : `${engine.state}: ${engine.reason}`],
    ['What is acknowledged survives', survivesOf(engine.durability)],
    ...facts,
  ];
}

function survivesOf(durability: Overview['engine']['durability']): string {
  if (durability === 'synced') return 'that the machine loses power';
  return durability === 'stored' ? 'that the process is killed' : 'nothing';
}
