import { ChatError } from 'chathub';
import { describe, expect, test, vi } from 'vitest';
import { byToken, chat, gatedEngine, lineChat, textsIn } from './set-up.js';

describe('a message', () => {
  test('is acknowledged with its id, place and time, and comes to all in the room, its sender too', async () => {
    const { connect, clock } = await chat();
    const [alice, bob] = [await connect('alice'), await connect('bob')];
    await alice.join('lobby');
    const { epoch } = await bob.join('lobby');
    const { member } = await alice.next('welcome');
    await clock.advance(1_234);
    const sent = await alice.say('lobby', 'hi');
    expect(sent).toEqual({
      type: 'sent',
      re: 3,
      room: 'lobby',
      message: expect.any(String),
      epoch,
      offset: 1,
      at: clock.now(),
      duplicate: false,
    });
    const message = {
      type: 'message',
      room: 'lobby',
      id: sent.message,
      offset: 1,
      from: member,
      text: 'hi',
      at: sent.at,
    };
    expect(await alice.next('message')).toEqual(message);
    expect(await bob.next('message')).toEqual(message);
  });

  test('may be an action, and carry data and a key', async () => {
    const { connect } = await chat();
    const alice = await connect('alice');
    await alice.join('lobby');
    await alice.say('lobby', 'waves', { action: true, data: { hand: 'left' }, key: 'k1' });
    expect(await alice.next('message')).toMatchObject({ action: true, data: { hand: 'left' }, key: 'k1' });
  });

  test('may be data alone, but not nothing', async () => {
    const { connect } = await chat();
    const alice = await connect('alice');
    await alice.join('lobby');
    await alice.say('lobby', '', { data: 7 });
    expect(await alice.next('message')).toMatchObject({ text: '', data: 7 });
    await expect(alice.say('lobby', '')).rejects.toMatchObject({ code: 'BAD_COMMAND' });
  });

  test('to a room that the member is not in is refused, and not stored', async () => {
    const { hub, connect } = await chat();
    const alice = await connect('alice');
    await expect(alice.say('lobby', 'x')).rejects.toMatchObject({ code: 'NOT_A_MEMBER', room: 'lobby' });
    expect(await hub.room('lobby').history()).toEqual([]);
  });

  test('may have messageBytes of UTF-8, and no more', async () => {
    const { connect } = await chat({ limits: { messageBytes: 10 } });
    const alice = await connect('alice');
    await alice.join('lobby');
    await alice.say('lobby', 'äöüäö');
    await expect(alice.say('lobby', 'äöüäöx')).rejects.toMatchObject({ code: 'TOO_LONG' });
    await expect(alice.say('lobby', '12345678901')).rejects.toMatchObject({ code: 'TOO_LONG' });
    await alice.say('lobby', '1234567890');
  });

  test('may carry dataBytes of JSON, and no more', async () => {
    const { connect } = await chat({ limits: { dataBytes: 10 } });
    const alice = await connect('alice');
    await alice.join('lobby');
    await alice.say('lobby', 'x', { data: '12345678' });
    await expect(alice.say('lobby', 'x', { data: '123456789' })).rejects.toMatchObject({ code: 'TOO_LONG' });
  });

  test('is told to the application once it is stored, with the member and the message', async () => {
    const { hub, connect } = await chat();
    const messages = vi.fn();
    hub.on('message', messages);
    const alice = await connect('alice');
    await alice.join('lobby');
    const sent = await alice.say('lobby', 'hi');
    const member = expect.objectContaining({ name: 'alice' });
    const message = expect.objectContaining({ id: sent.message, offset: 1, text: 'hi', room: 'lobby' });
    expect(messages).toHaveBeenCalledExactlyOnceWith({ member, room: 'lobby', text: 'hi', message });
  });

  test('that the engine could not store is refused with its code, and comes to nobody', async () => {
    const { engine, gates } = gatedEngine();
    const { hub, connect } = await chat({ engine });
    const messages = vi.fn();
    hub.on('message', messages);
    const alice = await connect('alice');
    await alice.join('lobby');
    gates.set('log.append', () => Promise.reject(new ChatError('ENGINE_UNAVAILABLE')));
    const refused = await alice.ask({ type: 'send', room: 'lobby', text: 'x' });
    expect(refused).toMatchObject({ type: 'error', code: 'ENGINE_UNAVAILABLE', retryable: true });
    gates.clear();
    await alice.say('lobby', 'works again');
    expect(textsIn(alice, 'lobby')).toEqual(['works again']);
    expect(messages).toHaveBeenCalledOnce();
  });

  test('for which the engine fails otherwise is INTERNAL to its sender, without the engine’s words', async () => {
    const { engine, gates } = gatedEngine();
    const { connect, errors } = await chat({ engine });
    const alice = await connect('alice');
    await alice.join('lobby');
    gates.set('log.append', () => Promise.reject(new Error('redis://10.0.0.7 refused')));
    const refused = await alice.ask({ type: 'send', room: 'lobby', text: 'x' });
    expect(refused).toMatchObject({ code: 'INTERNAL' });
    expect(JSON.stringify(refused)).not.toContain('redis');
    expect(errors.splice(0)).toMatchObject([{ stage: 'send', error: { message: 'redis://10.0.0.7 refused' } }]);
  });
});

describe('a key', () => {
  test('makes a send safe to repeat: nothing new is stored, and the first one’s place is told', async () => {
    const { hub, connect } = await chat();
    const messages = vi.fn();
    hub.on('message', messages);
    const alice = await connect('alice');
    await alice.join('lobby');
    const first = await alice.say('lobby', 'once', { key: 'k' });
    const again = await alice.say('lobby', 'twice', { key: 'k' });
    expect(again).toMatchObject({ message: first.message, offset: first.offset, at: first.at, duplicate: true });
    expect(textsIn(alice, 'lobby')).toEqual(['once']);
    expect(messages).toHaveBeenCalledOnce();
  });

  test('counts for one user and one room', async () => {
    const { connect } = await chat();
    const [alice, bob] = [await connect('alice'), await connect('bob')];
    for (const room of ['one', 'two']) {
      await alice.join(room);
      await bob.join(room);
    }
    const sent = [
      await alice.say('one', 'a', { key: 'k' }),
      await alice.say('two', 'a', { key: 'k' }),
      await bob.say('one', 'b', { key: 'k' }),
    ];
    expect(sent.map(({ duplicate }) => duplicate)).toEqual([false, false, false]);
    expect(new Set(sent.map(({ message }) => message)).size).toBe(3);
  });

  test('gives the same id in any session of the user, and on any hub', async () => {
    const ids: string[] = [];
    for (let hub = 0; hub < 2; hub++) {
      const { connect } = await chat({ policies: { authenticate: byToken } });
      const client = await connect(undefined, { token: 'ali' });
      await client.join('lobby');
      ids.push((await client.say('lobby', 'x', { key: 'k' })).message);
    }
    expect(ids[0]).toBe(ids[1]);
  });

  test('is remembered for keyWindow', async () => {
    const { connect, clock } = await chat({ limits: { keyWindow: 60_000 } });
    const alice = await connect('alice');
    await alice.join('lobby');
    await alice.say('lobby', 'first', { key: 'k' });
    await clock.advance(59_999);
    expect((await alice.say('lobby', 'first', { key: 'k' })).duplicate).toBe(true);
    await clock.advance(1);
    expect((await alice.say('lobby', 'later', { key: 'k' })).duplicate).toBe(false);
  });

  test('of a repeat is looked up before limits and policies', async () => {
    const send = vi.fn();
    const { connect } = await chat({ policies: { send } });
    const alice = await connect('alice');
    await alice.join('lobby');
    const first = await alice.say('lobby', 'x', { key: 'k' });
    const tooLong = 'y'.repeat(5_000);
    const again = await alice.say('lobby', tooLong, { key: 'k', repeat: true });
    expect(again).toMatchObject({ message: first.message, duplicate: true });
    expect(send).toHaveBeenCalledOnce();
  });

  test('of a repeat whose first attempt was never stored is stored now', async () => {
    const { connect } = await chat();
    const alice = await connect('alice');
    await alice.join('lobby');
    expect(await alice.say('lobby', 'x', { key: 'k', repeat: true })).toMatchObject({ duplicate: false, offset: 1 });
  });

  test.each(['', 'x'.repeat(65)])('%j is none', async (key) => {
    const { connect } = await chat();
    const alice = await connect('alice');
    await alice.join('lobby');
    await expect(alice.say('lobby', 'x', { key })).rejects.toMatchObject({ code: 'BAD_COMMAND' });
  });
});

describe('where a protocol does not echo', () => {
  test('a member gets everybody’s messages but its own', async () => {
    const { connect, clock } = await chat({}, { protocol: { echo: false } });
    const [alice, bob] = [await connect('alice'), await connect('bob')];
    await alice.join('lobby');
    await bob.join('lobby');
    await alice.say('lobby', 'from alice');
    await bob.say('lobby', 'from bob');
    await clock.advance(0);
    expect(textsIn(alice, 'lobby')).toEqual(['from bob']);
    expect(textsIn(bob, 'lobby')).toEqual(['from alice']);
  });

  test('the other sessions of the sender’s user get them', async () => {
    const { connect, clock } = await chat(
      { policies: { authenticate: () => ({ id: 'ali' }) } },
      { protocol: { echo: false } },
    );
    const [phone, laptop] = [await connect(), await connect()];
    await phone.join('lobby');
    await laptop.join('lobby');
    await phone.say('lobby', 'hi');
    await clock.advance(0);
    expect(textsIn(phone, 'lobby')).toEqual([]);
    expect(textsIn(laptop, 'lobby')).toEqual(['hi']);
  });
});

describe('people at terminals', () => {
  test('talk to each other, and read who comes and goes', async () => {
    const { transport, clock } = await lineChat();
    const [alice, bob] = [transport.connect(), transport.connect()];
    alice.send('/nick alice');
    alice.send('/join lobby');
    await clock.advance(0);
    bob.send('/nick bob');
    bob.send('/join lobby');
    await clock.advance(0);
    alice.send('hello');
    bob.send('/me waves');
    bob.send('/leave');
    await clock.advance(0);
    expect(alice.received.slice(1)).toEqual([
      '* You are now known as alice.',
      '* Joined lobby (1 here).',
      '[lobby] * bob joined (2 here)',
      '[lobby] * bob waves',
      '[lobby] * bob left (1 here)',
    ]);
    expect(bob.received.slice(1)).toEqual([
      '* You are now known as bob.',
      '* Joined lobby (2 here).',
      '[lobby] alice: hello',
      '* Left lobby.',
    ]);
  });
});
