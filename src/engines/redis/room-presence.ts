import { type Author, isAuthor } from '../../model/entry.js';
import type { PresenceChange, PresenceHandler, PresenceList } from '../../ports/engine.js';
import type { FeedSource } from './change-feed.js';

/** Who is in a room, as it was read. */
export type ListedRoom = PresenceList;

/** How a room is read. */
type Reading = Pick<FeedSource<PresenceChange, ListedRoom>, 'channel' | 'load' | 'version' | 'dropped' | 'failed'>;

/** Who is in one room, kept up with; and who watches it here. */
export class RoomPresence implements FeedSource<PresenceChange, ListedRoom> {
  readonly watchers = new Set<PresenceHandler>();
  readonly channel: string;
  readonly load: Reading['load'];
  readonly version: Reading['version'];
  readonly dropped: Reading['dropped'];
  readonly failed: Reading['failed'];
  readonly #people = new Map<string, Author>();

  constructor({ channel, load, version, dropped, failed }: Reading) {
    this.channel = channel;
    this.load = load;
    this.version = version;
    this.dropped = dropped;
    this.failed = failed;
  }

  get list(): PresenceList {
    const members = [...this.#people.values()];
    return { members, count: members.length, complete: true, missingNodes: [] };
  }

  isEmpty(): boolean {
    return this.#people.size === 0;
  }

  begin({ members }: ListedRoom): void {
    this.#people.clear();
    for (const author of members) this.#people.set(author.user, author);
  }

  apply(change: PresenceChange): void {
    for (const { user } of change.left) this.#people.delete(user);
    for (const author of change.joined) this.#people.set(author.user, author);
    for (const { id, user, name } of change.renamed) this.#people.set(user, { id, user, name });
    for (const watcher of this.watchers) watcher.change(change);
  }

  replace(list: ListedRoom): void {
    this.begin(list);
    for (const watcher of this.watchers) watcher.reset(list);
  }

  parse(text: string): PresenceChange {
    const { joined, left, renamed, count } = JSON.parse(text) as PresenceChange;
    const people = [joined, left, renamed].every((list) => Array.isArray(list) && list.every(isAuthor));
    if (!people || !renamed.every(({ was }) => typeof was === 'string') || !Number.isSafeInteger(count))
      throw new SyntaxError('That is no change of a room.');
    return { joined, left, renamed, count };
  }
}
