import type { Framing } from 'chathub';
import { lengthPrefixedFraming } from 'chathub/testing';
import fc from 'fast-check';
import { describe, expect } from 'vitest';
import { Tape } from '../../src/hub/tape.js';
import { FrameReader } from '../../src/transports/memory/framing.js';
import { CRLF, LF } from '../../src/transports/tcp/framing.js';
import { compressing, plain } from '../../src/transports/websocket/framing.js';
import { text } from './hostile.js';
import { fuzz } from './runs.js';
import { messagesIn } from './web-socket-reader.js';

/** From nothing to what needs each length that a frame can say. */
const payload = fc.oneof(
  { weight: 24, arbitrary: text },
  { weight: 6, arbitrary: fc.tuple(text, fc.nat(40)).map(([any, times]) => any.repeat(times)) },
  { weight: 1, arbitrary: fc.constantFrom(125, 126, 1_024, 65_535, 65_536).map((length) => 'x'.repeat(length)) },
);
const payloads = fc.array(payload, { maxLength: 8 });

/** What a client reads out of bytes, by the framing that they are in. */
const readers: readonly (readonly [what: string, framing: Framing, read: (bytes: Uint8Array) => readonly string[]])[] =
  [
    ['LF', LF, (bytes) => linesIn(bytes, '\n')],
    ['CR LF', CRLF, (bytes) => linesIn(bytes, '\r\n')],
    ['WebSocket', plain, messagesIn],
    ['compressed WebSocket', compressing, messagesIn],
    ['length-prefixed', lengthPrefixedFraming(), (bytes) => new FrameReader().read(bytes)],
  ];

describe.each(readers)('what is framed by %s', (what, framing, read) => {
  const compressed = what.startsWith('compressed');

  fuzz(
    'is read as it was, each payload between its ends, whole or in any part',
    fc.property(payloads, fc.nat(), fc.nat(), (given, one, other) => {
      const { bytes, ends } = framing.frame(given);
      expect(ends).toHaveLength(given.length);
      const [from, to] = range(one, other, given.length);
      const at = (index: number) => (index === 0 ? 0 : (ends[index - 1] as number));
      expect(read(bytes.subarray(0))).toEqual(asRead(given));
      expect(read(bytes.subarray(at(from), at(to)))).toEqual(asRead(given.slice(from, to)));
      expect(at(given.length)).toBe(bytes.length);
    }),
    compressed ? 0.3 : 1,
  );

  fuzz(
    'of a tape, and of a part of it kept for a slow reader, is the same',
    fc.property(payload, payloads, fc.nat(), fc.nat(), (first, further, one, other) => {
      const given = [first, ...further];
      const tape = new Tape(framing);
      for (const each of given) tape.push(each);
      // Nobody waits for nothing.
      const [from, to] = range(one, other, given.length - 1).map((at, index) => at + index) as [number, number];
      expect(read(tape.bytes(from, to))).toEqual(asRead(given.slice(from, to)));
      const kept = tape.excerpt(from, to);
      const part = 1 + (other % kept.length);
      expect(kept.size(0, kept.length)).toBe(tape.size(from, to));
      expect(read(kept.bytes(0, part))).toEqual(asRead(given.slice(from, from + part)));
      expect(read(kept.bytes(part - 1, kept.length))).toEqual(asRead(given.slice(from + part - 1, to)));
      expect(read(tape.bytes(0, tape.length))).toEqual(asRead(given));
    }),
    compressed ? 0.2 : 0.5,
  );

  /** Lines have their ends by the framing, wherever a payload has some; half characters are no UTF-8 in any. */
  function asRead(given: readonly string[]): readonly string[] {
    const whole = given.map((each) => each.toWellFormed());
    if (what === 'LF') return whole.flatMap((each) => each.split('\n'));
    return what === 'CR LF' ? whole.flatMap((each) => each.split(/\r?\n/)) : whole;
  }
});

function linesIn(bytes: Uint8Array, terminator: string): readonly string[] {
  if (bytes.length === 0) return [];
  const lines = Buffer.from(bytes).toString().split(terminator);
  expect(lines.pop()).toBe('');
  return lines;
}

function range(one: number, other: number, length: number): readonly [from: number, to: number] {
  const [a, b] = [one % (length + 1), other % (length + 1)];
  return [Math.min(a, b), Math.max(a, b)];
}
