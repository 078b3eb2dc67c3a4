import { describe, expect, test } from 'vitest';
import { ChatError, type ErrorCode, errorCodes, OptionError, toChatError } from '../../src/model/errors.js';

const codes = Object.keys(errorCodes) as ErrorCode[];

describe('the table of error codes', () => {
  test('has each code of the wire protocol', () => {
    const listed = `BAD_JSON BAD_UTF8 BAD_FRAME BAD_COMMAND BAD_NAME BAD_ROOM NAME_TAKEN NO_SUCH_ROOM NO_SUCH_MEMBER
      NOT_A_MEMBER FORBIDDEN UNAUTHENTICATED BANNED MUTED KICKED REPLACED TOO_LONG TOO_MANY_ROOMS ROOM_FULL RATE_LIMITED
      SLOW_CONSUMER HEARTBEAT_LOST HELLO_TIMEOUT ABUSE ENGINE_UNAVAILABLE TIMEOUT SHUTDOWN INTERNAL`;
    expect(codes).toEqual(expect.arrayContaining(listed.split(/\s+/)));
  });

  test.each([
    ['HEARTBEAT_LOST', 4000],
    ['SLOW_CONSUMER', 4001],
    ['SHUTDOWN', 4002],
    ['HELLO_TIMEOUT', 4003],
    ['UNAUTHENTICATED', 4500],
    ['KICKED', 4501],
    ['BANNED', 4502],
    ['REPLACED', 4503],
    ['ABUSE', 4504],
    ['BAD_UTF8', 1007],
    ['TOO_LONG', 1009],
  ] as const)('closes with the code of the wire protocol: %s %i', (code, close) => {
    expect(errorCodes[code].close).toBe(close);
  });

  test('has sentences, and close codes that a server may send', () => {
    for (const code of codes) {
      const { text, close } = errorCodes[code];
      expect(text, code).toMatch(/^[A-Z].*\.$|;/);
      expect(close === 1002 || close === 1007 || close === 1009 || (close >= 4000 && close <= 4999), code).toBe(true);
      // It is a close reason: at most 123 bytes (RFC 6455, 5.5).
      expect(code.length).toBeLessThan(124);
    }
  });

  test('invites to come back where that can help', () => {
    for (const code of codes) {
      const { retryable, close } = errorCodes[code];
      if (close >= 4000 && close < 4500) expect(retryable, code).toBe(true);
    }
  });
});

describe('a ChatError', () => {
  test('has the facts of its code, and the text of the table unless it is given one', () => {
    const error = new ChatError('NAME_TAKEN');
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({
      name: 'ChatError',
      code: 'NAME_TAKEN',
      message: 'That name is taken.',
      room: undefined,
    });
    expect(error.retryable).toBe(false);
    expect(error.closeCode).toBe(4504);
    expect(error).not.toHaveProperty('cause');
    expect(new ChatError('ROOM_FULL', 'no more').message).toBe('no more');
    expect(new ChatError('ROOM_FULL').retryable).toBe(true);
  });

  test('keeps its cause, and the room', () => {
    const cause = new Error('inner');
    expect(new ChatError('INTERNAL', undefined, { cause, room: 'lobby' })).toMatchObject({ cause, room: 'lobby' });
  });
});

describe('toChatError()', () => {
  test('leaves a ChatError as it is, and makes one of anything else', () => {
    const error = new ChatError('MUTED');
    expect(toChatError(error)).toBe(error);
    const cause = new TypeError('driver says no');
    expect(toChatError(cause)).toMatchObject({ code: 'INTERNAL', message: errorCodes.INTERNAL.text, cause });
    expect(toChatError('x', 'TIMEOUT').code).toBe('TIMEOUT');
    expect(toChatError(undefined).code).toBe('INTERNAL');
  });
});

describe('an OptionError', () => {
  test.each([
    ['4k', '"4k"'],
    ['x'.repeat(61), `"${'x'.repeat(60)}…"`],
    ['say "hi"\n', '"say \\"hi\\"\\n"'],
    [7, '7'],
    [null, 'null'],
    [undefined, 'undefined'],
    [{ secret: 1 }, 'an object'],
    [[1], 'an array'],
    [() => 1, 'a function'],
    [12n, '12'],
    [Symbol('s'), 'Symbol(s)'],
  ])('says what was expected, and what came (%#)', (value, shown) => {
    const error = new OptionError('tcp.port', 'a port', value);
    expect(error.message).toBe(`Expected "tcp.port" to be a port, got ${shown}`);
    expect(error).toMatchObject({ name: 'OptionError', code: 'BAD_OPTION' });
    expect(error).toBeInstanceOf(TypeError);
  });

  // JSON escapes what is below U+0020 and nothing else: a NEL or a line separator in a bad value broke the line in a log.
  test('says it on one line, of signs that can be seen', () => {
    const { message } = new OptionError('tcp.host', 'a host', 'x\u0085[ERROR]\u2028y\u009b1m\u007f');
    expect(message).toBe('Expected "tcp.host" to be a host, got "x\\u0085[ERROR]\\u2028y\\u009b1m\\u007f"');
    // Nor is the option's name taken at its word: it may come from a file.
    expect(new OptionError('limits.\n', 'known', 1).message).toBe('Expected "limits.\\n" to be known, got 1');
  });
});
