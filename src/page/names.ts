/** How many colours there are for people. */
const hues = 8;

/** One of the colours, the same each time for the same user. */
export function hueOf(user: string): string {
  let hash = 0;
  for (const character of user) hash = (hash * 31 + (character.codePointAt(0) ?? 0)) >>> 0;
  return String(hash % hues);
}

/** What stands for a name in a small square. */
export function initialOf(name: string): string {
  const [first = '?'] = name;
  return first.toLocaleUpperCase();
}
