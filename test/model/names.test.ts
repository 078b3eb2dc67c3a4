import fc from 'fast-check';
import { describe, expect, expectTypeOf, test } from 'vitest';
import {
  explainName,
  foldCase,
  isReservedName,
  type MemberId,
  type Nickname,
  type NodeId,
  parseNickname,
  parseRoomName,
  type RoomName,
  reservedNames,
} from '../../src/model/names.js';

const limits = { nameLength: 32, roomNameLength: 64 };
/** For variants of a name, which may be longer than the name. */
const roomy = { nameLength: 1_000, roomNameLength: 1_000 };

const nameOf = (input: unknown) => parseNickname(input, limits)?.name;
const keyOf = (input: unknown) => parseNickname(input, roomy)?.key;
const roomOf = (input: unknown) => parseRoomName(input, limits);

/** Every letter, mark and digit of every script, and `_ - .`, but for those that become something else in NFKC. */
const letters = Array.from({ length: 0x110000 }, (_, code) => String.fromCodePoint(code)).filter(
  (letter) =>
    /^[\p{L}\p{M}\p{Nd}_.-]$/u.test(letter) &&
    /^[\p{L}\p{M}\p{Nd}_.-]+$/u.test(letter.normalize('NFKC')) &&
    !/\p{Default_Ignorable_Code_Point}/u.test(letter),
);

/** Half of what Unicode has is Chinese: the other arbitraries are for where the rules are. */
const letter = fc.oneof(
  fc.constantFrom(...'abcilmnrsuvyIKLMNSO01_.-'),
  fc.constantFrom(...'İıßẞſςσΣŉǰΐΰẖᾳᾼῼͅАМНВТһмнвтиΝνΥυΒβᏸꭰᲐა'),
  fc.constantFrom(...'\u0300\u0301\u0307\u0323\u0327\u0345\u0338ȷɨłøﬁﬃĳ㎏①가각각'),
  anyOf(letters.filter((letter) => !/\p{Script=Han}|\p{Script=Hangul}/u.test(letter))),
  anyOf(letters),
);
const nameLike = fc.string({ unit: letter, minLength: 1, maxLength: 12 });
const validName = nameLike.filter((input) => nameOf(input) !== undefined);
/** Any UTF-16 at all, lone surrogates too. */
const anything = fc.oneof(
  nameLike,
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.array(fc.nat(0xffff), { maxLength: 40 }).map((units) => String.fromCharCode(...units)),
  fc
    .array(fc.constantFrom('\ud83d', '\ude00', 'a', '\u202e', '\n', '\x1b'), { maxLength: 9 })
    .map((parts) => parts.join('')),
);

/** `fc.constantFrom` would have them all as arguments, which are more than the stack holds. */
function anyOf(items: readonly string[]) {
  return fc.nat(items.length - 1).map((index) => items[index]!);
}

describe('a nickname', () => {
  test.each([
    'alice',
    'A',
    '7of9',
    'a_b-c.d',
    'Ζωή',
    'Дима',
    '李小龍',
    'محمد',
    'สมชาย',
    '한국',
    'हिन्दी',
    'x'.repeat(32),
  ])('%s is taken as it is', (name) => {
    expect(nameOf(name)).toBe(name);
  });

  test.each([
    ['is no string', 7],
    ['is empty', ''],
    ['begins with an underscore, as __proto__ does', '__proto__'],
    ['begins with a hyphen, as an option does', '-rf'],
    ['begins with a dot', '.hidden'],
    ['begins with a mark', '\u0301a'],
    ['holds a space', 'a b'],
    ['holds a no-break space', 'a\u00a0b'],
    ['holds a newline', 'a\nb'],
    ['ends in a newline', 'a\n'],
    ['holds an escape', 'a\x1b[2J'],
    ['holds NUL', 'a\0'],
    ['holds a right-to-left override', 'a\u202eb'],
    ['holds a zero-width joiner', 'a\u200db'],
    ['holds a soft hyphen', 'a\u00adb'],
    ['is the invisible Hangul filler', '\u3164'],
    ['holds a variation selector', 'a\ufe0f'],
    ['holds a lone high surrogate', 'a\ud83d'],
    ['holds a lone low surrogate', 'a\ude00'],
    ['holds an emoji', 'a😀'],
    ['holds what becomes a space in NFKC', 'a\u00a8'],
    ['holds the sign of a mention', '@alice'],
    ['has five marks in a row', `a${'\u0489'.repeat(5)}`],
    ['is one code point too long', 'x'.repeat(33)],
    ['is too long in an astral script', '𐐨'.repeat(33)],
    ['becomes too long in NFKC', '㎏'.repeat(17)],
  ])('is refused when it %s', (_, input) => {
    expect(nameOf(input)).toBeUndefined();
  });

  test('is shown in NFKC', () => {
    expect(nameOf('Ａｌｉｃｅ①')).toBe('Alice1');
    expect(nameOf('Rene\u0301')).toBe('Ren\u00e9');
  });

  test('is measured in code points after NFKC', () => {
    expect(nameOf('𐐨'.repeat(32))).toBe('𐐨'.repeat(32));
    expect(nameOf('e\u0301'.repeat(32))).toBe('\u00e9'.repeat(32));
  });

  test('has no more bytes in UTF-8 than four times its length', () => {
    fc.assert(
      fc.property(nameLike, (input) => {
        const name = parseNickname(input, { nameLength: 5 })?.name ?? '';
        expect(Buffer.byteLength(name)).toBeLessThanOrEqual(20);
      }),
    );
  });

  test('may be of any length when the limit is off', () => {
    const off = { nameLength: Number.POSITIVE_INFINITY };
    expect(parseNickname('é'.repeat(1_000), off)?.name).toHaveLength(1_000);
  });

  test('may have four marks in a row', () => {
    expect(nameOf(`a${'\u0489'.repeat(4)}b${'\u0489'.repeat(4)}`)).toBeDefined();
  });

  test('that is a property of every object is like any other', () => {
    for (const name of ['constructor', 'toString', 'hasOwnProperty', 'valueOf']) expect(nameOf(name)).toBe(name);
    expect(keyOf('constructor')).toBe('constructor');
  });
});

describe('two nicknames have one key', () => {
  test.each([
    ['differ in case only', 'Alice', 'aLICE'],
    ['differ in the width of their letters', 'alice', 'ａｌｉｃｅ'],
    ['differ in composition only', 'Ren\u00e9', 'Rene\u0301'],
    ['differ in a final sigma', 'ΟΔΥΣΣΕΥΣ', 'οδυσσευς'],
    ['differ in ß and ss', 'Strauß', 'STRAUSS'],
    ['are paypal and its Cyrillic look-alike', 'paypal', 'раураӏ'],
    ['are rn and m', 'rnaria', 'maria'],
    ['are l and 1', 'alice', 'a1ice'],
    ['are l and a capital I, which are one glyph in most fonts', 'paypal', 'paypaI'],
    ['are o and 0', 'bob', 'b0b'],
    ['are Latin and Cyrillic capitals', 'HELMET', 'НЕLМЕТ'],
    ['are Latin and Greek capitals', 'Nina', 'ΝΙΝΑ'],
    ['are Latin and Cherokee', 'dew', 'ᎠEᎳ'],
    ['differ in a dot above an i, which is not to be seen', 'admi\u0307n', 'admin'],
    ['differ in the dotted capital I of Turkish', 'ADMİN', 'admin'],
    ['differ in a stroke that is a letter or a mark', 'ł', 'l\u0338'],
  ])('when they %s', (_, one, other) => {
    expect(keyOf(one)).toBeDefined();
    expect(keyOf(one)).toBe(keyOf(other));
  });

  test.each([
    ['accents', 'jose', 'josé'],
    ['n and v, though Greek nu looks like both', 'Dane', 'Dave'],
    ['u and y, though Greek upsilon looks like both', 'Guy', 'Guu'],
    ['separators', 'a.b', 'a_b'],
    ['other letters', 'alice', 'alicf'],
    ['letters of one Cyrillic alphabet', 'Миша', 'Маша'],
  ])('but not when they differ in %s', (_, one, other) => {
    expect(keyOf(one)).not.toBe(keyOf(other));
  });

  test('in ASCII by the same rules as beyond it', () => {
    for (const letter of 'abcdefghijklmnopqrstuvwxyz0123456789_-.') {
      expect(`${keyOf(`a${letter}`)}ж`).toBe(keyOf(`a${letter}ж`));
    }
  });

  test('when one is the other in another case or normal form', () => {
    fc.assert(
      fc.property(validName, (input) => {
        const name = nameOf(input)!;
        expect(keyOf(name)).toBe(keyOf(input));
        // Decomposed, as in any other form toUpperCase() can put a mark on another letter (Unicode, 3.13, D145).
        const lower = keyOf(name.normalize('NFD').toLowerCase());
        const upper = keyOf(name.normalize('NFD').toUpperCase());
        // A variant may be refused: of a letter in one case it may make a letter and more marks than are allowed.
        expect(lower ?? keyOf(name)).toBe(keyOf(name));
        expect(upper ?? keyOf(name)).toBe(keyOf(name));
        for (const form of ['NFC', 'NFD', 'NFKC', 'NFKD'] as const)
          expect(keyOf(name.normalize(form))).toBe(keyOf(name));
      }),
      { numRuns: 2_000 },
    );
  });

  test('when one is the key of the other', () => {
    fc.assert(
      fc.property(validName, (input) => {
        const key = keyOf(input)!;
        // A key may hold what a name cannot, then it is no name.
        expect(keyOf(key) ?? key).toBe(key);
      }),
      { numRuns: 2_000 },
    );
  });

  test('for each letter there is, in either case', { timeout: 60_000 }, () => {
    const wrong = letters.filter((letter) => {
      const key = keyOf(`ж${letter}`);
      const same = [letter.toUpperCase(), letter.toLowerCase(), letter.normalize('NFKD'), foldCase(letter)];
      return key === undefined || same.some((variant) => keyOf(`ж${variant}`) !== key) || (keyOf(key) ?? key) !== key;
    });
    expect(wrong).toEqual([]);
  });
});

describe('a name that mixes Greek letters with Latin look-alikes', () => {
  test.each(['ADMIΝ', 'serνer', 'AΝΝY'])('is refused when it could pass for Latin: %s', (name) => {
    expect(nameOf(name)).toBeUndefined();
    expect(explainName(name, 'name', limits)).toContain('mixes Greek letters');
  });

  test.each(['Νίκος_GR', 'μTorrent', 'Ωmega', 'ν7'])('is a name when it could not: %s', (name) => {
    expect(nameOf(name)).toBe(name.normalize('NFKC'));
  });
});

describe('a reserved name', () => {
  test.each([...reservedNames, 'SERVER', 'Ѕуѕtеm', 'systern', 'АDМIN', 'adrnin', 'ｈｅｒｅ', 'еvеrуоnе', 'admın'])(
    '%s is a name, and reserved',
    (name) => {
      const key = keyOf(name);
      expect(key).toBeDefined();
      expect(isReservedName(key ?? '')).toBe(true);
    },
  );

  test.each(['servers', 'alice', 'admin2', 'constructor'])('is not %s', (name) => {
    expect(isReservedName(keyOf(name) ?? '')).toBe(false);
  });
});

describe('a room name', () => {
  test('is one in any case and normal form', () => {
    for (const name of ['Lobby', 'LOBBY', 'ｌｏｂｂｙ']) expect(roomOf(name)).toBe('lobby');
    expect(roomOf('CAFE\u0301')).toBe('caf\u00e9');
    expect(roomOf('Straße')).toBe('strasse');
  });

  test('is not compared by what it looks like', () => {
    expect(roomOf('r00m')).not.toBe(roomOf('room'));
    expect(roomOf('ısı')).not.toBe(roomOf('isi'));
  });

  test.each([
    42,
    null,
    '',
    '#lobby',
    '*',
    '>',
    'a/b',
    'a b',
    '{t}',
    'a\r\nb',
    '__proto__',
    'x'.repeat(65),
    'ß'.repeat(33),
  ])('is not %j', (input) => {
    expect(roomOf(input)).toBeUndefined();
  });

  test('is its own canonical form', () => {
    fc.assert(
      fc.property(validName, (input) => {
        const room = roomOf(input);
        expect(roomOf(room)).toBe(room);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('whatever comes in', () => {
  test('nothing throws, and what is accepted shows no more than letters, marks, digits and _ - .', () => {
    fc.assert(
      fc.property(anything, (input) => {
        explainName(input, 'name', limits);
        explainName(input, 'room', limits);
        foldCase(input);
        for (const name of [nameOf(input), roomOf(input)]) {
          if (name === undefined) continue;
          expect(name).toMatch(/^[\p{L}\p{Nd}][\p{L}\p{M}\p{Nd}_.-]*$/u);
          expect(name).not.toMatch(/[\p{C}\p{Z}\p{Default_Ignorable_Code_Point}]|\p{M}{5}/u);
        }
      }),
      { numRuns: 2_000 },
    );
  });

  test.each([undefined, null, 0, {}, [], Symbol.iterator, () => 'a', new String('a')])(
    'no value but a string is a name',
    (input) => {
      expect(nameOf(input)).toBeUndefined();
      expect(roomOf(input)).toBeUndefined();
      expect(explainName(input, 'name', limits)).toBe('A name must be a string');
    },
  );

  test.each(['a', '\u0301', 'ﷺ', '\ud800', '\u202e'])('ten million of %j are refused at once', (unit) => {
    const huge = unit.repeat(10_000_000);
    const started = performance.now();
    expect(nameOf(huge)).toBeUndefined();
    expect(roomOf(huge)).toBeUndefined();
    expect(explainName(huge, 'room', limits).length).toBeLessThan(120);
    expect(performance.now() - started).toBeLessThan(1_000);
  });
});

describe('the explanation', () => {
  test.each([
    [
      'a b',
      'name',
      '"a b" is not a name: use letters, digits and _ - . (at most 32), beginning with a letter or digit',
    ],
    [
      '#a',
      'room',
      '"#a" is not a room name: use letters, digits and _ - . (at most 64), beginning with a letter or digit',
    ],
    ['', 'name', '"" is not a name: use letters, digits and _ - . (at most 32), beginning with a letter or digit'],
    ['x'.repeat(33), 'name', `"${'x'.repeat(33)}" is too long for a name: at most 32 characters`],
    ['y'.repeat(70), 'room', `"${'y'.repeat(40)}…" is too long for a room name: at most 64 characters`],
    ['z'.repeat(999), 'name', `"${'z'.repeat(40)}…" is too long for a name: at most 32 characters`],
    ['e\u0489\u0489\u0489\u0489\u0489', 'name', /more than 4 accents or other marks in a row$/],
  ] as const)('of %j as a %s says what is wrong', (input, kind, sentence) => {
    if (typeof sentence === 'string') expect(explainName(input, kind, limits)).toBe(sentence);
    else expect(explainName(input, kind, limits)).toMatch(sentence);
  });

  test('leaves the limit out when it is off', () => {
    const off = { nameLength: Number.POSITIVE_INFINITY, roomNameLength: Number.POSITIVE_INFINITY };
    expect(explainName('a b', 'name', off)).toBe(
      '"a b" is not a name: use letters, digits and _ - ., beginning with a letter or digit',
    );
  });

  test('is safe for a terminal and a log', () => {
    expect(explainName('\x1b[31m\u202ex\r\n[ERROR]\u2028\u009b', 'name', limits)).toMatch(/^"\[31mx\[ERROR\]" is not/);
    fc.assert(
      fc.property(anything, (input) => {
        expect(explainName(input, 'name', limits)).not.toMatch(/[\p{C}\p{Zl}\p{Zp}]|\p{M}{5}/u);
      }),
    );
  });
});

describe('case folding', () => {
  test.each([
    ['ẞ', 'ss'],
    ['ς', 'σ'],
    ['ΑΣ', 'ας'],
    ['ſ', 'S'],
    ['İ', 'i\u0307'],
    ['ᾼ', 'αι'],
    ['Ꭰ', 'ꭰ'],
    ['Ა', 'ა'],
  ])('joins %s and %s', (one, other) => {
    expect(foldCase(one)).toBe(foldCase(other));
  });

  test('keeps the dotless ı apart from i, as Unicode does by default', () => {
    expect(foldCase('ı')).not.toBe(foldCase('I'));
  });

  test('gives the same again when it is folded again', () => {
    expect(letters.filter((letter) => foldCase(foldCase(letter)) !== foldCase(letter))).toEqual([]);
  });
});

test('a name, a room, a member and a node are not to be taken for one another', () => {
  expectTypeOf<Nickname>().not.toEqualTypeOf<RoomName>();
  expectTypeOf<Nickname>().toExtend<string>();
  // @ts-expect-error -- a string is a name only once it has been parsed
  const unparsed: RoomName = 'lobby';
  // @ts-expect-error -- a member's id is no node's
  const mistaken: NodeId = 'm1' as MemberId;
  expect([unparsed, mistaken]).toHaveLength(2);
});
