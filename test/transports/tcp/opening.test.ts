import { describe, expect, test } from 'vitest';
import { bytesOf, raw, readText, terminal } from './reading.js';

const programs = { ...raw, chat: true };
const clientHello = '\x16\x03\x01\x02\x00\x01\x00\n\x01\xfc\x03\x03/join ops\n';
const signature = '\r\n\r\n\0\r\nQUIT\n';
const request = 'POST /chat HTTP/1.1\r\nHost: localhost:7000\r\n\r\n/join ops\nhello\n';

describe.each([
  ['people', terminal],
  ['programs', programs],
])('a chat of %s', (_who, options) => {
  test.each([
    ['an HTTP request', request],
    ['HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
    ['a request for a target that is no UTF-8', 'GET /\xff\xff\xa0 HTTP/1.0\n/join ops\n'],
    ['a request whose line is too long', `GET /${'x'.repeat(2 * options.limit)} HTTP/1.1\r\n\r\n/join ops\n`],
    ['one that is too long by its last byte', `GET /${'x'.repeat(options.limit - 13)} HTTP/1.1\r\n\r\n/join ops\n`],
    ['a TLS ClientHello', clientHello],
    ['a PROXY header that nobody asked for', 'PROXY TCP4 192.0.2.1 192.0.2.2 4711 7000\r\n/join ops\n'],
    ['one without addresses', 'PROXY UNKNOWN\r\n/join ops\n'],
  ])('does nothing for %s, however it is cut', (_what, opening) => {
    expect(readText(options, opening)).toMatchObject({ lines: [], foreign: true });
    expect(readText(options, ...opening)).toMatchObject({ lines: [], foreign: true });
  });

  test('does nothing for a binary PROXY header, whose first lines are empty', () => {
    const opening = `${signature}\x21\x11\0\x0c\n/join ops\n`;
    const empty = ['', 'CRLF'];
    expect(readText(options, opening)).toMatchObject({ lines: [empty, empty], foreign: true });
    expect(readText(options, ...opening)).toMatchObject({ lines: [empty, empty], foreign: true });
  });

  test('lets through what is one byte short of it', () => {
    const { lines, foreign } = readText(options, `${signature.slice(0, -1)}!\nhello\n`);
    expect([lines.length, lines.at(-2), lines.at(-1), foreign]).toEqual([5, ['QUIT!', 'LF'], ['hello', 'LF'], false]);
  });

  test('knows a ClientHello by its second byte', () => {
    expect(readText(options, '\x16')).toMatchObject({ foreign: false });
    expect(readText(options, '\x16', '\x03')).toMatchObject({ foreign: true });
  });

  test.each(['GET / HTTP', 'get / HTTP/1.1', 'HELLO you all, HTTP/2 is faster', '\x16 \x03'])(
    'lets %j through: it is nothing of the kind',
    (line) => {
      expect(readText(options, `${line}\n`)).toMatchObject({ lines: [[line, 'LF']], foreign: false });
    },
  );

  test('lets somebody write about HTTP later on', () => {
    expect(readText(options, 'hello\nGET / HTTP/1.1\n').lines).toHaveLength(2);
  });
});

test('plain text lets everything through: the application decides', () => {
  expect(readText(raw, request).lines).toHaveLength(5);
  expect(readText(raw, bytesOf('\x16\x03\n'))).toMatchObject({ lines: [['\x16\x03', 'LF']], foreign: false });
});
