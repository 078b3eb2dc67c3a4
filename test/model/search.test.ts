import { matchesSearch, parseSearch, searchWords } from 'chathub';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

describe('words', () => {
  test.each([
    ['Hello, World!', ['hello', 'world']],
    ['Déjà-vu', ['deja', 'vu']],
    ['ﬁne ＡＢＣ', ['fine', 'abc']],
    ['Straße', ['strasse']],
    ['東京 in spring', ['東', '京', 'in', 'spring']],
    ['rc-2 v1.0', ['rc', '2', 'v1', '0']],
    ['good🎉luck', ['good', '🎉', 'luck']],
    ['— … !', []],
  ])('of %j', (text, words) => {
    expect(searchWords(text)).toEqual(words);
  });

  test('of any text are found in it, in whatever case', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 60 }), (text) => {
        const words = searchWords(text).slice(0, 32);
        fc.pre(words.length > 0);
        expect(matchesSearch(text, [{ words, prefix: false }])).toBe(true);
        expect(searchWords(words.join(' '))).toEqual(words);
      }),
    );
  });
});

describe('a search', () => {
  test.each([
    ['good bob', ['good', 'bob']],
    ['"good morning" bob*', ['good morning', 'bob*']],
    ['"never closed', ['never closed']],
    ['"no star*"', ['no star']],
    ['東京', ['東 京']],
    ['"" * -', []],
  ])('for %s', (text, terms) => {
    expect(parseSearch(text).map(({ words, prefix }) => words.join(' ') + (prefix ? '*' : ''))).toEqual(terms);
  });

  test('is for 32 words at most, the last of which does not go on where it was cut', () => {
    const many = Array.from({ length: 40 }, (_, n) => `w${n}`);
    expect(parseSearch(many.join(' '))).toHaveLength(32);
    const [long] = parseSearch(`${many.join('-')}*`);
    expect(long).toEqual({ words: many.slice(0, 32), prefix: false });
  });

  test.each([
    ['morning good', true],
    ['"good morning"', true],
    ['"morning good"', false],
    ['morn', false],
    ['morn*', true],
    ['"good morning" alice', true],
    ['good evening', false],
    ['"morning alice"', true],
  ])('for %s in "Good morning, Alice"', (text, found) => {
    expect(matchesSearch('Good morning, Alice', parseSearch(text))).toBe(found);
  });
});
