import { describe, expect, test } from 'vitest';
import { applyErasures } from '../../../src/transports/tcp/erase.js';
import { bytesOf, framesOf, terminal } from './reading.js';

describe('BS and DEL', () => {
  test('erase the character before them', () => {
    expect(framesOf(terminal, 'helo\blo\nab\x7f\x7fc\n')).toEqual(['hello', 'c']);
  });

  test('at the beginning of a line erase nothing', () => {
    expect(framesOf(terminal, 'before\n\b\x7fafter\n')).toEqual(['before', 'after']);
  });

  test.each(['é', 'e\u0301', '中', '😀', '👩‍👩‍👧‍👦', '🇩🇪', '👍🏽', '각', '각', 'क्षि', '\u0600a'])(
    'erase %s as a whole',
    (grapheme) => {
      const whole = [...new Intl.Segmenter('en').segment(grapheme)].length;
      expect(framesOf(terminal, bytesOf(`ab${grapheme}${'\x7f'.repeat(whole)}c\n`))).toEqual(['abc']);
      expect(framesOf(terminal, bytesOf(`${grapheme}${grapheme}${'\b'.repeat(whole)}\n`))).toEqual([grapheme]);
    },
  );

  test('erase one flag of many', () => {
    expect(applyErasures(`${'🇩🇪'.repeat(40)}\b`)).toBe('🇩🇪'.repeat(39));
  });

  // What is compared is one size with another: on any machine, a cost that grows with the square shows.
  test.each(['x', '中', 'e\u0301', '\u0301'])(
    'cost no more for each byte of a long line than of a short one (%j)',
    (text) => {
      const line = (bytes: number) => text.repeat(bytes / Buffer.byteLength(text)) + '\b'.repeat(bytes);
      const time = (bytes: number, times: number) => {
        const began = process.cpuUsage();
        for (let turn = 0; turn < times; turn++) applyErasures(line(bytes));
        return process.cpuUsage(began).user;
      };
      time(6_000, 20);
      expect(time(96_000, 2)).toBeLessThan(5 * (time(6_000, 32) + 1_000));
    },
  );
});
