import { memory, type OpenEngine } from 'chathub';
import { describe, expect, test } from 'vitest';
import { jsonHub } from './json-hub.js';

const numbers = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index);

describe('history', () => {
  test('is the newest page, or what is before or after an offset, both exclusive', async () => {
    const { hub, enter } = await jsonHub();
    const messages: object[] = [];
    for (const number of numbers(1, 60)) messages.push(await hub.room('lobby').send(String(number)));
    const { client } = await enter();
    const { epoch } = await client.request('joined', { type: 'join', room: 'lobby' });
    client.tell({ type: 'history', id: 6, room: 'lobby' });
    expect(await client.next('history')).toEqual({
      type: 'history',
      re: 6,
      room: 'lobby',
      epoch,
      messages: messages.slice(-50),
      more: true,
    });
    const page = (members: object) => client.ask({ type: 'history', room: 'lobby', ...members });
    expect(await page({ before: 11, limit: 3 })).toMatchObject({ messages: messages.slice(7, 10), more: true });
    expect(await page({ before: 4, limit: 10 })).toMatchObject({ messages: messages.slice(0, 3), more: false });
    expect(await page({ after: 57 })).toMatchObject({ messages: messages.slice(57), more: false });
    expect(await page({ after: 0, epoch, limit: 2 })).toMatchObject({ messages: messages.slice(0, 2), more: true });
    expect(await page({ after: 0, epoch: 'another', limit: 2 })).toMatchObject({ epoch, messages: messages.slice(-2) });
    expect(await page({ limit: 60 })).toMatchObject({ messages, more: false });
    expect(await page({ before: 1 })).toMatchObject({ messages: [], more: false });
  });

  test('is at most 200 messages, however many are asked for', async () => {
    const { hub, enter } = await jsonHub();
    for (const number of numbers(1, 210)) await hub.room('lobby').send(String(number));
    const { client } = await enter();
    await client.request('joined', { type: 'join', room: 'lobby' });
    for (const limit of [200, 201, 1_000_000_000]) {
      const { messages, more } = await client.request('history', { type: 'history', room: 'lobby', limit });
      expect((messages as { readonly offset: number }[]).map(({ offset }) => offset)).toEqual(numbers(11, 210));
      expect(more).toBe(true);
    }
  });

  test('of a room that one is not in is refused, unless the policy read allows it', async () => {
    const { hub, enter } = await jsonHub({ policies: { read: ({ room }) => room === 'open' } });
    await hub.room('open').send('hi');
    const { client } = await enter();
    for (const type of ['history', 'members']) {
      expect(await client.ask({ type, room: 'ops' })).toMatchObject({ code: 'NOT_A_MEMBER', room: 'ops' });
      expect(await client.ask({ type, room: 'open' })).toMatchObject({ type });
    }
  });
});

describe('who is where', () => {
  test('members lists a room, rooms all rooms with their sizes', async () => {
    const { lobby } = await jsonHub();
    const [alice, bob] = await lobby('alice', 'bob');
    await bob!.client.request('joined', { type: 'join', room: 'garden' });
    alice!.client.tell({ type: 'members', id: 7, room: 'lobby' }, { type: 'rooms', id: 8 });
    const members = await alice!.client.next('members');
    expect(members).toEqual({
      type: 'members',
      re: 7,
      room: 'lobby',
      members: expect.any(Array),
      count: 2,
      complete: true,
    });
    expect(new Set(members.members as object[])).toEqual(new Set([alice!.member, bob!.member]));
    const rooms = await alice!.client.next('rooms');
    expect(rooms).toEqual({ type: 'rooms', re: 8, rooms: expect.any(Array) });
    expect(new Set(rooms.rooms as object[])).toEqual(
      new Set([
        { name: 'lobby', count: 2 },
        { name: 'garden', count: 1 },
      ]),
    );
  });

  test('rooms are those that the policy list lets through', async () => {
    const { enter } = await jsonHub({ policies: { list: ({ room }) => room !== 'ops' } });
    const { client } = await enter();
    for (const room of ['ops', 'lobby']) await client.request('joined', { type: 'join', room });
    expect(await client.ask({ type: 'rooms' })).toMatchObject({ rooms: [{ name: 'lobby', count: 1 }] });
  });

  test('in a room above presenceDetail is a count alone', async () => {
    const { enter } = await jsonHub({ limits: { presenceDetail: 1 } });
    const alice = await enter({ name: 'alice' });
    const first = await alice.client.request('joined', { type: 'join', room: 'lobby' });
    expect(first).toMatchObject({ members: [alice.member], count: 1 });
    const bob = await enter({ name: 'bob' });
    const second = await bob.client.request('joined', { type: 'join', room: 'lobby' });
    const { members, ...others } = first;
    expect(Object.keys(second).sort()).toEqual(Object.keys(others).sort());
    expect(second).toMatchObject({ count: 2 });
    bob.client.tell({ type: 'members', id: 7, room: 'lobby' });
    expect(await bob.client.next('members')).toEqual({
      type: 'members',
      re: 7,
      room: 'lobby',
      count: 2,
      complete: true,
    });
  });
});

test('entries of other types than messages count, come as events of their own types, and are no messages of the history', async () => {
  let opened: OpenEngine | undefined;
  const inner = memory();
  const engine = {
    name: 'memory',
    open: async (context: Parameters<typeof inner.open>[0]) => (opened = await inner.open(context)),
  };
  const { hub, lobby, enter } = await jsonHub({ engine });
  const [alice] = await lobby('alice');
  const { id: message } = await hub.room('lobby').send('hi');
  const common = { room: 'lobby', from: alice!.member, message };
  await opened?.log.append('lobby', { ...common, type: 'edit', id: 'e', text: 'hey' });
  await opened?.log.append('lobby', { ...common, type: 'reaction', id: 'r', reaction: '\u{1f44d}' });
  await opened?.log.append('lobby', { ...common, type: 'delete', id: 'd' });
  const at = expect.any(Number);
  expect(await alice!.client.next('edit')).toEqual({ ...common, type: 'edit', id: 'e', offset: 2, at, text: 'hey' });
  expect(await alice!.client.next('reaction')).toMatchObject({ ...common, offset: 3, reaction: '\u{1f44d}' });
  expect(await alice!.client.next('delete')).toMatchObject({ ...common, offset: 4 });
  const { client } = await enter();
  const { epoch } = alice!.client.of('joined')[0] ?? {};
  const after = { epoch, offset: 1 };
  const { entries } = await client.request('joined', { type: 'join', room: 'lobby', after });
  expect(entries).toMatchObject([
    { type: 'edit', offset: 2 },
    { type: 'reaction', offset: 3 },
    { type: 'delete', offset: 4 },
  ]);
  const { messages } = await client.request('history', { type: 'history', room: 'lobby' });
  expect(messages).toMatchObject([{ type: 'message', id: message, offset: 1, deleted: expect.any(Number) }]);
});
