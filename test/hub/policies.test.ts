import { ChatError, type ChatHub, type Member, type PolicyContext } from 'chathub';
import { describe, expect, test, vi } from 'vitest';
import { byToken, chat, deferred, textsIn, typesAfter } from './set-up.js';

/** Each policy with a command that asks it, and the reply when it allows that. */
const cases = [
  { name: 'join', command: { type: 'join', room: 'new' }, allowed: 'joined', yes: true, no: false },
  { name: 'send', command: { type: 'send', room: 'lobby', text: 'x' }, allowed: 'sent', yes: undefined, no: null },
  { name: 'nick', command: { type: 'nick', name: 'other' }, allowed: 'renamed', yes: true, no: false },
  { name: 'direct', command: { type: 'direct', to: 'bob', text: 'x' }, allowed: 'sent', yes: undefined, no: null },
  { name: 'read', command: { type: 'members', room: 'elsewhere' }, allowed: 'members', yes: true, no: false },
  {
    name: 'moderate',
    command: { type: 'mute', room: 'lobby', member: 'bob' },
    allowed: 'ok',
    yes: true,
    no: false,
  },
] as const;

type Case = (typeof cases)[number];

const refusalOf = ({ name }: Case) => (name === 'read' ? 'NOT_A_MEMBER' : 'FORBIDDEN');

/** Alice in the lobby, with bob, and a policy that decides on what she asks from then on. */
async function deciding({ name }: Case, decide: (facts: PolicyContext) => unknown) {
  let armed = false;
  const yes = name === 'send' || name === 'direct' ? undefined : true;
  const policy = (facts: PolicyContext) => (armed ? decide(facts) : yes);
  const chatting = await chat({ policies: { [name]: policy } });
  const [alice] = [await chatting.connect('alice'), await chatting.connect('bob')];
  await alice.join('lobby');
  armed = true;
  return { ...chatting, alice };
}

describe.each(cases)('the policy `$name`', (given) => {
  const { name, command, allowed, yes, no } = given;

  test('allows at once', async () => {
    const { alice } = await deciding(given, () => yes);
    expect(await alice.ask(command)).toMatchObject({ type: allowed });
  });

  test('allows later', async () => {
    const { alice } = await deciding(given, async () => yes);
    expect(await alice.ask(command)).toMatchObject({ type: allowed });
  });

  test('refuses at once', async () => {
    const { alice } = await deciding(given, () => no);
    expect(await alice.ask(command)).toMatchObject({ type: 'error', code: refusalOf(given), retryable: false });
  });

  test('refuses later', async () => {
    const { alice } = await deciding(given, async () => no);
    expect(await alice.ask(command)).toMatchObject({ type: 'error', code: refusalOf(given) });
  });

  test('refuses with the code and the words of a ChatError that it throws', async () => {
    for (const refuse of [
      () => {
        throw new ChatError('MUTED', 'not on Sundays');
      },
      async () => Promise.reject(new ChatError('MUTED', 'not on Sundays')),
    ]) {
      const { alice } = await deciding(given, refuse);
      expect(await alice.ask(command)).toMatchObject({ type: 'error', code: 'MUTED', message: 'not on Sundays' });
    }
  });

  test('that throws anything else is INTERNAL to the caller alone, and an error event', async () => {
    for (const fail of [
      () => {
        throw new TypeError('secret detail');
      },
      async () => Promise.reject(new TypeError('secret detail')),
    ]) {
      const { alice, errors } = await deciding(given, fail);
      const refused = await alice.ask(command);
      expect(refused).toMatchObject({ type: 'error', code: 'INTERNAL' });
      expect(JSON.stringify(refused)).not.toContain('secret');
      expect(errors.splice(0)).toEqual([{ stage: `${name} policy`, error: new TypeError('secret detail') }]);
      expect(await alice.ask({ type: 'ping' })).toMatchObject({ type: 'pong' });
    }
  });

  test('that never settles is TIMEOUT after 10 s, and its signal is aborted', async () => {
    let signal: AbortSignal | undefined;
    const { alice, clock } = await deciding(given, (facts) => {
      signal = facts.signal;
      return new Promise(() => undefined);
    });
    const asked = alice.ask(command);
    await clock.advance(9_999);
    expect(signal?.aborted).toBe(false);
    const before = alice.events.length;
    await clock.advance(1);
    expect(await asked).toMatchObject({ type: 'error', code: 'TIMEOUT', retryable: true });
    expect(typesAfter(alice, before)).toEqual(['error']);
    expect(signal?.aborted).toBe(true);
  });

  test('that settles too late changes nothing any more', async () => {
    const answer = deferred<unknown>();
    const { alice, clock, hub } = await deciding(given, () => answer.promise);
    const asked = alice.ask(command);
    await clock.advance(10_000);
    expect(await asked).toMatchObject({ code: 'TIMEOUT' });
    const before = alice.events.length;
    answer.resolve(yes);
    await clock.advance(0);
    expect(alice.events).toHaveLength(before);
    expect(await hub.room('lobby').history()).toEqual([]);
    expect(await hub.room('new').members()).toEqual([]);
  });

  test('has its signal aborted when the session ends, and its answer is of no effect', async () => {
    let signal: AbortSignal | undefined;
    const answer = deferred<unknown>();
    const { alice, clock, hub } = await deciding(given, (facts) => {
      signal = facts.signal;
      return answer.promise;
    });
    alice.tell(command);
    await clock.advance(0);
    alice.peer.leave();
    await clock.advance(0);
    expect(signal?.aborted).toBe(true);
    answer.resolve(yes);
    await clock.advance(0);
    expect(hub.status()).toMatchObject({ members: 1, rooms: 1 });
    expect(await hub.room('lobby').history()).toEqual([]);
    expect(await hub.room('new').members()).toEqual([]);
  });
});

describe('the policy `authenticate`', () => {
  test('is given what is known of the peer', async () => {
    const authenticate = vi.fn(() => null);
    const { connect } = await chat({ policies: { authenticate } });
    await connect('alice', { token: 'secret' }, { remoteAddress: '203.0.113.7' });
    expect(authenticate).toHaveBeenCalledExactlyOnceWith({
      token: 'secret',
      name: 'alice',
      transport: 'memory',
      remoteAddress: '203.0.113.7',
      secure: false,
      signal: expect.any(AbortSignal),
    });
  });

  test('makes a guest with null', async () => {
    const { connect } = await chat({ policies: { authenticate: async () => null } });
    const { member } = await (await connect('alice')).next('welcome');
    expect(member.user).toBe(member.id);
  });

  test.each([undefined, 'ali', 7, {}, { id: '' }, { id: 7 }, []])(
    'that returns %j is INTERNAL to the client, and an error event that says what is expected',
    async (user) => {
      const { dial, errors, hub } = await chat({ policies: { authenticate: () => user as never } });
      await expect(dial().hello()).rejects.toMatchObject({ code: 'INTERNAL' });
      expect(errors.splice(0)).toMatchObject([
        { stage: 'authenticate policy', error: { message: expect.stringContaining('{ id: string, … } or null') } },
      ]);
      expect(hub.status().members).toBe(0);
    },
  );

  test('that throws is INTERNAL to the client, which may try again', async () => {
    let broken = true;
    const authenticate = () => {
      if (broken) throw new Error('database down');
      return null;
    };
    const { dial, errors } = await chat({ policies: { authenticate } });
    const client = dial();
    await expect(client.hello()).rejects.toMatchObject({
      code: 'INTERNAL',
      message: expect.not.stringContaining('data'),
    });
    expect(errors.splice(0)).toHaveLength(1);
    broken = false;
    await client.hello({ name: 'alice' });
  });

  test('that never settles is TIMEOUT after 10 s', async () => {
    let signal: AbortSignal | undefined;
    const { dial, clock } = await chat({
      limits: { helloTimeout: 60_000 },
      policies: {
        authenticate: (request) => {
          signal = request.signal;
          return new Promise(() => undefined);
        },
      },
    });
    const asked = dial().ask({ type: 'hello' });
    await clock.advance(10_000);
    expect(await asked).toMatchObject({ type: 'error', code: 'TIMEOUT' });
    expect(signal?.aborted).toBe(true);
  });

  test('has its signal aborted when the peer leaves', async () => {
    let signal: AbortSignal | undefined;
    const { dial, clock } = await chat({
      policies: {
        authenticate: (request) => {
          signal = request.signal;
          return new Promise(() => undefined);
        },
      },
    });
    const client = dial();
    client.tell({ type: 'hello' });
    client.peer.cut();
    expect(signal?.aborted).toBe(true);
    await clock.advance(0);
    expect(clock.pending).toBe(0);
  });

  test('may refuse a banned user for good: 4502', async () => {
    const { dial } = await chat({
      policies: {
        authenticate: () => {
          throw new ChatError('BANNED', 'go away');
        },
      },
    });
    const client = dial();
    await expect(client.hello()).rejects.toMatchObject({ code: 'BANNED' });
    expect(await client.peer.closed).toMatchObject({ reason: { code: 4502, reason: 'BANNED' } });
  });
});

describe('the policy `send`', () => {
  test('is given the member, the room and the message', async () => {
    const send = vi.fn();
    const { connect } = await chat({ policies: { send } });
    const alice = await connect('alice');
    await alice.join('lobby');
    await alice.say('Lobby', 'waves', { action: true, data: [1], key: 'k' });
    expect(send).toHaveBeenCalledExactlyOnceWith({
      member: expect.objectContaining({ name: 'alice' }),
      room: 'lobby',
      message: { text: 'waves', action: true, data: [1] },
      signal: expect.any(AbortSignal),
    });
  });

  test.each([
    ['at once', (text: string) => ({ text })],
    ['later', async (text: string) => ({ text })],
  ])('may change what is stored, %s', async (_when, change) => {
    const { hub, connect } = await chat({
      policies: { send: ({ message }) => change(message.text.toUpperCase()) },
    });
    const heard: string[] = [];
    hub.on('message', ({ text }) => heard.push(text));
    const alice = await connect('alice');
    await alice.join('lobby');
    await alice.say('lobby', 'hi', { data: 'dropped by the policy' });
    const message = await alice.next('message');
    expect(message.text).toBe('HI');
    expect(message).not.toHaveProperty('data');
    expect(await hub.room('lobby').history()).toEqual([message]);
    expect(heard).toEqual(['HI']);
  });

  test('can’t make a message longer than the limit', async () => {
    const { connect } = await chat({
      limits: { messageBytes: 10 },
      policies: { send: ({ message }) => ({ ...message, text: message.text.repeat(3) }) },
    });
    const alice = await connect('alice');
    await alice.join('lobby');
    await expect(alice.say('lobby', 'hello')).rejects.toMatchObject({ code: 'TOO_LONG' });
  });

  test('is not asked about what breaks a limit already', async () => {
    const send = vi.fn();
    const { connect } = await chat({ limits: { messageBytes: 10 }, policies: { send } });
    const alice = await connect('alice');
    await alice.join('lobby');
    await expect(alice.say('lobby', '12345678901')).rejects.toMatchObject({ code: 'TOO_LONG' });
    expect(send).not.toHaveBeenCalled();
  });

  test('of a member who was kicked meanwhile is of no effect', async () => {
    const answer = deferred();
    const { hub, connect, clock } = await chat({ policies: { send: () => answer.promise, moderate: () => true } });
    const [alice, bob] = [await connect('alice'), await connect('bob')];
    await alice.join('lobby');
    await bob.join('lobby');
    const asked = bob.ask({ type: 'send', room: 'lobby', text: 'x' });
    await alice.request({ type: 'kick', room: 'lobby', member: 'bob' });
    await bob.next('left');
    answer.resolve();
    expect(await asked).toMatchObject({ code: 'NOT_A_MEMBER' });
    await clock.advance(0);
    expect(await hub.room('lobby').history()).toEqual([]);
  });
});

describe('the policy `direct`', () => {
  test('may change what is stored', async () => {
    const { connect } = await chat({
      policies: { direct: ({ message, to }) => ({ text: `${message.text} ${to.name}` }) },
    });
    const [alice, bob] = [await connect('alice'), await connect('bob')];
    await alice.request({ type: 'direct', to: 'bob', text: 'hi' });
    for (const client of [alice, bob]) expect(await client.next('direct')).toMatchObject({ text: 'hi bob' });
  });
});

describe('the policy `nick`', () => {
  test('is asked about the name of a greeting, too', async () => {
    const { dial, hub } = await chat({ policies: { nick: ({ name }) => name !== 'boss' } });
    const client = dial();
    await expect(client.hello({ name: 'boss' })).rejects.toMatchObject({ code: 'FORBIDDEN' });
    expect(hub.status().members).toBe(0);
    expect((await client.hello({ name: 'alice' })).member.name).toBe('alice');
  });
});

describe('the policy `read`', () => {
  test.each([
    ['members', { type: 'members', room: 'lobby' }, 'members'],
    ['history', { type: 'history', room: 'lobby' }, 'history'],
    ['signal', { type: 'signal', room: 'lobby', name: 'knock' }, 'ok'],
  ] as const)('opens a room to those outside: %s', async (_what, command, type) => {
    const read = vi.fn(() => true);
    const { connect } = await chat({ policies: { read } });
    const [alice, bob] = [await connect('alice'), await connect('bob')];
    await alice.join('lobby');
    expect(await bob.ask(command)).toMatchObject({ type });
    await alice.ask(command);
    expect(read).toHaveBeenCalledOnce();
  });
});

describe('the policy `list`', () => {
  test('hides rooms from the list', async () => {
    const { connect } = await chat({ policies: { list: async ({ room }) => room !== 'secret' } });
    const alice = await connect('alice');
    for (const room of ['lobby', 'secret']) await alice.join(room);
    expect((await alice.request({ type: 'rooms' })).rooms).toEqual([{ name: 'lobby', count: 1 }]);
  });
});

describe('policies', () => {
  test('are not asked about what the application does', async () => {
    const never = vi.fn(() => {
      throw new Error('asked');
    });
    const policies = {
      join: never,
      send: never,
      nick: never,
      direct: never,
      read: never,
      list: never,
      moderate: never,
    };
    const { hub, connect, clock } = await chat({ policies });
    const members: Member[] = [];
    hub.on('connect', ({ member }) => members.push(member));
    const alice = await connect();
    const [member] = members;
    await member!.join('lobby');
    await member!.rename('alice');
    await hub.room('lobby').send('hello', { from: member! });
    await hub.room('lobby').history();
    await hub.room('lobby').members();
    await hub.room('lobby').signal('x');
    await member!.leave('lobby');
    await clock.advance(0);
    expect(textsIn(alice, 'lobby')).toEqual(['hello']);
    expect(never).not.toHaveBeenCalled();
  });

  test('may use the hub, and the member that they decide on', async () => {
    let hub: ChatHub | undefined;
    const chatting = await chat({
      policies: {
        join: async ({ member, room }) => {
          if (room === 'hall') await member.join('lobby');
          await hub?.room('log').send(`${member.name} wants into ${room}`);
        },
      },
    });
    hub = chatting.hub;
    const alice = await chatting.connect('alice');
    await alice.join('hall');
    expect(await hub.room('lobby').members()).toHaveLength(1);
    expect(await hub.room('log').history()).toMatchObject([{ text: 'alice wants into hall' }]);
  });

  test('are each asked once, with a signal that they may hand on', async () => {
    const signals: AbortSignal[] = [];
    const { connect, clock } = await chat({
      policies: {
        authenticate: byToken,
        join: async ({ signal }) => {
          signals.push(signal);
        },
      },
    });
    const alice = await connect('alice');
    await alice.join('one');
    await alice.join('two');
    await clock.advance(20_000);
    expect(signals.map(({ aborted }) => aborted)).toEqual([false, false]);
    expect(new Set(signals).size).toBe(2);
    expect(clock.pending).toBe(0);
  });

  test('that reject after their signal was aborted are not reported: nobody wants the answer any more', async () => {
    const { connect, clock } = await chat({
      policies: {
        join: ({ signal }) =>
          new Promise<void>((_resolve, reject) => {
            signal.addEventListener('abort', () => reject(new Error('AbortError')));
          }),
      },
    });
    const alice = await connect('alice');
    const asked = alice.ask({ type: 'join', room: 'lobby' });
    await clock.advance(10_000);
    expect(await asked).toMatchObject({ code: 'TIMEOUT' });
    alice.tell({ type: 'join', room: 'lobby' });
    alice.peer.leave();
    await clock.advance(0);
  });
});
