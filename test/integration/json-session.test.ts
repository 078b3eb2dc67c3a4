import { ChatError } from 'chathub';
import { describe, expect, test } from 'vitest';
import { byToken, jsonHub } from './json-hub.js';

const limits = { messageBytes: 4096, dataBytes: 8192, frameBytes: 65536 };

describe('a hello', () => {
  test('begins a session, and is answered with all that the page says', async () => {
    const { dial } = await jsonHub();
    const client = dial('chathub.v1.json');
    client.tell({ type: 'hello', id: 1, name: 'alice' });
    const member = { id: expect.any(String), user: expect.any(String), name: 'alice' };
    expect(await client.next('welcome')).toEqual({
      type: 'welcome',
      re: 1,
      session: expect.stringMatching(/^.{16,}$/),
      member,
      resumed: false,
      heartbeat: 25_000,
      limits,
      rooms: {},
    });
    expect(client.ws.protocol).toBe('chathub.v1.json');
    expect(await client.settled()).toHaveLength(2);
  });

  test('without an id is answered without re, and a guest is a user of its own', async () => {
    const { dial } = await jsonHub();
    const client = dial();
    client.tell({ type: 'hello' });
    const welcome = await client.next('welcome');
    expect(Object.keys(welcome)).not.toContain('re');
    const { member } = welcome as { readonly member: { readonly id: string; readonly user: string } };
    expect(member.user).toBe(member.id);
    expect(client.ws.protocol).toBe('');
  });

  test('with a token is the user whom the application knows', async () => {
    const { enter } = await jsonHub({ policies: { authenticate: byToken } });
    const { member } = await enter({ token: 'ali' });
    expect(member).toEqual({ id: expect.any(String), user: 'ali', name: 'ali' });
    const second = await enter({ token: 'ali' });
    expect(second.member).toEqual({ id: expect.any(String), user: 'ali', name: 'ali' });
    expect(second.member.id).not.toBe(member.id);
    expect(second.session).not.toBe((await enter({ token: 'ali' })).session);
  });

  test('by a name that is taken is refused, and another may be tried', async () => {
    const { dial, lobby } = await jsonHub();
    await lobby('alice');
    const client = dial();
    expect(await client.ask({ type: 'hello', name: 'Alice' })).toMatchObject({ type: 'error', code: 'NAME_TAKEN' });
    expect(await client.ask({ type: 'hello', name: 'bob' })).toMatchObject({
      type: 'welcome',
      member: { name: 'bob' },
    });
  });

  test('may be followed at once by what is asked for next, all of which is answered in order', async () => {
    const { dial } = await jsonHub();
    const client = dial();
    client.tell(
      { type: 'hello', id: 0, name: 'alice' },
      { type: 'join', id: 1, room: 'lobby' },
      { type: 'nick', id: 2, name: 'al' },
      { type: 'members', id: 3, room: 'lobby' },
    );
    expect(await client.next('members')).toMatchObject({ members: [{ name: 'al' }] });
    expect(client.events.map(({ re }) => re).filter((re) => re !== undefined)).toEqual([0, 1, 2, 3]);
  });

  test('that is refused again and again ends with 4504', async () => {
    const { dial, lobby } = await jsonHub({ limits: { commandsBeforeHello: 3 } });
    await lobby('alice');
    const client = dial();
    for (let tries = 0; tries < 4; tries++) client.tell({ type: 'hello', name: 'alice' });
    expect(await client.closed()).toEqual({ code: 4504, reason: 'ABUSE' });
    expect(client.of('error').map(({ code }) => code)).toEqual([...Array(3).fill('NAME_TAKEN'), 'ABUSE']);
  });

  test('cannot say who it is from', async () => {
    const { enter } = await jsonHub({ policies: { authenticate: byToken } });
    const { member } = await enter({ member: { id: 'm', user: 'root', name: 'root' }, user: 'root', rooms: {} });
    expect(member).not.toMatchObject({ user: 'root' });
    expect(member.name).not.toBe('root');
  });

  test.each([
    ['UNAUTHENTICATED', 4500],
    ['BANNED', 4502],
  ] as const)('that is refused with %s gets the error, and the connection is closed with %i', async (code, close) => {
    const authenticate = () => {
      throw new ChatError(code, 'not you');
    };
    const { dial } = await jsonHub({ policies: { authenticate } });
    const client = dial();
    expect(await client.ask({ type: 'hello', token: 'wrong' })).toEqual({
      type: 'error',
      re: 'q1',
      code,
      message: 'not you',
      retryable: false,
    });
    expect(await client.closed()).toEqual({ code: close, reason: code });
  });

  test('that does not come in time closes with 4003, whatever else comes', async () => {
    const { dial } = await jsonHub({ limits: { helloTimeout: 1_000 } });
    const client = dial();
    client.write('no JSON');
    expect(await client.closed()).toEqual({ code: 4003, reason: 'HELLO_TIMEOUT' });
  });
});

describe('a first command that is no hello', () => {
  test('means a guest hello, whose welcome comes before its own reply', async () => {
    const { dial } = await jsonHub();
    const client = dial();
    client.tell({ type: 'join', room: 'lobby', id: 'j' });
    const welcome = await client.next('welcome');
    expect(welcome).toMatchObject({ resumed: false, rooms: {} });
    expect(Object.keys(welcome)).not.toContain('re');
    expect(await client.next('joined')).toMatchObject({ re: 'j', room: 'lobby', count: 1 });
    expect((await client.settled()).map(({ type }) => type)).toEqual(['welcome', 'joined', 'pong']);
  });

  test('means one hello, however many follow at once', async () => {
    const { dial } = await jsonHub();
    const client = dial();
    client.tell(
      { type: 'join', id: 1, room: 'lobby' },
      { type: 'join', id: 2, room: 'garden' },
      { type: 'send', id: 3, room: 'lobby', text: 'hi' },
    );
    await client.next('message');
    expect((await client.settled()).filter(({ type }) => type === 'welcome')).toHaveLength(1);
    expect(client.of('joined').map(({ re, room }) => [re, room])).toEqual([
      [1, 'lobby'],
      [2, 'garden'],
    ]);
    expect(client.of('sent')).toMatchObject([{ re: 3, offset: 1 }]);
  });

  test('may be a ping', async () => {
    const { dial } = await jsonHub();
    const client = dial();
    client.tell({ type: 'ping', id: 'p' });
    expect(await client.next('pong')).toEqual({ type: 'pong', re: 'p' });
    expect(client.events.map(({ type }) => type)).toEqual(['welcome', 'pong']);
  });

  test.each([
    { type: 'send', room: 'lobby', text: 'hi' },
    { type: 'signal', room: 'lobby', name: 'typing' },
    { type: 'members', room: 'lobby' },
    { type: 'history', room: 'lobby' },
    { type: 'leave', room: 'lobby' },
  ])('has no more rights than any: $type is NOT_A_MEMBER', async (command) => {
    const { dial } = await jsonHub();
    const client = dial();
    expect(await client.ask(command)).toEqual({
      type: 'error',
      re: 'q1',
      code: 'NOT_A_MEMBER',
      message: expect.any(String),
      retryable: false,
      room: 'lobby',
    });
    expect(client.of('welcome')).toHaveLength(1);
  });

  test('is refused as a hello would be, where guests are', async () => {
    const { dial } = await jsonHub({
      policies: {
        authenticate: ({ token }) => {
          if (token === undefined) throw new ChatError('UNAUTHENTICATED', 'no guests');
          return { id: token };
        },
      },
    });
    const client = dial();
    expect(await client.ask({ type: 'join', room: 'lobby' })).toMatchObject({ code: 'UNAUTHENTICATED', re: 'q1' });
    expect(await client.closed()).toEqual({ code: 4500, reason: 'UNAUTHENTICATED' });
  });
});
