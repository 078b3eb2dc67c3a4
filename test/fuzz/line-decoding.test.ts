import fc from 'fast-check';
import { describe, expect } from 'vitest';
import { cut, input } from '../transports/tcp/hostile-bytes.js';
import { read } from '../transports/tcp/reading.js';
import { naiveReading } from '../transports/tcp/reference.js';
import { text } from './hostile.js';
import { fuzz } from './runs.js';

const [SE, NOP, SB, WILL, DONT, IAC] = [240, 241, 250, 251, 254, 255];

describe.each([
  ['programs', false],
  ['terminals', true],
])('lines of %s', (_who, terminal) => {
  fuzz(
    'are the same for every way to cut the same bytes, and what the plain reading of the rules says',
    fc.property(input, ({ bytes, cuts, limit, chat }) => {
      const options = { limit, terminal, chat };
      const expected = naiveReading(bytes, options);
      expect(read([Uint8Array.from(bytes)], options)).toEqual(expected);
      expect(read(cut(bytes, cuts), options)).toEqual(expected);
      expect(read(cut(bytes, [1]), options)).toEqual(expected);
    }),
  );

  fuzz(
    'are text within the limit, without what ends lines or edits them',
    fc.property(input, ({ bytes, cuts, limit, chat }) => {
      const { lines } = read(cut(bytes, cuts), { limit, terminal, chat });
      for (const [line] of lines) {
        if (/^<(TOO_LONG|BAD_UTF8|BAD_FRAME)>$/.test(line)) continue;
        expect(line.isWellFormed()).toBe(true);
        expect(Buffer.byteLength(line)).toBeLessThanOrEqual(limit);
        expect(line).not.toMatch(terminal ? /[\n\r\0\b\x7f]/ : /\n/);
      }
    }),
  );
});

/** A command of telnet that changes nothing of what was typed. */
const command = fc.oneof(
  fc.tuple(fc.integer({ min: WILL, max: DONT }), fc.nat(255)).map(([verb, option]) => [IAC, verb, option]),
  fc.array(fc.nat(255), { maxLength: 8 }).map((parameters) => {
    return [IAC, SB, ...parameters.flatMap((byte) => (byte === IAC ? [IAC, IAC] : [byte])), IAC, SE];
  }),
  fc.constantFrom([IAC, NOP], [IAC, 249], [IAC, SE]),
);

describe('telnet', () => {
  fuzz(
    'commands may stand anywhere between two bytes: the lines are those without them, and each offer is refused once',
    fc.property(
      fc.array(fc.oneof(text, fc.constantFrom('\n', '\r\n', 'é')), { maxLength: 8 }),
      fc.array(fc.tuple(fc.nat(), command), { minLength: 1, maxLength: 6 }),
      fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 5 }),
      (parts, commands, cuts) => {
        const options = { limit: 60, terminal: true, chat: true };
        const typed = [...Buffer.from(parts.join(''))];
        const bytes = [...typed];
        for (const [at, each] of commands) bytes.splice(...insertion(bytes, at), ...each);
        const reading = read(cut(bytes, cuts), options);
        expect(reading.lines).toEqual(read([Uint8Array.from(typed)], options).lines);
        const answers = cut(reading.answers, [3]).map((answer) => [...answer].join());
        expect(new Set(answers).size).toBe(answers.length);
        for (const answer of answers) expect(answer).toMatch(/^255,25[24],\d+$/);
      },
    ),
  );
});

/** Where a command may be put in: not inside of another one. */
function insertion(bytes: readonly number[], at: number): [start: number, count: 0] {
  const free = [bytes.length];
  for (let index = 0; index < bytes.length; index++) {
    free.push(index);
    if (bytes[index] !== IAC) continue;
    if (bytes[index + 1] === SB)
      while (!(bytes[index] === IAC && bytes[index + 1] === SE)) index += bytes[index] === IAC ? 2 : 1;
    index += (bytes[index + 1] as number) >= WILL && bytes[index + 1] !== SB ? 2 : 1;
  }
  return [free[at % free.length] as number, 0];
}
