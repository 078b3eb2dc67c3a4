import { ChatError } from 'chathub';
import { describe, expect, test } from 'vitest';
import { byToken, type Guest, jsonHub } from './json-hub.js';

const everyone = { policies: { moderate: () => true } };
const moderate = ({ client }: Guest, type: string, members: object = {}) =>
  client.ask({ type, room: 'lobby', member: 'bob', ...members });

describe('a name', () => {
  test('that is free is taken, and others in the room hear of it', async () => {
    const { lobby } = await jsonHub();
    const [alice, bob] = await lobby('alice', 'bob');
    alice!.client.tell({ type: 'nick', id: 5, name: 'al' });
    expect(await alice!.client.next('renamed')).toEqual({ type: 'renamed', re: 5, name: 'al' });
    expect(await bob!.client.next('presence')).toEqual({
      type: 'presence',
      room: 'lobby',
      joined: [],
      left: [],
      renamed: [{ id: alice!.member.id, name: 'al', was: 'alice' }],
      count: 2,
    });
    await alice!.client.request('sent', { type: 'send', room: 'lobby', text: 'hi' });
    expect(await bob!.client.next('message')).toMatchObject({ from: { ...alice!.member, name: 'al' } });
    bob!.client.tell({ type: 'nick', name: 'alice' });
    expect(await bob!.client.next('renamed')).toEqual({ type: 'renamed', name: 'alice' });
  });

  test('that is taken, or only looks the same, is NAME_TAKEN, and the old one is kept', async () => {
    const { lobby } = await jsonHub();
    const [alice, bob] = await lobby('alice', 'bob');
    for (const name of ['alice', 'ALICE', '\u0430lice', 'server', 'admin'])
      expect(await bob!.client.ask({ type: 'nick', name }), name).toMatchObject({
        type: 'error',
        code: expect.stringMatching(/^(NAME_TAKEN|BAD_NAME)$/),
        retryable: false,
      });
    expect(await bob!.client.ask({ type: 'nick', name: 'alice' })).toMatchObject({ code: 'NAME_TAKEN' });
    await bob!.client.request('sent', { type: 'send', room: 'lobby', text: 'hi' });
    expect(await alice!.client.next('message')).toMatchObject({ from: bob!.member });
    expect(alice!.client.of('presence')).toHaveLength(1);
  });

  test.each(['', ' ', 'a b', '-x', 'x\n[ERROR] y', '\u202e', 'x'.repeat(33)])(
    'that is none is BAD_NAME: %j',
    async (name) => {
      const { enter } = await jsonHub();
      const { client } = await enter();
      const reply = await client.ask({ type: 'nick', name });
      expect(reply).toMatchObject({ type: 'error', code: 'BAD_NAME' });
      expect(reply.message).not.toMatch(/[\r\n]/);
    },
  );

  test.each(['constructor', 'toString', 'valueOf', 'hasOwnProperty'])('may be %s', async (name) => {
    const { enter } = await jsonHub();
    const { client } = await enter();
    expect(await client.ask({ type: 'nick', name })).toMatchObject({ type: 'renamed', name });
  });
});

describe('a refresh', () => {
  test('with a token of the same user is ok, of another refused; the session goes on', async () => {
    const tokens = new Map([
      ['t1', { id: 'ali', name: 'ali' }],
      ['t2', { id: 'ali', name: 'ali' }],
      ['t3', { id: 'bob', name: 'bob' }],
    ]);
    const authenticate = ({ token = '' }: { readonly token: string | undefined }) => {
      const user = tokens.get(token);
      if (user === undefined) throw new ChatError('UNAUTHENTICATED', 'no such token');
      return user;
    };
    const { enter } = await jsonHub({ policies: { authenticate } });
    const { client } = await enter({ token: 't1' });
    client.tell({ type: 'refresh', id: 1, token: 't2' });
    expect(await client.next('ok')).toEqual({ type: 'ok', re: 1 });
    expect(await client.ask({ type: 'refresh', token: 't3' })).toMatchObject({
      type: 'error',
      code: 'UNAUTHENTICATED',
    });
    expect(await client.ask({ type: 'refresh', token: 'x' })).toMatchObject({ type: 'error', code: 'UNAUTHENTICATED' });
    await client.settled();
  });
});

describe('moderation', () => {
  test.each(['kick', 'ban', 'mute'])('is FORBIDDEN unless the policy moderate allows it: %s', async (type) => {
    const { lobby } = await jsonHub();
    const [alice, bob] = await lobby('alice', 'bob');
    expect(await moderate(alice!, type)).toEqual({
      type: 'error',
      re: expect.any(String),
      code: 'FORBIDDEN',
      message: expect.any(String),
      retryable: false,
      room: 'lobby',
    });
    await bob!.client.request('sent', { type: 'send', room: 'lobby', text: 'still here' });
    expect(await bob!.client.settled()).not.toContainEqual(expect.objectContaining({ type: 'left' }));
  });

  test('kicks somebody out of the room, who is told why and may come back', async () => {
    const { lobby } = await jsonHub(everyone);
    const [alice, bob] = await lobby('alice', 'bob');
    expect(await moderate(alice!, 'kick', { reason: 'too loud' })).toEqual({ type: 'ok', re: expect.any(String) });
    expect(await bob!.client.next('left')).toEqual({ type: 'left', room: 'lobby', code: 'KICKED', reason: 'too loud' });
    expect(await alice!.client.find('leave', ({ left }) => Array.isArray(left) && left.length > 0)).toMatchObject({
      left: [bob!.member],
      count: 1,
    });
    expect(await bob!.client.ask({ type: 'send', room: 'lobby', text: 'x' })).toMatchObject({ code: 'NOT_A_MEMBER' });
    expect(await bob!.client.ask({ type: 'join', room: 'lobby' })).toMatchObject({ type: 'joined', count: 2 });
  });

  test('bans by member id, for as long as it says', async () => {
    const { lobby } = await jsonHub(everyone);
    const [alice, bob] = await lobby('alice', 'bob');
    expect(await moderate(alice!, 'ban', { member: bob!.member.id, seconds: 600 })).toMatchObject({ type: 'ok' });
    expect(await bob!.client.next('left')).toMatchObject({ room: 'lobby', code: 'BANNED' });
    expect(await bob!.client.ask({ type: 'join', room: 'lobby' })).toMatchObject({
      type: 'error',
      code: 'BANNED',
      room: 'lobby',
    });
    expect(await bob!.client.ask({ type: 'join', room: 'garden' })).toMatchObject({ type: 'joined' });
  });

  test('mutes: whoever is muted hears, and cannot speak there', async () => {
    const { lobby } = await jsonHub(everyone);
    const [alice, bob] = await lobby('alice', 'bob');
    expect(await moderate(alice!, 'mute', { reason: 'spam', seconds: 600 })).toMatchObject({ type: 'ok' });
    expect(await bob!.client.ask({ type: 'send', room: 'lobby', text: 'x' })).toMatchObject({
      type: 'error',
      code: 'MUTED',
    });
    await alice!.client.request('sent', { type: 'send', room: 'lobby', text: 'peace' });
    expect(await bob!.client.next('message')).toMatchObject({ text: 'peace' });
  });

  test('of nobody is NO_SUCH_MEMBER', async () => {
    const { lobby } = await jsonHub(everyone);
    const [alice] = await lobby('alice');
    for (const member of ['nobody', '__proto__', ''])
      expect(await moderate(alice!, 'kick', { member })).toMatchObject({ code: 'NO_SUCH_MEMBER' });
  });
});

test('a user with two sessions comes once and leaves with the last', async () => {
  const { enter } = await jsonHub({ policies: { authenticate: byToken } });
  const [bob, phone, laptop] = [
    await enter({ token: 'bob' }),
    await enter({ token: 'ali' }),
    await enter({ token: 'ali' }),
  ];
  for (const { client } of [bob, phone, laptop]) await client.request('joined', { type: 'join', room: 'lobby' });
  expect(await bob.client.next('presence')).toMatchObject({ joined: [{ user: 'ali' }], count: 2 });
  expect(await bob.client.ask({ type: 'members', room: 'lobby' })).toMatchObject({ count: 2 });
  await phone.client.request('left', { type: 'leave', room: 'lobby' });
  await laptop.client.request('left', { type: 'leave', room: 'lobby' });
  expect(await bob.client.next('presence')).toMatchObject({ joined: [], left: [{ user: 'ali' }], count: 1 });
});
