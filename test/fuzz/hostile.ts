import fc from 'fast-check';

/** What acts on terminals, turns text around, ends lines, is half a character or looks like another. */
const signs = [
  ...['\0', '\b', '\t', '\n', '\r', '\r\n', '\u001b', '\u001b[2J', '\u001b]0;', '\u0007', '\u007f', '\u0085', '\u009b'],
  ...['\u00ad', '\u061c', '\u200b', '\u200d', '\u200e', '\u202e', '\u202c', '\u2028', '\u2029', '\u2066', '\u2067'],
  ...[
    '\u2068',
    '\u2069',
    '\ufeff',
    '\ufffd',
    '\uffff',
    '\ud83d',
    '\udc4d',
    '👍',
    '👩‍👩‍👧',
    'e\u0301',
    '\u0345',
    'ſ',
    'İ',
    'ß',
  ],
];

/** What stands in lines of the server, in names of objects, and in what engines and protocols are made of. */
const words = [
  ...[
    '* ',
    '! ',
    '-- ',
    '[lobby] ',
    '(direct) ',
    '| ',
    ': ',
    '/',
    '//',
    '@',
    '*',
    '%',
    '{',
    '}',
    '"',
    '\\',
    "'",
    ':',
    '.',
  ],
  ...['__proto__', 'constructor', 'toString', 'valueOf', 'hasOwnProperty', 'prototype', 'null', 'undefined', 'NaN'],
  ...['0', '-0', '-1', '1e400', '1.5', '9007199254740993', '٣', 'lobby', 'alice', 'Straße', 'раураl', '東京', 'กา'],
];

/** Text of all that, whole and in pieces. */
export const text = fc.oneof(
  { weight: 3, arbitrary: fc.array(fc.constantFrom(...signs, ...words), { maxLength: 8 }).map((all) => all.join('')) },
  { weight: 2, arbitrary: fc.string({ unit: 'binary', maxLength: 12 }) },
  { weight: 1, arbitrary: fc.array(fc.nat(0xffff), { maxLength: 8 }).map((units) => String.fromCharCode(...units)) },
  { weight: 1, arbitrary: fc.string({ maxLength: 12 }) },
);

/** Text that UTF-8 can carry. */
export const wellFormed = text.map((any) => any.toWellFormed());

/** Names of fields that mean something to JavaScript. */
export const keys = fc.oneof(fc.constantFrom(...words), text);

export const numbers = fc.oneof(
  fc.integer(),
  fc.double(),
  fc.constantFrom(0, -0, -1, 1, 0.5, 2 ** 31, 2 ** 53 - 1, 2 ** 53, -(2 ** 53), 1e300, 1.7e308, 5e-324),
);

/** Whatever JSON can say, with own fields called `__proto__` among it. */
export const json: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, depthIdentifier: 'json' },
    fc.oneof(text, numbers.filter(Number.isFinite), fc.boolean(), fc.constant(null)),
    fc.array(tie('value'), { maxLength: 4, depthIdentifier: 'json' }),
    object(tie('value')),
  ),
})).value;

/** An object as `JSON.parse` makes it. */
export function object(value: fc.Arbitrary<unknown>, names: fc.Arbitrary<string> = keys): fc.Arbitrary<object> {
  const entries = fc.array(fc.tuple(names, value), { maxLength: 5, depthIdentifier: 'json' });
  return entries.map((all) => Object.fromEntries(all) as object);
}

/** What an application may give by mistake. */
export const anything = fc.oneof(
  json,
  numbers,
  fc.constantFrom(undefined, Number.NaN, Number.POSITIVE_INFINITY, 10n, Symbol('s'), () => 1, new Map(), new Date(0)),
);

/** A text with something cut out, put in or doubled. */
export function damaged(whole: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc.tuple(whole, fc.nat(), fc.nat(9), text).map(([given, at, length, inserted]) => {
    const start = at % (given.length + 1);
    return given.slice(0, start) + inserted + given.slice(start + length);
  });
}
