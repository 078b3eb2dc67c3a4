import fc from 'fast-check';
import { describe, expect } from 'vitest';
import { packedConfusables } from '../../src/model/confusables.js';
import { explainName, isReservedName, parseNickname, parseRoomName } from '../../src/model/names.js';
import { anything, text } from './hostile.js';
import { fuzz } from './runs.js';

const limits = { nameLength: 32, roomNameLength: 64 };
/** For variants of a name, which may be longer than the name. */
const roomy = { nameLength: 1_000, roomNameLength: 1_000 };

const keyOf = (input: string) => parseNickname(input, roomy)?.key;

/** The letters that look like others, as the table has them. */
const confusable = decoded().filter((letter) => /^[\p{L}\p{M}\p{Nd}]$/u.test(letter));

const letter = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...'abcilmnorsuvyIKLMNOS01_.-') },
  { weight: 2, arbitrary: fc.constantFrom(...'İıßẞſςσΣŉǰΐΰẖᾳᾼῼͅАМНВТһмнвтиΝνΥυΒβᏸꭰᲐა') },
  { weight: 2, arbitrary: fc.constantFrom(...'\u0300\u0301\u0307\u0323\u0327\u0345\u0338ȷɨłøﬁﬃĳ㎏①가각각') },
  { weight: 2, arbitrary: fc.nat(confusable.length - 1).map((index) => confusable[index] as string) },
  { weight: 2, arbitrary: fc.nat(0x2fff).map((code) => String.fromCodePoint(code)) },
  { weight: 1, arbitrary: fc.nat(0x1ffff).map((code) => String.fromCodePoint(code)) },
);
const nameLike = fc.string({ unit: letter, minLength: 1, maxLength: 12 });
const validName = nameLike.filter((input) => parseNickname(input, limits) !== undefined);

describe('a nickname', () => {
  fuzz(
    'is in normal form, and its own name again with the same key',
    fc.property(validName, (input) => {
      const { name, key } = parseNickname(input, limits)!;
      expect(name).toBe(input.normalize('NFKC'));
      expect(parseNickname(name, limits)).toEqual({ name, key });
      expect(keyOf(key) ?? key).toBe(key);
      expect(isReservedName(key)).toBe(['server', 'system', 'adrnin', 'everyone', 'here'].includes(key));
    }),
  );

  fuzz(
    'has the key of what it would be in another case or another normal form',
    fc.property(validName, (input) => {
      const key = keyOf(input);
      for (const form of ['NFC', 'NFD', 'NFKC', 'NFKD'] as const) expect(keyOf(input.normalize(form))).toBe(key);
      // A variant may be refused: of a letter in one case it may make a letter and more marks than are allowed.
      expect(keyOf(input.normalize('NFD').toLowerCase()) ?? key).toBe(key);
      expect(keyOf(input.normalize('NFD').toUpperCase()) ?? key).toBe(key);
    }),
  );

  fuzz(
    'has the same key whatever stands next to it: names that look alike stay so as parts of longer ones',
    fc.property(validName, validName, (one, other) => {
      const whole = keyOf(`${one}-${other}`);
      if (whole !== undefined) expect(whole).toBe(`${keyOf(one)}-${keyOf(other)}`);
    }),
  );
});

describe('a room name', () => {
  fuzz(
    'is its own canonical form, the same in either case and any normal form',
    fc.property(validName, (input) => {
      const room = parseRoomName(input, limits)!;
      expect(parseRoomName(room, limits)).toBe(room);
      for (const form of ['NFC', 'NFD', 'NFKC', 'NFKD'] as const)
        expect(parseRoomName(input.normalize(form), roomy) ?? room).toBe(room);
      // As Unicode has it by default, the dotless ı is no i, though its capital is an I.
      const capitals = room.includes('ı') ? room : input.normalize('NFD').toUpperCase();
      expect(parseRoomName(capitals, roomy) ?? room).toBe(room);
    }),
  );
});

const few = fc.constantFrom(1, 2, 5, 32, Number.POSITIVE_INFINITY);

fuzz(
  'whatever comes in as a name, none throws, and what is taken is letters, marks, digits and _ - . within its limits',
  fc.property(fc.oneof(nameLike, text, anything), few, (input, most) => {
    const most4 = { nameLength: most, roomNameLength: most };
    const taken = [parseNickname(input, most4)?.name, parseRoomName(input, most4)];
    for (const name of taken) {
      if (name === undefined) continue;
      expect(name).toMatch(/^[\p{L}\p{Nd}][\p{L}\p{M}\p{Nd}_.-]*$/u);
      expect(name).not.toMatch(/[\p{C}\p{Z}\p{Default_Ignorable_Code_Point}]|\p{M}{5}/u);
      expect([...name].length).toBeLessThanOrEqual(most);
      expect(Buffer.byteLength(name)).toBeLessThanOrEqual(4 * most);
    }
    for (const kind of ['name', 'room'] as const) {
      const sentence = explainName(input, kind, most4);
      expect(sentence).not.toMatch(/[\p{C}\p{Zl}\p{Zp}]|\p{M}{5}/u);
      expect([...sentence].length).toBeLessThan(200);
    }
  }),
);

function decoded(): string[] {
  let code = 0;
  const distances = packedConfusables.trim().split(/\s+/);
  return distances.map((entry) => String.fromCodePoint((code += Number.parseInt(entry, 36))));
}
