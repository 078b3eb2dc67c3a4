import { describe, expect, test } from 'vitest';
import { jsonHub } from './json-hub.js';

const numbers = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index);

describe('a join', () => {
  test('is answered with where the room stands and who is there; others hear of it', async () => {
    const { enter } = await jsonHub();
    const alice = await enter({ name: 'alice' });
    alice.client.tell({ type: 'join', id: 2, room: 'lobby' });
    const joined = await alice.client.next('joined');
    expect(joined).toEqual({
      type: 'joined',
      re: 2,
      room: 'lobby',
      epoch: expect.any(String),
      offset: 0,
      recovered: false,
      more: false,
      entries: [],
      members: [alice.member],
      count: 1,
    });
    const bob = await enter({ name: 'bob' });
    bob.client.tell({ type: 'join', room: 'lobby' });
    const second = await bob.client.next('joined');
    expect(second).toEqual({ ...joined, re: undefined, members: expect.any(Array), count: 2 });
    expect(new Set(second.members as object[])).toEqual(new Set([alice.member, bob.member]));
    expect(await alice.client.next('presence')).toEqual({
      type: 'presence',
      room: 'lobby',
      joined: [bob.member],
      left: [],
      renamed: [],
      count: 2,
    });
  });

  test('without history shows nothing of the past, with it the newest so many, oldest first', async () => {
    const { hub, enter } = await jsonHub();
    const messages = [];
    for (const text of ['one', 'two', 'three']) messages.push(await hub.room('lobby').send(text));
    const [none, last, all] = [await enter(), await enter(), await enter()];
    expect(await none.client.ask({ type: 'join', room: 'lobby' })).toMatchObject({
      offset: 3,
      entries: [],
      more: false,
    });
    expect(await last.client.ask({ type: 'join', room: 'lobby', history: 2 })).toMatchObject({
      offset: 3,
      entries: messages.slice(1),
    });
    expect(await all.client.ask({ type: 'join', room: 'lobby', history: 1_000_000_000 })).toMatchObject({
      entries: messages,
    });
    await hub.room('lobby').send('four');
    for (const { client } of [none, last, all]) expect(await client.next('message')).toMatchObject({ offset: 4 });
  });

  test('after a position shows everything behind it, and says so', async () => {
    const { hub, enter } = await jsonHub();
    const messages = [];
    for (const text of ['one', 'two', 'three']) messages.push(await hub.room('lobby').send(text));
    const probe = await enter();
    const { epoch } = await probe.client.request('joined', { type: 'join', room: 'lobby' });
    for (const offset of [0, 1, 3]) {
      const { client } = await enter();
      expect(await client.ask({ type: 'join', room: 'lobby', after: { epoch, offset } })).toMatchObject({
        type: 'joined',
        epoch,
        offset: 3,
        recovered: true,
        more: false,
        entries: messages.slice(offset),
      });
    }
  });

  test.each([
    ['of another epoch', { epoch: 'another', offset: 1 }],
    ['above the head', { offset: 4 }],
  ])('after a position %s does not claim to have recovered, and shows the newest page', async (_, position) => {
    const { hub, enter } = await jsonHub();
    const messages = [];
    for (const text of ['one', 'two', 'three']) messages.push(await hub.room('lobby').send(text));
    const { epoch } = await (await enter()).client.request('joined', { type: 'join', room: 'lobby' });
    const { client } = await enter();
    const joined = await client.ask({ type: 'join', room: 'lobby', after: { epoch, ...position } });
    expect(joined).toMatchObject({ epoch, offset: 3, recovered: false, entries: messages });
  });

  test('after a position from which on something was trimmed away, or too much was missed, has not recovered', async () => {
    const limits = { history: 10, recover: 5 };
    const { hub, enter } = await jsonHub({ limits });
    const { epoch } = await (await enter()).client.request('joined', { type: 'join', room: 'lobby' });
    for (const number of numbers(1, 20)) await hub.room('lobby').send(String(number));
    for (const [offset, recovered] of [
      [3, false],
      [12, false],
      [15, true],
      [20, true],
    ] as const) {
      const { client } = await enter();
      const joined = await client.request('joined', { type: 'join', room: 'lobby', after: { epoch, offset } });
      expect(joined).toMatchObject({ offset: 20, recovered });
      const offsets = (joined.entries as { readonly offset: number }[]).map((entry) => entry.offset);
      expect(offsets).toEqual(recovered ? numbers(offset + 1, 20) : numbers(21 - offsets.length, 20));
    }
  });

  test('with more in the past than a reply holds is followed by the rest as events, before anything live', async () => {
    const { hub, enter } = await jsonHub({ limits: { recoverBytes: 20_000 } });
    const { epoch } = await (await enter()).client.request('joined', { type: 'join', room: 'lobby' });
    for (const number of numbers(1, 30)) await hub.room('lobby').send(`${number} ${'x'.repeat(2_000)}`);
    const { client } = await enter();
    const joined = await client.request('joined', { type: 'join', room: 'lobby', after: { epoch, offset: 0 } });
    expect(joined).toMatchObject({ offset: 30, recovered: true, more: true });
    await hub.room('lobby').send('live');
    await client.find('live', ({ text }) => text === 'live');
    const entries = joined.entries as { readonly offset: number }[];
    expect(JSON.stringify(entries).length).toBeLessThanOrEqual(20_000);
    expect([...entries, ...client.of('message')].map(({ offset }) => offset)).toEqual(numbers(1, 31));
  });

  test('of a room whose name is none is BAD_ROOM', async () => {
    const { enter } = await jsonHub();
    const { client } = await enter();
    for (const room of ['', '__proto__', 'a b', '*', '>', '{t}', '@ali', '\r\n', 'x'.repeat(65)])
      expect(await client.ask({ type: 'join', room }), room).toMatchObject({ type: 'error', code: 'BAD_ROOM' });
    for (const room of ['constructor', 'toString', 'a.b'])
      expect(await client.ask({ type: 'join', room })).toMatchObject({ type: 'joined', room: room.toLowerCase() });
  });

  test('is subject to the policy join', async () => {
    const { enter } = await jsonHub({ policies: { join: ({ room }) => room !== 'ops' } });
    const { client } = await enter();
    client.tell({ type: 'join', id: 1, room: 'ops' });
    expect(await client.next('error')).toEqual({
      type: 'error',
      re: 1,
      code: 'FORBIDDEN',
      message: expect.any(String),
      retryable: false,
      room: 'ops',
    });
    expect(await client.ask({ type: 'rooms' })).toMatchObject({ rooms: [] });
  });

  test('that is repeated is harmless', async () => {
    const { lobby } = await jsonHub();
    const [alice, bob] = await lobby('alice', 'bob');
    expect(await bob!.client.ask({ type: 'join', room: 'LOBBY' })).toMatchObject({
      type: 'joined',
      room: 'lobby',
      count: 2,
    });
    await alice!.client.settled();
    expect(alice!.client.of('presence')).toHaveLength(1);
  });
});

describe('a leave', () => {
  test('is answered, and others hear of it', async () => {
    const { lobby } = await jsonHub();
    const [alice, bob] = await lobby('alice', 'bob');
    bob!.client.tell({ type: 'leave', id: 3, room: 'lobby' }, { type: 'leave', room: 'lobby' });
    expect(await bob!.client.next('left')).toEqual({ type: 'left', re: 3, room: 'lobby' });
    expect(await bob!.client.next('error')).toMatchObject({ code: 'NOT_A_MEMBER', room: 'lobby' });
    expect(await alice!.client.next('presence')).toEqual({
      type: 'presence',
      room: 'lobby',
      joined: [],
      left: [bob!.member],
      renamed: [],
      count: 1,
    });
    await alice!.client.request('sent', { type: 'send', room: 'lobby', text: 'gone?' });
    expect((await bob!.client.settled()).map(({ type }) => type)).not.toContain('message');
  });
});
