import fc from 'fast-check';

const ascii = (text: string) => [...Buffer.from(text, 'latin1')];
const utf8 = (text: string) => [...Buffer.from(text)];

/** What a chat is not to begin with. */
const openings = [
  'GET / HTTP/1.1\r\n',
  'POST /',
  '\x16\x03\x01',
  'PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n',
  'PROXY UNKNOWN\r\n',
];

/** What is most likely to go wrong: everything that has a meaning, whole and in part. */
const pieces = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...['\n', '\r\n', '\r\0', '\r', '\0', '\r\r\n', '\n\n'].map(ascii)) },
  {
    weight: 6,
    arbitrary: fc.constantFrom(...['a', 'hello', ' ', '\t', '\x1b[1m', '/join', 'x'.repeat(20)].map(ascii)),
  },
  { weight: 4, arbitrary: fc.constantFrom(...['\b', '\x7f', '\x7f\x7f', 'ab\b', 'é\x7f'].map(utf8)) },
  {
    weight: 4,
    arbitrary: fc.constantFrom(
      ...['é', '中', '👩‍👩‍👧', '🇩🇪', 'e\u0301', '\ufeff', '각', 'नि', '👍🏽', '\u0600a', '\u00ad', '\u200d'].map(utf8),
    ),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      [0xc0, 0xaf],
      [0xed, 0xa0, 0x80],
      [0x80],
      [0xe2, 0x82],
      [0xf4, 0x90, 0x80, 0x80],
      [0xc3],
    ),
  },
  {
    weight: 4,
    arbitrary: fc.constantFrom(
      [255, 255],
      [255, 251, 1],
      [255, 253, 24],
      [255, 252, 1],
      [255, 254, 24],
      [255, 250, 24, 1, 255, 255, 10, 255, 240],
      [255, 250],
      [255, 240],
      [255, 247],
      [255, 248],
      [255, 241],
      [255],
    ),
  },
  { weight: 1, arbitrary: fc.constantFrom(...openings.map(ascii)) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 8 }).map((bytes) => [...bytes]) },
);

/** What a binary PROXY header begins with, whole and in part. */
const begun = fc.constantFrom(...['', '', '\r\n\r\n\0\r\nQUIT\n', '\r\n\r\n\0\r\nQUI', '\r\n\r\n'].map(ascii));

/** A stream of bytes, how it is cut, and how it is to be read. */
export const input = fc.record({
  bytes: fc.tuple(begun, fc.array(pieces, { maxLength: 40, size: 'max' })).map((parts) => parts.flat(2)),
  cuts: fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 20, size: 'max' }),
  // From one that hardly any line fits into to one that nothing reaches.
  limit: fc.constantFrom(2, 5, 8, 19, 20, 21, 40, 10_000),
  chat: fc.boolean(),
});

/** The bytes in chunks of these lengths, over and over. */
export function cut(bytes: readonly number[], lengths: readonly number[]): Uint8Array[] {
  const chunks: Uint8Array[] = [];
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const length = lengths[turn % lengths.length] as number;
    chunks.push(Uint8Array.from(bytes.slice(at, at + length)));
    at += length;
  }
  return chunks;
}
