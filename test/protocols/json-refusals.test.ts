import { describe, expect, test } from 'vitest';
import { nested, refusal } from './json-reading.js';

/** An error as `code message`, with the id that it answers where it has one. */
const refused = (frame: string) => {
  const { code, message, re } = refusal(frame);
  return re === undefined ? `${code} ${message}` : `${code} ${message} (${re})`;
};

describe('what is no JSON object is BAD_JSON', () => {
  test.each([
    '',
    ' ',
    'hello',
    '{',
    '}',
    '{"type":"ping"',
    '{"type":"ping"}}',
    '{"type":"ping"} {"type":"ping"}',
    "{'type':'ping'}",
    '{type:"ping"}',
    '{"type":"ping",}',
    '{"type":"send","text":"\u0001"}',
    '{"type":"send","text":"\\x41"}',
    '{"type":"ping"}\u0000',
    '\ufeff{"type":"ping"}',
    '{"type":"ping","id":NaN}',
    '{"type":"ping","id":01}',
    '/* */{"type":"ping"}',
    'null',
    'true',
    '0',
    '1e400',
    '"ping"',
    '[]',
    '[{"type":"ping"}]',
    '{'.repeat(50_000),
    '['.repeat(50_000),
    nested(50_000),
  ])('%j', (frame) => {
    const { code, re } = refusal(frame);
    expect({ code, re }).toEqual({ code: 'BAD_JSON', re: undefined });
  });
});

describe('what is no command is BAD_COMMAND', () => {
  test.each([
    ['{"type":"dance","id":1}', 'BAD_COMMAND There is no command "dance". (1)'],
    ['{"type":"dance"}', 'BAD_COMMAND There is no command "dance".'],
    ['{"type":"Join","room":"a"}', 'BAD_COMMAND There is no command "Join".'],
    ['{"type":"","id":"x"}', 'BAD_COMMAND There is no command "". (x)'],
    ['{"type":"constructor","id":1}', 'BAD_COMMAND There is no command "constructor". (1)'],
    ['{"type":"__proto__","id":1}', 'BAD_COMMAND There is no command "__proto__". (1)'],
    ['{"type":"toString","id":1}', 'BAD_COMMAND There is no command "toString". (1)'],
    ['{"type":"hasOwnProperty","id":1}', 'BAD_COMMAND There is no command "hasOwnProperty". (1)'],
    ['{"id":1}', 'BAD_COMMAND There is no command without "type". (1)'],
    ['{}', 'BAD_COMMAND There is no command without "type".'],
    ['{"type":7,"id":1}', 'BAD_COMMAND There is no command 7. (1)'],
    ['{"type":null}', 'BAD_COMMAND There is no command null.'],
    ['{"__proto__":{"type":"ping"}}', 'BAD_COMMAND There is no command without "type".'],
  ])('%s', (frame, expected) => expect(refused(frame)).toBe(expected));

  // What other protocols have, or what the hub makes for itself, is not on this page.
  test.each(['auth', 'message', 'welcome', 'joined', 'found', 'reaction'])('%s, which is not on the page', (type) => {
    expect(refusal(JSON.stringify({ type, token: 't', text: 'x', id: 1 }))).toMatchObject({
      code: 'BAD_COMMAND',
      re: 1,
    });
  });

  test('a command of endless length is shown short and on one line', () => {
    const { message } = refusal(JSON.stringify({ type: `x\n[ERROR] ${'y'.repeat(60_000)}` }));
    expect(message.length).toBeLessThan(200);
    expect(message).not.toContain('\n');
  });
});

describe('an id', () => {
  test.each([
    ['""', '""'],
    ['null', 'null'],
    ['true', 'true'],
    ['1.5', '1.5'],
    ['1e400', 'Infinity'],
    ['9007199254740993', '9007199254740992'],
    ['-9007199254740993', '-9007199254740992'],
    ['[]', 'an array'],
    ['{}', 'an object'],
  ])('that is neither a string of 1 to 64 characters nor an integer is answered without re: %s', (id, shown) => {
    const { code, message, re } = refusal(`{"type":"ping","id":${id}}`);
    expect({ code, re }).toEqual({ code: 'BAD_COMMAND', re: undefined });
    expect(message).toBe(`Expected "id" to be a string of 1 to 64 characters or an integer, got ${shown}.`);
  });

  test('of 65 characters is too long', () => {
    expect(refusal(JSON.stringify({ type: 'ping', id: 'x'.repeat(65) }))).toMatchObject({
      code: 'BAD_COMMAND',
      re: undefined,
    });
  });

  test('that is good stands in every refusal of the rest', () => {
    for (const id of ['r1', 0, -5])
      expect(refusal(JSON.stringify({ type: 'join', room: 7, id }))).toMatchObject({ code: 'BAD_COMMAND', re: id });
  });

  test('from the prototype is none', () => {
    expect(refusal('{"type":"join","__proto__":{"id":1,"room":"x"}}').re).toBeUndefined();
  });
});

describe('a member of the wrong kind is named', () => {
  test.each([
    ['{"type":"join","room":7,"id":2}', 'BAD_COMMAND Expected "room" of "join" to be a string, got 7. (2)'],
    ['{"type":"join"}', 'BAD_COMMAND Expected "room" of "join" to be a string, got nothing.'],
    ['{"type":"join","room":null}', 'BAD_COMMAND Expected "room" of "join" to be a string, got null.'],
    ['{"type":"join","room":["a"]}', 'BAD_COMMAND Expected "room" of "join" to be a string, got an array.'],
    ['{"type":"join","room":{}}', 'BAD_COMMAND Expected "room" of "join" to be a string, got an object.'],
    ['{"type":"join","__proto__":{"room":"x"}}', 'BAD_COMMAND Expected "room" of "join" to be a string, got nothing.'],
    ['{"type":"leave","room":true}', 'BAD_COMMAND Expected "room" of "leave" to be a string, got true.'],
    ['{"type":"send","room":"a"}', 'BAD_COMMAND Expected "text" of "send" to be a string, got nothing.'],
    ['{"type":"send","room":"a","text":5}', 'BAD_COMMAND Expected "text" of "send" to be a string, got 5.'],
    ['{"type":"send","text":"x"}', 'BAD_COMMAND Expected "room" of "send" to be a string, got nothing.'],
    ['{"type":"direct","to":1,"text":"x"}', 'BAD_COMMAND Expected "to" of "direct" to be a string, got 1.'],
    ['{"type":"signal","room":"a"}', 'BAD_COMMAND Expected "name" of "signal" to be a string, got nothing.'],
    ['{"type":"request"}', 'BAD_COMMAND Expected "name" of "request" to be a string, got nothing.'],
    ['{"type":"members"}', 'BAD_COMMAND Expected "room" of "members" to be a string, got nothing.'],
    ['{"type":"nick","name":false}', 'BAD_COMMAND Expected "name" of "nick" to be a string, got false.'],
    ['{"type":"refresh"}', 'BAD_COMMAND Expected "token" of "refresh" to be a string, got nothing.'],
    ['{"type":"kick","room":"a"}', 'BAD_COMMAND Expected "member" of "kick" to be a string, got nothing.'],
    ['{"type":"hello","token":7}', 'BAD_COMMAND Expected "token" of "hello" to be a string, got 7.'],
    ['{"type":"hello","name":7}', 'BAD_COMMAND Expected "name" of "hello" to be a string, got 7.'],
    ['{"type":"hello","session":null}', 'BAD_COMMAND Expected "session" of "hello" to be a string, got null.'],
  ])('%s', (frame, expected) => expect(refused(frame)).toBe(expected));

  test.each([
    [
      'hello',
      'rooms',
      [7, null, 'x', [], { a: 1 }, { a: null }, { a: {} }, { a: { epoch: 'e' } }, { a: { offset: 1 } }],
    ],
    ['hello', 'rooms', [-1, 1.5, '1', null].map((offset) => ({ a: { epoch: 'e', offset } }))],
    ['hello', 'rooms', [{ a: { epoch: 7, offset: 1 } }]],
    ['join', 'after', [7, null, 'x', [], {}, { epoch: 'e' }, { epoch: 'e', offset: -1 }, { epoch: 'e', offset: 0.5 }]],
    [
      'join',
      'after',
      [
        { epoch: 'e', offset: '1' },
        { epoch: null, offset: 1 },
      ],
    ],
    ['join', 'history', [-1, 1.5, '10', null, true, []]],
    ['send', 'action', [1, 'true', null]],
    ['send', 'key', [1, null, {}]],
    ['send', 'repeat', [1, 'true', null]],
    ['direct', 'key', [1, null]],
    ['direct', 'repeat', [0]],
    ['history', 'before', [-1, 1.5, '4', null]],
    ['history', 'after', [-1, 1.5, '4', null]],
    ['history', 'epoch', [1, null]],
    ['history', 'limit', [-1, 1.5, '4', null]],
    ['kick', 'reason', [1, null]],
    ['ban', 'seconds', [-1, 0, '60', null, 1e11 + 1, 1.7e308]],
    ['mute', 'seconds', [-1, 0, '60', null, 1e11 + 1, 1.7e308]],
  ] as const)('%s: %s', (type, member, values) => {
    const needed = { room: 'a', text: 'x', to: 'b', name: 'n', member: 'b' };
    const rest = type === 'hello' ? {} : needed;
    for (const value of values) {
      const { code, message, re } = refusal(JSON.stringify({ ...rest, type, [member]: value, id: 3 }));
      expect({ code, re }, JSON.stringify(value)).toEqual({ code: 'BAD_COMMAND', re: 3 });
      expect(message).toContain(`"${member}`);
      expect(message).toContain(`of "${type}"`);
    }
  });

  test.each(['{"type":"history"}', '{"type":"history","room":"a","with":"b"}'])(
    'one of two, and not both: %s',
    (frame) => {
      expect(refusal(frame)).toMatchObject({
        code: 'BAD_COMMAND',
        message: 'A "history" needs exactly one of "room" and "with".',
      });
    },
  );
});

describe('a number that JavaScript cannot hold', () => {
  test.each([
    '{"type":"send","room":"a","text":"","data":1e400,"id":1}',
    '{"type":"send","room":"a","text":"","data":-1e400,"id":1}',
    '{"type":"send","room":"a","text":"","data":{"a":[1e999]},"id":1}',
    '{"type":"send","room":"a","text":"","data":9007199254740993,"id":1}',
    '{"type":"request","name":"a","data":[-9007199254740993],"id":1}',
    '{"type":"join","room":"a","history":1e400,"id":1}',
    '{"type":"join","room":"a","history":9007199254740993,"id":1}',
    '{"type":"join","room":"a","after":{"epoch":"e","offset":9007199254740993},"id":1}',
    '{"type":"join","room":"a","after":{"epoch":"e","offset":1e400},"id":1}',
    '{"type":"hello","rooms":{"a":{"epoch":"e","offset":9007199254740993}},"id":1}',
    '{"type":"history","room":"a","before":9007199254740993,"id":1}',
    '{"type":"history","room":"a","limit":1e400,"id":1}',
    '{"type":"mute","room":"a","member":"b","seconds":1e400,"id":1}',
  ])('is refused, not changed: %s', (frame) => {
    expect(refusal(frame)).toMatchObject({ code: 'BAD_COMMAND', re: 1 });
  });
});

describe('half of a surrogate pair', () => {
  // What is no Unicode text has no UTF-8: others would be sent U+FFFD in its place.
  test.each([
    '{"type":"send","room":"a","text":"\\ud800","id":1}',
    '{"type":"send","room":"a","text":"x\\udc00y","id":1}',
    '{"type":"send","room":"a","text":"\\udc4b\\ud83d","id":1}',
    '{"type":"send","room":"\\ud800","text":"x","id":1}',
    '{"type":"send","room":"a","text":"x","key":"\\ud800","id":1}',
    '{"type":"send","room":"a","text":"x","data":"\\ud800","id":1}',
    '{"type":"send","room":"a","text":"x","data":[{"a":"\\ud800"}],"id":1}',
    '{"type":"send","room":"a","text":"x","data":{"\\ud800":1},"id":1}',
    '{"type":"nick","name":"\\ud800","id":1}',
    '{"type":"direct","to":"b","text":"\\ud800","id":1}',
    '{"type":"signal","room":"a","name":"\\ud800","id":1}',
    '{"type":"hello","token":"\\ud800","id":1}',
    '{"type":"hello","rooms":{"\\ud800":{"epoch":"e","offset":1}},"id":1}',
    '{"type":"kick","room":"a","member":"b","reason":"\\ud800","id":1}',
  ])('is refused: %s', (frame) => {
    const { code, re, message } = refusal(frame);
    expect(['BAD_UTF8', 'BAD_COMMAND']).toContain(code);
    expect(re).toBe(1);
    expect(message.isWellFormed()).toBe(true);
  });

  test('as an id is refused without it', () => {
    const { re, message } = refusal('{"type":"ping","id":"\\ud800"}');
    expect(re).toBeUndefined();
    expect(message.isWellFormed()).toBe(true);
  });
});

describe('data that is deeper than 8 levels', () => {
  test.each([
    ['arrays', nested(9)],
    ['objects', `${'{"a":'.repeat(9)}1${'}'.repeat(9)}`],
    ['among shallow ones', `[1,{},${nested(8)}]`],
    ['enough to overflow a stack', nested(20_000)],
  ])('is refused: %s', (_, data) => {
    expect(refusal(`{"id":1,"type":"send","room":"a","text":"","data":${data}}`)).toMatchObject({
      code: 'BAD_COMMAND',
      re: 1,
    });
    expect(refusal(`{"id":1,"type":"signal","room":"a","name":"x","data":${data}}`)).toMatchObject({
      code: 'BAD_COMMAND',
    });
  });
});
