import { packedConfusables } from './confusables.js';

/**
 * The canonical form of a room's name, NFKC and case-folded: `Lobby` and `lobby` are one room. Only
 * {@link parseRoomName} makes one.
 *
 * @example
 * ```ts
 * import type { RoomName } from './names.js';
 *
 * const open = new Set<RoomName>();
 * ```
 */
export type RoomName = string & { readonly __brand: 'RoomName' };

/**
 * A name as others see it, in NFKC. Only {@link parseNickname} makes one. Two of them are compared by their keys.
 *
 * @example
 * ```ts
 * import type { Nickname } from './names.js';
 *
 * const greet = (name: Nickname): string => `Hello, ${name}!`;
 * ```
 */
export type Nickname = string & { readonly __brand: 'Nickname' };

/**
 * The id of a member: one live session of a user, unique in the whole cluster.
 *
 * @example
 * ```ts
 * import type { MemberId } from './names.js';
 *
 * const muted = new Set<MemberId>();
 * ```
 */
export type MemberId = string & { readonly __brand: 'MemberId' };

/**
 * The id of a node: one running hub of a cluster.
 *
 * @example
 * ```ts
 * import type { NodeId } from './names.js';
 *
 * const lastSeen = new Map<NodeId, number>();
 * ```
 */
export type NodeId = string & { readonly __brand: 'NodeId' };

/**
 * Names that nobody may take, nor any look-alike of them; see {@link isReservedName}.
 *
 * @example
 * ```ts
 * import { reservedNames } from './names.js';
 *
 * console.log(`Not to be had: ${reservedNames.join(', ')}`);
 * ```
 */
export const reservedNames = ['server', 'system', 'admin', 'everyone', 'here'] as const;

/** Most names are ASCII: these two spare them the tables. */
const asciiName = /^[A-Za-z0-9][A-Za-z0-9_.-]*$/;
const ascii = /^[\0-\x7f]*$/;
const grammar = /^[\p{L}\p{Nd}][\p{L}\p{M}\p{Nd}_.-]*$/u;
/** Letters and marks that show nothing, as the Hangul filler U+3164: a name of them looks empty, or like another. */
const invisible = /\p{Default_Ignorable_Code_Point}/u;
/** Marks piled up on one letter cover the lines above and below ("Zalgo"). Four are enough for any living script. */
const tooManyMarks = /\p{M}{5}/u;

/**
 * The canonical form of a room's name, or undefined if it is none: letters, marks and digits of any script and `_ - .`,
 * beginning with a letter or digit. Never throws.
 *
 * @param input - what a client sent, of any type
 * @param limits - `roomNameLength`: the most code points that the canonical form may have, and so a quarter of the most
 * bytes that it may have in UTF-8
 *
 * @example
 * ```ts
 * import { parseRoomName } from './names.js';
 *
 * parseRoomName('Café', { roomNameLength: 64 }); // 'café'
 * parseRoomName('a b', { roomNameLength: 64 }); // undefined
 * ```
 */
export function parseRoomName(input: unknown, limits: { readonly roomNameLength: number }): RoomName | undefined {
  const most = limits.roomNameLength;
  if (typeof input !== 'string' || farTooLong(input, most)) return undefined;
  if (asciiName.test(input)) return input.length <= most ? (input.toLowerCase() as RoomName) : undefined;
  const name = canonicalRoomName(input);
  return flawOf(name, most) === undefined ? (name as RoomName) : undefined;
}

/**
 * A name as it is shown and as it is compared, or undefined if it is none: letters, marks and digits of any script and
 * `_ - .`, beginning with a letter or digit. Never throws, and does not refuse {@link reservedNames}: ask
 * {@link isReservedName}.
 *
 * Two names with one `key` must not be taken at the same time: they differ in case only, or look alike (UTS 39,
 * section 4). As any capital may be written small, `l`, `i` and `1` are alike, and so are `0` and `o`, `m` and `rn`:
 * names that a program makes up should use one of each at most. The key is for comparing, not for showing; it may hold
 * what no name can.
 *
 * @param input - what a client sent, of any type
 * @param limits - `nameLength`: the most code points that the name may have in NFKC, and so a quarter of the most bytes
 * that it may have in UTF-8
 *
 * @example
 * ```ts
 * import { parseNickname } from './names.js';
 *
 * const latin = parseNickname('Paypal', { nameLength: 32 });
 * const cyrillic = parseNickname('раураl', { nameLength: 32 });
 * console.log(latin?.key === cyrillic?.key); // true
 * ```
 */
export function parseNickname(
  input: unknown,
  limits: { readonly nameLength: number },
): { name: Nickname; key: string } | undefined {
  const most = limits.nameLength;
  if (typeof input !== 'string' || farTooLong(input, most)) return undefined;
  if (asciiName.test(input)) {
    return input.length <= most ? { name: input as Nickname, key: comparisonKey(input) } : undefined;
  }
  const name = input.normalize('NFKC');
  if (flawOf(name, most) !== undefined) return undefined;
  const key = comparisonKey(name);
  return passesForLatin(name, key) ? undefined : { name: name as Nickname, key };
}

/**
 * Whether a name is one of {@link reservedNames} or looks like one.
 *
 * @param key - the name's key, from {@link parseNickname}
 *
 * @example
 * ```ts
 * import { isReservedName, parseNickname } from './names.js';
 *
 * const parsed = parseNickname('АDМIN', { nameLength: 32 }); // with a Cyrillic А and М
 * console.log(parsed && isReservedName(parsed.key)); // true
 * ```
 */
export function isReservedName(key: string): boolean {
  return reservedNames.some((name) => comparisonKey(name) === key);
}

/**
 * Why {@link parseNickname} or {@link parseRoomName} refused something, as a sentence for people. It quotes the input
 * without anything that could harm a terminal, a log or the direction of the text, and cuts it at 40 characters.
 *
 * @param input - what was refused
 * @param kind - what it was to be
 * @param limits - those that it was parsed with
 *
 * @example
 * ```ts
 * import { explainName } from './names.js';
 *
 * explainName('a b', 'name', { nameLength: 32, roomNameLength: 64 });
 * // '"a b" is not a name: use letters, digits and _ - . (at most 32), beginning with a letter or digit'
 * ```
 */
export function explainName(
  input: unknown,
  kind: 'name' | 'room',
  limits: { readonly nameLength: number; readonly roomNameLength: number },
): string {
  const most = kind === 'name' ? limits.nameLength : limits.roomNameLength;
  const noun = kind === 'name' ? 'name' : 'room name';
  if (typeof input !== 'string') return `A ${noun} must be a string`;
  const quoted = `"${printable(input)}"`;
  if (farTooLong(input, most)) return `${quoted} is too long for a ${noun}: at most ${most} characters`;
  const name = kind === 'name' ? input.normalize('NFKC') : canonicalRoomName(input);
  switch (flawOf(name, most)) {
    case 'long':
      return `${quoted} is too long for a ${noun}: at most ${most} characters`;
    case 'marks':
      return `${quoted} is not a ${noun}: it has more than 4 accents or other marks in a row`;
    default: {
      if (kind === 'name' && passesForLatin(name, comparisonKey(name))) {
        return `${quoted} is not a name: it mixes Greek letters with those that they are mistaken for`;
      }
      const length = Number.isFinite(most) ? ` (at most ${most})` : '';
      return `${quoted} is not a ${noun}: use letters, digits and _ - .${length}, beginning with a letter or digit`;
    }
  }
}

/**
 * Full case folding (Unicode, 3.13, D144) by the means that JavaScript has: once down takes `ẞ` to `ß`, up takes `ß` to
 * `SS`, down again gives the form to compare. Two letters need help: `ς` is a `σ` at the end of a word, and the dotless
 * `ı` is no `i` though both have the capital `I`. Cherokee comes out small, not large as in CaseFolding.txt: the same
 * letters are equal. scripts/confusables.mjs checks all this for every letter of every script.
 *
 * @param text - of any content
 *
 * @example
 * ```ts
 * import { foldCase } from './names.js';
 *
 * console.log(foldCase('Straße') === foldCase('STRASSE')); // true
 * ```
 */
export function foldCase(text: string): string {
  const small = text.toLowerCase();
  if (ascii.test(small)) return small;
  return small
    .split('ı')
    .map((part) => part.toUpperCase().toLowerCase())
    .join('ı')
    .replaceAll('ς', 'σ');
}

// ---- Grammar

/** Spares us the work of normalising megabytes. NFKC shortens by less: it makes one code point of four at most. */
function farTooLong(input: string, most: number): boolean {
  return input.length > 8 * most;
}

/**
 * Decomposed before folding (Unicode, 3.13, D145): the iota below of `ᾼ` becomes a letter, which must come after all
 * marks of the alpha. Composed after it, so that parsing the result gives the result.
 */
function canonicalRoomName(input: string): string {
  return foldCase(input.normalize('NFKD')).normalize('NFKC');
}

/** No lone surrogate gets past the grammar: it is neither letter nor mark nor digit. */
function flawOf(name: string, most: number): 'long' | 'marks' | 'letters' | undefined {
  if (name.length > most && codePoints(name) > most) return 'long';
  if (tooManyMarks.test(name)) return 'marks';
  return grammar.test(name) && !invisible.test(name) ? undefined : 'letters';
}

function codePoints(text: string): number {
  let count = 0;
  for (const _ of text) count++;
  return count;
}

function printable(input: string): string {
  // What is not seen here cannot do harm here: no more than this is looked at, however long the input is.
  const seen = input
    .slice(0, 400)
    .replace(/[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu, '')
    .replace(/(\p{M}{4})\p{M}+/gu, '$1');
  const characters = [...seen];
  return characters.length > 40 || input.length > 400 ? `${characters.slice(0, 40).join('')}…` : seen;
}

// ---- Look-alikes (UTS 39, section 4)

/** The rows of the table that are ASCII, for names that are, as most. A test compares the two. */
const asciiTwins: Readonly<Record<string, string>> = { '0': 'o', '1': 'l', i: 'l', m: 'rn' };

/** A dot above an i or j replaces its own dot: not to be seen (UTS 39, 5.4). In a key, i and l are the same. */
const hiddenDot = /(?<=[lj]\p{M}*)\u0307/gu;

let decoded: ReadonlyMap<string, string> | undefined;

/** Decoded at the first name that is not ASCII: many a hub never sees one. Hubs may share it, as it never changes. */
function twins(): ReadonlyMap<string, string> {
  decoded ??= decode(packedConfusables);
  return decoded;
}

function decode(packed: string): ReadonlyMap<string, string> {
  const table = new Map<string, string>();
  let code = 0;
  for (const entry of packed.trim().split(/\s+/)) {
    const [distance = 0, ...twin] = entry.split('.').map((number) => Number.parseInt(number, 36));
    code += distance;
    table.set(String.fromCodePoint(code), String.fromCodePoint(...twin));
  }
  return table;
}

/** The skeleton of the folded name. The table is settled and folded, so that the key of a key is that key. */
function comparisonKey(name: string): string {
  if (ascii.test(name)) return name.toLowerCase().replace(/[01im]/g, (letter) => asciiTwins[letter] ?? letter);
  const table = twins();
  let key = '';
  for (const letter of foldCase(name.normalize('NFD')).normalize('NFD')) key += table.get(letter) ?? letter;
  return key.normalize('NFD').replace(hiddenDot, '');
}

/**
 * Greek nu and upsilon are the twins of N and Y as capitals but of v and u when small, and one key cannot be both: the
 * key has N and Y, so that `ΝΙΝΑ` is `NINA`, and `serνer` is refused, as by UTS 39, 5.2 (which would refuse any mixture
 * of Latin and Greek, `Νίκος_GR` too).
 */
function passesForLatin(name: string, key: string): boolean {
  return ascii.test(key) && /[νυ]/u.test(foldCase(name)) && /(?!\p{Script=Greek})\p{L}/u.test(name);
}
