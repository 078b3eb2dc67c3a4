import { ChatError, ChatHub, type Engine, type Member, memory, plainText } from 'chathub';
import { memoryTransport } from 'chathub/testing';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { byToken, chat, gatedEngine, host, stillClock, textsIn } from './set-up.js';

const server = { id: 'server', user: 'server', name: 'server' };

/** A hub with one client in the lobby, and the member that the application knows. */
async function withMember(options: Parameters<typeof chat>[0] = {}) {
  const chatting = await chat(options);
  const members: Member[] = [];
  chatting.hub.on('connect', ({ member }) => members.push(member));
  const alice = await chatting.connect('alice');
  await alice.join('lobby');
  const [member] = members;
  if (member === undefined) throw new Error('No member connected');
  return { ...chatting, alice, member };
}

describe('hub.room(name)', () => {
  test('has the normal form of the name', () => {
    expect(new ChatHub().room('LOBBY').name).toBe('lobby');
    expect(new ChatHub().room('Straße').name).toBe('strasse');
  });

  test('throws BAD_ROOM for what is no name', () => {
    expect(() => new ChatHub().room('a b')).toThrow(ChatError);
    expect(() => new ChatHub().room('@alice')).toThrow(expect.objectContaining({ code: 'BAD_ROOM' }));
    expect(() => new ChatHub().room(7 as never)).toThrow(expect.objectContaining({ code: 'BAD_ROOM' }));
  });

  test('costs nothing', async () => {
    const { hub } = await chat();
    const room = hub.room('lobby');
    await room.send('hello');
    await room.members();
    await room.history();
    await room.signal('x');
    expect(hub.status().rooms).toBe(0);
    expect(room.size).toBe(0);
  });
});

describe('room.send()', () => {
  test('resolves with the message when it is stored, and queued for the members here', async () => {
    const { hub, alice, clock, member } = await withMember();
    const message = await hub.room('Lobby').send('hello', { data: { a: 1 }, action: true });
    member.send('after');
    expect(message).toEqual({
      type: 'message',
      room: 'lobby',
      id: expect.any(String),
      offset: 1,
      from: server,
      text: 'hello',
      at: clock.now(),
      action: true,
      data: { a: 1 },
    });
    await clock.advance(0);
    expect(alice.events.slice(-2)).toEqual([message, { type: 'notice', text: 'after' }]);
  });

  test('may come from a member, or from any name', async () => {
    const { hub, member } = await withMember({ policies: { authenticate: () => ({ id: 'u1' }) } });
    const room = hub.room('lobby');
    expect((await room.send('x', { from: member })).from).toEqual({ id: member.id, user: 'u1', name: 'alice' });
    expect((await room.send('x', { from: { name: 'ci' } })).from).toEqual({ id: 'ci', user: 'ci', name: 'ci' });
    const bot = { id: 'b1', user: 'bots', name: 'ci' };
    expect((await room.send('x', { from: bot })).from).toEqual(bot);
  });

  test('is told to room listeners, not as a member’s message', async () => {
    const { hub } = await withMember();
    const [ofMember, ofRoom] = [vi.fn(), vi.fn()];
    hub.on('message', ofMember);
    hub.room('lobby').on('message', ofRoom);
    const message = await hub.room('lobby').send('hello');
    expect(ofRoom).toHaveBeenCalledExactlyOnceWith({ room: 'lobby', text: 'hello', message });
    expect(ofMember).not.toHaveBeenCalled();
  });

  test('with a key is stored once', async () => {
    const { hub, alice, clock } = await withMember();
    const sent = [
      await hub.room('lobby').send('hello', { key: 'k' }),
      await hub.room('lobby').send('again', { key: 'k' }),
    ];
    expect(sent[1]).toEqual(sent[0]);
    await clock.advance(0);
    expect(textsIn(alice, 'lobby')).toEqual(['hello']);
  });

  test('with a key whose message is kept no longer says so', async () => {
    const { hub } = await chat({ limits: { history: 1 } });
    await hub.room('lobby').send('first', { key: 'k' });
    await hub.room('lobby').send('second');
    await expect(hub.room('lobby').send('first', { key: 'k' })).rejects.toMatchObject({ code: 'NO_SUCH_MESSAGE' });
  });

  test.each([
    ['x'.repeat(4_097), {}, 'TOO_LONG'],
    ['', {}, 'BAD_COMMAND'],
    ['x', { data: 'x'.repeat(8_192) }, 'TOO_LONG'],
    ['x', { key: '' }, 'BAD_COMMAND'],
  ])('that is awaited rejects, and is no error event', async (text, options, code) => {
    const { hub } = await chat();
    await expect(hub.room('lobby').send(text, options)).rejects.toMatchObject({ code });
    await expect(Promise.all([hub.room('lobby').send(text, options)])).rejects.toMatchObject({ code });
    await hub
      .room('lobby')
      .send(text, options)
      .catch(() => undefined);
  });

  test('that nobody awaits is an error event when it fails, and no unhandled rejection', async () => {
    const unhandled = vi.fn();
    process.on('unhandledRejection', unhandled);
    onTestFinished(() => void process.off('unhandledRejection', unhandled));
    const { hub, errors, clock } = await chat();
    void hub.room('lobby').send('');
    await clock.advance(0);
    void hub.room('lobby').signal('x', 'y'.repeat(9_000));
    await clock.advance(0);
    expect(errors.splice(0)).toMatchObject([
      { stage: 'room.send', error: { code: 'BAD_COMMAND' } },
      { stage: 'room.signal', error: { code: 'TOO_LONG' } },
    ]);
    expect(unhandled).not.toHaveBeenCalled();
  });

  test('fails when the engine does, and works again when it does', async () => {
    const { engine, gates } = gatedEngine();
    const { hub } = await chat({ engine });
    gates.set('log.append', () => Promise.reject(new ChatError('ENGINE_UNAVAILABLE')));
    await expect(hub.room('lobby').send('x')).rejects.toMatchObject({ code: 'ENGINE_UNAVAILABLE', retryable: true });
    gates.clear();
    await hub.room('lobby').send('x');
  });

  test('of a closed hub fails with SHUTDOWN', async () => {
    const { hub } = await chat();
    await hub.close();
    await expect(hub.room('lobby').send('x')).rejects.toMatchObject({ code: 'SHUTDOWN' });
  });
});

describe('room.members() and room.size', () => {
  test('tell one author for each user, whoever asks', async () => {
    const { hub, connect, alice } = await withMember({ policies: { authenticate: byToken } });
    for (let count = 0; count < 2; count++) await (await connect(undefined, { token: 'bob' })).join('lobby');
    const { member } = await alice.next('welcome');
    const members = await hub.room('LOBBY').members();
    expect(members).toEqual([member, { id: expect.any(String), user: 'bob', name: 'bob' }]);
    expect(hub.room('lobby').size).toBe(2);
  });
});

describe('room.history()', () => {
  test('tells the newest messages, or those before or after an offset', async () => {
    const { hub } = await chat();
    const room = hub.room('lobby');
    for (let count = 1; count <= 60; count++) await room.send(`m${count}`);
    expect((await room.history()).map(({ offset }) => offset)).toEqual(Array.from({ length: 50 }, (_, i) => i + 11));
    expect((await room.history({ limit: 2 })).map(({ text }) => text)).toEqual(['m59', 'm60']);
    expect((await room.history({ limit: 2, before: 59 })).map(({ text }) => text)).toEqual(['m57', 'm58']);
    expect((await room.history({ limit: 2, after: 0 })).map(({ text }) => text)).toEqual(['m1', 'm2']);
    expect(await room.history({ before: 1 })).toEqual([]);
  });
});

describe('room.on()', () => {
  test('hears what members and the application say, in order, and keeps the room open until off()', async () => {
    const { hub, connect, clock } = await chat();
    const heard: string[] = [];
    const listener = ({ text }: { readonly text: string }) => heard.push(text);
    const room = hub.room('lobby').on('message', listener).on('message', listener);
    await room.send('one');
    const alice = await connect('alice');
    await alice.join('lobby');
    await alice.say('lobby', 'two');
    await alice.request({ type: 'leave', room: 'lobby' });
    await room.send('three');
    expect(heard).toEqual(['one', 'two', 'three']);
    expect(hub.status().rooms).toBe(2);
    hub.room('LOBBY').off('message', listener);
    await clock.advance(0);
    await room.send('four');
    expect(heard).toHaveLength(3);
    expect(hub.status().rooms).toBe(1);
  });

  test('hears nothing more after off(), not even of what is sent in the same step', async () => {
    const { hub, clock } = await chat();
    const room = hub.room('lobby');
    const heard: string[] = [];
    const once = ({ text }: { readonly text: string }) => {
      heard.push(text);
      room.off('message', once);
    };
    room.on('message', once);
    await Promise.all(['one', 'two', 'three'].map((text) => room.send(text)));
    await clock.advance(0);
    expect(heard).toEqual(['one']);
    expect(hub.status().rooms).toBe(0);
  });

  test('taken off before the room is open hears nothing', async () => {
    const { hub, clock } = await chat();
    const heard = vi.fn();
    const room = hub.room('lobby');
    room.on('message', heard).off('message', heard);
    await room.send('one');
    await clock.advance(0);
    expect(heard).not.toHaveBeenCalled();
    expect(hub.status().rooms).toBe(0);
  });

  test('taken off and on again hears each message once', async () => {
    const { hub, clock } = await chat();
    const heard = vi.fn();
    const room = hub.room('lobby');
    room.on('message', heard).off('message', heard).on('message', heard);
    await room.send('one');
    await clock.advance(0);
    expect(heard).toHaveBeenCalledOnce();
  });

  test('of a room that can’t be opened is an error event', async () => {
    const { engine, gates } = gatedEngine();
    const { hub, errors, clock } = await chat({ engine });
    gates.set('log.follow', () => Promise.reject(new Error('down')));
    hub.room('lobby').on('message', () => undefined);
    await clock.advance(0);
    expect(errors.splice(0)).toMatchObject([{ stage: 'room listener', error: { message: 'down' } }]);
    expect(hub.status().rooms).toBe(0);
  });
});

describe('a member', () => {
  test('has the facts of its session', async () => {
    const { member, alice } = await withMember();
    const welcome = await alice.next('welcome');
    expect(member).toMatchObject({
      id: welcome.member.id,
      name: 'alice',
      user: { id: welcome.member.id },
      guest: true,
      rooms: ['lobby'],
      data: {},
      transport: 'memory',
      remoteAddress: '127.0.0.1',
      remotePort: undefined,
      secure: false,
      connected: true,
    });
  });

  test('send() is a notice to it alone, in order', async () => {
    const { member, alice, connect, clock } = await withMember();
    const bob = await connect('bob');
    await bob.join('lobby');
    for (const text of ['one', 'two', 'three']) member.send(text, text === 'two' ? { data: 2 } : {});
    await clock.advance(0);
    expect(alice.events.slice(-3)).toEqual([
      { type: 'notice', text: 'one' },
      { type: 'notice', text: 'two', data: 2 },
      { type: 'notice', text: 'three' },
    ]);
    expect(bob.events.some(({ type }) => type === 'notice')).toBe(false);
  });

  test('join() puts it into a room, as if it had asked; leave() takes it out', async () => {
    const { hub, member, alice } = await withMember();
    await hub.room('other').send('before');
    await member.join('Other', { history: 5 });
    await alice.next('joined');
    const joined = await alice.next('joined');
    expect(joined).toMatchObject({ room: 'other', entries: [{ text: 'before' }], count: 1 });
    expect(joined).not.toHaveProperty('re');
    expect(member.rooms).toEqual(['lobby', 'other']);
    await member.leave('OTHER');
    expect(await alice.next('left')).toEqual({ type: 'left', room: 'other' });
    await member.leave('other');
    expect(member.rooms).toEqual(['lobby']);
    expect(alice.events.filter(({ type }) => type === 'left')).toHaveLength(1);
  });

  test('join() and leave() refuse what is no room', async () => {
    const { member } = await withMember({ limits: { roomsPerMember: 1 } });
    await expect(member.join('a b')).rejects.toMatchObject({ code: 'BAD_ROOM' });
    await expect(member.leave('a b')).rejects.toMatchObject({ code: 'BAD_ROOM' });
    await expect(member.join('other')).rejects.toMatchObject({ code: 'TOO_MANY_ROOMS' });
  });

  test('rename() gives another name, if it is free', async () => {
    const { member, alice, connect } = await withMember();
    await connect('bob');
    await member.rename('Alison');
    expect(await alice.next('renamed')).toEqual({ type: 'renamed', name: 'Alison' });
    expect(member.name).toBe('Alison');
    await expect(member.rename('Bob')).rejects.toMatchObject({ code: 'NAME_TAKEN' });
    await expect(member.rename('a b')).rejects.toMatchObject({ code: 'BAD_NAME' });
    expect(member.name).toBe('Alison');
  });

  test('disconnect() ends the session at once: what was sent before arrives, and 4501', async () => {
    const { hub, member, alice, clock } = await withMember();
    member.send('goodbye');
    await member.disconnect('spam');
    expect(await alice.peer.closed).toMatchObject({ reason: { code: 4501, reason: 'KICKED' } });
    expect(alice.events.slice(-2)).toEqual([
      { type: 'notice', text: 'goodbye' },
      { type: 'error', code: 'KICKED', message: 'spam', retryable: false },
    ]);
    await clock.advance(0);
    expect(hub.status()).toMatchObject({ connections: 0, members: 0, rooms: 0 });
  });

  test('that is over takes everything quietly, or refuses it', async () => {
    const { member } = await withMember();
    await member.disconnect();
    await member.disconnect();
    expect(member.connected).toBe(false);
    expect(member.rooms).toEqual([]);
    expect(member.remoteAddress).toBe('127.0.0.1');
    member.send('into the void');
    await member.leave('lobby');
    await expect(member.join('lobby')).rejects.toMatchObject({ code: 'NO_SUCH_MEMBER' });
    await expect(member.rename('x')).rejects.toMatchObject({ code: 'NO_SUCH_MEMBER' });
  });
});

describe('hub.member(id)', () => {
  test('is undefined when there is none', async () => {
    const { hub, member } = await withMember();
    expect(await hub.member('nobody')).toBeUndefined();
    await member.disconnect();
    expect(await hub.member(member.id)).toBeUndefined();
  });

  test('tells the facts, and can send, take out of a room and disconnect', async () => {
    const { hub, member, alice, clock } = await withMember();
    const remote = (await hub.member(member.id))!;
    const { id, user, name, rooms, node } = remote;
    expect({ id, user, name, rooms, node }).toEqual({
      id: member.id,
      user: member.id,
      name: 'alice',
      rooms: ['lobby'],
      node: hub.status().node,
    });
    await remote.send('psst', { data: 1 });
    expect(await alice.next('notice')).toEqual({ type: 'notice', text: 'psst', data: 1 });
    await remote.leave('Lobby');
    expect(await alice.next('left')).toMatchObject({ room: 'lobby' });
    await expect(remote.leave('a b')).rejects.toMatchObject({ code: 'BAD_ROOM' });
    await remote.disconnect('bye');
    expect(await alice.peer.closed).toMatchObject({ reason: { code: 4501 } });
    await clock.advance(0);
    await remote.send('nobody hears');
    await remote.disconnect();
  });
});

describe('hub.user(id)', () => {
  test('is a handle: it need not be there', async () => {
    const { hub } = await chat();
    const nobody = hub.user('nobody');
    expect(nobody.id).toBe('nobody');
    expect(await nobody.name()).toBeUndefined();
    expect(await nobody.members()).toEqual([]);
    await nobody.send('x');
    await nobody.disconnect();
  });

  test('needs an id', () => {
    expect(() => new ChatHub().user('')).toThrow(ChatError);
  });
});

describe('plain text', () => {
  test('is an echo server in three lines', async () => {
    const transport = memoryTransport({ protocol: plainText() });
    const { hub } = await host({ clock: stillClock() }, transport);
    hub.on('message', ({ member, text }) => member.send(text));
    const peer = transport.connect();
    for (const text of ['a', 'b', '/quit', '']) peer.send(text);
    for (const text of ['a', 'b', '/quit', '']) expect(await peer.next()).toBe(text);
  });

  test('is a message event with no room', async () => {
    const transport = memoryTransport({ protocol: plainText() });
    const { hub } = await host({ clock: stillClock() }, transport);
    const heard = vi.fn();
    hub.on('message', heard);
    transport.connect().send('hi');
    await vi.waitFor(() => expect(heard).toHaveBeenCalled());
    expect(heard.mock.calls[0]![0]).toMatchObject({ room: undefined, text: 'hi', message: undefined });
  });
});

describe('an engine', () => {
  test('is opened when it is first needed, and once', async () => {
    const open = vi.fn(memory().open);
    const engine: Engine = { name: 'counting', open };
    const clock = stillClock();
    const hub = new ChatHub({ engine, clock });
    expect(open).not.toHaveBeenCalled();
    await Promise.all([hub.room('a').send('x'), hub.room('b').send('x'), hub.listen(memoryTransport())]);
    expect(open).toHaveBeenCalledExactlyOnceWith({
      node: hub.status().node,
      clock,
      limits: hub.limits,
      onError: expect.any(Function),
      onState: expect.any(Function),
      onLoss: expect.any(Function),
    });
    await hub.close();
  });

  test('that can’t be opened is tried anew', async () => {
    const inner = memory();
    let down = true;
    const engine: Engine = {
      name: 'flaky',
      open: (context) => (down ? Promise.reject(new ChatError('ENGINE_UNAVAILABLE')) : inner.open(context)),
    };
    const hub = new ChatHub({ engine });
    await expect(hub.listen(memoryTransport())).rejects.toMatchObject({ code: 'ENGINE_UNAVAILABLE' });
    down = false;
    await hub.room('lobby').send('works');
    await hub.close();
  });

  test('that fails in the background is an error event', async () => {
    const inner = memory();
    let fail: (error: unknown) => void = () => undefined;
    const engine: Engine = {
      name: 'noisy',
      open: (context) => {
        fail = context.onError;
        return inner.open(context);
      },
    };
    const { errors } = await chat({ engine });
    fail(new Error('link lost'));
    expect(errors.splice(0)).toEqual([{ stage: 'engine', error: new Error('link lost') }]);
  });

  test('that fails while somebody greets leaves nothing behind', async () => {
    for (const call of ['presence.openSession', 'signals.subscribe', 'presence.claimName', 'log.follow', 'log.read']) {
      const { engine, gates } = gatedEngine();
      const { hub, dial, errors, clock } = await chat({ engine, policies: { authenticate: byToken } });
      const client = dial();
      gates.set(call, () => Promise.reject(new Error('down')));
      const rooms = new Map([['@', { epoch: 'x', offset: 0 }]]);
      await expect(client.hello({ token: 'ali', rooms }), call).rejects.toMatchObject({ code: 'INTERNAL' });
      expect(errors.splice(0), call).toMatchObject([{ stage: 'hello', error: { message: 'down' } }]);
      gates.clear();
      await clock.advance(0);
      expect(hub.status(), call).toMatchObject({ members: 0, rooms: 0 });
      expect(await hub.user('ali').members(), call).toEqual([]);
      expect((await client.hello({ token: 'ali' })).member.name).toBe('ali');
    }
  });
});
