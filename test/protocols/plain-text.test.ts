import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type ErrorCode, errorCodes } from '../../src/model/errors.js';
import type { ErrorEvent, ServerEvent } from '../../src/model/events.js';
import { plainText } from '../../src/protocols/plain-text.js';

const protocol = plainText();
const open = () =>
  protocol.open({
    transport: 'test',
    limits: { jsonDepth: 8 },
    reply: () => expect.unreachable('nothing is answered'),
  });
const error = (code: ErrorCode): ErrorEvent => ({ type: 'error', code, message: 'a sentence', retryable: false });
const alice = { id: 'a', user: 'a', name: 'alice' };

describe('plain text', () => {
  test('echoes, knows no terminal and no limits, and disconnects who reads too slowly', () => {
    expect(protocol).toMatchObject({
      name: 'plain-text',
      echo: true,
      terminal: false,
      limited: false,
      slowConsumer: 'disconnect',
      resumable: [],
    });
  });

  test('greets for a client that never will', () => {
    expect(open().opening).toEqual({ type: 'hello' });
  });

  test('takes every frame as a message, whatever is in it', () => {
    const session = open();
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(session.receive(text)).toEqual({ type: 'message', text });
      }),
    );
  });

  test.each(['', '/help', '//', 'a\tb', '\u001b[31m', '{"type":"hello"}'])('gives %j no meaning', (text) => {
    expect(open().receive(text)).toEqual({ type: 'message', text });
  });

  test('writes what the application sends, as it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(protocol.encode({ type: 'notice', text })).toBe(text);
      }),
    );
  });

  test('tells of lines that it could not read', () => {
    expect(protocol.encode(error('BAD_UTF8'))).toBe('Invalid UTF-8 detected');
    expect(protocol.encode(error('TOO_LONG'))).toBe('Line too long');
  });

  test.each(Object.keys(errorCodes).filter((code) => code !== 'BAD_UTF8' && code !== 'TOO_LONG'))(
    'keeps %s to itself',
    (code) => {
      expect(protocol.encode(error(code as ErrorCode))).toBeNull();
    },
  );

  test.each<ServerEvent>([
    { type: 'message', room: 'lobby', id: 'm', offset: 1, from: alice, text: 'hi', at: 1 },
    { type: 'direct', id: 'm', offset: 1, from: alice, to: { user: 'b', name: 'bob' }, text: 'hi', at: 1 },
    { type: 'presence', room: 'lobby', joined: [alice], left: [], renamed: [], count: 1 },
    { type: 'left', room: 'lobby', code: 'KICKED' },
    { type: 'gap', room: 'lobby', epoch: 'e', from: 1, to: 2 },
    { type: 'bye', code: 'SHUTDOWN', message: 'Server is restarting.', retryAfter: 1000 },
    { type: 'pong' },
    { type: 'ok' },
  ])('writes nothing for $type', (event) => {
    expect(protocol.encode(event)).toBeNull();
  });
});
