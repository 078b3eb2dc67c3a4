import { pause } from './faults.js';
import type { Inspector } from './inspector.js';
import type { Person, Self } from './person.js';

/** Resolves with the milliseconds after which nothing differs any more, or with what does until the end. */
export async function settles(
  ms: number,
  differences: () => Promise<readonly string[]> | readonly string[],
): Promise<{ readonly after: number; readonly left: readonly string[] }> {
  const began = performance.now();
  for (;;) {
    const left = await differences();
    const after = Math.round(performance.now() - began);
    if (left.length === 0 || after > ms) return { after, left };
    await pause(100);
  }
}

/** How who is where differs from the truth: asked on each node, and as the clients have been told. */
export async function presenceDifferences(
  inspectors: ReadonlyMap<string, Inspector>,
  people: readonly Person[],
  rooms: readonly string[],
): Promise<string[]> {
  const differences: string[] = [];
  for (const room of rooms) {
    const members = people.filter((person) => person.rooms.includes(room));
    const truth = listed(members.map(({ self }) => self));
    const compare = (who: string, list: readonly Self[]) => {
      if (listed(list) !== truth) differences.push(`${who} has in ${room}: ${listed(list)}; there are: ${truth}`);
    };
    for (const [node, inspector] of inspectors) compare(node, await inspector.members(room));
    for (const person of members) compare(person.name, person.people(room));
  }
  return differences;
}

function listed(list: readonly Self[]): string {
  return list
    .map(({ user, name }) => (user === `user-${name}` ? name : `${name} (${user})`))
    .sort()
    .join(', ');
}
