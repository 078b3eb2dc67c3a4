import { matchesSearch, parseSearch, searchWords } from 'chathub';
import fc from 'fast-check';
import { describe, expect } from 'vitest';
import { text } from './hostile.js';
import { fuzz } from './runs.js';

/** What is written between words: it parts them, or means something in a search. */
const between = fc.constantFrom(' ', '"', '*', '-', '.', '\t', '\u3000', '\u200b', '"" ', '* ', '');
const few = fc
  .array(fc.tuple(fc.oneof(text, fc.string({ unit: 'grapheme', maxLength: 6 })), between), { maxLength: 8 })
  .map((parts) => parts.flat().join(''));
/** Some have more words than are looked for. */
const sentence = fc.oneof(
  { weight: 9, arbitrary: few },
  { weight: 1, arbitrary: fc.tuple(few, fc.nat(30)).map(([part, times]) => part.repeat(times)) },
);

describe('a search', () => {
  fuzz(
    'is for 32 words at most, each as the words of messages are, in the order in which they were typed',
    fc.property(sentence, (typed) => {
      const terms = parseSearch(typed);
      const words = terms.flatMap((term) => term.words);
      expect(words.length).toBeLessThanOrEqual(32);
      for (const term of terms) expect(term.words.length).toBeGreaterThan(0);
      for (const word of words) expect(searchWords(word)).toEqual([word]);
      expect(searchWords(typed.replaceAll('"', ' ').slice(0, typed.length)).slice(0, words.length)).toEqual(words);
    }),
  );

  fuzz(
    'for what a message says finds it: whole, word for word, and by how its last word begins',
    fc.property(sentence, (said) => {
      const words = searchWords(said).slice(0, 32);
      expect(searchWords(words.join(' '))).toEqual(words);
      fc.pre(words.length > 0);
      const last = [...(words.at(-1) as string)];
      expect(matchesSearch(said, parseSearch(words.join(' ')))).toBe(true);
      expect(matchesSearch(said, parseSearch(`"${words.join(' ')}"`))).toBe(true);
      expect(matchesSearch(said, [{ words: [...words.slice(0, -1), last[0] as string], prefix: true }])).toBe(true);
      // In capitals the iota below, an accent, is a letter of its own, and the dotless ı an I like that of i.
      const capitals = /[\u0345ı]/.test(said.normalize('NFKD')) ? said : said.normalize('NFD').toUpperCase();
      expect(matchesSearch(capitals, parseSearch(words.join(' ')))).toBe(true);
    }),
  );

  fuzz(
    'never throws, whatever is looked for in whatever was said',
    fc.property(sentence, sentence, (typed, said) => {
      const terms = parseSearch(typed);
      const found = matchesSearch(said, terms);
      // All words must be there: of more terms, none finds more.
      if (found) for (const term of terms) expect(matchesSearch(said, [term])).toBe(true);
    }),
  );
});
