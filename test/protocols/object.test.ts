import { ChatError, type Protocol } from 'chathub';
import { objectProtocol, protocolConformance } from 'chathub/testing';
import { describe, expect, test } from 'vitest';

const frames = [
  { type: 'hello', id: 1, token: 't', name: 'alice', session: 's', rooms: { lobby: { epoch: 'k3x', offset: 15 } } },
  { type: 'auth', token: 't' },
  { type: 'join', id: 'a', room: 'lobby', after: { epoch: 'k3x', offset: 15 } },
  { type: 'join', room: 'lobby', history: 10 },
  { type: 'leave', room: 'lobby' },
  { type: 'send', room: 'lobby', text: 'hi', action: true, data: { a: [1] }, key: 'k', repeat: true },
  { type: 'direct', to: 'bob', text: 'psst' },
  { type: 'signal', room: 'lobby', name: 'typing', data: null },
  { type: 'history', room: 'lobby', before: 10, epoch: 'k3x', limit: 50 },
  { type: 'history', with: 'bob', after: 10 },
  { type: 'members', room: 'lobby' },
  { type: 'rooms' },
  { type: 'nick', name: 'al' },
  { type: 'refresh', token: 't' },
  { type: 'mute', room: 'lobby', member: 'bob', reason: 'spam', seconds: 60 },
  { type: 'ping' },
  { type: 'message', text: 'hi' },
  { type: 'quit', text: 'bye' },
].map((command) => JSON.stringify(command));

describe('objectProtocol keeps the contract of protocols', () => {
  for (const { name, run } of protocolConformance({ create: objectProtocol, frames })) test(name, run);
});

const receive = (frame: string, protocol: Protocol = objectProtocol()) =>
  protocol.open({ transport: 'memory', limits: { jsonDepth: 8 }, reply: () => undefined }).receive(frame);

function refusal(frame: string): ChatError {
  try {
    receive(frame);
  } catch (error) {
    if (error instanceof ChatError) return error;
  }
  return expect.unreachable('it was not refused');
}

test('an event travels as its JSON', () => {
  const event = { type: 'notice', text: 'a\nb', data: [1] } as const;
  expect(JSON.parse(objectProtocol().encode(event) ?? '')).toEqual(event);
});

test('a command travels as its JSON, the rooms of a hello as a map', () => {
  expect(receive('{"type":"join","room":"lobby","id":7}')).toEqual({ type: 'join', room: 'lobby', id: 7 });
  expect(
    receive('{"type":"hello","rooms":{"lobby":{"epoch":"e","offset":0},"__proto__":{"epoch":"e","offset":1}}}'),
  ).toEqual({
    type: 'hello',
    rooms: new Map([
      ['lobby', { epoch: 'e', offset: 0 }],
      ['__proto__', { epoch: 'e', offset: 1 }],
    ]),
  });
});

test('a session waits to be greeted', () => {
  expect(
    objectProtocol().open({ transport: 'memory', limits: { jsonDepth: 8 }, reply: () => undefined }).opening,
  ).toBeUndefined();
});

test.each(['', 'hello', '{', 'null', '1', '"join"', '[]', '{}', '{"type":1}', '{"type":null}'])(
  '%j is no object with a type: BAD_JSON',
  (frame) => expect(refusal(frame).code).toBe('BAD_JSON'),
);

test.each([
  ['{"type":"dance"}', 'There is no command "dance".'],
  ['{"type":"constructor"}', 'There is no command "constructor".'],
  ['{"type":"join"}', 'The "room" of "join" is missing or of a wrong type.'],
  ['{"type":"join","room":5}', 'The "room" of "join" is missing or of a wrong type.'],
  [
    '{"type":"join","room":"a","after":{"epoch":"e","offset":-1}}',
    'The "after" of "join" is missing or of a wrong type.',
  ],
  ['{"type":"hello","rooms":[]}', 'The "rooms" of "hello" is missing or of a wrong type.'],
  ['{"type":"ping","id":{}}', 'The id of "ping" is neither a string nor an integer.'],
  ['{"type":"history","room":"a","with":"b"}', 'A "history" needs exactly one of "room" and "with".'],
])('%s is no command: BAD_COMMAND', (frame, message) => {
  expect(refusal(frame)).toMatchObject({ code: 'BAD_COMMAND', message });
});

test('data that is deep enough to overflow a stack is refused', () => {
  const deep = `${'['.repeat(50_000)}${']'.repeat(50_000)}`;
  expect(refusal(`{"type":"send","room":"a","text":"","data":${deep}}`).code).toBe('BAD_COMMAND');
});

test('is echoing, limited, patient with nobody and resumable unless told otherwise', () => {
  expect(objectProtocol()).toMatchObject({
    name: 'object',
    echo: true,
    terminal: false,
    limited: true,
    slowConsumer: 'disconnect',
    resumable: ['ended', 'lost'],
  });
  const options = { echo: false, limited: false, slowConsumer: 'skip', resumable: [] } as const;
  expect(objectProtocol(options)).toMatchObject(options);
});
