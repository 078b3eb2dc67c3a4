import { ChatError, type Member } from 'chathub';
import { describe, expect, test } from 'vitest';
import { barrier, byToken, chat, deferred, gatedEngine, lineChat, twoNodes, typesAfter } from './set-up.js';

const away = () => Promise.reject(new ChatError('ENGINE_UNAVAILABLE'));

describe('names', () => {
  test("that are another's user id or member id are refused, and a direct to the id reaches that user", async () => {
    // Whoever called himself as somebody's id was given the direct messages to that id.
    const { connect } = await chat({ policies: { authenticate: byToken } });
    const ali = await connect(undefined, { token: 'ali' });
    await ali.request({ type: 'nick', name: 'Alice' });
    const guest = await connect('guest');
    const { member } = await guest.next('welcome');
    const thief = await connect('thief');
    // A random id may begin as no name does.
    for (const name of ['ali', member.id])
      expect(await thief.ask({ type: 'nick', name })).toMatchObject({
        type: 'error',
        code: /^[-_]/.test(name) ? 'BAD_NAME' : 'NAME_TAKEN',
      });
    await thief.request({ type: 'direct', to: 'ali', text: 'to the user' });
    await thief.request({ type: 'direct', to: member.id, text: 'to the guest' });
    expect(await ali.next('direct')).toMatchObject({ text: 'to the user' });
    expect(await guest.next('direct')).toMatchObject({ text: 'to the guest' });
  });

  test('of two first sessions of one new user are the same', async () => {
    // Both found that the user has no name yet, and each took one: the earlier believed in a name that was its own no more.
    const authenticate = ({ token }: { readonly token: string | undefined }) =>
      token === undefined ? null : { id: token };
    const { hub, dial, clock } = await chat({ policies: { authenticate } });
    const clients = [dial(), dial()];
    for (const client of clients) client.tell({ type: 'hello', token: 'u1' });
    await clock.advance(0);
    const name = await hub.user('u1').name();
    const believed = clients.map(({ events }) =>
      events.reduce<string | undefined>((was, event) => {
        if (event.type === 'welcome') return event.member.name;
        return event.type === 'renamed' ? event.name : was;
      }, undefined),
    );
    expect(believed).toEqual([name, name]);
  });
});

test('a person at a terminal resumes after logging in, and is shown what was said meanwhile', async () => {
  // /resume did not know of the /auth before it: it was refused as somebody else's session, and a line has no place for a token.
  const { hub, transport, clock } = await lineChat({ policies: { authenticate: byToken } });
  const type = async (peer: { send(line: string): void }, line: string) => {
    peer.send(line);
    await clock.advance(0);
  };
  const peer = transport.connect();
  await type(peer, '/auth ali');
  await type(peer, '/join lobby');
  const secret = [...peer.received.join('\n').matchAll(/\/resume (\S+) takes/g)].at(-1)?.[1];
  peer.cut();
  await clock.advance(0);
  await hub.room('lobby').send('while you were away');
  const back = transport.connect();
  await type(back, '/auth ali');
  expect(back.received.join('\n')).not.toContain('while you were away');
  await type(back, `/resume ${secret}`);
  expect(back.received.join('\n')).toContain('while you were away');
  expect(hub.status()).toMatchObject({ connections: 1, members: 1 });
});

describe('an engine that fails once', () => {
  test('hears of the end of a session later: its name is free, and it is in no room', async () => {
    // The end was tried once: a ghost held its name and stood in its rooms for ever.
    const { engine, gates } = gatedEngine();
    const { hub, connect, clock, errors } = await chat({ engine });
    const [alice, bob] = [await connect('alice'), await connect('bob')];
    for (const client of [alice, bob]) await client.join('lobby');
    gates.set('presence.endSession', away);
    alice.tell({ type: 'quit' });
    await clock.advance(0);
    gates.clear();
    await clock.advance(1_000);
    expect((await hub.room('lobby').members()).map(({ name }) => name)).toEqual(['bob']);
    expect(await bob.ask({ type: 'nick', name: 'alice' })).toMatchObject({ type: 'renamed', name: 'alice' });
    expect(errors.splice(0)).toMatchObject([{ stage: 'end of session' }]);
  });

  test('hears later of somebody who left a room, who is told once, and of no error', async () => {
    // The client was told `left` and then an error for the same command, and stood in the room for all the others.
    const { engine, gates } = gatedEngine();
    const { hub, connect, clock, errors } = await chat({ engine });
    const alice = await connect('alice');
    await alice.join('lobby');
    const before = alice.events.length;
    gates.set('presence.leave', away);
    alice.tell({ type: 'leave', room: 'lobby' });
    await clock.advance(0);
    gates.clear();
    await clock.advance(1_000);
    expect(typesAfter(alice, before)).toEqual(['left']);
    expect(await hub.room('lobby').members()).toEqual([]);
    expect(errors.splice(0)).toMatchObject([{ stage: 'leave' }]);
  });

  test('does not keep a session from being taken over: the old node is told when signals are back', async () => {
    // The take-over was refused to the client after the engine had done it, and the old node never heard of it.
    const { engine, gates } = gatedEngine();
    const { first, second, clock } = await twoNodes({ engine });
    const alice = await first.connect('alice');
    await alice.join('lobby');
    const { session } = await alice.next('welcome');
    gates.set('signals.publish', (call, topic) => (String(topic).startsWith('node/') ? away() : call()));
    const back = second.dial();
    expect(await back.hello({ session })).toMatchObject({ resumed: true });
    await clock.advance(0);
    expect(alice.peer.isOpen).toBe(true);
    gates.clear();
    await clock.advance(1_000);
    expect(await alice.peer.closed).toMatchObject({ reason: { code: 4503 } });
    expect([first.hub.status().members, second.hub.status().members]).toEqual([0, 1]);
    expect(second.errors.splice(0)).toMatchObject([{ stage: 'take-over' }]);
  });

  test('is heard again by a listener to a room when it is back', async () => {
    // The first failure to follow the room left the listener registered, and deaf for good.
    const { engine, gates } = gatedEngine();
    const { hub, errors, clock } = await chat({ engine });
    const heard: string[] = [];
    gates.set('log.follow', away);
    hub.room('lobby').on('message', ({ text }) => heard.push(text));
    await clock.advance(0);
    gates.clear();
    await clock.advance(1_000);
    await hub.room('lobby').send('hi');
    await clock.advance(0);
    expect(heard).toEqual(['hi']);
    expect(errors.splice(0)).toMatchObject([{ stage: 'room listener' }]);
  });
});

describe('two connections that resume a session of another node', () => {
  const resumedTwice = async (pause: boolean) => {
    const { first, second, clock } = await twoNodes();
    const alice = await first.connect('alice');
    await alice.join('lobby');
    const { session } = await alice.next('welcome');
    alice.peer.cut();
    await clock.advance(0);
    const told: unknown[] = [];
    second.hub.on('disconnect', ({ code }) => told.push(code)).on('leave', ({ code }) => told.push(code));
    const [earlier, later] = [second.dial(), second.dial()];
    earlier.tell({ type: 'hello', session });
    if (pause) await clock.advance(0);
    later.tell({ type: 'hello', session });
    await clock.advance(0);
    return { clock, second, earlier, later, told };
  };

  test('one after the other: the earlier is closed with 4503, the later goes on', async () => {
    // Where the second came while the first was being answered, both stood on the node; this is the plain case of it.
    const { clock, second, earlier, later, told } = await resumedTwice(true);
    expect(await earlier.peer.closed).toMatchObject({ reason: { code: 4503 } });
    expect(await later.ask({ type: 'send', room: 'lobby', text: 'here' })).toMatchObject({ type: 'sent' });
    await clock.advance(60_000);
    expect(told).toEqual([]);
    later.peer.cut();
    await clock.advance(30_000);
    expect(second.hub.status().members).toBe(0);
    expect(await second.hub.room('lobby').members()).toEqual([]);
  });

  test('at once: one has the session, and the other may ask again, and is the later one then', async () => {
    // Both were welcomed as members of one id, and one of them could never be ended.
    const { clock, second, earlier, later } = await resumedTwice(false);
    expect([earlier, later].map(({ events }) => events.map(({ type }) => type))).toEqual([['welcome'], ['error']]);
    expect(later.events).toMatchObject([{ code: 'TIMEOUT', retryable: true }]);
    expect(second.hub.status().members).toBe(1);
    const { session } = await earlier.next('welcome');
    expect(await later.ask({ type: 'hello', session })).toMatchObject({ type: 'welcome', resumed: true });
    expect(await earlier.peer.closed).toMatchObject({ reason: { code: 4503 } });
    await clock.advance(60_000);
    expect(await later.ask({ type: 'send', room: 'lobby', text: 'here' })).toMatchObject({ type: 'sent' });
  });

  test('at once: the application is not told of the end of the session that goes on', async () => {
    // The earlier member was found by nobody, ran out after resumeWindow, and the application heard `disconnect`.
    const { clock, told } = await resumedTwice(false);
    await clock.advance(60_000);
    expect(told).toEqual([]);
  });
});

describe('a session that another connection is about to take up here', () => {
  test('stays the member that the application knows', async () => {
    // The engine had the next generation, the member not yet: it was taken for one of another node, and put aside for a new
    // one with its id. The application went on with the old one, to which nothing came any more.
    const { engine, gates } = gatedEngine();
    const { hub, connect, dial, clock } = await chat({ engine });
    const known: Member<{ id: string }>[] = [];
    hub.on('connect', ({ member }) => known.push(member));
    const alice = await connect('alice');
    const { session } = await alice.next('welcome');
    alice.peer.cut();
    const take = barrier();
    gates.set('presence.takeSession', (call) => {
      const taken = call();
      return take.gate(() => taken);
    });
    const [earlier, later] = [dial(), dial()];
    earlier.tell({ type: 'hello', session });
    await clock.advance(0);
    later.tell({ type: 'hello', session });
    for (let turns = 0; turns < 3; turns++) {
      await clock.advance(0);
      take.pass();
    }
    await clock.advance(0);
    expect(await earlier.next('welcome')).toMatchObject({ resumed: true, member: { name: 'alice' } });
    expect(await later.next('error')).toMatchObject({ code: 'TIMEOUT', retryable: true });
    expect(known.map(({ connected }) => connected)).toEqual([true]);
    known[0]?.send('hello');
    expect(await earlier.next('notice')).toMatchObject({ text: 'hello' });
  });
});

describe('a moderator', () => {
  const moderated = async () => {
    const { engine, gates } = gatedEngine();
    const chatting = await chat({ engine, policies: { moderate: () => true } });
    const [alice, mod] = [await chatting.connect('alice'), await chatting.connect('mod')];
    await mod.join('lobby');
    return { ...chatting, gates, alice, mod };
  };

  test.each(['kick', 'ban'] as const)('is not evaded by a join that is under way: %s', async (type) => {
    // The engine had let alice in, the hub not yet: the kick found nobody, and she was in after it.
    const { gates, alice, mod, hub, clock } = await moderated();
    const slow = deferred();
    gates.set('presence.enter', async (call) => {
      const entered = await call();
      await slow.promise;
      return entered;
    });
    const joining = alice.ask({ type: 'join', room: 'lobby' });
    await clock.advance(0);
    await mod.request({ type, room: 'lobby', member: 'alice' });
    await clock.advance(0);
    slow.resolve();
    expect(await joining).toMatchObject({ type: 'error', code: type === 'ban' ? 'BANNED' : 'KICKED' });
    await clock.advance(0);
    expect(await alice.ask({ type: 'send', room: 'lobby', text: 'still here' })).toMatchObject({ type: 'error' });
    expect((await hub.room('lobby').members()).map(({ name }) => name)).toEqual(['mod']);
  });

  test('is not evaded by the repeat of a message: it is refused when its sender was kicked meanwhile', async () => {
    // Looking for the first one took time, and what had been checked before it was believed after it.
    const { gates, alice, mod, clock } = await moderated();
    await alice.join('lobby');
    const find = barrier();
    gates.set('log.find', find.gate);
    const said = alice.ask({ type: 'send', room: 'lobby', text: 'after the kick', key: 'k', repeat: true });
    await find.arrival();
    await mod.request({ type: 'kick', room: 'lobby', member: 'alice' });
    await clock.advance(0);
    find.pass();
    expect(await said).toMatchObject({ type: 'error', code: 'NOT_A_MEMBER' });
    expect(mod.events.filter(({ type }) => type === 'message')).toEqual([]);
  });

  test('is not evaded by signals: a muted member can send none', async () => {
    // A client that shows signals' data showed what the muted one had to say.
    const { alice, mod, clock } = await moderated();
    await alice.join('lobby');
    await mod.request({ type: 'mute', room: 'lobby', member: 'alice' });
    const signal = { type: 'signal', room: 'lobby', name: 'says', data: 'I speak all the same' } as const;
    expect(await alice.ask(signal)).toMatchObject({ type: 'error', code: 'MUTED' });
    await clock.advance(0);
    expect(mod.events.filter(({ type }) => type === 'signal')).toEqual([]);
  });
});
