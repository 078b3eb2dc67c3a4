import { describe, expect, test } from 'vitest';
import { byToken, type Guest, jsonHub } from './json-hub.js';

const say = ({ client }: Guest, text: string, members: object = {}) =>
  client.request('sent', { type: 'send', room: 'lobby', text, ...members });

const policies = { authenticate: byToken };

describe('over a WebSocket, as docs/protocol.md has it', () => {
  test('a message is edited, reacted to and deleted', async () => {
    const { lobby } = await jsonHub();
    const [alice, bob] = await lobby('alice', 'bob');
    const { message, epoch } = await say(alice!, 'hi');
    await bob!.client.next('message');
    const about = { room: 'lobby', message };
    const replies = [
      await alice!.client.ask({ type: 'edit', ...about, text: 'hi!', data: { a: 1 } }),
      await bob!.client.ask({ type: 'react', ...about, reaction: '👍', key: 'k' }),
      await bob!.client.ask({ type: 'react', ...about, reaction: '👍', key: 'k', repeat: true }),
      await bob!.client.ask({ type: 'react', ...about, reaction: '👍', remove: true }),
      await alice!.client.ask({ type: 'delete', ...about }),
    ];
    const sent = { type: 'sent', re: expect.any(String), ...about, epoch, at: expect.any(Number) };
    expect(replies).toEqual([
      { ...sent, offset: 2, duplicate: false },
      { ...sent, offset: 3, duplicate: false },
      { ...sent, offset: 3, duplicate: true },
      { ...sent, offset: 4, duplicate: false },
      { ...sent, offset: 5, duplicate: false },
    ]);
    const entry = { room: 'lobby', id: expect.any(String), message, at: expect.any(Number) };
    const edit = { type: 'edit', ...entry, offset: 2, from: alice!.member, text: 'hi!', data: { a: 1 } };
    const reaction = { type: 'reaction', ...entry, from: bob!.member, reaction: '👍' };
    const told = [
      edit,
      { ...reaction, offset: 3, key: 'k' },
      { ...reaction, offset: 4, removed: true },
      { type: 'delete', ...entry, offset: 5, from: alice!.member },
    ];
    for (const { client } of [alice!, bob!]) {
      await client.find('the deletion', ({ type }) => type === 'delete');
      const after = client.events.filter(({ offset, type }) => Number(offset) > 1 && type !== 'sent');
      expect(after).toEqual(told);
    }
  });

  test('what is wrong with such a command is said with its id', async () => {
    const { lobby } = await jsonHub({ limits: { badFrames: 100 } });
    const [alice] = await lobby('alice');
    const { message } = await say(alice!, 'hi');
    const about = { room: 'lobby', message };
    for (const [command, code] of [
      [{ type: 'edit', ...about }, 'BAD_COMMAND'],
      [{ type: 'edit', ...about, text: 7 }, 'BAD_COMMAND'],
      [{ type: 'edit', room: 'lobby', text: 'x' }, 'BAD_COMMAND'],
      [{ type: 'edit', ...about, text: '' }, 'BAD_COMMAND'],
      [{ type: 'edit', ...about, text: 'x', key: '' }, 'BAD_COMMAND'],
      [{ type: 'edit', ...about, text: 'x'.repeat(4_097) }, 'TOO_LONG'],
      [{ type: 'delete', room: 'lobby' }, 'BAD_COMMAND'],
      [{ type: 'delete', room: 'lobby', message: 'other' }, 'NO_SUCH_MESSAGE'],
      [{ type: 'delete', room: 'garden', message }, 'NOT_A_MEMBER'],
      [{ type: 'react', ...about }, 'BAD_COMMAND'],
      [{ type: 'react', ...about, reaction: '' }, 'BAD_COMMAND'],
      [{ type: 'react', ...about, reaction: 'x'.repeat(65) }, 'BAD_COMMAND'],
      [{ type: 'react', ...about, reaction: '👍', remove: 1 }, 'BAD_COMMAND'],
      [{ type: 'topic', room: 'lobby', topic: null }, 'BAD_COMMAND'],
      [{ type: 'topic', room: 'lobby', topic: 'x'.repeat(1_025) }, 'TOO_LONG'],
      [{ type: 'topic' }, 'BAD_COMMAND'],
      [{ type: 'read', room: 'lobby' }, 'BAD_COMMAND'],
      [{ type: 'read', room: 'lobby', offset: -1 }, 'BAD_COMMAND'],
      [{ type: 'read', room: 'lobby', offset: 1.5 }, 'BAD_COMMAND'],
      [{ type: 'search' }, 'BAD_COMMAND'],
      [{ type: 'search', text: '!' }, 'BAD_COMMAND'],
      [{ type: 'search', text: 'x', before: {} }, 'BAD_COMMAND'],
      [{ type: 'search', text: 'x', before: 'y' }, 'BAD_COMMAND'],
    ] as const)
      expect(await alice!.client.ask(command), JSON.stringify(command)).toMatchObject({
        type: 'error',
        code,
        message: expect.any(String),
        retryable: false,
      });
    expect(await alice!.client.ask({ type: 'react', ...about, reaction: '👍'.repeat(32) })).toMatchObject({
      type: 'sent',
    });
  });

  test('without an id a topic that is asked for and a search are answered, and nothing else', async () => {
    const { lobby } = await jsonHub();
    const [alice] = await lobby('alice');
    const { message } = await say(alice!, 'hi');
    const { client } = alice!;
    await client.settled();
    const before = client.events.length;
    client.tell({ type: 'edit', room: 'lobby', message, text: 'hi!' });
    client.tell({ type: 'react', room: 'lobby', message, reaction: '👍' });
    client.tell({ type: 'topic', room: 'lobby', topic: 'be nice' });
    client.tell({ type: 'read', room: 'lobby', offset: 1 });
    client.tell({ type: 'topic', room: 'lobby' });
    client.tell({ type: 'search', text: 'hi' });
    client.tell({ type: 'delete', room: 'lobby', message });
    await client.settled();
    await client.find('the deletion', ({ type }) => type === 'delete');
    const came = client.events.slice(before);
    expect(came.filter(({ re, type }) => re !== undefined && type !== 'pong')).toEqual([]);
    expect(came.map(({ type }) => type).sort()).toEqual(
      ['delete', 'edit', 'found', 'pong', 'reaction', 'topic', 'topic'].sort(),
    );
  });

  test('topics, what is read and what was found have their form', async () => {
    const { enter } = await jsonHub({ policies });
    const [phone, laptop, bob] = [
      await enter({ token: 'ali' }),
      await enter({ token: 'ali' }),
      await enter({ token: 'bob' }),
    ];
    for (const { client } of [phone, laptop, bob]) await client.request('joined', { type: 'join', room: 'lobby' });
    expect(await bob.client.ask({ type: 'topic', room: 'lobby' })).toEqual({
      type: 'topic',
      re: expect.any(String),
      room: 'lobby',
      text: '',
    });
    expect(await phone.client.ask({ type: 'topic', room: 'lobby', topic: 'be nice' })).toEqual({
      type: 'ok',
      re: expect.any(String),
    });
    const topic = { text: 'be nice', from: phone.member, at: expect.any(Number) };
    await bob.client.find('the topic', (event) => event.type === 'topic' && event.text === 'be nice');
    expect(bob.client.of('topic').at(-1)).toEqual({ type: 'topic', room: 'lobby', ...topic });
    const { epoch, at, message } = await say(bob, 'Lunch at noon?');
    await say(bob, 'dinner');
    await phone.client.find('both', ({ offset }) => offset === 2);
    await phone.client.request('ok', { type: 'read', room: 'lobby', offset: 1, epoch });
    expect(await laptop.client.next('read')).toEqual({ type: 'read', room: 'lobby', epoch, upTo: 1, unread: 1 });
    expect(await bob.client.ask({ type: 'search', text: '"at noon" lun*' })).toEqual({
      type: 'found',
      re: expect.any(String),
      messages: [
        { type: 'message', room: 'lobby', id: message, offset: 1, from: bob.member, text: 'Lunch at noon?', at },
      ],
      more: false,
    });
    const joined = await (await enter({ token: 'ali' })).client.request('joined', { type: 'join', room: 'lobby' });
    expect(joined).toMatchObject({ topic, read: 1, unread: 1 });
  });

  test('a user comes back to its rooms, and gets what was said after its positions', async () => {
    const { enter } = await jsonHub({ policies });
    const [ali, bob] = [await enter({ token: 'ali' }), await enter({ token: 'bob' })];
    for (const { client } of [ali, bob]) await client.request('joined', { type: 'join', room: 'lobby' });
    const { epoch, message } = await say(bob, 'm1');
    ali.client.tell({ type: 'quit' });
    expect(await ali.client.closed()).toMatchObject({ code: 1000 });
    await say(bob, 'm2');
    await bob.client.request('sent', { type: 'edit', room: 'lobby', message, text: 'm1, mended' });
    await bob.client.request('sent', { type: 'direct', to: 'ali', text: 'psst' });
    const again = await enter({ token: 'ali', rooms: { lobby: { epoch, offset: 1 } } });
    expect(again.welcome).toMatchObject({
      resumed: false,
      rooms: {
        lobby: {
          room: 'lobby',
          epoch,
          offset: 3,
          recovered: true,
          more: false,
          read: 0,
          unread: 2,
          count: 2,
          entries: [
            { type: 'message', text: 'm2', offset: 2 },
            { type: 'edit', text: 'm1, mended', offset: 3, message },
          ],
        },
        '@': { unread: 1, offset: 1, entries: [] },
      },
    });
    expect(await again.client.ask({ type: 'history', room: '@' })).toMatchObject({
      type: 'history',
      room: '@',
      messages: [{ type: 'direct', text: 'psst', from: bob.member, to: { user: 'ali', name: 'ali' } }],
      more: false,
    });
    expect((await enter()).welcome.rooms).toEqual({});
  });

  test('a deletion takes the text out of all that is sent later', async () => {
    const { lobby, enter, hub } = await jsonHub();
    const [alice, bob] = await lobby('alice', 'bob');
    const { message, epoch } = await say(alice!, 'a secret', { data: { also: 'secret' } });
    await bob!.client.next('message');
    bob!.client.cut();
    await alice!.client.request('sent', { type: 'edit', room: 'lobby', message, text: 'another secret' });
    await alice!.client.request('sent', { type: 'delete', room: 'lobby', message });
    const back = await enter({ session: bob!.session, rooms: { lobby: { epoch, offset: 0 } } });
    const { client } = await enter();
    await client.request('joined', { type: 'join', room: 'lobby', history: 100 });
    await client.request('history', { type: 'history', room: 'lobby' });
    expect(await client.request('found', { type: 'search', text: 'secret' })).toMatchObject({ messages: [] });
    expect(back.welcome).toMatchObject({ resumed: true, rooms: { lobby: { recovered: true, offset: 3 } } });
    for (const told of [back.client, client]) expect(JSON.stringify(told.events)).not.toContain('secret');
    expect(JSON.stringify(await hub.room('lobby').history())).not.toContain('secret');
  });
});
