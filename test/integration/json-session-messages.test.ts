import { describe, expect, test } from 'vitest';
import type { Received } from './json-client.js';
import { byToken, type Guest, jsonHub } from './json-hub.js';

const say = ({ client }: Guest, text: string, members: object = {}) =>
  client.request('sent', { type: 'send', room: 'lobby', text, ...members });

const texts = (events: readonly Received[]) => events.map(({ text }) => text);

describe('a message', () => {
  test('is acknowledged, and comes to everybody at the same place, to its sender too', async () => {
    const { lobby } = await jsonHub();
    const [alice, bob] = await lobby('alice', 'bob');
    const [joined] = alice!.client.of('joined');
    alice!.client.tell({ type: 'send', id: 4, room: 'lobby', text: 'hi' });
    const sent = await alice!.client.next('sent');
    expect(sent).toEqual({
      type: 'sent',
      re: 4,
      room: 'lobby',
      message: expect.any(String),
      epoch: joined?.epoch,
      offset: 1,
      at: expect.any(Number),
      duplicate: false,
    });
    const message = {
      type: 'message',
      room: 'lobby',
      id: sent.message,
      offset: 1,
      from: alice!.member,
      text: 'hi',
      at: sent.at,
    };
    expect(await bob!.client.next('message')).toEqual(message);
    expect(await alice!.client.next('message')).toEqual(message);
    expect(Math.abs(Date.now() - Number(sent.at))).toBeLessThan(60_000);
  });

  test('carries data, a key and that it is an action, to those who are there and in the history', async () => {
    const { lobby } = await jsonHub();
    const [alice, bob] = await lobby('alice', 'bob');
    const data = { a: [1, null, '\u2028'], ['__proto__']: { x: 1 }, '': { b: {} } };
    const rich = { data, key: 'k1', action: true };
    await say(alice!, 'waves', rich);
    const message = await bob!.client.next('message');
    expect(message).toMatchObject({ text: 'waves', ...rich });
    expect(JSON.stringify(message.data)).toBe(JSON.stringify(data));
    expect(await bob!.client.ask({ type: 'history', room: 'lobby' })).toMatchObject({ messages: [message] });
    await say(alice!, 'plain', { action: false });
    expect(Object.keys(await bob!.client.next('message')).sort()).toEqual(
      ['type', 'room', 'id', 'offset', 'from', 'text', 'at'].sort(),
    );
  });

  test('is whose it is, where it is and when it was, whatever the sender says of that', async () => {
    const { lobby } = await jsonHub();
    const [mallory, bob] = await lobby('mallory', 'bob');
    const forged = { from: bob!.member, offset: 99, at: 1, edited: 5, deleted: 6, reactions: { x: ['y'] }, epoch: 'e' };
    const sent = await say(mallory!, 'I am bob', { ...forged, message: 'm', duplicate: true });
    expect(sent).toMatchObject({ offset: 1, duplicate: false });
    const message = { type: 'message', room: 'lobby', id: sent.message, offset: 1, from: mallory!.member };
    expect(await bob!.client.next('message')).toEqual({ ...message, text: 'I am bob', at: sent.at });
  });

  test('without an id is not acknowledged, and stored all the same', async () => {
    const { lobby } = await jsonHub();
    const [alice, bob] = await lobby('alice', 'bob');
    alice!.client.tell({ type: 'send', room: 'lobby', text: 'quiet' });
    expect(await bob!.client.next('message')).toMatchObject({ text: 'quiet', offset: 1 });
    await alice!.client.next('message');
    expect(await alice!.client.settled()).not.toContainEqual(expect.objectContaining({ type: 'sent' }));
  });

  test.each(['a\nb', 'a\u0000b', '\u2028* forged', '\u202e', '\u001b[2J', ' ', 'x'.repeat(4_096), '"\\/'])(
    'is any text of Unicode, and comes as it was: %j',
    async (text) => {
      const { lobby } = await jsonHub();
      const [alice, bob] = await lobby('alice', 'bob');
      await say(alice!, text);
      expect(await bob!.client.next('message')).toMatchObject({ text });
    },
  );

  test('of 4,096 bytes may be escaped sixfold, one byte more is TOO_LONG; data likewise', async () => {
    const { lobby } = await jsonHub();
    const [alice] = await lobby('alice');
    await say(alice!, '\u0001'.repeat(4_096));
    await say(alice!, '\u{1f44b}'.repeat(1_024), { data: 'x'.repeat(8_190) });
    const send = { type: 'send', room: 'lobby', text: 'x' };
    for (const long of [{ text: 'x'.repeat(4_097) }, { text: '\u00e4'.repeat(2_049) }, { data: 'x'.repeat(8_191) }])
      expect(await alice!.client.ask({ ...send, ...long })).toMatchObject({ type: 'error', code: 'TOO_LONG' });
  });

  test('and sends in a row are in one order for all: their acknowledgements too', async () => {
    const { lobby } = await jsonHub();
    const guests = await lobby('alice', 'bob', 'carol');
    for (const { client, member } of guests)
      for (let index = 0; index < 6; index++)
        client.tell({ type: 'send', id: index, room: 'lobby', text: `${member.name} ${index}` });
    const seen: (readonly Received[])[] = [];
    for (const { client } of guests) {
      await client.find('the last', ({ offset, type }) => type === 'message' && offset === 18);
      await client.settled();
      seen.push(client.of('message'));
      expect(client.of('sent').map(({ re }) => re)).toEqual([0, 1, 2, 3, 4, 5]);
      const own = new Map(client.of('message').map(({ id, offset }) => [id, offset]));
      for (const { message, offset } of client.of('sent')) expect(own.get(message)).toBe(offset);
    }
    expect(seen[0]!.map(({ offset }) => offset)).toEqual(Array.from({ length: 18 }, (_, index) => index + 1));
    expect(seen[1]).toEqual(seen[0]);
    expect(seen[2]).toEqual(seen[0]);
  });

  test('is what the policy send makes of it; null is FORBIDDEN', async () => {
    const { lobby } = await jsonHub({
      policies: { send: ({ message }) => (message.text === 'spam' ? null : { ...message, text: `${message.text}!` }) },
    });
    const [alice, bob] = await lobby('alice', 'bob');
    expect(await alice!.client.ask({ type: 'send', room: 'lobby', text: 'spam' })).toMatchObject({ code: 'FORBIDDEN' });
    await say(alice!, 'hi');
    expect(texts([await bob!.client.next('message')])).toEqual(['hi!']);
  });
});

describe('a key', () => {
  test('stores once what is sent again with it, and answers with the place of the first', async () => {
    const { lobby } = await jsonHub();
    const [alice, bob] = await lobby('alice', 'bob');
    const first = await say(alice!, 'once', { key: 'k' });
    await say(alice!, 'between');
    for (const repeat of [true, false, undefined]) {
      const again = await say(alice!, 'once', { key: 'k', repeat });
      expect(again).toEqual({ ...first, re: again.re, duplicate: true });
    }
    await say(alice!, 'after');
    await bob!.client.find('after', ({ text }) => text === 'after');
    expect(texts(bob!.client.of('message'))).toEqual(['once', 'between', 'after']);
    expect(texts(alice!.client.of('message'))).toEqual(['once', 'between', 'after']);
  });

  test('is the same on another connection of the same user, and another for another user or room', async () => {
    const { enter } = await jsonHub({ policies: { authenticate: byToken } });
    const [first, second, bob] = [
      await enter({ token: 'ali' }),
      await enter({ token: 'ali' }),
      await enter({ token: 'bob' }),
    ];
    for (const { client } of [first, second, bob])
      for (const room of ['lobby', 'garden']) await client.request('joined', { type: 'join', room });
    const sent = await say(first, 'hi', { key: 'k' });
    expect(await say(second, 'hi', { key: 'k', repeat: true })).toMatchObject({
      message: sent.message,
      offset: sent.offset,
      at: sent.at,
      duplicate: true,
    });
    expect(await say(bob, 'hi', { key: 'k' })).toMatchObject({ duplicate: false, offset: 2 });
    expect(await say(first, 'hi', { key: 'k', room: 'garden' })).toMatchObject({ duplicate: false, offset: 1 });
    const ids = bob.client.of('message').map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  test('that says it repeats, and does not, is a first one', async () => {
    const { lobby } = await jsonHub();
    const [alice] = await lobby('alice');
    expect(await say(alice!, 'hi', { key: 'new', repeat: true })).toMatchObject({ duplicate: false, offset: 1 });
  });

  test('of a repeat is looked up before policies are asked', async () => {
    let allowed = true;
    const { lobby } = await jsonHub({ policies: { send: ({ message }) => (allowed ? message : null) } });
    const [alice] = await lobby('alice');
    const { message } = await say(alice!, 'hi', { key: 'k' });
    allowed = false;
    expect(await say(alice!, 'hi', { key: 'k', repeat: true })).toMatchObject({ message, duplicate: true });
    const other = { type: 'send', room: 'lobby', text: 'hi', key: 'k2', repeat: true };
    expect(await alice!.client.ask(other)).toMatchObject({ code: 'FORBIDDEN' });
  });

  test.each(['__proto__', 'constructor', 'toString', '\r\n', '\u{1f44b}'])('may be any text: %j', async (key) => {
    const { lobby } = await jsonHub();
    const [alice] = await lobby('alice');
    const { message } = await say(alice!, 'hi', { key });
    expect(await say(alice!, 'hi', { key, repeat: true })).toMatchObject({ message, duplicate: true });
  });
});
