import { pause } from '../pause.js';
import type { Inspector } from './inspector.js';
import type { Person, Self } from './person.js';

/** Resolves with the milliseconds after which nothing differs any more, or with what does until the end. */
export async function settles<T>(
  ms: number,
  differences: () => Promise<readonly T[]> | readonly T[],
): Promise<{ readonly after: number; readonly left: readonly T[] }> {
  const began = performance.now();
  for (;;) {
    const left = await differences();
    const after = Math.round(performance.now() - began);
    if (left.length === 0 || after > ms) return { after, left };
    await pause(100);
  }
}

/** Who is where, as some were told, where it is not so. */
interface Difference {
  /** Whom we asked: nodes, and people. */
  readonly asked: string;
  readonly room: string;
  /** Who is said to be there, and is not; who is there, and is not said to be. */
  readonly extra: string;
  readonly missing: string;
}

/** How who is where differs from the truth: asked on each node, and as the clients have been told. */
export async function presenceDifferences(
  inspectors: readonly Inspector[],
  people: readonly Person[],
): Promise<Difference[]> {
  const found = new Map<string, Difference>();
  const rooms = new Set(people.flatMap(({ role }) => role.rooms));
  for (const room of rooms) {
    const members = people.filter(({ role }) => role.rooms.includes(room));
    const truth = members.map(({ self }) => shown(self));
    const compare = (who: string, list: readonly Self[]) => {
      const told = list.map(shown);
      const [extra, missing] = [without(told, truth), without(truth, told)];
      if (extra === '' && missing === '') return;
      const key = `${room} ${extra} ${missing}`;
      const same = found.get(key);
      found.set(key, { asked: same === undefined ? who : `${same.asked}, ${who}`, room, extra, missing });
    };
    const lists = await Promise.all(inspectors.map((one) => one.members(room, true)));
    for (const [index, list] of lists.entries()) compare(inspectors[index]!.node.name, list);
    for (const person of members) compare(person.name, person.people(room));
  }
  return [...found.values()];
}

function without(some: readonly string[], others: readonly string[]): string {
  const left = [...others];
  const rest = some.filter((one) => {
    const at = left.indexOf(one);
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
  return rest.sort().join(', ');
}

function shown({ user, name }: Self): string {
  return user === `user-${name}` ? name : `${name} (${user})`;
}
