import { ChatHub, type DirectMessage, type ErrorCode, type Member, type Message } from 'chathub';
import { expectTypeOf, test } from 'vitest';

type Account = { id: string; admin: boolean };

const hub = new ChatHub({ policies: { authenticate: (): Account => ({ id: 'ali', admin: true }) } });

test('events have the payloads that they are documented with', () => {
  hub.on('connect', (event) => expectTypeOf(event).toEqualTypeOf<{ readonly member: Member<Account> }>());
  hub.on('disconnect', (event) => {
    expectTypeOf(event).toEqualTypeOf<{ readonly member: Member<Account>; readonly code: ErrorCode | undefined }>();
  });
  hub.on('join', (event) => {
    expectTypeOf(event).toEqualTypeOf<{ readonly member: Member<Account>; readonly room: string }>();
  });
  hub.on('leave', ({ member, room, code }) => {
    expectTypeOf(member).toEqualTypeOf<Member<Account>>();
    expectTypeOf(room).toEqualTypeOf<string>();
    expectTypeOf(code).toEqualTypeOf<ErrorCode | undefined>();
  });
  hub.on('rename', ({ name, was }) => expectTypeOf([name, was]).toEqualTypeOf<string[]>());
  hub.on('message', ({ room, text, message }) => {
    expectTypeOf(room).toEqualTypeOf<string | undefined>();
    expectTypeOf(text).toEqualTypeOf<string>();
    expectTypeOf(message).toEqualTypeOf<Message | undefined>();
  });
  hub.on('direct', ({ message }) => expectTypeOf(message).toEqualTypeOf<DirectMessage>());
  hub.on('error', ({ error, stage }) => {
    expectTypeOf(error).toEqualTypeOf<unknown>();
    expectTypeOf(stage).toEqualTypeOf<string>();
  });
});

test('listeners may be async, and calls can be chained', () => {
  hub
    .on('connect', async ({ member }) => member.join('lobby'))
    .once('join', async () => undefined)
    .off('leave', () => undefined);
});

test('there are no other events, and no other payloads', () => {
  // @ts-expect-error Its name is `message`.
  hub.on('messages', () => undefined);
  // @ts-expect-error It has no such field.
  hub.on('join', ({ channel }) => channel);
  // @ts-expect-error The user has no such field.
  hub.once('connect', ({ member }) => member.user.colour);
  // @ts-expect-error A room may be missing: a frame of plain text has none.
  hub.on('message', ({ room }) => room.length);
  // @ts-expect-error A room tells of messages only.
  hub.room('lobby').on('join', () => undefined);
  // @ts-expect-error The hub alone emits.
  hub.emit('join', {});
});

test('a room tells of messages', () => {
  hub.room('lobby').on('message', ({ room, text, message }) => {
    expectTypeOf(room).toEqualTypeOf<string>();
    expectTypeOf(text).toEqualTypeOf<string>();
    expectTypeOf(message).toEqualTypeOf<Message>();
  });
});
