import { hush } from '../arena.js';

/** What nobody of ours publishes, to any channel. */
export const garbage: readonly (readonly [what: string, message: string | Buffer])[] = [
  ['nothing', ''],
  ['a word', hush],
  ['a NUL', '\0'],
  ['bytes that are no UTF-8', Buffer.from([0xff, 0xfe, 0xc0, 0xaf])],
  ['JSON that breaks off', '{"type":"message"'],
  ['a number of lines', '\n\n\n\n\n\n\n\n\n\n\n\n'],
  ['the beginning of an entry', 'E\n'],
  ['an entry with nothing in it', 'E\n\n\n'],
  ['an entry of too few lines', 'E\nepoch\n"id"\nm\n"id"\n"user"\n'],
  ['a change without numbers', 'NaN\nInfinity\n{}'],
  ['a change with numbers below nothing', '-1\n-2\n{"joined":[],"left":[],"renamed":[]}'],
  ['a change of nothing', '0\n1\nnull'],
  ['a change with other members', '0\n1\n{"__proto__":{"polluted":true}}'],
  // Megabytes would have Redis cut off whoever does not read them at once: its `client-output-buffer-limit pubsub`.
  ['64 KiB of a letter', 'x'.repeat(65_536)],
  ['10,000 levels', '['.repeat(10_000)],
];

/** What is of the right form, and means nothing. */
export const nonsense: typeof garbage = [
  ['an object', '{}'],
  ['a list', '[]'],
  ['null', 'null'],
  ['a number', '1e999'],
  ['a prototype', '{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}'],
  ['an end of nobody', '{"end":"nobody","code":"KICKED"}'],
  ['an end without a reason', '{"end":5,"code":"constructor"}'],
  ['a notice of nothing', '{"notice":{},"text":[]}'],
  ['a removal of nothing', '{"remove":null,"code":"KICKED"}'],
  ['a signal of nobody', '{"signal":"typing","from":null,"data":1}'],
  ['an entry of another epoch', 'E\nother\n"id"\nm\n"id"\n"user"\n5\n6\n{}\n\n\n\n\n\n'],
  [
    'an entry at the end of all numbers',
    `E\nother\n"id"\nm\n"id"\n"user"\n${Number.MAX_SAFE_INTEGER}\n6\n{}\n\n\n\n\n\n`,
  ],
  ['a call to look', '?'],
  [
    'a change at the end of all numbers',
    `9\n${Number.MAX_SAFE_INTEGER}\n{"joined":[],"left":[],"renamed":[],"count":0}`,
  ],
  ['a fact of nothing', '7\n8\n"x"\n'],
];

/** What stands in the place of an entry's own JSON, in an entry that is of the right form otherwise. */
export const misplaced: readonly (readonly [what: string, base: string])[] = [
  ['null', 'null'],
  ['a number', '5'],
  ['a list', '[]'],
  ['nothing', '{}'],
  ['a message of nobody', '{"type":"message","room":"x"}'],
  ['a message of no text', '{"type":"message","room":5,"from":{"id":"i","user":"u","name":"n"}}'],
  ['a type of JavaScript', '{"type":"constructor","from":{"id":"i","user":"u","name":"n"}}'],
  ['an edit of nothing', '{"type":"edit","room":"x","from":{"id":"i","user":"u","name":"n"}}'],
  ['a deletion of a number', '{"type":"delete","room":"x","message":5,"from":{"id":"i","user":"u","name":"n"}}'],
  [
    'a reaction of null',
    '{"type":"reaction","room":"x","message":"m","reaction":null,"from":{"id":"i","user":"u","name":"n"}}',
  ],
  ['a direct message to nobody', '{"type":"direct","from":{"id":"i","user":"u","name":"n"}}'],
];
