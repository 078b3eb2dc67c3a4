import { json } from 'chathub';
import { describe, expect, test } from 'vitest';
import { nested, open, read, readObject } from './json-reading.js';

const place = { epoch: 'k3x', offset: 15 };

/** Every command of the page, with all its members and with the needed ones alone. */
const commands = [
  { type: 'hello' },
  { type: 'hello', token: 'sesame', name: 'alice', session: 'SECRET' },
  { type: 'join', room: 'lobby' },
  { type: 'join', room: 'lobby', after: place },
  { type: 'join', room: 'lobby', history: 10 },
  { type: 'join', room: 'lobby', history: 0 },
  { type: 'leave', room: 'lobby' },
  { type: 'send', room: 'lobby', text: 'hi' },
  { type: 'send', room: 'lobby', text: 'hi', action: true, data: { a: [1, null] }, key: 'k', repeat: true },
  { type: 'send', room: 'lobby', text: 'hi', action: false, repeat: false },
  { type: 'direct', to: 'bob', text: 'psst' },
  { type: 'direct', to: 'bob', text: 'psst', data: 'x', key: 'k', repeat: true },
  { type: 'signal', room: 'lobby', name: 'typing' },
  { type: 'signal', room: 'lobby', name: 'typing', data: { on: true } },
  { type: 'request', name: 'weather' },
  { type: 'request', name: 'weather', data: { city: 'Porto' } },
  { type: 'history', room: 'lobby' },
  { type: 'history', room: 'lobby', before: 40, epoch: 'k3x', limit: 5 },
  { type: 'history', with: 'bob', after: 0, epoch: 'k3x', limit: 200 },
  { type: 'members', room: 'lobby' },
  { type: 'rooms' },
  { type: 'nick', name: 'robert' },
  { type: 'refresh', token: 'sesame' },
  ...(['kick', 'ban', 'mute'] as const).flatMap((type) => [
    { type, room: 'lobby', member: 'bob' },
    { type, room: 'lobby', member: 'bob', reason: 'too loud', seconds: 60 },
  ]),
  { type: 'quit' },
  { type: 'ping' },
];

describe('a frame', () => {
  test.each(commands)('asks for what it says: %j', (command) => {
    expect(readObject(command)).toEqual(command);
  });

  test.each(commands)('carries the id of its reply: %j', (command) => {
    expect(readObject({ ...command, id: 'x1' })).toEqual({ ...command, id: 'x1' });
    expect(readObject({ id: 7, ...command })).toEqual({ ...command, id: 7 });
  });

  test.each([
    'a',
    '-',
    ' ',
    '0',
    '__proto__',
    '\u00e4',
    'x'.repeat(64),
    0,
    -1,
    7,
    Number.MAX_SAFE_INTEGER,
    Number.MIN_SAFE_INTEGER,
  ])('may have this as id: %j', (id) => {
    expect(readObject({ type: 'ping', id })).toEqual({ type: 'ping', id });
  });

  test.each([
    ['{"type":"ping","id":1.0}', 1],
    ['{"type":"ping","id":1e2}', 100],
  ])('writes an integer as JSON allows: %s', (frame, id) => {
    expect(read(frame)).toEqual({ type: 'ping', id });
  });

  test('may have white space around and inside, and escapes in the names of its members', () => {
    expect(read(' {\t"type" :\r"join", "\\u0072oom":"lobby"\n} ')).toEqual({ type: 'join', room: 'lobby' });
  });

  test.each(commands)('is not minded for members that nobody knows: %j', (command) => {
    const odd = { from: { id: 'x' }, offset: 3, at: 4, re: 9, x: [nested(3)], toString: 1, constructor: { name: 'x' } };
    const known = Object.keys(command);
    const unknown = Object.fromEntries(Object.entries(odd).filter(([name]) => !known.includes(name)));
    expect(readObject({ ...unknown, ...command })).toEqual(command);
  });

  test('hands on a room of any text: whether it is a name is for the hub to say', () => {
    for (const room of ['', '__proto__', 'constructor', 'toString', 'a b', '\u0000', '*', '{t}'])
      expect(readObject({ type: 'join', room })).toEqual({ type: 'join', room });
  });
});

describe('the rooms of a hello', () => {
  test('are positions by name', () => {
    const rooms = { lobby: place, '@': { epoch: 'q', offset: 0 } };
    expect(readObject({ type: 'hello', rooms })).toEqual({ type: 'hello', rooms: new Map(Object.entries(rooms)) });
    expect(readObject({ type: 'hello', rooms: {} })).toEqual({ type: 'hello', rooms: new Map() });
  });

  test('may have any name, those of members of every object too', () => {
    const frame = `{"type":"hello","rooms":{"__proto__":{"epoch":"e","offset":1},"constructor":{"epoch":"e","offset":2},"toString":{"epoch":"e","offset":3}}}`;
    expect(read(frame)).toEqual({
      type: 'hello',
      rooms: new Map([
        ['__proto__', { epoch: 'e', offset: 1 }],
        ['constructor', { epoch: 'e', offset: 2 }],
        ['toString', { epoch: 'e', offset: 3 }],
      ]),
    });
  });

  test('say no more than an epoch and an offset', () => {
    const frame = '{"type":"hello","rooms":{"lobby":{"epoch":"e","offset":1,"room":"ops","__proto__":{"x":1}}}}';
    expect(read(frame)).toEqual({ type: 'hello', rooms: new Map([['lobby', { epoch: 'e', offset: 1 }]]) });
  });
});

describe('data', () => {
  test.each([null, true, false, 0, -0.5, 0.1, 1e-300, '', 'text', [], {}, [[], {}], { a: { b: [null] } }])(
    'may be %j',
    (data) => {
      expect(readObject({ type: 'send', room: 'a', text: '', data })).toEqual({
        type: 'send',
        room: 'a',
        text: '',
        data,
      });
    },
  );

  test('may be 8 levels deep', () => {
    const data: unknown = JSON.parse(nested(8));
    expect(readObject({ type: 'send', room: 'a', text: '', data })).toMatchObject({ data });
    expect(readObject({ type: 'request', name: 'a', data: { a: [{ a: [{ a: [{ a: [1] }] }] }] } })).not.toBeNull();
  });

  test('may hold any text that Unicode has', () => {
    const data = ['\u2028', '\u0000', '\ud83d\udc4b', '\uffff', '\ufeff', { '\ud83d\udc4b': '' }];
    expect(readObject({ type: 'signal', room: 'a', name: 'x', data })).toMatchObject({ data });
    expect(read('{"type":"signal","room":"a","name":"x","data":"\\ud83d\\udc4b"}')).toMatchObject({
      data: '\u{1f44b}',
    });
  });

  test('changes nothing but itself with a member __proto__', () => {
    const command = read('{"type":"send","room":"a","text":"","data":{"__proto__":{"admin":true},"b":1}}');
    const data = command?.type === 'send' ? command.data : undefined;
    expect(JSON.stringify(data)).toBe('{"__proto__":{"admin":true},"b":1}');
    expect(Reflect.get(data as object, 'admin')).toBeUndefined();
    expect(Reflect.get({}, 'admin')).toBeUndefined();
  });
});

test('a connection waits to be greeted, and keeps nothing from one frame to the next', () => {
  const session = open();
  expect(session.opening).toBeUndefined();
  session.receive('{"type":"join","room":"lobby","id":1}');
  expect(() => session.receive('{"type":"leave"}')).toThrow();
  expect(session.receive('{"type":"rooms"}')).toEqual({ type: 'rooms' });
});

test('the protocol is a chat of programs: it echoes, is limited, and sessions wait for whoever is cut off or hangs up', () => {
  const { name, subprotocol, echo, terminal, limited, slowConsumer, resumable } = json();
  expect({ name, subprotocol, echo, terminal, limited, slowConsumer }).toEqual({
    name: 'json',
    subprotocol: 'chathub.v1.json',
    echo: true,
    terminal: false,
    limited: true,
    slowConsumer: 'disconnect',
  });
  expect([...resumable].sort()).toEqual(['ended', 'lost']);
});
