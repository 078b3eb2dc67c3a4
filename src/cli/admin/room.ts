import type { Author, ChatHub } from '../../index.js';
import type { Page, PersonRow, RoomAnswer, SanctionRow } from './answers.js';
import type { Query } from './fields.js';
import { compareTexts, folded, pageOf } from './lists.js';
import type { SessionsView } from './sessions.js';
import { Shared } from './shared.js';

/** Rooms that somebody looks at now; beyond, the one opened first is read anew. */
const mostOpen = 16;

/** Single rooms, as they are on all nodes. */
export class RoomView {
  readonly #hub: ChatHub;
  readonly #sessions: SessionsView;
  readonly #now: () => number;
  readonly #people = new Map<string, Shared<Promise<readonly Author[]>>>();

  constructor(hub: ChatHub, sessions: SessionsView, now: () => number) {
    this.#hub = hub;
    this.#now = now;
    this.#sessions = sessions;
  }

  /** @throws ChatError `BAD_ROOM`, `ENGINE_UNAVAILABLE` */
  async answer(query: Query): Promise<RoomAnswer> {
    const room = this.#hub.room(query.text('name'));
    const wanted = folded(query.text('find'));
    const [topic, people] = await Promise.all([room.topic(), this.#peopleOf(room.name).value]);
    const isWanted = ({ name, user }: Author) => folded(name).includes(wanted) || user === query.text('find');
    const page = pageOf(people, query.window, wanted === '' ? () => true : isWanted);
    return { name: room.name, topic, people: { ...page, items: page.items.map((author) => this.#rowOf(author)) } };
  }

  /** The bans and mutes of a room, or those that hold everywhere. */
  async sanctions(query: Query): Promise<Page<SanctionRow>> {
    const name = query.text('room');
    const all = await (name === '' ? this.#hub : this.#hub.room(name)).sanctions();
    return pageOf(all, query.window, () => true);
  }

  #peopleOf(room: string): Shared<Promise<readonly Author[]>> {
    const known = this.#people.get(room);
    if (known !== undefined) return known;
    const members = async () => (await this.#hub.room(room).members()).toSorted((a, b) => compareTexts(a.name, b.name));
    const made = new Shared(members, this.#now);
    const [first] = this.#people.keys();
    if (first !== undefined && this.#people.size >= mostOpen) this.#people.delete(first);
    this.#people.set(room, made);
    return made;
  }

  #rowOf({ id: member, user, name }: Author): PersonRow {
    return { user, name, member, remoteAddress: this.#sessions.addressOf(member) };
  }
}
