import type { Page } from './answers.js';
import type { Window } from './fields.js';

/** What stands behind of two, as `sort()` wants it. */
type Compare<T> = (a: T, b: T) => number;

/** A list in several orders, each of which is made when it is first asked for. */
export class Orders<T, Name extends string> {
  readonly #items: readonly T[];
  readonly #compare: { readonly [name in Name]: Compare<T> };
  readonly #made = new Map<Name, readonly T[]>();

  constructor(items: readonly T[], compare: { readonly [name in Name]: Compare<T> }) {
    this.#items = items;
    this.#compare = compare;
  }

  by(name: Name): readonly T[] {
    const known = this.#made.get(name);
    if (known !== undefined) return known;
    const made = this.#items.toSorted(this.#compare[name]);
    this.#made.set(name, made);
    return made;
  }
}

/** The part of a list that a window shows of those that match, and how many match. */
export function pageOf<T>(items: Iterable<T>, { offset, limit }: Window, matches: (item: T) => boolean): Page<T> {
  const shown: T[] = [];
  let total = 0;
  for (const item of items) {
    if (!matches(item)) continue;
    if (total >= offset && shown.length < limit) shown.push(item);
    total++;
  }
  return { total, offset, items: shown };
}

/** By code units: a collator would take ten times as long, and this is done for all. */
export function compareTexts(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Names as they are looked for. */
export function folded(text: string): string {
  return text.normalize('NFKC').toLowerCase();
}
