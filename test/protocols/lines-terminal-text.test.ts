import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isPlain, linesOf, oneLine } from '../../src/protocols/lines/terminal-text.js';

const FSI = '\u2068';
const PDI = '\u2069';
const PDF = '\u202c';
const LRE = '\u202a';
const RLO = '\u202e';
const RLI = '\u2067';
const RLM = '\u200f';

/** Text full of what terminals act on, as whole characters and as pieces of sequences. */
const hostile = fc
  .array(
    fc.oneof(
      fc.constantFrom('\u001b', '[', ']', '31m', 'P', '\\', '\u0007', '\u009b', '\u009d', '\u009c', '\0', '\r', '\n'),
      fc.constantFrom('\r\n', '\t', '\u2028', '\u2029', '\u0085', '\ud83d', '\udc4d', '👍', 'alice', ' ', '] bob: '),
      fc.constantFrom('\u061c', '\u200e', RLM, LRE, '\u202b', PDF, '\u202d', RLO, '\u2066', RLI, FSI, PDI),
      fc.string({ unit: 'binary', maxLength: 3 }),
    ),
    { maxLength: 40 },
  )
  .map((parts) => parts.join(''));

/** How deep bidi controls still reach at the end of a text, by UAX 9; -1 when one ended what it had not begun. */
function openAtTheEnd(text: string): number {
  const owed: string[] = [];
  for (const control of text) {
    if (/[\u202a\u202b\u202d\u202e]/.test(control)) owed.push(PDF);
    else if (/[\u2066-\u2068]/.test(control)) owed.push(PDI);
    else if ((control === PDF || control === PDI) && owed.pop() !== control) return -1;
  }
  return owed.length;
}

describe('controls', () => {
  const everyControl = Array.from({ length: 0xa0 }, (_, code) => String.fromCharCode(code)).filter(
    (character) => /\p{Cc}/u.test(character) && !'\t\n'.includes(character),
  );

  test('are all known', () => expect(everyControl).toHaveLength(65 - 2));

  test.each(everyControl.map((character) => [character.charCodeAt(0).toString(16), character]))(
    'are taken out: U+%s',
    (_, character) => {
      expect(oneLine(`1${character}é`)).toBe('1é');
      expect(linesOf(`1${character}é`)).toEqual(['1é']);
    },
  );

  test('leave a tab alone', () => {
    expect(oneLine('a\tb')).toBe('a\tb');
    expect(oneLine('a\tb\u0007')).toBe('a\tb');
  });

  test.each([
    ['a colour', '\u001b[31mred\u001b[0m', 'red'],
    ['a colour with many parameters', '\u001b[38;2;1;2;3mred', 'red'],
    ['a private mode', '\u001b[?1049hx', 'x'],
    ['a sequence with an intermediate byte', '\u001b[2 qx', 'x'],
    ['clearing the screen', 'a\u001b[2J\u001b[Hb', 'ab'],
    ['an 8-bit control sequence', '\u009b31mred', 'red'],
    ['a title that ends with BEL', '\u001b]0;owned\u0007x', 'x'],
    ['a title that ends with ST', '\u001b]0;owned\u001b\\x', 'x'],
    ['a title that ends with an 8-bit ST', '\u001b]0;owned\u009cx', 'x'],
    ['an 8-bit title', '\u009d0;owned\u0007x', 'x'],
    ['a link', '\u001b]8;;http://evil\u001b\\click\u001b]8;;\u001b\\', 'click'],
    ['the clipboard', '\u001b]52;c;cm0gLXJmIC8=\u0007x', 'x'],
    ['a device control string', '\u001bP+q544e\u001b\\x', 'x'],
    ['an application command', '\u001b_Gf=100;AAAA\u001b\\x', 'x'],
    ['an 8-bit device control string', '\u0090+q544e\u009cx', 'x'],
    ['a reset', 'a\u001bcb', 'ab'],
    ['a character set', 'a\u001b(0b', 'ab'],
    ['saving the cursor', 'a\u001b7b', 'ab'],
    ['a lone ESC at the end', 'a\u001b', 'a'],
    ['an ESC before what ends no sequence', 'a\u001bé', 'aé'],
    ['an unfinished control sequence', 'a\u001b[31', 'a31'],
    ['an unfinished title', 'a\u001b]0;owned', 'a0;owned'],
    ['a control sequence with a NUL inside', '\u001b[3\u00001mred', '31mred'],
    ['sequences inside sequences', '\u001b\u001b[31m[31mred', '[31mred'],
    ['backspaces', 'admin\b\b\b\b\beve', 'admineve'],
  ])('are taken out as whole sequences: %s', (_, text, shown) => {
    expect(oneLine(text)).toBe(shown);
  });

  test.each([
    '\u001b]',
    '\u001b[',
    '\u001b[0',
    '\u001bP',
    '\u001b ',
    '\u009b0;',
    '\u009d',
    '\u0090',
    ' \u001b ',
    `${RLO}${RLI}`,
    `${PDI}${PDF}`,
  ])('make no long text slow that is full of %j', (piece) => {
    const half = piece.repeat(50_000 / piece.length);
    const started = performance.now();
    oneLine(half + half);
    oneLine(half + PDI.repeat(50_000));
    expect(performance.now() - started).toBeLessThan(1000);
  });
});

describe('lines', () => {
  test.each([
    ['a\nb', ['a', 'b']],
    ['a\r\nb', ['a', 'b']],
    ['a\u2028b\u2029c', ['a', 'b', 'c']],
    ['a\n\nb', ['a', '', 'b']],
    ['a\n', ['a', '']],
  ])('end where %j says', (text, lines) => {
    expect(linesOf(text)).toEqual(lines);
  });

  test('do not end at a bare CR, which would go back to their beginning', () => {
    expect(linesOf('[lobby] alice: hi\r[lobby] bob')).toEqual(['[lobby] alice: hi[lobby] bob']);
  });

  test('become spaces where there is but one', () => {
    expect(oneLine('x\n[ERROR] y\r\nz\u2028w')).toBe('x [ERROR] y z w');
  });

  test('are safe one by one: a title begun on one does not swallow the next', () => {
    expect(linesOf('a\u001b]0;b\nc\u0007d')).toEqual(['a0;b', 'cd']);
    expect(linesOf(`a${RLO}b\nc`)).toEqual([`${FSI}a${RLO}b${PDF}${PDI}`, 'c']);
  });
});

describe('the direction of text', () => {
  test.each([
    ['an override is closed and shut in', `a${RLO}b`, `${FSI}a${RLO}b${PDF}${PDI}`],
    ['an embedding that was closed needs no more', `a${LRE}b${PDF}c`, `${FSI}a${LRE}b${PDF}c${PDI}`],
    ['an isolate is closed', `a${RLI}b`, `${FSI}a${RLI}b${PDI}${PDI}`],
    ['a closer that closes nothing goes', `a${PDI}b${PDF}c`, `${FSI}abc${PDI}`],
    ['nobody breaks out of our isolate', `a${PDI}${PDI}${RLO}b`, `${FSI}a${RLO}b${PDF}${PDI}`],
    ['a PDI closes the embeddings in its isolate', `${RLI}${LRE}a${PDI}b`, `${FSI}${RLI}${LRE}a${PDF}${PDI}b${PDI}`],
    ['a PDF does not reach out of an isolate', `${LRE}${RLI}a${PDF}b`, `${FSI}${LRE}${RLI}ab${PDI}${PDF}${PDI}`],
    ['a mark is kept', `a${RLM}b`, `${FSI}a${RLM}b${PDI}`],
    ['an Arabic letter mark is kept', 'a\u061cb', `${FSI}a\u061cb${PDI}`],
  ])('stays inside: %s', (_, text, shown) => {
    expect(oneLine(text)).toBe(shown);
  });

  test('needs nothing for letters that run to the left', () => {
    expect(oneLine('שלום عربى')).toBe('שלום عربى');
  });
});

describe('any text', () => {
  test('becomes one without controls but tab, lone surrogates and line breaks', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        for (const line of [oneLine(text), ...linesOf(text)]) {
          expect(line).not.toMatch(/(?!\t)[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]/u);
        }
      }),
      { numRuns: 2000 },
    );
  });

  test('becomes one whose bidi controls are all inside one isolate, and balanced', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        for (const line of [oneLine(text), ...linesOf(text)]) {
          if (!/\p{Bidi_Control}/u.test(line)) continue;
          expect(line).toMatch(new RegExp(`^${FSI}.*${PDI}$`, 'su'));
          expect(openAtTheEnd(line)).toBe(0);
          expect(openAtTheEnd(line.slice(1, -1))).toBe(0);
        }
      }),
      { numRuns: 2000 },
    );
  });

  test('is left as it is when it is plain, which is so exactly when nothing in it needs care', () => {
    const needsCare = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}]/u;
    fc.assert(
      fc.property(fc.oneof(hostile, fc.string({ unit: 'grapheme' })), (text) => {
        expect(isPlain(text)).toBe(!needsCare.test(text.replaceAll('\t', '')));
        if (isPlain(text)) expect([oneLine(text), ...linesOf(text)]).toEqual([text, text]);
      }),
      { numRuns: 2000 },
    );
  });

  test('is plain or not for each character of Unicode as its class says', () => {
    const needsCare = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}]/u;
    const wrong: number[] = [];
    for (let code = 0; code <= 0x10ffff; code++) {
      const character = String.fromCodePoint(code);
      if (isPlain(character) === needsCare.test(character) && character !== '\t') wrong.push(code);
    }
    expect(wrong).toEqual([]);
  });

  test('keeps emoji whole, and shows half of one as a replacement character', () => {
    expect(oneLine('👍🏽 👨‍👩‍👧')).toBe('👍🏽 👨‍👩‍👧');
    expect(oneLine('a\ud83db\udc4d')).toBe('a\ufffdb\ufffd');
  });
});
