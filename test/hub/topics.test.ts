import { ChatError, type Engine, type HubOptions, memory } from 'chathub';
import type { TestClient } from 'chathub/testing';
import { describe, expect, test, vi } from 'vitest';
import { engines } from './engines.js';
import { byToken, chat, twoNodes } from './set-up.js';

const memberOf = (client: TestClient) => client.events.find((event) => event.type === 'welcome')!.member;

const setTopic = (client: TestClient, topic: string, room = 'lobby') => client.request({ type: 'topic', room, topic });

const topicOf = (client: TestClient, room = 'lobby') => client.request({ type: 'topic', room });

/** Alice and bob are in the lobby. */
async function pair(options: HubOptions = {}) {
  const chatting = await chat({ policies: { authenticate: byToken }, ...options });
  const [alice, bob] = [await chatting.connect('alice'), await chatting.connect('bob')];
  for (const client of [alice, bob]) await client.join('lobby');
  return { ...chatting, alice, bob };
}

async function nodes(engine: Engine) {
  const both = await twoNodes({ policies: { authenticate: byToken }, engine });
  const [alice, bob] = [await both.first.connect('alice'), await both.second.connect('bob')];
  for (const client of [alice, bob]) await client.join('lobby');
  return { ...both, alice, bob };
}

describe.each(engines)('a topic on %s', (_name, make) => {
  test('is answered with ok, and told to everybody, the sender included', async () => {
    const { alice, bob, clock } = await pair({ engine: make() });
    await clock.advance(1_000);
    const reply = await alice.ask({ type: 'topic', room: 'LOBBY', topic: 'be nice', id: 't' });
    expect(reply).toEqual({ type: 'ok', re: 't' });
    const told = { type: 'topic', room: 'lobby', text: 'be nice', from: memberOf(alice), at: clock.now() };
    expect(await bob.next('topic')).toEqual(told);
    expect(await alice.next('topic')).toEqual(told);
  });

  test('is told to who asks, and to who joins later', async () => {
    const { alice, bob, connect, clock } = await pair({ engine: make() });
    expect(await topicOf(bob)).toEqual({ type: 'topic', re: expect.anything(), room: 'lobby', text: '' });
    await setTopic(alice, 'be nice');
    const topic = { text: 'be nice', from: memberOf(alice), at: clock.now() };
    expect(await topicOf(bob)).toEqual({ type: 'topic', re: expect.anything(), room: 'lobby', ...topic });
    const late = await connect('late');
    expect((await late.join('lobby')).topic).toEqual(topic);
    expect(await late.join('garden')).not.toHaveProperty('topic');
  });

  test('can be taken away', async () => {
    const { alice, bob, connect, hub } = await pair({ engine: make() });
    await setTopic(alice, 'be nice');
    await bob.next('topic');
    await setTopic(bob, '');
    const cleared = { type: 'topic', room: 'lobby', text: '' };
    await alice.next('topic');
    expect(await alice.next('topic')).toEqual(cleared);
    expect(await topicOf(alice)).toMatchObject(cleared);
    expect(await hub.room('lobby').topic()).toBe('');
    const late = await connect('late');
    expect(await late.join('lobby')).not.toHaveProperty('topic');
  });

  test('stays when the room is empty', async () => {
    const { alice, bob, hub } = await pair({ engine: make() });
    await setTopic(alice, 'be nice');
    for (const client of [alice, bob]) await client.request({ type: 'leave', room: 'lobby' });
    expect(await hub.room('lobby').topic()).toBe('be nice');
    expect(await bob.join('lobby')).toMatchObject({ topic: { text: 'be nice', from: memberOf(alice) } });
  });

  test('is the same on all nodes', async () => {
    const { alice, bob, first, second, clock } = await nodes(make());
    await setTopic(alice, 'be nice');
    await clock.advance(0);
    expect(await bob.next('topic')).toMatchObject({ text: 'be nice', from: memberOf(alice) });
    for (const { hub, connect } of [first, second]) {
      expect(await hub.room('lobby').topic()).toBe('be nice');
      const late = await connect();
      expect(await late.join('lobby')).toMatchObject({ topic: { text: 'be nice', from: memberOf(alice) } });
    }
    await setTopic(bob, 'be nicer');
    await alice.next('topic');
    expect(await alice.next('topic')).toMatchObject({ text: 'be nicer', from: memberOf(bob) });
  });

  test('comes with a resumed session, and with the rooms of a user', async () => {
    const { alice, connect } = await pair({ engine: make() });
    const ali = await connect(undefined, { token: 'ali' });
    await ali.join('lobby');
    const { session } = await ali.next('welcome');
    ali.peer.cut();
    await setTopic(alice, 'be nice');
    const topic = { text: 'be nice', from: memberOf(alice) };
    const back = await connect(undefined, { session, token: 'ali' });
    const welcome = await back.next('welcome');
    expect(welcome).toMatchObject({ resumed: true, rooms: { lobby: { topic } } });
    const anew = await connect(undefined, { token: 'ali' });
    expect(await anew.next('welcome')).toMatchObject({ resumed: false, rooms: { lobby: { topic } } });
  });

  test('has no place in the log', async () => {
    const { alice } = await pair({ engine: make() });
    await setTopic(alice, 'be nice');
    expect(await alice.next('topic')).not.toHaveProperty('offset');
    expect(await alice.say('lobby', 'hi')).toMatchObject({ offset: 1 });
    expect((await alice.request({ type: 'history', room: 'lobby' })).messages).toHaveLength(1);
  });

  test('of one room is not another’s', async () => {
    const { alice, bob, clock } = await pair({ engine: make() });
    await alice.join('garden');
    await setTopic(alice, 'roses', 'garden');
    await clock.advance(0);
    expect(bob.events.filter(({ type }) => type === 'topic')).toEqual([]);
    expect(await topicOf(alice)).toMatchObject({ text: '' });
  });
});

describe('a topic', () => {
  test('may have topicBytes of UTF-8, 1,024 by default, and no more', async () => {
    const { alice } = await pair();
    await setTopic(alice, 'x'.repeat(1_024));
    const long = { type: 'topic', room: 'lobby', topic: 'x'.repeat(1_025) } as const;
    expect(await alice.ask(long)).toMatchObject({ type: 'error', code: 'TOO_LONG' });
    const limited = await pair({ limits: { topicBytes: 4 } });
    await setTopic(limited.alice, 'ää');
    expect(await limited.alice.ask({ ...long, topic: 'ääx' })).toMatchObject({ code: 'TOO_LONG' });
    expect(await topicOf(limited.bob)).toMatchObject({ text: 'ää' });
  });

  test('is neither set nor told where the member is not', async () => {
    const { alice, connect } = await pair();
    await setTopic(alice, 'be nice');
    const outsider = await connect('outsider');
    for (const more of [{}, { topic: 'mine' }])
      expect(await outsider.ask({ type: 'topic', room: 'lobby', ...more })).toMatchObject({
        type: 'error',
        code: 'NOT_A_MEMBER',
        room: 'lobby',
      });
    expect(await outsider.ask({ type: 'topic', room: 'a b' })).toMatchObject({ code: 'BAD_ROOM' });
  });

  test('is told to whom the read policy lets read there', async () => {
    const { alice, connect } = await pair({ policies: { read: () => true } });
    await setTopic(alice, 'be nice');
    const outsider = await connect('outsider');
    expect(await topicOf(outsider)).toMatchObject({ text: 'be nice' });
    expect(await outsider.ask({ type: 'topic', room: 'lobby', topic: 'mine' })).toMatchObject({ code: 'NOT_A_MEMBER' });
  });

  test('is what the topic policy allows, of these facts', async () => {
    const policy = vi.fn(({ member }) => member.name === 'alice');
    const { alice, bob } = await pair({ policies: { topic: policy } });
    await setTopic(alice, 'be nice');
    expect(policy).toHaveBeenCalledExactlyOnceWith(
      expect.objectContaining({
        member: expect.objectContaining({ name: 'alice' }),
        room: 'lobby',
        topic: 'be nice',
      }),
    );
    const other = { type: 'topic', room: 'lobby', topic: 'be rude' } as const;
    expect(await bob.ask(other)).toMatchObject({ code: 'FORBIDDEN', room: 'lobby' });
    policy.mockImplementation(() => {
      throw new ChatError('RATE_LIMITED', 'later');
    });
    expect(await alice.ask(other)).toMatchObject({ code: 'RATE_LIMITED', message: 'later' });
    // Asking is no matter of the policy.
    policy.mockClear();
    expect(await topicOf(bob)).toMatchObject({ text: 'be nice' });
    expect(policy).not.toHaveBeenCalled();
  });

  test('is allowed by a policy that says nothing', async () => {
    const { alice, bob } = await pair({ policies: { topic: () => undefined } });
    await setTopic(alice, 'be nice');
    expect(await bob.next('topic')).toMatchObject({ text: 'be nice' });
  });

  test('of who is muted is refused', async () => {
    const { alice, bob } = await pair({ policies: { moderate: () => true } });
    await alice.request({ type: 'mute', room: 'lobby', member: 'bob' });
    expect(await bob.ask({ type: 'topic', room: 'lobby', topic: 'x' })).toMatchObject({ code: 'MUTED' });
    expect(await topicOf(bob)).toMatchObject({ text: '' });
  });

  test('is told to the application once, on the node of who said it', async () => {
    const { alice, first, second, clock } = await nodes(memory());
    const [here, there] = [vi.fn(), vi.fn()];
    first.hub.on('topic', here);
    second.hub.on('topic', there);
    await setTopic(alice, 'be nice');
    await setTopic(alice, '');
    await clock.advance(0);
    const facts = { member: expect.objectContaining({ name: 'alice' }), room: 'lobby' };
    expect(here.mock.calls).toEqual([[{ ...facts, topic: 'be nice' }], [{ ...facts, topic: '' }]]);
    expect(there).not.toHaveBeenCalled();
  });
});
