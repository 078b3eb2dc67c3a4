import type { Framing } from 'chathub';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CRLF, LF } from '../../../src/transports/tcp/framing.js';

const textOf = (framing: Framing, ...payloads: readonly string[]) =>
  Buffer.from(framing.frame(payloads).bytes).toString();

describe('a batch of lines', () => {
  test('has a terminator after each', () => {
    expect(textOf(LF, 'one', '', 'two')).toBe('one\n\ntwo\n');
    expect(textOf(CRLF, 'one', '', 'two')).toBe('one\r\n\r\ntwo\r\n');
  });

  test('is empty without any', () => {
    expect(LF.frame([])).toMatchObject({ bytes: Buffer.alloc(0), ends: [] });
    expect(CRLF.frame([])).toMatchObject({ bytes: Buffer.alloc(0), ends: [] });
  });

  test('has the terminator for a newline inside a payload', () => {
    expect(textOf(LF, 'a\nb', 'c\r\nd')).toBe('a\nb\nc\r\nd\n');
    expect(textOf(CRLF, 'a\nb', 'c\r\nd', 'e\r')).toBe('a\r\nb\r\nc\r\nd\r\ne\r\r\n');
  });

  test('says where each ends, whatever it is made of', () => {
    const payload = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('', 'a\nb', 'é', '\ud800', 'c\r\nd', '\r'));
    fc.assert(
      fc.property(fc.array(payload), fc.constantFrom(LF, CRLF), (payloads, framing) => {
        const { bytes, ends } = framing.frame(payloads);
        const frames = ends.map((end, index) => bytes.subarray(ends[index - 1] ?? 0, end));
        expect(frames).toEqual(payloads.map((one) => framing.frame([one]).bytes));
        expect(ends.at(-1) ?? 0).toBe(bytes.length);
      }),
    );
  });

  test('says so even when the caller has changed its list meanwhile', () => {
    const payloads = ['one', 'two'];
    const framed = LF.frame(payloads);
    payloads.length = 0;
    expect(framed.ends).toEqual([4, 8]);
    expect(framed.ends).toBe(framed.ends);
  });
});
