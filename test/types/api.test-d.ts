import {
  type Author,
  ChatError,
  ChatHub,
  type Command,
  type Entry,
  type Limits,
  lines,
  type Member,
  type Message,
  memory,
  type Protocol,
  plainText,
  type RemoteMember,
  type ServerEvent,
} from 'chathub';
import { expectTypeOf, test } from 'vitest';

const hub = new ChatHub();
const room = hub.room('lobby');

test('methods resolve with plain facts', () => {
  expectTypeOf(room.send('x')).resolves.toEqualTypeOf<Message>();
  expectTypeOf(room.members()).resolves.toEqualTypeOf<readonly Author[]>();
  expectTypeOf(room.history()).resolves.toEqualTypeOf<readonly Message[]>();
  expectTypeOf(room.size).toEqualTypeOf<number>();
  expectTypeOf(hub.member('m')).resolves.toEqualTypeOf<RemoteMember | undefined>();
  expectTypeOf(hub.user('u').members()).resolves.toEqualTypeOf<readonly RemoteMember[]>();
  expectTypeOf(hub.limits).toEqualTypeOf<Limits>();
});

test('what is said is text, and data is what JSON can hold', () => {
  void room.send('x', { data: { list: [1, 'two', null, { deep: true }] }, action: true, key: 'k' });
  // @ts-expect-error No text.
  void room.send();
  // @ts-expect-error A number is no text.
  void room.send(7);
  // @ts-expect-error JSON holds no functions.
  void room.send('x', { data: () => 1 });
  // @ts-expect-error JSON holds no bigints.
  void room.send('x', { data: 1n });
  // @ts-expect-error There is no such option.
  void room.send('x', { color: 'red' });
  void room.history({ limit: 5, before: 3 });
  // @ts-expect-error An offset is a number.
  void room.history({ before: '3' });
});

test('whoever a message comes from is a member, or has a name', () => {
  const say = (member: Member<{ id: string; admin: boolean }>) => room.send('x', { from: member });
  expectTypeOf(say).returns.resolves.toEqualTypeOf<Message>();
  void room.send('x', { from: { name: 'ci' } });
  // @ts-expect-error No name.
  void room.send('x', { from: { id: 'ci' } });
});

test('facts can’t be written', () => {
  hub.on('connect', ({ member }) => {
    member.data.visits = 1;
    // @ts-expect-error Names change by rename().
    member.name = 'x';
    // @ts-expect-error Rooms change by join() and leave().
    member.rooms.push('x');
    // @ts-expect-error What a hub does can be read.
    hub.status().rooms = 1;
    // @ts-expect-error Limits are given once.
    hub.limits.messageBytes = 1;
  });
});

test('options are known, and what they must be', () => {
  new ChatHub({ engine: memory(), limits: { messageBytes: 100, historyAge: Number.POSITIVE_INFINITY } });
  // @ts-expect-error A limit is a number.
  new ChatHub({ limits: { messageBytes: '4k' } });
  // @ts-expect-error There is no such limit.
  new ChatHub({ limits: { mesageBytes: 1 } });
  // @ts-expect-error There is no such option.
  new ChatHub({ transports: [] });
  // @ts-expect-error There is no such policy.
  new ChatHub({ policies: { autenticate: () => null } });
  // @ts-expect-error An engine is made by calling it.
  new ChatHub({ engine: memory });
});

test('an error has one of the codes', () => {
  new ChatError('NAME_TAKEN', 'sorry', { room: 'lobby', cause: new Error('inner') });
  // @ts-expect-error There is no such code.
  new ChatError('NAME_TAKEN_');
});

test('commands, events and entries are told apart by their type', () => {
  const textOf = (event: ServerEvent) => (event.type === 'message' ? event.text : undefined);
  expectTypeOf(textOf).returns.toEqualTypeOf<string | undefined>();
  const offsetOf = (entry: Entry) => entry.offset;
  expectTypeOf(offsetOf).returns.toEqualTypeOf<number>();
  const join: Command = { type: 'join', room: 'lobby' };
  expectTypeOf(join.room).toEqualTypeOf<string>();
  // @ts-expect-error A join needs a room.
  const nowhere: Command = { type: 'join' };
  expectTypeOf(nowhere).toExtend<Command>();
});

test('protocols are protocols', () => {
  expectTypeOf(lines()).toEqualTypeOf<Protocol>();
  expectTypeOf(plainText()).toEqualTypeOf<Protocol>();
});
