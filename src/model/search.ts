import { foldCase } from './names.js';

/**
 * One thing that a search looks for: words that stand next to each other. All of them must be in a message.
 *
 * @example
 * ```ts
 * import type { SearchTerm } from 'chathub';
 *
 * const greeting: SearchTerm = { words: ['good', 'morn'], prefix: true };
 * ```
 */
export interface SearchTerm {
  /** As {@link searchWords} gives them. */
  readonly words: readonly string[];
  /** The last word may go on. */
  readonly prefix: boolean;
}

/** Of one search: what comes after is not looked for. */
const mostWords = 32;

/**
 * Each sign by itself: scripts that put no spaces between words, Hangul, whose words take endings, and emoji. A word of theirs
 * is a phrase of signs, and found inside a longer one.
 */
const sign = String.raw`[\p{sc=Han}\p{sc=Hira}\p{sc=Kana}\p{sc=Hang}\p{sc=Thai}\p{sc=Laoo}\p{sc=Khmr}\p{sc=Mymr}]|\p{Extended_Pictographic}`;
const word = new RegExp(String.raw`${sign}|(?:(?!${sign})[\p{L}\p{N}\p{M}])+`, 'gu');
const ascii = /^[\0-\x7f]*$/;
const accents = /[\u0300-\u036f]/g;

/**
 * The words of a text in the form in which they are compared: without regard to case, accents and compatibility forms.
 * Engines that search index these, so that the same is found everywhere.
 *
 * @param text - of any content
 *
 * @example
 * ```ts
 * import { searchWords } from 'chathub';
 *
 * console.log(searchWords('Déjà-vu in 東京')); // ['deja', 'vu', 'in', '東', '京']
 * ```
 */
export function searchWords(text: string): readonly string[] {
  if (ascii.test(text)) return text.toLowerCase().match(/[a-z0-9]+/g) ?? [];
  // Digits of ASCII are pictographic in the eyes of Unicode only where `\p{Emoji}` is asked for, which is not.
  const plain = foldCase(text.normalize('NFKD').replace(accents, '')).normalize('NFC');
  return plain.match(word) ?? [];
}

/**
 * What a person who searches means: words apart are looked for apart, `"in quotes"` next to each other, `wor*` by how they begin.
 *
 * @param text - as it was typed
 * @returns terms of 32 words at most, all together; none when there is no word in it
 *
 * @example
 * ```ts
 * import { parseSearch } from 'chathub';
 *
 * console.log(parseSearch('"good morning" bob*'));
 * // [{ words: ['good', 'morning'], prefix: false }, { words: ['bob'], prefix: true }]
 * ```
 */
export function parseSearch(text: string): readonly SearchTerm[] {
  const terms: SearchTerm[] = [];
  let left = mostWords;
  for (const [, quoted, bare = ''] of text.matchAll(/"([^"]*)"?|([^\s"]+)/g)) {
    const all = searchWords(quoted ?? bare);
    const words = all.slice(0, left);
    // What was cut need not end where its last word does.
    const prefix = quoted === undefined && bare.endsWith('*') && words.length === all.length;
    if (words.length > 0) terms.push({ words, prefix });
    left -= words.length;
    if (left === 0) break;
  }
  return terms;
}

/**
 * Whether a text has all that is looked for: for engines without an index.
 *
 * @param text - of a message
 * @param terms - from {@link parseSearch}
 *
 * @example
 * ```ts
 * import { matchesSearch, parseSearch } from 'chathub';
 *
 * console.log(matchesSearch('Good morning, Bob', parseSearch('bob "good morning"'))); // true
 * ```
 */
export function matchesSearch(text: string, terms: readonly SearchTerm[]): boolean {
  const words = searchWords(text);
  return terms.every((term) => words.some((_, at) => standsAt(words, at, term)));
}

function standsAt(words: readonly string[], at: number, term: SearchTerm): boolean {
  const last = term.words.length - 1;
  return term.words.every((sought, index) => {
    const found = words[at + index];
    return found === sought || (term.prefix && index === last && found?.startsWith(sought) === true);
  });
}
