import { ChatError, type Command, type JoinedFacts, json, lines, type ServerEvent } from 'chathub';
import fc from 'fast-check';
import { describe, expect } from 'vitest';
import { wellFormed } from './hostile.js';
import { fuzz } from './runs.js';

const rooms = ['lobby', 'games', '東京', 'a.b'] as const;
const room = fc.constantFrom(...rooms);

const name = fc.oneof(
  fc.constantFrom('help', 'nick', 'auth', 'resume', 'join', 'leave', 'switch', 'rooms', 'who', 'msg', 'directs', 'me'),
  fc.constantFrom('history', 'edit', 'delete', 'search', 'topic', 'kick', 'ban', 'mute', 'quit', 'JOIN', 'constructor'),
  wellFormed,
);
const word = fc.oneof(
  fc.constantFrom('lobby', 'Games', '5', '0', '1e9', '-1', '0.001', '99999999999', '9'.repeat(400), 'spam', '\u3000'),
  wellFormed,
);
/** A line, as a decoder gives one: UTF-8 without a newline. */
const typed = fc
  .oneof(
    wellFormed,
    fc.tuple(name, fc.array(word, { maxLength: 4 }), fc.constantFrom(' ', '  ', '\t')).map(([command, words, gap]) => {
      return `/${[command, ...words].join(gap)}`;
    }),
  )
  .map((line) => line.replaceAll('\n', ''));

/** What a person is told that changes where it is. */
const told: fc.Arbitrary<ServerEvent> = fc.oneof(
  room.map((name): ServerEvent => ({ type: 'joined', room: name, ...facts(3) })),
  room.map((name): ServerEvent => ({ type: 'left', room: name })),
  fc.tuple(room, room).map(([one, other]) => welcome(one, other)),
  fc.tuple(room, fc.boolean()).map(([name, again]): ServerEvent => {
    return { type: 'history', room: name, epoch: again ? 'e' : 'f', messages: [], more: false };
  }),
  room.map((name): ServerEvent => ({ type: 'reset', room: name, epoch: 'g', offset: 9 })),
  fc.tuple(room, wellFormed).map(([name, id]): ServerEvent => {
    return { type: 'sent', room: name, message: id, epoch: 'e', offset: 1, at: 1, duplicate: false };
  }),
);

describe('what a person types', () => {
  fuzz(
    'is a command, or refused by a code that people are told of: nothing else is thrown, wherever the person is',
    fc.property(fc.array(fc.oneof(typed, told), { maxLength: 12 }), (steps) => {
      const person = connect();
      for (const step of steps) {
        if (typeof step === 'string') look(person.receive(step));
        else person.session.answered?.(step);
      }
    }),
  );

  fuzz(
    'goes to the room that was joined last, or is gone back to, of those that are not left',
    fc.property(fc.array(told, { maxLength: 12 }), fc.option(room), wellFormed, (events, back, words) => {
      const person = connect();
      for (const event of events) person.session.answered?.(event);
      const inside = roomsAfter(events);
      const switched = back === null ? undefined : person.receive(`/switch ${back.toUpperCase()}`);
      if (back !== null) expect(switched instanceof ChatError).toBe(!inside.includes(back));
      const current = back !== null && inside.includes(back) ? back : inside.at(-1);
      const said = `.${words.replaceAll(/[\0\r\n]/g, '')}`;
      const sent = person.receive(said);
      const isIn = events.some(({ type }) => type === 'welcome');
      if (current === undefined) expect(sent).toMatchObject({ code: isIn ? 'NOT_A_MEMBER' : 'UNAUTHENTICATED' });
      else expect(sent).toEqual({ type: 'send', room: current, text: said });
      if (current !== undefined)
        expect(person.receive(`//${said}`)).toEqual({ type: 'send', room: current, text: `/${said}` });
    }),
  );
});

/** What is asked for could be asked for in JSON, too: no other value gets to the hub by one way than by the other. */
function look(read: Command | ChatError | null): void {
  if (read === null) return;
  if (read instanceof ChatError) {
    expect(['BAD_COMMAND', 'BAD_FRAME', 'NOT_A_MEMBER', 'NO_SUCH_MESSAGE', 'UNAUTHENTICATED']).toContain(read.code);
    return;
  }
  if (read.type === 'auth' || read.type === 'quit') return;
  const { fromLast: _, ...command } = { fromLast: undefined, ...plain(read) };
  expect(program.receive(JSON.stringify(command))).toEqual(command);
}

/** `/edit` finds out which message is meant when it is its turn. */
function plain(read: Command): object {
  try {
    return { ...read };
  } catch (error) {
    if (error instanceof ChatError) return { type: 'ping' };
    throw error;
  }
}

const program = json().open({ transport: 'memory', limits: { jsonDepth: 8 }, reply: () => undefined });

function connect() {
  const session = lines().open({ transport: 'memory', limits: { jsonDepth: 8 }, reply: () => undefined });
  const receive = (line: string): Command | ChatError | null => {
    try {
      return session.receive(line);
    } catch (error) {
      if (error instanceof ChatError) return error;
      throw error;
    }
  };
  return { session, receive };
}

/** In the order of joining. */
function roomsAfter(events: readonly ServerEvent[]): string[] {
  let inside: string[] = [];
  for (const event of events) {
    if (event.type === 'welcome') inside = Object.keys(event.rooms).filter((name) => name !== '@');
    if (event.type === 'joined') inside = [...inside.filter((name) => name !== event.room), event.room];
    if (event.type === 'left') inside = inside.filter((name) => name !== event.room);
  }
  return inside;
}

function facts(offset: number): JoinedFacts {
  return { epoch: 'e', offset, recovered: true, more: false, entries: [], count: 1 };
}

function welcome(...names: readonly string[]): ServerEvent {
  const rooms = Object.fromEntries([...names, '@'].map((name) => [name, { room: name, ...facts(0) }]));
  const limits = { messageBytes: 4_096, dataBytes: 8_192, frameBytes: 65_536 };
  const member = { id: 'm', user: 'm', name: 'alice' };
  return { type: 'welcome', session: 's', member, resumed: false, heartbeat: 25_000, limits, rooms };
}
