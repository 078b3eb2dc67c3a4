import { describe, expect, test } from 'vitest';
import { byToken, chat } from './set-up.js';

describe('a signal', () => {
  test('comes to the others in the room, is acknowledged with `ok`, and is not stored', async () => {
    const { hub, connect, clock } = await chat();
    const [alice, bob, carol] = [await connect('alice'), await connect('bob'), await connect('carol')];
    await alice.join('lobby');
    await bob.join('lobby');
    const { member } = await alice.next('welcome');
    const reply = await alice.request({ type: 'signal', room: 'Lobby', name: 'typing', data: { on: true } });
    expect(reply).toEqual({ type: 'ok', re: 3 });
    const signal = { type: 'signal', room: 'lobby', name: 'typing', from: member, data: { on: true } };
    expect(await bob.next('signal')).toEqual(signal);
    await clock.advance(0);
    for (const client of [alice, carol]) expect(client.events.some(({ type }) => type === 'signal')).toBe(false);
    expect(await hub.room('lobby').history()).toEqual([]);
  });

  test('without data has null', async () => {
    const { connect } = await chat();
    const [alice, bob] = [await connect('alice'), await connect('bob')];
    await alice.join('lobby');
    await bob.join('lobby');
    await alice.request({ type: 'signal', room: 'lobby', name: 'typing' });
    expect(await bob.next('signal')).toMatchObject({ data: null });
  });

  test('comes to other sessions of the sender’s user', async () => {
    const { connect } = await chat({ policies: { authenticate: byToken } });
    const [phone, laptop] = [await connect(undefined, { token: 'ali' }), await connect(undefined, { token: 'ali' })];
    await phone.join('lobby');
    await laptop.join('lobby');
    await phone.request({ type: 'signal', room: 'lobby', name: 'read', data: 5 });
    expect(await laptop.next('signal')).toMatchObject({ name: 'read', data: 5 });
  });

  test.each([
    [{ room: 'other', name: 'typing' }, 'NOT_A_MEMBER'],
    [{ room: 'a b', name: 'typing' }, 'BAD_ROOM'],
    [{ room: 'lobby', name: '' }, 'BAD_COMMAND'],
    [{ room: 'lobby', name: 'x'.repeat(65) }, 'BAD_COMMAND'],
    [{ room: 'lobby', name: 'big', data: 'x'.repeat(8_192) }, 'TOO_LONG'],
  ])('%j is refused with %s', async (signal, code) => {
    const { connect } = await chat();
    const alice = await connect('alice');
    await alice.join('lobby');
    expect(await alice.ask({ type: 'signal', ...signal })).toMatchObject({ type: 'error', code });
  });

  test('of the application comes to all but the one excepted', async () => {
    const { hub, connect, clock } = await chat();
    const [alice, bob] = [await connect('alice'), await connect('bob')];
    await alice.join('lobby');
    await bob.join('lobby');
    const { member } = await alice.next('welcome');
    await hub.room('lobby').signal('seen', 7, { except: member });
    expect(await bob.next('signal')).toEqual({
      type: 'signal',
      room: 'lobby',
      name: 'seen',
      from: { id: 'server', user: 'server', name: 'server' },
      data: 7,
    });
    await clock.advance(0);
    expect(alice.events.some(({ type }) => type === 'signal')).toBe(false);
  });

  test('of the application may come from somebody', async () => {
    const { hub, connect } = await chat({ policies: { authenticate: byToken } });
    const ali = await connect(undefined, { token: 'ali' });
    hub.on('join', ({ member, room }) => hub.room(room).signal('arrived', null, { from: member }));
    await ali.join('lobby');
    expect(await ali.next('signal')).toMatchObject({ name: 'arrived', from: { user: 'ali', name: 'ali' } });
  });
});
