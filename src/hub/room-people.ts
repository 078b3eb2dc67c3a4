import type { Author } from '../model/entry.js';
import type { PresenceEvent } from '../model/events.js';
import type { PresenceChange, PresenceHandler, PresenceList, PresenceWatch } from '../ports/engine.js';
import type { Context } from './context.js';

const oneSecond = 1_000;

/** Below this part of `presenceDetail` a room tells each change again: the distance keeps it from flapping. */
const backToDetail = 0.8;

/** Who is in one room, on all nodes: kept up with the engine's changes, which are told to the members here. */
export class RoomPeople implements PresenceHandler {
  #count = 0;
  #detailed = true;
  #cancelCounts: (() => void) | undefined;
  /** What came before the list that it is to be applied to. */
  #early: PresenceChange[] | undefined = [];
  /** The whole truth that came before the list that the watch began with. */
  #earlyList: PresenceList | undefined;
  readonly #people = new Map<string, Author>();
  readonly #room: string;
  readonly #context: Context;
  readonly #tell: (event: PresenceEvent) => void;

  constructor(room: string, context: Context, tell: (event: PresenceEvent) => void) {
    this.#room = room;
    this.#context = context;
    this.#tell = tell;
  }

  /** How many users. */
  get count(): number {
    return this.#count;
  }

  /** One author for each user; undefined in rooms above `presenceDetail`. */
  get list(): readonly Author[] | undefined {
    return this.#count > this.#context.limits.presenceDetail ? undefined : [...this.#people.values()];
  }

  /** The whole truth, for somebody who missed changes. */
  get event(): PresenceEvent {
    const { list } = this;
    const event = {
      type: 'presence',
      room: this.#room,
      joined: [],
      left: [],
      renamed: [],
      count: this.#count,
    } as const;
    return list === undefined ? event : { ...event, members: list };
  }

  /** The id by which the room knows a user: that of the first of its sessions here. */
  idOf(user: string): string | undefined {
    return this.#people.get(user)?.id;
  }

  /** Begins with what stood when the watch began, then what has changed since. */
  begin(watch: PresenceWatch): PresenceWatch {
    this.#take(this.#earlyList ?? watch.list);
    this.#earlyList = undefined;
    const early = this.#early ?? [];
    this.#early = undefined;
    for (const change of early) this.change(change);
    return watch;
  }

  change(change: PresenceChange): void {
    if (this.#early !== undefined) {
      this.#early.push(change);
      return;
    }
    // By the ids that were told: the engine may know a user by another of its sessions by now.
    const left = change.left.map((author) => ({ ...author, id: this.idOf(author.user) ?? author.id }));
    this.#apply(change);
    if (this.#tellsCounts()) return;
    const { joined, count } = change;
    const renamed = change.renamed.map(({ id, user, name, was }) => ({ id: this.idOf(user) ?? id, name, was }));
    this.#tell({ type: 'presence', room: this.#room, joined, left, renamed, count });
  }

  reset(list: PresenceList): void {
    if (this.#early !== undefined) {
      // Whatever came before it is in it.
      this.#early = [];
      this.#earlyList = list;
      return;
    }
    this.#take(list);
    if (!this.#tellsCounts()) this.#tell(this.event);
  }

  close(): void {
    this.#cancelCounts?.();
    this.#cancelCounts = undefined;
  }

  #apply(change: PresenceChange): void {
    this.#count = change.count;
    for (const author of change.left) this.#people.delete(author.user);
    for (const author of change.joined) this.#people.set(author.user, author);
    for (const { user, name } of change.renamed) {
      const author = this.#people.get(user);
      if (author !== undefined) this.#people.set(user, { ...author, name });
    }
  }

  #take({ members, count }: PresenceList): void {
    this.#people.clear();
    for (const author of members) this.#people.set(author.user, author);
    this.#count = count;
  }

  /** In a large room: counts, at most one event a second, instead of each change. Joins would cost O(n²) otherwise. */
  #tellsCounts(): boolean {
    const { presenceDetail } = this.#context.limits;
    if (this.#detailed && this.#count <= presenceDetail) return false;
    if (!this.#detailed && this.#count < presenceDetail * backToDetail) {
      this.#detailed = true;
      this.close();
      this.#tell(this.event);
      return true;
    }
    this.#detailed = false;
    this.#cancelCounts ??= this.#context.clock.after(oneSecond, () => {
      this.#cancelCounts = undefined;
      this.#tell({ type: 'presence', room: this.#room, joined: [], left: [], renamed: [], count: this.#count });
    });
    return true;
  }
}
