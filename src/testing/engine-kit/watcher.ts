import assert from 'node:assert/strict';
import type { OpenEngine, PresenceChange, PresenceList, PresenceWatch } from '../../index.js';
import { until } from '../checks.js';

/** A watcher of a room that records what it is told, and knows from that who must be there. */
export class Watcher {
  readonly changes: PresenceChange[] = [];
  readonly resets: PresenceList[] = [];
  #watch: PresenceWatch | undefined;
  readonly #told: (PresenceChange | PresenceList)[] = [];

  /** @param onChange - called for each change after it was recorded, inside its delivery */
  static async of(engine: OpenEngine, room: string, onChange?: (change: PresenceChange) => void): Promise<Watcher> {
    const watcher = new Watcher();
    watcher.#watch = await engine.presence.watch(room, {
      change(change) {
        watcher.changes.push(change);
        watcher.#told.push(change);
        onChange?.(change);
      },
      reset(list) {
        watcher.resets.push(list);
        watcher.#told.push(list);
      },
    });
    return watcher;
  }

  /** What stood when the watch began. */
  get list(): PresenceList {
    return this.#watch?.list ?? assert.fail('watch() has resolved');
  }

  /** Names by user, from the list and all changes since. Fails when these contradict each other. */
  get users(): Map<string, string> {
    let users = byUser(this.list);
    for (const told of this.#told) {
      if ('members' in told) users = byUser(told);
      else apply(users, told);
      assert.equal(told.count, users.size, `the count with ${JSON.stringify(told)}`);
    }
    return users;
  }

  get joined(): string[] {
    return this.changes.flatMap(({ joined }) => joined.map(({ user }) => user));
  }

  get left(): string[] {
    return this.changes.flatMap(({ left }) => left.map(({ user }) => user));
  }

  get renamed(): { readonly id: string; readonly user: string; readonly name: string; readonly was: string }[] {
    return this.changes.flatMap(({ renamed }) => renamed);
  }

  /** Waits until these users, and no others, are there. */
  async sees(...users: readonly string[]): Promise<void> {
    const expected = [...users].sort().join();
    await until(`presence of ${expected || 'nobody'}`, () => [...this.users.keys()].sort().join() === expected);
  }

  close(): void {
    this.#watch?.close();
  }
}

function byUser({ members, count }: PresenceList): Map<string, string> {
  const users = new Map(members.map(({ user, name }) => [user, name]));
  assert.deepEqual([users.size, count], [members.length, members.length], 'each user is listed once and counted');
  return users;
}

function apply(users: Map<string, string>, { joined, left, renamed }: PresenceChange): void {
  for (const { user } of left) assert.ok(users.delete(user), `${user}, who leaves, was there`);
  for (const { user, name } of joined) {
    assert.ok(!users.has(user), `${user}, who joins, was not there`);
    users.set(user, name);
  }
  for (const { user, name, was } of renamed) {
    assert.equal(users.get(user), was, `the earlier name of ${user}`);
    users.set(user, name);
  }
}

/** Who is in a room, sorted by user. */
export async function membersOf(
  { presence }: OpenEngine,
  room: string,
): Promise<{ id: string; user: string; name: string }[]> {
  const { members, count, complete, missingNodes } = await presence.list(room);
  assert.deepEqual({ count, complete, missingNodes }, { count: members.length, complete: true, missingNodes: [] });
  return members.map(({ id, user, name }) => ({ id, user, name })).sort((a, b) => (a.user < b.user ? -1 : 1));
}

export async function usersIn(engine: OpenEngine, room: string): Promise<string[]> {
  return (await membersOf(engine, room)).map(({ user }) => user);
}

/** No limit to speak of. */
export const plenty = 1_000;
