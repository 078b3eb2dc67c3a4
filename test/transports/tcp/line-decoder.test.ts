import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import { LineDecoder } from '../../../src/transports/tcp/line-decoder.js';
import { bytesOf, framesOf, raw, read, readText, terminal } from './reading.js';

describe('lines of programs', () => {
  test('end with LF or CR LF, and say which', () => {
    expect(readText(raw, 'one\ntwo\r\n\n\r\n').lines).toEqual([
      ['one', 'LF'],
      ['two', 'CRLF'],
      ['', 'LF'],
      ['', 'CRLF'],
    ]);
  });

  test('keep every valid character: controls, NUL, a bare CR, a byte order mark', () => {
    const text = '\ufeff\u0000\u001b[1m\r\b\u007f \u0085\u2028😀\r';
    expect(framesOf(raw, bytesOf(`${text}\n\r\r\n`))).toEqual([text.slice(0, -1), '\r']);
  });

  test('keep telnet bytes out, as they are no UTF-8', () => {
    expect(framesOf(raw, '\xff\xf6\n\xff\xfb\x01\n')).toEqual(['<BAD_UTF8>', '<BAD_UTF8>']);
  });

  test.each(['\xff', '\xc0\xaf', '\xed\xa0\x80', '\xf4\x90\x80\x80', '\xe2\x82', '\x80'])(
    'of invalid UTF-8 (%j) cost themselves only',
    (bad) => {
      expect(framesOf(raw, `before\na${bad}b\nafter\n`)).toEqual(['before', '<BAD_UTF8>', 'after']);
    },
  );

  test('are not told without their end', () => {
    expect(framesOf(raw, 'whole\npart')).toEqual(['whole']);
    expect(framesOf(raw, 'part\r')).toEqual([]);
  });

  test('of two hundred in one chunk all come, in order', () => {
    const lines = Array.from({ length: 200 }, (_, index) => `line ${index}`);
    expect(framesOf(raw, lines.map((line) => `${line}\n`).join(''))).toEqual(lines);
  });
});

describe('lines of people', () => {
  test('end with LF, CR LF or CR NUL, which is answered with CR LF', () => {
    expect(readText(terminal, 'one\ntwo\r\nthree\r\0').lines).toEqual([
      ['one', 'LF'],
      ['two', 'CRLF'],
      ['three', 'CRLF'],
    ]);
  });

  test.each(['a\rb', 'a\0b', '\0', 'a\r\r', '\rb'])('with a bare CR or a NUL inside (%j) are errors', (bad) => {
    expect(framesOf(terminal, `${bad}\nafter\n`)).toEqual(['<BAD_FRAME>', 'after']);
    expect(framesOf(terminal, `${bad}\r\nafter\n`)).toEqual(['<BAD_FRAME>', 'after']);
  });

  test('that are only cut between CR and LF are as good as whole', () => {
    expect(readText(terminal, 'one\r', '\ntwo\r', '\0', '\r', '\n').lines).toEqual([
      ['one', 'CRLF'],
      ['two', 'CRLF'],
      ['', 'CRLF'],
    ]);
  });

  test('may be erased as a whole, errors and all', () => {
    expect(framesOf(terminal, 'wro\0ng\xff\xf8right\n')).toEqual(['right']);
  });
});

describe.each([
  ['programs', raw],
  ['people', terminal],
])('a line of %s that is too long', (_who, options) => {
  const { limit } = options;

  test('is one whose content is over the limit', () => {
    const most = 'x'.repeat(limit);
    expect(framesOf(options, `${most}\r\n${most}x\r\n${most}\n`)).toEqual([most, '<TOO_LONG>', most]);
  });

  test('is measured in bytes', () => {
    const most = '€'.repeat(limit / 3);
    expect(framesOf(options, bytesOf(`${most}\n${most}€\n`))).toEqual([most, '<TOO_LONG>']);
  });

  test('is told as soon as that is known, once, and framed as the line before', () => {
    const told: string[] = [];
    const decoder = new LineDecoder(options, {
      line: (frame) => void told.push(typeof frame === 'string' ? frame : frame.bad),
      answer: () => {},
      foreign: () => {},
    });
    decoder.push(Buffer.from(`short\n${'x'.repeat(limit)}\r`));
    expect(told).toEqual(['short']);
    decoder.push(Buffer.from('x'));
    expect(told).toEqual(['short', 'TOO_LONG']);
    decoder.push(Buffer.from(`${'x'.repeat(3 * limit)}\nafter\n`));
    expect(told).toEqual(['short', 'TOO_LONG', 'after']);
    expect(readText(options, `short\n${'x'.repeat(limit + 1)}\r\n`).lines[1]).toEqual(['<TOO_LONG>', 'LF']);
  });

  test('of a megabyte costs one error, and holds no more than the limit', () => {
    const decoder = new LineDecoder(
      { ...options, limit: 65_536 },
      { line: () => {}, answer: () => {}, foreign: () => {} },
    );
    const chunk = Buffer.alloc(16_384, 'x');
    decoder.push(chunk);
    const before = process.memoryUsage().arrayBuffers;
    for (let sent = chunk.length; sent < 1_048_576; sent += chunk.length) decoder.push(chunk);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(3 * 65_536);
    const chunks = Array.from({ length: 64 }, () => chunk);
    expect(read([...chunks, Buffer.from('\nafter\n')], { ...options, limit: 65_536 }).lines).toEqual([
      ['<TOO_LONG>', options.terminal ? 'CRLF' : 'LF'],
      ['after', 'LF'],
    ]);
  });
});

describe('a decoder', () => {
  test('that read a long line holds nothing of it afterwards', () => {
    setFlagsFromString('--expose-gc');
    const collectGarbage = runInNewContext('gc') as () => void;
    const held = () => {
      // V8 frees what the first turn found in the background; the second waits for that.
      collectGarbage();
      collectGarbage();
      return process.memoryUsage().arrayBuffers;
    };
    const before = held();
    const decoders = Array.from({ length: 100 }, () => {
      const decoder = new LineDecoder(
        { ...raw, limit: 65_536 },
        { line: () => {}, answer: () => {}, foreign: () => {} },
      );
      decoder.push(Buffer.alloc(60_000, 'x'));
      return decoder;
    });
    expect(held() - before).toBeGreaterThan(100 * 60_000);
    for (const decoder of decoders) decoder.push(Buffer.from('\n'));
    expect(held() - before).toBeLessThan(100 * 2_000);
  });

  test.each([raw, terminal])('survives a megabyte of noise, whichever it is (%o)', (options) => {
    for (let seed = 1; seed <= 20; seed++) {
      const bytes = noise(seed, 1_048_576);
      const whole = read([bytes], { ...options, chat: false });
      expect(whole.lines.length).toBeGreaterThan(0);
      const chunks = Array.from({ length: 1_048_576 / 4_096 }, (_, at) => bytes.subarray(at * 4_096, (at + 1) * 4_096));
      expect(read(chunks, { ...options, chat: false })).toEqual(whole);
    }
  });
});

/** The same bytes for the same seed (xorshift32). */
function noise(seed: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  let state = seed * 2_654_435_761;
  for (let at = 0; at < length; at++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    bytes[at] = state & 0xff;
  }
  return bytes;
}
