import { ChatError } from 'chathub';
import { describe, expect, test, vi } from 'vitest';
import { byToken, chat, frameLike, lineChat } from './set-up.js';

describe('a greeting', () => {
  test('gives a session, its secret and the limits that concern clients', async () => {
    const { dial, hub } = await chat({ limits: { messageBytes: 1_000, dataBytes: 2_000, heartbeat: 7_000 } });
    const welcome = await dial().hello({ name: 'alice' });
    expect(welcome).toEqual({
      type: 'welcome',
      re: 1,
      session: expect.stringMatching(/^[\w-]{24}$/),
      member: { id: expect.stringMatching(/^[\w-]{12}$/), user: welcome.member.id, name: 'alice' },
      resumed: false,
      heartbeat: 7_000,
      limits: { messageBytes: 1_000, dataBytes: 2_000, frameBytes: 65_536 },
      rooms: {},
    });
    expect(hub.status().members).toBe(1);
  });

  test('without a name gets a guest name that nobody else has', async () => {
    const { connect } = await chat();
    const clients = await Promise.all([connect(), connect(), connect()]);
    const names = await Promise.all(clients.map(async (client) => (await client.next('welcome')).member.name));
    for (const name of names) expect(name).toMatch(/^guest-[0-9a-f]{4,8}$/);
    expect(new Set(names).size).toBe(3);
  });

  test('tells the application of one connect, with what it knows of the peer', async () => {
    const { hub, connect } = await chat();
    const connected = vi.fn();
    hub.on('connect', connected);
    await connect('alice', {}, { remoteAddress: '203.0.113.7' });
    expect(connected).toHaveBeenCalledOnce();
    const { member } = connected.mock.calls[0]![0];
    expect(member).toMatchObject({ name: 'alice', guest: true, connected: true, secure: false, transport: 'memory' });
    expect(member).toMatchObject({ remoteAddress: '203.0.113.7', rooms: [], user: { id: member.id } });
  });

  test('comes by itself before any other first command', async () => {
    const { dial } = await chat();
    const client = dial();
    await client.join('lobby');
    expect(client.events.map(({ type }) => type)).toEqual(['welcome', 'joined']);
    expect(client.events[0]).not.toHaveProperty('re');
  });

  test('is asked for once: a second one is a bad command, and changes nothing', async () => {
    const { connect, hub } = await chat();
    const alice = await connect('alice');
    await expect(alice.hello({ name: 'bob' })).rejects.toMatchObject({ code: 'BAD_COMMAND' });
    await alice.join('lobby');
    expect(hub.status().members).toBe(1);
  });

  test('whose name is refused may be tried again on the same connection, and leaves nothing behind', async () => {
    const { connect, dial, hub } = await chat();
    await connect('alice');
    const client = dial();
    await expect(client.hello({ name: 'Alice' })).rejects.toMatchObject({ code: 'NAME_TAKEN' });
    await expect(client.hello({ name: 'a b' })).rejects.toMatchObject({ code: 'BAD_NAME' });
    expect(hub.status()).toMatchObject({ members: 1, rooms: 1 });
    expect((await client.hello({ name: 'bob' })).member.name).toBe('bob');
  });

  test('that does not come within helloTimeout closes the connection with 4003', async () => {
    const { dial, clock } = await chat({ limits: { helloTimeout: 5_000 } });
    const client = dial();
    await clock.advance(4_999);
    expect(client.peer.isOpen).toBe(true);
    await clock.advance(1);
    expect(await client.peer.closed).toMatchObject({ reason: { code: 4003, reason: 'HELLO_TIMEOUT' } });
    expect(client.events).toMatchObject([{ type: 'error', code: 'HELLO_TIMEOUT', retryable: true }]);
  });

  test('is made for a client that begins with another command, even with a ping', async () => {
    const { dial } = await chat();
    const client = dial();
    await client.request({ type: 'ping' });
    expect(client.events.map(({ type }) => type)).toEqual(['welcome', 'pong']);
  });

  test('is not put off by what is no command', async () => {
    const { dial, clock } = await chat();
    const client = dial();
    await clock.advance(9_000);
    client.peer.send('anybody there?');
    await client.next('error');
    await clock.advance(1_000);
    expect(await client.peer.closed).toMatchObject({ reason: { code: 4003 } });
  });

  test('ends the timeout', async () => {
    const { connect, clock } = await chat();
    const alice = await connect('alice');
    await clock.advance(60_000);
    expect(alice.peer.isOpen).toBe(true);
  });

  test.each([
    ['', {}],
    [' by a policy', { authenticate: () => Promise.resolve(null) }],
  ])('of a peer that leaves before it is answered%s leaves nothing behind', async (_by, policies) => {
    const { dial, hub, clock } = await chat({ policies });
    const connected = vi.fn();
    hub.on('connect', connected);
    const client = dial();
    client.tell({ type: 'hello', name: 'alice' });
    client.peer.cut();
    await clock.advance(0);
    expect(hub.status()).toMatchObject({ connections: 0, members: 0, rooms: 0 });
    expect(connected).not.toHaveBeenCalled();
    expect(clock.pending).toBe(0);
  });
});

describe('a member who is authenticated', () => {
  test('has the user that the policy returned, and its name', async () => {
    const { hub, dial } = await chat({ policies: { authenticate: () => ({ id: 'u1', name: 'Ali', admin: true }) } });
    const connected = vi.fn();
    hub.on('connect', connected);
    const { member } = await dial().hello({ token: 'x' });
    expect(member).toEqual({ id: expect.any(String), user: 'u1', name: 'Ali' });
    expect(connected.mock.calls[0]![0].member).toMatchObject({ guest: false, user: { id: 'u1', admin: true } });
  });

  test('has a name of our making when its own is taken, is none, or nobody may have it', async () => {
    const authenticate = ({ token }: { readonly token: string | undefined }) =>
      token === undefined
        ? null
        : { id: token, name: token === 'u3' ? 'not a name' : token === 'u4' ? 'Admin' : 'Ali' };
    const { connect, dial } = await chat({ policies: { authenticate } });
    await connect('ali');
    expect((await dial().hello({ token: 'u2' })).member.name).toMatch(/^Ali-[0-9a-f]{4,8}$/);
    expect((await dial().hello({ token: 'u3' })).member.name).toMatch(/^user-[0-9a-f]{4,8}$/);
    expect((await dial().hello({ token: 'u4' })).member.name).toMatch(/^Admin-[0-9a-f]{4,8}$/);
  });

  test('may wish for another name than the one it brings', async () => {
    const { dial } = await chat({ policies: { authenticate: byToken } });
    expect((await dial().hello({ token: 'ali', name: 'Ali2' })).member).toMatchObject({ user: 'ali', name: 'Ali2' });
  });
});

describe('where guests are refused', () => {
  const policies = {
    authenticate: ({ token }: { readonly token: string | undefined }) => {
      if (token !== 'sesame') throw new ChatError('UNAUTHENTICATED', 'members only');
      return { id: 'ali', name: 'Ali' };
    },
  };

  test('a program is told why and closed with 4500', async () => {
    const { dial, hub } = await chat({ policies });
    const client = dial();
    await expect(client.hello()).rejects.toMatchObject({ code: 'UNAUTHENTICATED', message: 'members only' });
    expect(await client.peer.closed).toMatchObject({ reason: { code: 4500, reason: 'UNAUTHENTICATED' } });
    expect(hub.status()).toMatchObject({ connections: 0, members: 0 });
  });

  test('any other first command of a program is answered by the refusal, once', async () => {
    const { dial } = await chat({ policies });
    const client = dial();
    expect(await client.ask({ type: 'join', room: 'lobby', id: 7 })).toMatchObject({ code: 'UNAUTHENTICATED', re: 7 });
    expect(await client.peer.closed).toMatchObject({ reason: { code: 4500 } });
    expect(client.events).toHaveLength(1);
  });

  test('a person may log in, and nothing else but ask for help and leave', async () => {
    const { transport } = await lineChat({ policies });
    const peer = transport.connect();
    expect(await peer.next()).toBe('! UNAUTHENTICATED members only');
    peer.send('/join lobby');
    expect(await peer.next()).toMatch(/^! UNAUTHENTICATED/);
    peer.send('/help');
    expect(await peer.next()).toMatch(/^\* \/help/);
    peer.send('/auth wrong');
    expect(await frameLike(peer, /^!/)).toBe('! UNAUTHENTICATED members only');
    peer.send('/auth sesame');
    expect(await peer.next()).toMatch(/^\* Welcome, Ali\. /);
  });

  test('a person may quit', async () => {
    const { transport } = await lineChat({ policies });
    const peer = transport.connect();
    await peer.next();
    peer.send('/quit');
    expect(await peer.closed).toMatchObject({ reason: { code: 1000 } });
  });

  test('a person has 60 seconds to log in', async () => {
    const { transport, clock } = await lineChat({ policies });
    const peer = transport.connect();
    await clock.advance(59_999);
    expect(peer.isOpen).toBe(true);
    await clock.advance(1);
    expect(await peer.closed).toMatchObject({ reason: { code: 4003 } });
  });

  test('a person who has logged in stays', async () => {
    const { transport, clock } = await lineChat({ policies });
    const peer = transport.connect();
    peer.send('/auth sesame');
    await clock.advance(120_000);
    expect(peer.isOpen).toBe(true);
  });

  test('a person who knows nothing but other commands is closed after commandsBeforeHello', async () => {
    const { transport } = await lineChat({ policies, limits: { commandsBeforeHello: 3 } });
    const peer = transport.connect();
    await peer.next();
    for (let count = 0; count < 3; count++) peer.send('/rooms');
    for (let count = 0; count < 3; count++) expect(await peer.next()).toMatch(/^! UNAUTHENTICATED/);
    peer.send('/rooms');
    expect(await peer.closed).toMatchObject({ reason: { code: 4504, reason: 'ABUSE' } });
  });
});

describe('a guest who logs in', () => {
  const policies = { authenticate: byToken };

  test('becomes a member of another session, in the rooms that the guest was in', async () => {
    const { connect, hub } = await chat({ policies });
    const client = await connect('guest1');
    await client.join('lobby');
    const guest = (await client.next('welcome')).member;
    const welcome = await client.request({ type: 'auth', token: 'ali' });
    expect(welcome).toMatchObject({ resumed: false, member: { user: 'ali', name: 'ali' } });
    expect(welcome.member.id).not.toBe(guest.id);
    await client.say('lobby', 'it is me');
    expect(await hub.room('lobby').members()).toEqual([welcome.member]);
    expect(hub.status().members).toBe(1);
  });

  test('may have the name that the guest had', async () => {
    const { connect } = await chat({ policies });
    const client = await connect('ali');
    expect((await client.request({ type: 'auth', token: 'ali' })).member).toMatchObject({ user: 'ali', name: 'ali' });
  });

  test('with a token that is nobody’s stays the guest', async () => {
    const { connect, hub } = await chat({
      policies: { authenticate: ({ token }) => (token === 'good' ? { id: 'ali' } : null) },
    });
    const client = await connect('alice');
    expect(await client.ask({ type: 'auth', token: 'bad' })).toMatchObject({ type: 'error', code: 'UNAUTHENTICATED' });
    await client.join('lobby');
    expect(await hub.room('lobby').members()).toMatchObject([{ name: 'alice' }]);
  });

  test('is not let into rooms that refuse the user, but stays logged in', async () => {
    const { connect, hub } = await chat({
      policies: { authenticate: byToken, join: ({ member, room }) => member.guest || room !== 'guests' },
    });
    const client = await connect('guest1');
    await client.join('guests');
    await client.join('lobby');
    const welcome = await client.request({ type: 'auth', token: 'ali' });
    expect(await client.next('left')).toEqual({ type: 'left', room: 'guests', code: 'FORBIDDEN' });
    await client.say('lobby', 'in');
    expect(await hub.room('guests').members()).toEqual([]);
    expect(await hub.room('lobby').members()).toEqual([welcome.member]);
  });

  test('again as the same user keeps the session', async () => {
    const { connect } = await chat({ policies });
    const client = await connect(undefined, { token: 'ali' });
    expect(await client.ask({ type: 'auth', token: 'ali' })).toMatchObject({ type: 'ok' });
    expect(client.events.filter(({ type }) => type === 'welcome')).toHaveLength(1);
  });
});

describe('a refreshed token', () => {
  test('of the same user brings what the application knows of it now', async () => {
    let admin = false;
    const { connect, hub } = await chat({ policies: { authenticate: () => ({ id: 'u1', admin }) } });
    const connected = vi.fn();
    hub.on('connect', connected);
    const client = await connect();
    admin = true;
    expect(await client.request({ type: 'refresh', token: 'new' })).toMatchObject({ type: 'ok' });
    expect(connected.mock.calls[0]![0].member.user).toEqual({ id: 'u1', admin: true });
  });

  test('of somebody else is refused, and the session goes on', async () => {
    const { connect } = await chat({ policies: { authenticate: byToken } });
    const client = await connect(undefined, { token: 'ali' });
    expect(await client.ask({ type: 'refresh', token: 'bob' })).toMatchObject({ code: 'UNAUTHENTICATED' });
    await client.join('lobby');
  });
});
