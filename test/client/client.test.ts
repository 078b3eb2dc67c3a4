import { ChatError } from 'chathub';
import { describe, expect, test } from 'vitest';
import { chat, cut, next, state, take } from './set-up.js';

describe('a client', () => {
  test('joins a room, says something, and gets it back at its place', async () => {
    const { open } = await chat();
    const alice = open({ name: 'alice' });
    const lobby = await alice.join('Lobby');
    expect(lobby.name).toBe('lobby');
    const sent = await lobby.send('hello', { data: { a: 1 }, action: true });
    const [message] = await take(lobby, 1);
    expect(message).toMatchObject({ id: sent.id, offset: 1, text: 'hello', data: { a: 1 }, action: true });
    expect(message?.from).toEqual(alice.me);
    expect(lobby.position).toEqual({ epoch: sent.epoch, offset: 1 });
  });

  test('is given the history that it asked for, and what comes after it', async () => {
    const { hub, open } = await chat();
    for (const text of ['one', 'two', 'three']) await hub.room('lobby').send(text);
    const lobby = await open().join('lobby', { history: 2 });
    await hub.room('lobby').send('four');
    expect((await take(lobby, 3)).map(({ text }) => text)).toEqual(['two', 'three', 'four']);
  });

  test('knows who is there', async () => {
    const { open } = await chat();
    const [alice, bob] = [open({ name: 'alice' }), open({ name: 'bob' })];
    const lobby = await alice.join('lobby');
    const came = next(lobby, 'presence');
    const other = await bob.join('lobby');
    await came;
    expect(lobby.members.map(({ name }) => name)).toEqual(['alice', 'bob']);
    const renamed = next(lobby, 'presence');
    expect(await bob.nick('robert')).toBe('robert');
    await renamed;
    expect(lobby.members.map(({ name }) => name)).toEqual(['alice', 'robert']);
    const left = next(lobby, 'presence');
    await other.leave();
    expect((await left).count).toBe(1);
    expect(lobby.members.map(({ name }) => name)).toEqual(['alice']);
    expect(other.joined).toBe(false);
  });

  test('sends directs, signals and requests', async () => {
    const { hub, open } = await chat();
    hub.handle('add', ({ data }) => (data as number[]).reduce((sum, n) => sum + n, 0));
    hub.handle('no', () => {
      throw new ChatError('FORBIDDEN', 'not you');
    });
    const [alice, bob] = [open({ name: 'alice' }), open({ name: 'bob' })];
    const [lobby, bobs] = [await alice.join('lobby'), await bob.join('lobby')];
    const direct = next(bob, 'direct');
    await alice.direct('bob', 'psst');
    expect(await direct).toMatchObject({ text: 'psst', from: { name: 'alice' }, to: { name: 'bob' } });
    expect((await bob.history('alice')).messages.map(({ text }) => text)).toEqual(['psst']);
    const signal = next(bobs, 'signal');
    lobby.signal('typing', { on: true });
    expect(await signal).toMatchObject({ name: 'typing', data: { on: true }, from: { name: 'alice' } });
    expect(await alice.request('add', [1, 2, 3])).toBe(6);
    await expect(alice.request('no')).rejects.toMatchObject({ code: 'FORBIDDEN', message: 'not you' });
    expect(await alice.listRooms()).toEqual([{ name: 'lobby', count: 2 }]);
  });

  test('whose name is taken comes in all the same, and is told', async () => {
    const { open } = await chat();
    await open({ name: 'alice' }).ready();
    const second = open({ name: 'alice' });
    expect((await second.ready()).name).toMatch(/^guest-/);
    expect(second.errors).toMatchObject([{ code: 'NAME_TAKEN' }]);
  });

  test('that is refused is closed for good, and all that waited with it', async () => {
    const { open } = await chat({
      policies: {
        authenticate: () => {
          throw new ChatError('UNAUTHENTICATED', 'who are you?');
        },
      },
    });
    const client = open();
    const [ready, joined] = [client.ready(), client.join('lobby')];
    await expect(ready).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    await expect(joined).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    expect(client.state).toBe('closed');
    await expect(client.join('lobby')).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  });

  test('that is kicked is told, its room ends, and it stays out', async () => {
    const { hub, open } = await chat();
    const alice = open({ name: 'alice' });
    const lobby = await alice.join('lobby');
    const left = next(alice, 'leave');
    const reading = take(lobby, 1);
    const member = await hub.member(String(alice.me?.id));
    await member?.leave('lobby');
    expect((await left).room).toBe(lobby);
    expect(await reading).toEqual([]);
    expect(alice.rooms.size).toBe(0);
    await expect(lobby.send('still here?')).rejects.toMatchObject({ code: 'NOT_A_MEMBER' });
  });
});

describe('when the connection is lost', () => {
  test('it comes back as the same member, with what it missed, once and in order', async () => {
    const { hub, open } = await chat();
    const alice = open({ name: 'alice' });
    const lobby = await alice.join('lobby');
    const texts: string[] = [];
    lobby.on('message', ({ text }) => texts.push(text));
    await hub.room('lobby').send('before');
    const { me } = alice;
    const offline = state(alice, 'offline');
    cut(alice);
    await offline;
    for (let n = 0; n < 5; n++) await hub.room('lobby').send(`missed ${n}`);
    await alice.ready();
    await hub.room('lobby').send('after');
    await lobby.send('mine');
    expect(alice.me).toEqual(me);
    expect(texts).toEqual(['before', ...[0, 1, 2, 3, 4].map((n) => `missed ${n}`), 'after', 'mine']);
  });

  test('what was sent meanwhile waits, and is stored once', async () => {
    const { hub, open } = await chat();
    const alice = open({ name: 'alice', retryDelay: 50 });
    const lobby = await alice.join('lobby');
    cut(alice);
    const sent = await Promise.all(['a', 'b', 'c'].map((text) => lobby.send(text)));
    expect(sent.map(({ offset }) => offset)).toEqual([1, 2, 3]);
    expect((await hub.room('lobby').history()).map(({ text }) => text)).toEqual(['a', 'b', 'c']);
  });

  test('and the session is over by then, it joins its rooms again', async () => {
    const { hub, open } = await chat({ limits: { resumeWindow: 0 } });
    // It is told to come back when its session is over, and not before.
    const over = new Promise((resolve) => hub.once('disconnect', resolve));
    let first = true;
    const token = async () => {
      if (!first) await over;
      first = false;
      return undefined;
    };
    const alice = open({ name: 'alice', token });
    const lobby = await alice.join('lobby');
    const texts: string[] = [];
    lobby.on('message', ({ text }) => texts.push(text));
    const before = alice.me;
    cut(alice);
    await hub.room('lobby').send('missed');
    await lobby.send('waited');
    expect(alice.me?.id).not.toBe(before?.id);
    expect(alice.me?.name).toBe('alice');
    expect(texts).toEqual(['missed', 'waited']);
  });
});
