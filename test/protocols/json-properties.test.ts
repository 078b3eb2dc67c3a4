import { ChatError, type Command } from 'chathub';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { read } from './json-reading.js';

/** Names that mean something here or to JavaScript, so that chance meets them. */
const words = fc.constantFrom(
  ...['type', 'id', 'room', 'text', 'data', 'name', 'to', 'key', 'rooms', 'after', 'epoch', 'offset', 'limit'],
  ...['hello', 'join', 'send', 'history', 'ping', '__proto__', 'constructor', 'toString', 'valueOf', '', '\ud800'],
);
const anything = fc.jsonValue({ maxDepth: 4 });
const member = fc.oneof(
  anything,
  words,
  fc.integer(),
  fc.double(),
  fc.boolean(),
  fc.record({ epoch: words, offset: fc.integer() }),
);
const object = fc.dictionary(words, member, { maxKeys: 8 });
const text = fc.oneof(
  { weight: 3, arbitrary: fc.string({ unit: 'binary' }) },
  { weight: 3, arbitrary: fc.json() },
  { weight: 9, arbitrary: object.map((value) => JSON.stringify(value)) },
  // A frame with something cut out, put in or doubled.
  { weight: 5, arbitrary: fc.tuple(object, fc.nat(), fc.nat(9), fc.string({ maxLength: 3 })).map(damaged) },
);

describe('whatever comes in', () => {
  test('is a command with a type of the page, or a ChatError: nothing else is thrown', () => {
    fc.assert(
      fc.property(text, (frame) => {
        let command: Command | null;
        try {
          command = read(frame);
        } catch (error) {
          expect(error).toBeInstanceOf(ChatError);
          if (error instanceof ChatError) {
            expect(['BAD_JSON', 'BAD_COMMAND', 'BAD_UTF8']).toContain(error.code);
            expect(error.message.isWellFormed()).toBe(true);
          }
          return;
        }
        const parsed = JSON.parse(frame) as { readonly type: string; readonly id?: unknown };
        expect(command).toMatchObject({ type: parsed.type });
        expect(command?.id).toEqual(parsed.id);
      }),
      { numRuns: 3_000 },
    );
  });

  test('a refusal carries the id of the frame when that is one, and none otherwise', () => {
    const good = fc.oneof(fc.maxSafeInteger(), fc.string({ minLength: 1, maxLength: 64 }));
    const bad = fc.oneof(fc.constantFrom(null, true, '', 0.5, [], {}), fc.string({ minLength: 65, maxLength: 80 }));
    fc.assert(
      fc.property(good, (id) => {
        expect(refusalOf({ type: 'join', id, room: 7 }).re).toBe(id);
      }),
      { numRuns: 500 },
    );
    fc.assert(
      fc.property(bad, (id) => {
        expect(refusalOf({ type: 'ping', id }).re).toBeUndefined();
      }),
      { numRuns: 500 },
    );
  });
});

test('what a send carries as text and data comes out as it went in', () => {
  const whole = fc.string({ unit: 'binary' });
  const data = fc.jsonValue({ maxDepth: 7, stringUnit: 'binary' }).filter((value) => holdsOnlySafe(value));
  fc.assert(
    fc.property(whole, whole, data, (room, said, value) => {
      const command = read(JSON.stringify({ type: 'send', room, text: said, data: value }));
      const back: unknown = JSON.parse(JSON.stringify(value));
      expect(command).toEqual({ type: 'send', room, text: said, data: back });
      expect(JSON.stringify(command?.type === 'send' && command.data)).toBe(JSON.stringify(value));
    }),
    { numRuns: 1_000 },
  );
});

function damaged([value, at, length, inserted]: [object, number, number, string]): string {
  const frame = JSON.stringify(value);
  const start = at % (frame.length + 1);
  return frame.slice(0, start) + inserted + frame.slice(start + length);
}

function refusalOf(command: object): ChatError {
  try {
    read(JSON.stringify(command));
  } catch (error) {
    if (error instanceof ChatError) return error;
    throw error;
  }
  return expect.unreachable('it was not refused');
}

/** An integer above 2^53 is refused: it may be another one than was written. */
function holdsOnlySafe(value: unknown): boolean {
  if (typeof value === 'number') return !Number.isInteger(value) || Number.isSafeInteger(value);
  if (typeof value !== 'object' || value === null) return true;
  return Object.values(value).every(holdsOnlySafe);
}
