import { json, type Message, type ServerEvent } from 'chathub';
import { describe, expect, test } from 'vitest';

const alice = { id: 'm1', user: 'u1', name: 'alice' };
const bob = { id: 'm2', user: 'u2', name: 'bob' };
const message: Message = {
  type: 'message',
  room: 'lobby',
  id: 'ID',
  offset: 16,
  from: alice,
  text: 'hi',
  at: 1_700_000_000_000,
};
const joined = {
  epoch: 'k3x',
  offset: 15,
  recovered: true,
  more: false,
  entries: [message],
  members: [alice],
  count: 3,
};
const limits = { messageBytes: 4096, dataBytes: 8192, frameBytes: 65536 };

const encode = (event: ServerEvent) => json().encode(event);
const onTheWire = (event: ServerEvent): unknown => JSON.parse(encode(event) ?? expect.unreachable('it is not told'));

/** The page's own examples, and what it says in words of their other members. */
const events: readonly ServerEvent[] = [
  { type: 'welcome', re: 1, session: 'SECRET', member: alice, resumed: true, heartbeat: 25_000, limits, rooms: {} },
  { type: 'joined', re: 2, room: 'lobby', ...joined },
  { type: 'joined', room: 'lobby', epoch: 'k3x', offset: 0, recovered: false, more: true, entries: [], count: 300 },
  { type: 'left', re: 3, room: 'lobby' },
  { type: 'left', room: 'lobby', code: 'KICKED', reason: 'too loud' },
  {
    type: 'sent',
    re: 4,
    room: 'lobby',
    message: 'ID',
    epoch: 'k3x',
    offset: 16,
    at: 1_700_000_000_000,
    duplicate: false,
  },
  { type: 'sent', re: 4, message: 'ID', epoch: 'k3x', offset: 16, at: 1_700_000_000_000, duplicate: true },
  message,
  { ...message, data: { a: [1] }, key: 'k', action: true, edited: 5, deleted: 6, reactions: { '\u{1f44d}': ['u1'] } },
  { type: 'edit', room: 'lobby', id: 'e1', offset: 17, from: alice, at: 5, message: 'ID', text: 'hey', data: null },
  { type: 'delete', room: 'lobby', id: 'd1', offset: 18, from: alice, at: 6, message: 'ID' },
  { type: 'reaction', room: 'lobby', id: 'r1', offset: 19, from: bob, at: 7, message: 'ID', reaction: '\u{1f44d}' },
  {
    type: 'reaction',
    room: 'lobby',
    id: 'r2',
    offset: 20,
    from: bob,
    at: 8,
    message: 'ID',
    reaction: 'x',
    removed: true,
  },
  { type: 'direct', id: 'ID', offset: 4, from: alice, to: { user: 'u2', name: 'bob' }, text: 'psst', at: 9 },
  {
    type: 'presence',
    room: 'lobby',
    joined: [bob],
    left: [],
    renamed: [{ id: 'm1', name: 'al', was: 'alice' }],
    count: 3,
  },
  { type: 'presence', room: 'lobby', joined: [], left: [], renamed: [], count: 2, members: [alice, bob] },
  { type: 'signal', room: 'lobby', name: 'typing', from: alice, data: null },
  { type: 'renamed', re: 5, name: 'al' },
  { type: 'history', re: 6, room: 'lobby', epoch: 'k3x', messages: [message], more: true },
  { type: 'history', re: 6, with: 'bob', epoch: 'k3x', messages: [], more: false },
  { type: 'members', re: 7, room: 'lobby', members: [alice, bob], count: 2, complete: true },
  { type: 'members', re: 7, room: 'lobby', count: 300, complete: false },
  { type: 'rooms', re: 8, rooms: [{ name: 'lobby', count: 3 }] },
  { type: 'response', re: 9, data: {} },
  { type: 'response', re: 9, data: null },
  { type: 'ok', re: 10 },
  { type: 'pong', re: 11 },
  { type: 'notice', text: 'welcome' },
  { type: 'notice', text: 'welcome', data: { motd: true } },
  { type: 'gap', room: 'lobby', epoch: 'k3x', from: 17, to: 30 },
  { type: 'reset', room: 'lobby', epoch: 'new', offset: 0 },
  { type: 'bye', code: 'SHUTDOWN', message: 'Server is restarting.', retryAfter: 8123 },
  { type: 'bye', code: 'SHUTDOWN', message: 'Server is restarting.', retryAfter: 8123, close: 4002 },
  { type: 'error', re: 3, code: 'FORBIDDEN', message: 'admins only', retryable: false, room: 'ops' },
  { type: 'error', code: 'BAD_JSON', message: 'That is not a JSON object.', retryable: false },
];

describe('an event', () => {
  test.each(events)('is the object of the page, in one line: $type $#', (event) => {
    expect(onTheWire(event)).toStrictEqual(event);
    expect(encode(event)).not.toMatch(/[\r\n]/);
  });

  test.each(events)('answers with an id of text, with 0 and with none: $type $#', (event) => {
    if (!('re' in event)) return;
    expect(onTheWire({ ...event, re: 'r1' })).toMatchObject({ re: 'r1' });
    expect(onTheWire({ ...event, re: 0 })).toMatchObject({ re: 0 });
  });

  test('is told the same way each time, and left as it was', () => {
    for (const event of events) {
      const before = structuredClone(event);
      expect(encode(event)).toBe(encode(event));
      expect(event).toStrictEqual(before);
    }
  });

  // `sent` and `ok` only say that what was asked is done: without an id nobody could tell which.
  test('that nobody asked to be answered is left out: sent and ok, and no other', () => {
    const silent = events.filter((event) => encode(without(event, 're')) === null).map(({ type }) => type);
    expect([...new Set(silent)].sort()).toEqual(['ok', 'sent']);
  });
});

test('each room of a welcome is a joined without type and re', () => {
  const named = (room: string, more = false) => ({ room, ...joined, more });
  const rooms = { lobby: named('lobby'), toString: named('toString', true), ['__proto__']: named('__proto__') };
  const event: ServerEvent = {
    type: 'welcome',
    session: 'S',
    member: alice,
    resumed: true,
    heartbeat: 1,
    limits,
    rooms,
  };
  const told = onTheWire(event) as { readonly rooms: object };
  expect(Object.entries(told.rooms)).toEqual(Object.entries(rooms));
});

describe('text', () => {
  test.each(['\n', '\r\n', '\u2028\u2029', '\u0000\u001b[2J', '"\\', '\u{1f44b}', '\ufeff', '</script>', '\u202e'])(
    'arrives as it was, and on one line: %j',
    (text) => {
      const event = { ...message, text, data: { [text]: [text] } };
      expect(onTheWire(event)).toStrictEqual(event);
      expect(encode(event)).not.toMatch(/[\r\n]/);
    },
  );

  test('of what an application made of half a surrogate pair is still Unicode on the wire', () => {
    expect(encode({ type: 'notice', text: 'a\ud800b' })?.isWellFormed()).toBe(true);
  });
});

function without<E extends object>(event: E, member: string): E {
  return Object.fromEntries(Object.entries(event).filter(([name]) => name !== member)) as E;
}
