import type { ChatHub } from '../../index.js';
import type { Page, RoomRow } from './answers.js';
import type { Query } from './fields.js';
import { compareTexts, folded, Orders, pageOf } from './lists.js';
import { Baseline, Shared } from './shared.js';

const sorts = ['members', 'rate', 'name'] as const;

type Sorted = Orders<RoomRow, (typeof sorts)[number]>;

/** How far the logs were, by room. */
type Heads = ReadonlyMap<string, { readonly epoch: string; readonly offset: number }>;

/** The rooms that have members on this node. */
export class RoomsView {
  readonly #hub: ChatHub;
  readonly #baseline = new Baseline<Heads>();
  readonly #shared: Shared<Sorted>;

  constructor(hub: ChatHub, now: () => number) {
    this.#hub = hub;
    this.#shared = new Shared((at) => this.#make(at), now);
  }

  answer(query: Query): Page<RoomRow> {
    const wanted = folded(query.text('name'));
    const rows = this.#shared.value.by(query.oneOf('sort', sorts));
    return pageOf(rows, query.window, ({ name }) => name.includes(wanted));
  }

  #make(now: number): Sorted {
    const rooms = [...this.#hub.localRooms()];
    const heads: Heads = new Map(rooms.map(({ name, position }) => [name, position]));
    const before = this.#baseline.since(now, heads);
    const rows: readonly RoomRow[] = rooms.map(({ name, members, count, position: { epoch, offset } }) => {
      const was = before?.value.get(name);
      // Of a room that is new here, or whose log began anew, there is nothing to compare with.
      const grown = was?.epoch === epoch ? offset - was.offset : undefined;
      return { name, members, count, rate: grown === undefined ? undefined : grown / (before?.seconds ?? 1) };
    });
    return new Orders(rows, {
      members: (a, b) => b.count - a.count || compareTexts(a.name, b.name),
      rate: (a, b) => (b.rate ?? 0) - (a.rate ?? 0) || b.count - a.count || compareTexts(a.name, b.name),
      name: (a, b) => compareTexts(a.name, b.name),
    });
  }
}
