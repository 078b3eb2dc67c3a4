import { describe, expect, test, vi } from 'vitest';
import { byToken, chat } from './set-up.js';

describe('a name', () => {
  test('is changed by `nick`, for messages to come too', async () => {
    const { hub, connect } = await chat();
    const renames = vi.fn();
    hub.on('rename', renames);
    const alice = await connect('alice');
    await alice.join('lobby');
    expect(await alice.request({ type: 'nick', name: 'Alison' })).toEqual({ type: 'renamed', re: 3, name: 'Alison' });
    await alice.say('lobby', 'hi');
    expect(await alice.next('message')).toMatchObject({ from: { name: 'Alison' } });
    const member = expect.objectContaining({ name: 'Alison' });
    expect(renames).toHaveBeenCalledExactlyOnceWith({ member, name: 'Alison', was: 'alice' });
  });

  test.each([
    ['the same', 'alice'],
    ['in capitals', 'ALICE'],
    ['a Cyrillic look-alike', 'аlісе'],
    ['a digit for a letter', 'a1ice'],
  ])('that is taken is refused: %s', async (_how, name) => {
    const { connect, dial } = await chat();
    const [, bob] = [await connect('alice'), await connect('bob')];
    expect(await bob.ask({ type: 'nick', name })).toMatchObject({ code: 'NAME_TAKEN', message: `"${name}" is taken.` });
    await expect(dial().hello({ name })).rejects.toMatchObject({ code: 'NAME_TAKEN' });
  });

  test.each(['server', 'SYSTEM', 'Admin', 'аdmin', 'everyone', 'here'])('%j is reserved', async (name) => {
    const { connect, dial } = await chat();
    const alice = await connect('alice');
    expect(await alice.ask({ type: 'nick', name })).toMatchObject({ code: 'NAME_TAKEN' });
    await expect(dial().hello({ name })).rejects.toMatchObject({ code: 'NAME_TAKEN' });
  });

  test.each(['', 'a b', '-a', 'a\u202eb', 'x'.repeat(33), 'a\n'])('%j is none', async (name) => {
    const { connect } = await chat();
    const alice = await connect('alice');
    expect(await alice.ask({ type: 'nick', name })).toMatchObject({ code: 'BAD_NAME' });
  });

  test('that cannot be had leaves the old one in place', async () => {
    const { hub, connect, dial } = await chat();
    const renames = vi.fn();
    hub.on('rename', renames);
    const [alice, bob] = [await connect('alice'), await connect('bob')];
    await bob.join('lobby');
    for (const name of ['alice', 'admin', 'a b']) await bob.ask({ type: 'nick', name });
    await bob.say('lobby', 'still me');
    expect(await bob.next('message')).toMatchObject({ from: { name: 'bob' } });
    await expect(dial().hello({ name: 'bob' })).rejects.toMatchObject({ code: 'NAME_TAKEN' });
    expect(renames).not.toHaveBeenCalled();
    expect(alice.peer.isOpen).toBe(true);
  });

  test('that was given up is free at once', async () => {
    const { connect } = await chat();
    const alice = await connect('alice');
    await alice.request({ type: 'nick', name: 'alison' });
    const other = await connect('alice');
    expect((await other.next('welcome')).member.name).toBe('alice');
  });

  test('may be changed to another form of itself', async () => {
    const { connect } = await chat();
    const alice = await connect('alice');
    expect(await alice.request({ type: 'nick', name: 'ALICE' })).toMatchObject({ name: 'ALICE' });
  });

  test('of a guest is free when its session ends, not before', async () => {
    const { connect, dial, clock } = await chat();
    const alice = await connect('alice');
    alice.peer.cut();
    await clock.advance(29_999);
    await expect(dial().hello({ name: 'alice' })).rejects.toMatchObject({ code: 'NAME_TAKEN' });
    await clock.advance(1);
    expect((await dial().hello({ name: 'alice' })).member.name).toBe('alice');
  });

  test('of an authenticated user stays its own while it is away', async () => {
    const { hub, connect, dial, clock } = await chat({ policies: { authenticate: byToken } });
    const ali = await connect(undefined, { token: 'ali' });
    await ali.request({ type: 'nick', name: 'Captain' });
    ali.tell({ type: 'quit' });
    await ali.peer.closed;
    await clock.advance(60_000);
    expect(hub.status().members).toBe(0);
    await expect(dial().hello({ name: 'captain' })).rejects.toMatchObject({ code: 'NAME_TAKEN' });
    expect((await dial().hello({ token: 'ali' })).member.name).toBe('Captain');
    expect(await hub.user('ali').name()).toBe('Captain');
  });

  test('is had by one of those who ask for it at once', async () => {
    const { connect } = await chat();
    const clients = await Promise.all([connect('a'), connect('b'), connect('c')]);
    const replies = await Promise.all(clients.map((client) => client.ask({ type: 'nick', name: 'king' })));
    expect(replies.map(({ type }) => type).sort()).toEqual(['error', 'error', 'renamed']);
  });
});
