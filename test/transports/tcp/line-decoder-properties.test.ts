import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cut, input } from './hostile-bytes.js';
import { read } from './reading.js';
import { naiveReading } from './reference.js';

describe.each([
  ['programs', false],
  ['terminals', true],
])('lines of %s', (_who, terminal) => {
  test('are the same for every way to cut the same bytes, and what the plain reading of the rules says', () => {
    fc.assert(
      fc.property(input, ({ bytes, cuts, limit, chat }) => {
        const options = { limit, terminal, chat };
        const expected = naiveReading(bytes, options);
        expect(read([Uint8Array.from(bytes)], options)).toEqual(expected);
        expect(read(cut(bytes, cuts), options)).toEqual(expected);
      }),
      { numRuns: 10_000 },
    );
  });

  test('are the same byte by byte', () => {
    fc.assert(
      fc.property(input, ({ bytes, limit, chat }) => {
        const options = { limit, terminal, chat };
        expect(read(cut(bytes, [1]), options)).toEqual(read([Uint8Array.from(bytes)], options));
      }),
      { numRuns: 1_000 },
    );
  });
});
