import type { Follower, MessageLog } from '../../index.js';
import { FaultyFollower } from './follower.js';
import { Handles } from './handles.js';
import { type NodeParts, opened } from './node-parts.js';

type FollowCall = Parameters<MessageLog['follow']>;

/** The logs, behind the faults. */
export function faultyLog(log: MessageLog, node: NodeParts): MessageLog {
  const { calls } = node;
  const followers = new Handles<FaultyFollower>();
  const appends = new Appends();
  return {
    ...log,
    append(name, draft, options) {
      const facts = { lane: `log ${name}`, told: () => followers.reach(name) };
      return appends.during(name, () => calls.make('log.append', () => log.append(name, draft, options), facts));
    },
    find: (...call) => calls.make('log.find', () => log.find(...call)),
    read: (...call) => calls.make('log.read', () => log.read(...call)),
    get: (...call) => calls.make('log.get', () => log.get(...call)),
    count: (...call) => calls.make('log.count', () => log.count(...call)),
    ...searchOf(log, node),
    ...forgettingOf(log, node),
    remove: (name) => calls.make('log.remove', () => log.remove(name), { lane: `log ${name}` }),
    follow: (...call) => follow(log, node, followers, appends, call),
  };
}

function forgettingOf(log: MessageLog, { calls }: NodeParts): Pick<MessageLog, 'names' | 'erase'> {
  const names = log.names?.bind(log);
  const erase = log.erase?.bind(log);
  if (names === undefined || erase === undefined) return {};
  return {
    names: (...call) => calls.make('log.names', () => names(...call)),
    erase: (...call) => calls.make('log.erase', () => erase(...call)),
  };
}

function searchOf(log: MessageLog, { calls }: NodeParts): Pick<MessageLog, 'search'> {
  const search = log.search?.bind(log);
  return search === undefined ? {} : { search: (...call) => calls.make('log.search', () => search(...call)) };
}

function follow(
  log: MessageLog,
  node: NodeParts,
  followers: Handles<FaultyFollower>,
  appends: Appends,
  [name, handler, options = {}]: FollowCall,
): Promise<Follower> {
  const follower: FaultyFollower = new FaultyFollower(
    handler,
    node.faults,
    (behind, from) => log.follow(name, behind, from),
    () => appends.has(name),
    () => {
      followers.delete(name, follower);
      node.open.delete(follower);
    },
  );
  const open = async () => {
    followers.add(name, follower);
    await follower.open(options);
    return {
      get position() {
        return follower.position;
      },
      close: () => follower.close(),
    };
  };
  return opened(follower, node, node.calls.make('log.follow', open));
}

/** The logs to which appends are under way. */
class Appends {
  readonly #counts = new Map<string, number>();

  has(log: string): boolean {
    return this.#counts.has(log);
  }

  async during<T>(log: string, append: () => Promise<T>): Promise<T> {
    this.#counts.set(log, (this.#counts.get(log) ?? 0) + 1);
    try {
      return await append();
    } finally {
      const left = (this.#counts.get(log) ?? 0) - 1;
      if (left > 0) this.#counts.set(log, left);
      else this.#counts.delete(log);
    }
  }
}
