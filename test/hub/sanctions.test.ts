import { OptionError, type Sanctioned } from 'chathub';
import { describe, expect, test } from 'vitest';
import { byToken, chat, lineChat, twoNodes } from './set-up.js';

const policies = { authenticate: byToken, moderate: () => true };
const hour = 3_600_000;

describe('a ban from a room', () => {
  test('of a session is for that one alone', async () => {
    const { hub, connect } = await chat({ policies });
    const [phone, laptop] = [await connect(undefined, { token: 'ali' }), await connect(undefined, { token: 'ali' })];
    await phone.join('lobby');
    await laptop.join('lobby');
    await hub.room('lobby').ban({ member: (await phone.next('welcome')).member.id }, { reason: 'a bot' });
    expect(await phone.next('left')).toMatchObject({ code: 'BANNED', reason: 'a bot' });
    expect(await phone.ask({ type: 'join', room: 'lobby' })).toMatchObject({
      code: 'BANNED',
      message: 'You are banned from here: a bot',
    });
    expect(await laptop.ask({ type: 'send', room: 'lobby', text: 'still here' })).toMatchObject({ type: 'sent' });
  });

  test.each(['203.0.113.7', '203.0.113.0/24', '::ffff:203.0.113.7'])(
    'of %s is for whoever comes from there',
    async (address) => {
      const { hub, connect } = await chat();
      const near = await connect('near', {}, { remoteAddress: '203.0.113.7' });
      const far = await connect('far', {}, { remoteAddress: '203.0.112.7' });
      for (const client of [near, far]) await client.join('lobby');
      await hub.room('lobby').ban({ address });
      expect(await near.next('left')).toMatchObject({ room: 'lobby', code: 'BANNED' });
      const again = await connect('again', {}, { remoteAddress: '203.0.113.7' });
      expect(await again.ask({ type: 'join', room: 'lobby' })).toMatchObject({ code: 'BANNED' });
      await again.join('another');
      await far.say('lobby', 'hello');
      await hub.room('lobby').unban({ address });
      await again.join('lobby');
    },
  );

  test('of addresses holds on all nodes, and for whoever comes back', async () => {
    const { clock, first, second } = await twoNodes({ policies });
    const here = await first.connect('near', {}, { remoteAddress: '2001:db8::1' });
    const there = await second.connect('away', {}, { remoteAddress: '2001:db8::2' });
    for (const client of [here, there]) await client.join('lobby');
    const { session } = await there.next('welcome');
    there.peer.cut();
    await first.hub.room('lobby').ban({ address: '2001:db8::/64' });
    expect(await here.next('left')).toMatchObject({ code: 'BANNED' });
    const back = await second.connect(undefined, { session }, { remoteAddress: '2001:db8::2' });
    expect((await back.next('welcome')).rooms).toEqual({});
    await clock.advance(0);
    expect(await first.hub.room('lobby').members()).toEqual([]);
  });

  test('ends by itself, and is listed until then', async () => {
    const { hub, clock, connect } = await chat({ policies });
    const until = clock.now() + hour;
    const lobby = hub.room('lobby');
    await lobby.ban({ user: 'ali' }, { duration: hour, reason: 'spam' });
    await lobby.mute({ address: '192.0.2.0/24' });
    expect(await lobby.sanctions()).toEqual([
      { kind: 'ban', whom: { user: 'ali' }, until, reason: 'spam' },
      { kind: 'mute', whom: { address: '192.0.2.0/24' }, until: undefined, reason: undefined },
    ]);
    const ali = await connect(undefined, { token: 'ali' });
    expect(await ali.ask({ type: 'join', room: 'lobby' })).toMatchObject({ code: 'BANNED' });
    await clock.advance(hour);
    await ali.join('lobby');
    expect(await lobby.sanctions()).toMatchObject([{ kind: 'mute' }]);
  });

  test('is taken back by who may moderate, on the wire and at a terminal, of a guest who has gone, too', async () => {
    const { hub, connect } = await chat({ policies });
    const ali = await connect(undefined, { token: 'ali' });
    const eve = await connect('eve');
    const { member } = await eve.next('welcome');
    await ali.join('lobby');
    await ali.request({ type: 'ban', room: 'lobby', member: 'eve' });
    eve.tell({ type: 'quit' });
    await eve.peer.closed;
    await ali.request({ type: 'unban', room: 'lobby', member: member.user });
    expect(await hub.room('lobby').sanctions()).toEqual([]);
  });
});

describe('a kick', () => {
  test('of a session leaves the others of its user where they are', async () => {
    const { hub, connect } = await chat({ policies });
    const [phone, laptop] = [await connect(undefined, { token: 'ali' }), await connect(undefined, { token: 'ali' })];
    for (const client of [phone, laptop]) await client.join('lobby');
    const { id } = (await phone.next('welcome')).member;
    await hub.room('lobby').kick({ member: id }, { reason: 'twice' });
    expect(await phone.next('left')).toMatchObject({ code: 'KICKED', reason: 'twice' });
    await laptop.say('lobby', 'hello');
    await expect(hub.room('lobby').kick({ member: id })).rejects.toMatchObject({ code: 'NO_SUCH_MEMBER' });
  });

  test('of an address is for all who come from there, on all nodes, and they may come back', async () => {
    const { first, second } = await twoNodes();
    const here = await first.connect('near', {}, { remoteAddress: '203.0.113.7' });
    const there = await second.connect('away', {}, { remoteAddress: '203.0.113.8' });
    for (const client of [here, there]) await client.join('lobby');
    await first.hub.room('lobby').kick({ address: '203.0.113.0/24' }, { reason: 'flood' });
    for (const client of [here, there]) {
      expect(await client.next('left')).toMatchObject({ code: 'KICKED', reason: 'flood' });
      await client.join('lobby');
    }
  });
});

describe('a ban from everywhere', () => {
  test('shows a user out on all nodes, and lets it in nowhere', async () => {
    const { first, second } = await twoNodes({ policies });
    const [phone, laptop] = [
      await first.connect(undefined, { token: 'ali' }),
      await second.connect(undefined, { token: 'ali' }),
    ];
    const { session } = await laptop.next('welcome');
    await first.hub.ban({ user: 'ali' }, { reason: 'fraud' });
    for (const client of [phone, laptop]) {
      expect(await client.next('error')).toMatchObject({ code: 'BANNED', message: 'fraud' });
      expect(await client.peer.closed).toMatchObject({ reason: { code: 4502, reason: 'BANNED' } });
    }
    for (const hello of [{ token: 'ali' }, { token: 'ali', session }]) {
      const again = second.dial();
      expect(await again.ask({ type: 'hello', ...hello })).toMatchObject({
        code: 'BANNED',
        message: 'You are banned: fraud',
      });
      expect(await again.peer.closed).toMatchObject({ reason: { code: 4502 } });
    }
    await first.hub.unban({ user: 'ali' });
    await second.connect(undefined, { token: 'ali' });
  });

  test('is for a session that waits for its client, too', async () => {
    const { hub, dial, connect } = await chat();
    const bob = await connect('bob');
    const { session, member } = await bob.next('welcome');
    bob.peer.cut();
    await hub.ban({ member: member.id });
    expect(await dial().ask({ type: 'hello', session })).not.toMatchObject({ resumed: true });
  });

  test('of addresses lets nobody connect from there', async () => {
    const { hub, connect, dial } = await chat();
    const bob = await connect('bob', {}, { remoteAddress: '203.0.113.7' });
    await hub.ban({ address: '203.0.113.0/24' });
    expect(await bob.peer.closed).toMatchObject({ reason: { code: 4502 } });
    const again = dial({ remoteAddress: '203.0.113.99' });
    expect(await again.next('error')).toMatchObject({ code: 'BANNED', message: 'You are banned.' });
    expect(await again.peer.closed).toMatchObject({ reason: { code: 4502 } });
    await connect('carol', {}, { remoteAddress: '203.0.114.7' });
  });

  test('comes while somebody greets, who is told so', async () => {
    const { hub, dial } = await chat({
      policies: {
        authenticate: byToken,
        async nick() {
          await hub.ban({ user: 'ali' });
        },
      },
    });
    const ali = dial();
    expect(await ali.ask({ type: 'hello', token: 'ali', name: 'ali' })).toMatchObject({ code: 'BANNED' });
    expect(await ali.peer.closed).toMatchObject({ reason: { code: 4502 } });
  });

  test('is told to people at terminals like to all others', async () => {
    const { hub, transport } = await lineChat({ policies });
    const peer = transport.connect();
    peer.send('/auth ali');
    await peer.next();
    await peer.next();
    await hub.ban({ user: 'ali' }, { reason: 'fraud' });
    await peer.closed;
    expect(peer.received.at(-1)).toBe('! BANNED fraud');
  });

  test('is known to whoever begins later, and is over in its time', async () => {
    const { clock, first, second } = await twoNodes({ policies });
    await first.hub.ban({ user: 'ali' }, { duration: hour });
    expect(await second.hub.sanctions()).toMatchObject([{ kind: 'ban', whom: { user: 'ali' } }]);
    expect(await second.dial().ask({ type: 'hello', token: 'ali' })).toMatchObject({ code: 'BANNED' });
    await clock.advance(hour);
    await second.connect(undefined, { token: 'ali' });
    expect(await first.hub.sanctions()).toEqual([]);
  });
});

describe('a mute everywhere', () => {
  test('is for rooms, signals, topics and direct messages', async () => {
    const { hub, connect } = await chat({ policies });
    const [ali, bob] = [await connect(undefined, { token: 'ali' }), await connect('bob')];
    for (const client of [ali, bob]) await client.join('lobby');
    const { message } = await ali.request({ type: 'send', room: 'lobby', text: 'before' });
    await hub.mute({ user: 'ali' }, { reason: 'shouting' });
    const muted = { code: 'MUTED', message: 'You may not speak: shouting' };
    expect(await ali.ask({ type: 'send', room: 'lobby', text: 'x' })).toMatchObject(muted);
    expect(await ali.ask({ type: 'direct', to: 'bob', text: 'x' })).toMatchObject(muted);
    expect(await ali.ask({ type: 'signal', room: 'lobby', name: 'typing' })).toMatchObject(muted);
    expect(await ali.ask({ type: 'topic', room: 'lobby', topic: 'x' })).toMatchObject(muted);
    expect(await ali.ask({ type: 'edit', room: 'lobby', message, text: 'x' })).toMatchObject(muted);
    expect(await ali.ask({ type: 'react', room: 'lobby', message, reaction: 'x' })).toMatchObject(muted);
    await bob.say('lobby', 'hello');
    await hub.unmute({ user: 'ali' });
    await ali.say('lobby', 'sorry');
  });

  test('of addresses is for whoever speaks from there', async () => {
    const { hub, connect } = await chat();
    const near = await connect('near', {}, { remoteAddress: '203.0.113.7' });
    await near.join('lobby');
    await hub.mute({ address: '203.0.113.7' });
    expect(await near.ask({ type: 'send', room: 'lobby', text: 'x' })).toMatchObject({ code: 'MUTED' });
  });
});

test.each<[unknown, string]>([
  [{}, 'whom'],
  [undefined, 'whom'],
  ['ali', 'whom'],
  [{ user: '' }, 'whom'],
  [{ user: 'ali', member: 'm1' }, 'whom'],
  [{ address: 'localhost' }, 'whom.address'],
  [{ address: '10.0.0.0/40' }, 'whom.address'],
])('%j is nobody to be banned', async (whom, name) => {
  const { hub } = await chat();
  for (const ban of [() => hub.ban(whom as Sanctioned), () => hub.room('lobby').mute(whom as Sanctioned)]) {
    await expect(ban()).rejects.toThrow(OptionError);
    await expect(ban()).rejects.toThrow(`"${name}"`);
  }
});

test.each([0, -1, Number.NaN, 1e14 + 1, Number.MAX_VALUE, Number.POSITIVE_INFINITY])(
  '%d is no duration',
  async (duration) => {
    const { hub } = await chat();
    await expect(hub.ban({ user: 'ali' }, { duration })).rejects.toThrow('"duration"');
  },
);
