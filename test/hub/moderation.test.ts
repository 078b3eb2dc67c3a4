import { describe, expect, test, vi } from 'vitest';
import { byToken, chat, textsIn } from './set-up.js';

const policies = {
  authenticate: byToken,
  moderate: ({ member }: { readonly member: { readonly name: string } }) => member.name === 'mod',
};

async function moderated() {
  const chatting = await chat({ policies });
  const mod = await chatting.connect('mod');
  const troll = await chatting.connect(undefined, { token: 'troll' });
  for (const client of [mod, troll]) await client.join('lobby');
  return { ...chatting, mod, troll };
}

describe('moderation', () => {
  test.each(['kick', 'ban', 'mute'] as const)('is for nobody unless a policy says so: %s', async (type) => {
    const { connect } = await chat();
    const [alice, bob] = [await connect('alice'), await connect('bob')];
    await alice.join('lobby');
    await bob.join('lobby');
    const refused = { type: 'error', code: 'FORBIDDEN', room: 'lobby' };
    expect(await alice.ask({ type, room: 'lobby', member: 'bob' })).toMatchObject(refused);
    // Who may not moderate learns nothing about who is there.
    expect(await alice.ask({ type, room: 'lobby', member: 'nobody' })).toMatchObject(refused);
  });

  test('asks the policy who does what to whom', async () => {
    const moderate = vi.fn(() => false);
    const { connect } = await chat({ policies: { authenticate: byToken, moderate } });
    const [alice, troll] = [await connect('alice'), await connect('Trolly', { token: 'troll' })];
    await alice.join('lobby');
    await troll.join('lobby');
    expect(await alice.ask({ type: 'mute', room: 'Lobby', member: 'trolly' })).toMatchObject({ code: 'FORBIDDEN' });
    const target = { user: 'troll', name: 'Trolly' };
    const facts = { member: expect.objectContaining({ name: 'alice' }), room: 'lobby', action: 'mute', target };
    expect(moderate).toHaveBeenCalledExactlyOnceWith(expect.objectContaining(facts));
  });

  test('of somebody who is nowhere is told so', async () => {
    const { mod } = await moderated();
    expect(await mod.ask({ type: 'kick', room: 'lobby', member: 'nobody' })).toMatchObject({ code: 'NO_SUCH_MEMBER' });
  });

  test.each(['name', 'user', 'member'] as const)('finds its target by %s', async (by) => {
    const { mod, connect } = await moderated();
    const client = await connect('Nick', { token: 'u7' });
    await client.join('lobby');
    const { member } = await client.next('welcome');
    const target = { name: 'nick', user: 'u7', member: member.id }[by];
    await mod.request({ type: 'kick', room: 'lobby', member: target });
    expect(await client.next('left')).toMatchObject({ code: 'KICKED' });
  });
});

describe('a kick', () => {
  test('takes the user out of the room, with a code and a reason, and the others see it leave', async () => {
    const { mod, troll, hub } = await moderated();
    const leaves = vi.fn();
    hub.on('leave', leaves);
    expect(await mod.request({ type: 'kick', room: 'lobby', member: 'troll', reason: 'spam' })).toMatchObject({
      type: 'ok',
    });
    expect(await troll.next('left')).toEqual({ type: 'left', room: 'lobby', code: 'KICKED', reason: 'spam' });
    await mod.next('presence');
    expect(await mod.next('presence')).toMatchObject({ left: [{ name: 'troll' }], count: 1 });
    const member = expect.objectContaining({ name: 'troll' });
    expect(leaves).toHaveBeenCalledExactlyOnceWith({ member, room: 'lobby', code: 'KICKED' });
    expect(troll.peer.isOpen).toBe(true);
  });

  test('leaks nothing that is said after', async () => {
    const { mod, troll, hub, clock } = await moderated();
    await mod.request({ type: 'kick', room: 'lobby', member: 'troll' });
    await hub.room('lobby').send('about the troll');
    await clock.advance(0);
    expect(textsIn(troll, 'lobby')).toEqual([]);
    await expect(troll.say('lobby', 'x')).rejects.toMatchObject({ code: 'NOT_A_MEMBER' });
  });

  test('takes out all sessions of the user, and none of them elsewhere', async () => {
    const { mod, troll, connect, hub } = await moderated();
    const second = await connect(undefined, { token: 'troll' });
    await second.join('lobby');
    await second.join('other');
    await mod.request({ type: 'kick', room: 'lobby', member: 'troll' });
    for (const client of [troll, second]) expect(await client.next('left')).toMatchObject({ room: 'lobby' });
    expect((await hub.room('lobby').members()).map(({ name }) => name)).toEqual(['mod']);
    expect((await hub.room('other').members()).map(({ name }) => name)).toEqual(['troll']);
  });

  test('of somebody who is elsewhere is told NO_SUCH_MEMBER', async () => {
    const { mod, connect } = await moderated();
    await connect('elsewhere');
    const asked = await mod.ask({ type: 'kick', room: 'lobby', member: 'elsewhere' });
    expect(asked).toMatchObject({ code: 'NO_SUCH_MEMBER', room: 'lobby' });
  });

  test('reaches a member who is away for a moment: it comes back outside', async () => {
    const { mod, troll, connect, clock } = await moderated();
    const { session } = await troll.next('welcome');
    troll.peer.cut();
    await mod.request({ type: 'kick', room: 'lobby', member: 'troll' });
    await clock.advance(0);
    const again = await connect(undefined, { token: 'troll', session });
    expect(await again.next('welcome')).toMatchObject({ resumed: true, rooms: {} });
  });

  test('does not keep it from joining again', async () => {
    const { mod, troll } = await moderated();
    await mod.request({ type: 'kick', room: 'lobby', member: 'troll' });
    expect(await troll.ask({ type: 'join', room: 'lobby' })).toMatchObject({ type: 'joined' });
  });
});

describe('a ban', () => {
  test('takes the user out, and keeps all its sessions out', async () => {
    const { mod, troll, connect } = await moderated();
    await mod.request({ type: 'ban', room: 'lobby', member: 'troll', reason: 'spam' });
    expect(await troll.next('left')).toMatchObject({ room: 'lobby', code: 'BANNED', reason: 'spam' });
    for (const client of [troll, await connect(undefined, { token: 'troll' })]) {
      expect(await client.ask({ type: 'join', room: 'lobby' })).toMatchObject({
        code: 'BANNED',
        message: 'You are banned from here: spam',
        room: 'lobby',
      });
    }
    expect(await troll.ask({ type: 'join', room: 'other' })).toMatchObject({ type: 'joined' });
  });

  test('may be pronounced over somebody who is not there, in a room that nobody is in', async () => {
    const { mod, connect, hub } = await moderated();
    await connect(undefined, { token: 'later' });
    const { rooms } = hub.status();
    await mod.request({ type: 'ban', room: 'empty', member: 'later' });
    expect(hub.status().rooms).toBe(rooms);
    const client = await connect(undefined, { token: 'later' });
    expect(await client.ask({ type: 'join', room: 'empty' })).toMatchObject({ code: 'BANNED' });
  });

  test('ends after its time', async () => {
    const { mod, troll, clock } = await moderated();
    await mod.request({ type: 'ban', room: 'lobby', member: 'troll', seconds: 60 });
    await clock.advance(59_999);
    expect(await troll.ask({ type: 'join', room: 'lobby' })).toMatchObject({ code: 'BANNED' });
    await clock.advance(1);
    expect(await troll.ask({ type: 'join', room: 'lobby' })).toMatchObject({ type: 'joined' });
  });

  test('without a time is for good', async () => {
    const { mod, troll, clock } = await moderated();
    await mod.request({ type: 'ban', room: 'lobby', member: 'troll' });
    await clock.advance(365 * 86_400_000);
    expect(await troll.ask({ type: 'join', room: 'lobby' })).toMatchObject({ code: 'BANNED' });
  });

  test.each([0, -1, 1e11 + 1, Number.MAX_VALUE])('of %d seconds is none', async (seconds) => {
    const { mod } = await moderated();
    const asked = await mod.ask({ type: 'ban', room: 'lobby', member: 'troll', seconds });
    expect(asked).toMatchObject({ code: 'BAD_COMMAND' });
  });

  test('holds against the application’s member.join(), too', async () => {
    const { mod, hub, connect } = await moderated();
    await mod.request({ type: 'ban', room: 'lobby', member: 'troll' });
    const refused = new Promise((resolve) => {
      hub.on('connect', ({ member }) => void member.join('lobby').catch(resolve));
    });
    await connect(undefined, { token: 'troll' });
    expect(await refused).toMatchObject({ code: 'BANNED' });
  });
});

describe('a mute', () => {
  test('keeps the user from speaking there, but not from reading, nor elsewhere', async () => {
    const { mod, troll, hub } = await moderated();
    await mod.request({ type: 'mute', room: 'lobby', member: 'troll', reason: 'calm down' });
    await expect(troll.say('lobby', 'x')).rejects.toMatchObject({
      code: 'MUTED',
      message: 'You may not speak here: calm down',
      room: 'lobby',
    });
    await hub.room('lobby').send('hello troll');
    expect(await troll.next('message')).toMatchObject({ text: 'hello troll' });
    await troll.join('other');
    await troll.say('other', 'free');
  });

  test('ends after its time', async () => {
    const { mod, troll, clock } = await moderated();
    await mod.request({ type: 'mute', room: 'lobby', member: 'troll', seconds: 60 });
    await clock.advance(60_000);
    await troll.say('lobby', 'sorry');
  });

  test('outlasts the user’s coming and going', async () => {
    const { mod, troll, connect } = await moderated();
    await mod.request({ type: 'mute', room: 'lobby', member: 'troll' });
    troll.tell({ type: 'quit' });
    await troll.peer.closed;
    mod.tell({ type: 'quit' });
    await mod.peer.closed;
    const again = await connect(undefined, { token: 'troll' });
    await again.join('lobby');
    await expect(again.say('lobby', 'x')).rejects.toMatchObject({ code: 'MUTED' });
  });
});
