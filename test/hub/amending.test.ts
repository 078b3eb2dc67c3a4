import { ChatError, type Engine, type HubOptions, type Message, memory } from 'chathub';
import type { TestClient } from 'chathub/testing';
import { describe, expect, test, vi } from 'vitest';
import { engines, entriesIn, framesAfter } from './engines.js';
import { byToken, chat, deferred, twoNodes } from './set-up.js';

/** One of each kind, but for the message. */
const kinds = [
  ['edit', { type: 'edit', room: 'lobby', text: 'new' }],
  ['delete', { type: 'delete', room: 'lobby' }],
  ['react', { type: 'react', room: 'lobby', reaction: '👍' }],
] as const;

const edit = (client: TestClient, message: string, text: string, more: object = {}) =>
  client.request({ type: 'edit', room: 'lobby', message, text, ...more });
const erase = (client: TestClient, message: string, more: object = {}) =>
  client.request({ type: 'delete', room: 'lobby', message, ...more });
const react = (client: TestClient, message: string, reaction: string, more: object = {}) =>
  client.request({ type: 'react', room: 'lobby', message, reaction, ...more });

const memberOf = async (client: TestClient) => client.events.find((event) => event.type === 'welcome')!.member;

/** Alice and bob are guests in the lobby, where alice has said "hi". */
async function pair(options: HubOptions = {}) {
  const chatting = await chat({ policies: { authenticate: byToken }, ...options });
  const [alice, bob] = [await chatting.connect('alice'), await chatting.connect('bob')];
  for (const client of [alice, bob]) await client.join('lobby');
  const sent = await alice.say('lobby', 'hi', { data: { mood: 'good' } });
  await bob.next('message');
  /** The message as a page of history has it. */
  const stored = async (id = sent.message) =>
    (await alice.request({ type: 'history', room: 'lobby' })).messages.find((message) => message.id === id) as Message;
  return { ...chatting, alice, bob, sent, id: sent.message, stored };
}

/** Sessions of ali on both nodes, and bob on the second; ali has said "hi" on the first. */
async function spread(engine: Engine) {
  const nodes = await twoNodes({ policies: { authenticate: byToken }, engine });
  const ali = await nodes.first.connect(undefined, { token: 'ali' });
  const alsoAli = await nodes.second.connect(undefined, { token: 'ali' });
  const bob = await nodes.second.connect('bob');
  for (const client of [ali, alsoAli, bob]) await client.join('lobby');
  const { message } = await ali.say('lobby', 'hi');
  return { ...nodes, ali, alsoAli, bob, message };
}

describe.each(engines)('on %s', (_name, make) => {
  describe('an edit', () => {
    test('is an entry of the log, answered with the message’s id, and told to everybody', async () => {
      const { alice, bob, sent, clock } = await pair({ engine: make() });
      await clock.advance(1_000);
      const reply = await edit(alice, sent.message, 'hi!', { data: [1], id: 'e' });
      expect(reply).toEqual({ ...sent, re: 'e', offset: 2, at: sent.at + 1_000, duplicate: false });
      const told = {
        type: 'edit',
        room: 'lobby',
        id: expect.any(String),
        offset: 2,
        from: await memberOf(alice),
        message: sent.message,
        text: 'hi!',
        data: [1],
        at: reply.at,
      };
      expect(await bob.next('edit')).toEqual(told);
      const own = await alice.next('edit');
      expect(own).toEqual(told);
      expect(own.id).not.toBe(sent.message);
    });

    test('takes the place of text and data in the stored message, which stays an action', async () => {
      const { alice, bob, stored, connect, clock } = await pair({ engine: make() });
      const { message, at } = await alice.say('lobby', 'waves', { action: true, data: { hand: 'left' } });
      await clock.advance(5);
      const first = await edit(alice, message, 'bows', { data: 7 });
      const present = {
        type: 'message',
        room: 'lobby',
        id: message,
        offset: 2,
        from: await memberOf(alice),
        text: 'bows',
        data: 7,
        action: true,
        at,
        edited: first.at,
      };
      expect(await stored(message)).toEqual(present);
      await clock.advance(5);
      const second = await edit(alice, message, 'sits');
      const { data: _, ...without } = { ...present, text: 'sits', edited: second.at };
      expect(await stored(message)).toEqual(without);
      const late = await connect('late');
      const { entries } = await late.join('lobby', { history: 10 });
      expect(entries.filter(({ id }) => id === message)).toEqual([without]);
      expect(entries.filter((entry) => entry.type === 'message')).toHaveLength(2);
      expect((await bob.next('edit')).text).toBe('bows');
    });

    test('may leave data alone, but not nothing', async () => {
      const { alice, id, stored } = await pair({ engine: make() });
      const nothing = { type: 'edit', room: 'lobby', message: id, text: '' } as const;
      expect(await alice.ask(nothing)).toMatchObject({ type: 'error', code: 'BAD_COMMAND' });
      expect(await stored()).toMatchObject({ text: 'hi' });
      await alice.request({ ...nothing, data: 7 });
      expect(await stored()).toMatchObject({ text: '', data: 7 });
    });

    test('does not take reactions away', async () => {
      const { alice, bob, id, stored } = await pair({ engine: make() });
      await react(bob, id, '👍');
      await edit(alice, id, 'hi!');
      expect(await stored()).toMatchObject({ text: 'hi!', reactions: { '👍': [(await memberOf(bob)).user] } });
    });
  });

  describe('a deletion', () => {
    test('is an entry of the log, answered with the message’s id, and told to everybody', async () => {
      const { alice, bob, sent, clock } = await pair({ engine: make() });
      await clock.advance(1_000);
      const reply = await erase(alice, sent.message, { id: 'd' });
      expect(reply).toEqual({ ...sent, re: 'd', offset: 2, at: sent.at + 1_000, duplicate: false });
      const told = {
        type: 'delete',
        room: 'lobby',
        id: expect.any(String),
        offset: 2,
        from: await memberOf(alice),
        message: sent.message,
        at: reply.at,
      };
      expect(await bob.next('delete')).toEqual(told);
      expect(await alice.next('delete')).toEqual(told);
    });

    test('leaves the message’s place, and of it nothing but that', async () => {
      const { alice, bob, id, sent, stored } = await pair({ engine: make() });
      await react(bob, id, '👍');
      await edit(alice, id, 'hi!');
      const { at } = await erase(alice, id);
      const left = await stored();
      expect(left).toMatchObject({ type: 'message', id, offset: 1, at: sent.at, deleted: at });
      expect(left).not.toHaveProperty('data');
      expect(left).not.toHaveProperty('reactions');
      expect(left.text ?? '').toBe('');
    });

    test('leaves its text in no frame that is sent later', async () => {
      const { alice, bob, connect, hub, clock } = await pair({ engine: make() });
      const { epoch } = await alice.join('lobby');
      const { session } = await bob.next('welcome');
      bob.peer.cut();
      const gone = await alice.say('lobby', 'secret one', { data: { also: 'secret two' }, key: 'k' });
      await edit(alice, gone.message, 'secret three', { data: 'secret four' });
      await erase(alice, gone.message);
      await alice.say('lobby', 'after');
      const before = alice.events.length;
      const back = await connect(undefined, { session, rooms: new Map([['lobby', { epoch, offset: 1 }]]) });
      const late = await connect('late');
      await late.join('lobby', { history: 100 });
      const after = await connect('after');
      await after.join('lobby', { after: { epoch, offset: 0 } });
      for (const client of [back, late, after, alice]) {
        await client.request({ type: 'history', room: 'lobby' });
        await client.request({ type: 'search', room: 'lobby', text: 'secret' });
        await client.request({ type: 'search', text: 'secret' });
      }
      await alice.request({
        type: 'send',
        room: 'lobby',
        text: 'secret one',
        data: { also: 'secret two' },
        key: 'k',
        repeat: true,
      });
      await clock.advance(0);
      for (const [client, count] of [
        [back, 0],
        [late, 0],
        [after, 0],
        [alice, before],
      ] as const)
        expect(framesAfter(client, count)).not.toContain('secret');
      expect(JSON.stringify(await hub.room('lobby').history())).not.toContain('secret');
      expect(entriesIn(after, 'lobby').map(({ offset }) => offset)).toEqual([1, 2, 3, 4, 5]);
    });
  });

  describe('a reaction', () => {
    test('is an entry of the log, answered with the message’s id, and told to everybody', async () => {
      const { alice, bob, sent, stored } = await pair({ engine: make() });
      const reply = await react(bob, sent.message, '👍');
      expect(reply).toEqual({ ...sent, re: reply.re, offset: 2, at: reply.at });
      const { user } = await memberOf(bob);
      const told = {
        type: 'reaction',
        room: 'lobby',
        id: expect.any(String),
        offset: 2,
        from: await memberOf(bob),
        message: sent.message,
        reaction: '👍',
        at: reply.at,
      };
      expect(await alice.next('reaction')).toEqual(told);
      expect(await bob.next('reaction')).toEqual(told);
      const present = await stored();
      expect(present.reactions).toEqual({ '👍': [user] });
      expect(present).not.toHaveProperty('edited');
    });

    test('can be taken back', async () => {
      const { alice, bob, id, stored } = await pair({ engine: make() });
      await react(bob, id, '👍');
      await react(alice, id, '👍');
      await react(bob, id, '👍', { remove: true });
      expect((await stored()).reactions).toEqual({ '👍': [(await memberOf(alice)).user] });
      await react(alice, id, '👍', { remove: true });
      expect((await stored()).reactions ?? {}).toEqual({});
      const told = alice.events.filter((event) => event.type === 'reaction');
      expect(told.map(({ removed }) => removed)).toEqual([undefined, undefined, true, true]);
    });

    test('of one user counts once, from whichever session', async () => {
      const { connect, id, stored } = await pair({ engine: make() });
      for (let session = 0; session < 2; session++) {
        const ali = await connect(undefined, { token: 'ali' });
        await ali.join('lobby');
        await react(ali, id, '👍');
        await react(ali, id, '👍');
      }
      expect((await stored()).reactions).toEqual({ '👍': ['ali'] });
    });

    test.each(['__proto__', 'constructor', 'toString', 'é', '👩‍👩‍👧', 'a"b\\'])(
      'may be any text: %j',
      async (reaction) => {
        const { bob, id, stored } = await pair({ engine: make() });
        await react(bob, id, reaction);
        const { user } = await memberOf(bob);
        expect(Object.entries((await stored()).reactions!)).toEqual([[reaction, [user]]]);
        await react(bob, id, reaction, { remove: true });
        expect((await stored()).reactions ?? {}).toEqual({});
      },
    );

    test('may be one of 20 different ones; another is refused, and stored nowhere', async () => {
      const { alice, bob, id, hub, stored } = await pair({ engine: make() });
      for (let index = 0; index < 20; index++) await hub.room('lobby').react(id, `r${index}`);
      const more = { type: 'react', room: 'lobby', message: id, reaction: 'one more' } as const;
      const refused = await alice.ask(more);
      expect(refused).toMatchObject({ type: 'error', code: 'TOO_LONG', retryable: false });
      expect(Object.keys((await stored()).reactions!)).toHaveLength(20);
      expect((await react(bob, id, 'r7')).offset).toBe(22);
      await hub.room('lobby').react(id, 'r0', { remove: true });
      await alice.request(more);
      expect(Object.keys((await stored()).reactions!)).toHaveLength(20);
    });
  });

  describe.each(kinds)('a repeated %s', (_type, command) => {
    test.each([true, false])('of one key is stored once, on whichever node (repeat: %j)', async (repeat) => {
      const { ali, alsoAli, bob, message, clock } = await spread(make());
      const first = await ali.request({ ...command, message, key: 'k' });
      expect(first).toMatchObject({ message, offset: 2, duplicate: false });
      await clock.advance(1_000);
      for (const client of [ali, alsoAli]) {
        const again = await client.request({ ...command, message, key: 'k', repeat });
        expect(again).toEqual({ ...first, re: again.re, duplicate: true });
      }
      await ali.say('lobby', 'after');
      await clock.advance(0);
      expect(entriesIn(bob, 'lobby').map(({ offset }) => offset)).toEqual([1, 2, 3]);
      expect(entriesIn(bob, 'lobby')[1]).toMatchObject({ key: 'k', message });
    });

    test('is looked up before policies, and after a sanction', async () => {
      let allowed = true;
      const policies = {
        authenticate: byToken,
        send: () => (allowed ? undefined : null),
        moderate: () => true,
      };
      const { alice, bob, id } = await pair({ engine: make(), policies });
      const first = await alice.request({ ...command, message: id, key: 'k' });
      allowed = false;
      await bob.request({ type: 'mute', room: 'lobby', member: 'alice' });
      const again = await alice.request({ ...command, message: id, key: 'k', repeat: true });
      expect(again).toMatchObject({ offset: first.offset, message: id, duplicate: true });
    });

    test('says that it repeats, and does not: it is a first one', async () => {
      const { alice, id } = await pair({ engine: make() });
      const reply = await alice.request({ ...command, message: id, key: 'k', repeat: true });
      expect(reply).toMatchObject({ offset: 2, duplicate: false });
    });

    test('whose key was another user’s is no repeat', async () => {
      const { alice, bob, id, stored } = await pair({ engine: make(), policies: { moderate: () => true } });
      await react(bob, id, '🎉', { key: 'k' });
      expect(await alice.request({ ...command, message: id, key: 'k' })).toMatchObject({ duplicate: false, offset: 3 });
      expect((await stored()).id).toBe(id);
    });
  });

  describe.each(kinds)('%s', (_type, command) => {
    test('of a message that is not there is NO_SUCH_MESSAGE', async () => {
      const { alice, id, connect, clock } = await pair({ engine: make() });
      await alice.join('garden');
      const elsewhere = await alice.say('garden', 'here');
      await edit(alice, id, 'hi!');
      const { id: entry } = await alice.next('edit');
      for (const message of ['nothing', '', elsewhere.message, entry])
        expect(await alice.ask({ ...command, message })).toMatchObject({
          type: 'error',
          code: 'NO_SUCH_MESSAGE',
          retryable: false,
          room: 'lobby',
        });
      await erase(alice, id);
      expect(await alice.ask({ ...command, message: id })).toMatchObject({ code: 'NO_SUCH_MESSAGE' });
      await clock.advance(0);
      const late = await connect('late');
      expect(await late.join('lobby')).toMatchObject({ offset: 3 });
    });

    test('of who is not in the room is NOT_A_MEMBER', async () => {
      const { connect, id, alice, stored } = await pair({ engine: make(), policies: { authenticate: byToken } });
      const outsider = await connect('outsider');
      const refused = await outsider.ask({ ...command, message: id });
      expect(refused).toMatchObject({ type: 'error', code: 'NOT_A_MEMBER', room: 'lobby' });
      await alice.request({ type: 'leave', room: 'lobby' });
      expect(await alice.ask({ ...command, message: id })).toMatchObject({ code: 'NOT_A_MEMBER' });
      await alice.join('lobby');
      expect(await stored()).toMatchObject({ text: 'hi' });
    });

    test('stands in the order of what was sent before and after it', async () => {
      const { alice, bob, id, clock } = await pair({ engine: make() });
      alice.tell({ type: 'send', room: 'lobby', text: 'before', id: 'a' });
      alice.tell({ ...command, message: id, id: 'b' });
      alice.tell({ type: 'send', room: 'lobby', text: 'after', id: 'c' });
      alice.tell({ type: 'ping', id: 'd' });
      await alice.next('pong');
      await clock.advance(0);
      const replies = alice.events.filter((event) => event.type === 'sent').slice(1);
      expect(replies.map(({ re, offset }) => [re, offset])).toEqual([
        ['a', 2],
        ['b', 3],
        ['c', 4],
      ]);
      for (const client of [alice, bob])
        expect(entriesIn(client, 'lobby').map(({ offset, type }) => [offset, type])).toEqual([
          [1, 'message'],
          [2, 'message'],
          [3, command.type === 'react' ? 'reaction' : command.type],
          [4, 'message'],
        ]);
    });
  });

  test('what was missed comes in order on a resume, messages in their present form', async () => {
    const { alice, bob, connect, sent, id } = await pair({ engine: make() });
    const { session } = await bob.next('welcome');
    bob.peer.cut();
    const second = await alice.say('lobby', 'second');
    await edit(alice, second.message, 'second, mended');
    await react(alice, second.message, '🎉');
    await edit(alice, id, 'hello');
    const third = await alice.say('lobby', 'third');
    await erase(alice, third.message);
    const rooms = new Map([['lobby', { epoch: sent.epoch, offset: 1 }]]);
    const back = await connect(undefined, { session, rooms });
    const { resumed, rooms: welcomed } = await back.next('welcome');
    expect(resumed).toBe(true);
    expect(welcomed.lobby).toMatchObject({ recovered: true, more: false, offset: 7 });
    expect(welcomed.lobby!.entries).toMatchObject([
      { type: 'message', offset: 2, id: second.message, text: 'second, mended', edited: expect.any(Number) },
      { type: 'edit', offset: 3, message: second.message },
      { type: 'reaction', offset: 4, message: second.message, reaction: '🎉' },
      { type: 'edit', offset: 5, message: id, text: 'hello' },
      { type: 'message', offset: 6, id: third.message, deleted: expect.any(Number) },
      { type: 'delete', offset: 7, message: third.message },
    ]);
    await alice.say('lobby', 'live');
    expect(await back.next('message')).toMatchObject({ offset: 8 });
  });

  test('an edit that is replayed may have lost its text to a later one', async () => {
    const { alice, connect, sent, id } = await pair({ engine: make() });
    await edit(alice, id, 'draft');
    await edit(alice, id, 'final');
    const late = await connect('late');
    const { entries } = await late.join('lobby', { after: { epoch: sent.epoch, offset: 1 } });
    expect(entries).toMatchObject([
      { type: 'edit', text: '' },
      { type: 'edit', text: 'final' },
    ]);
  });

  test('all get all entries, without a hole, on both nodes', async () => {
    const { ali, alsoAli, bob, message, clock } = await spread(make());
    const work: Promise<unknown>[] = [];
    for (let index = 0; index < 6; index++) {
      work.push(edit(ali, message, `by ali ${index}`), react(bob, message, `r${index}`));
      work.push(edit(alsoAli, message, `by the other ali ${index}`));
    }
    await Promise.all(work);
    await clock.advance(0);
    const all = Array.from({ length: 19 }, (_, index) => index + 1);
    for (const client of [ali, alsoAli, bob]) {
      expect(entriesIn(client, 'lobby').map(({ offset }) => offset)).toEqual(all);
      expect(entriesIn(client, 'lobby')).toEqual(entriesIn(bob, 'lobby'));
    }
  });
});

describe('who wrote a message', () => {
  test('may change and erase it from another session, on another node, under another name', async () => {
    const { ali, alsoAli, bob, message } = await spread(memory());
    await alsoAli.request({ type: 'nick', name: 'Captain' });
    await edit(alsoAli, message, 'hi!');
    expect(await bob.next('edit')).toMatchObject({ from: { user: 'ali', name: 'Captain' }, text: 'hi!' });
    ali.tell({ type: 'quit' });
    await ali.peer.closed;
    await erase(alsoAli, message);
    expect(await bob.next('delete')).toMatchObject({ from: { user: 'ali' }, message });
  });

  test('may, as a guest; another of that name later may not', async () => {
    const { alice, id, connect, hub } = await pair();
    await edit(alice, id, 'mine');
    alice.tell({ type: 'quit' });
    await alice.peer.closed;
    const another = await connect('alice');
    await another.join('lobby');
    for (const [, command] of kinds.slice(0, 2))
      expect(await another.ask({ ...command, message: id })).toMatchObject({ code: 'FORBIDDEN' });
    expect((await hub.room('lobby').history())[0]).toMatchObject({ text: 'mine' });
  });

  test.each(kinds.slice(0, 2))('alone may %s: others are FORBIDDEN, and nothing is stored', async (_type, command) => {
    const { alice, bob, id, stored } = await pair();
    const refused = await bob.ask({ ...command, message: id });
    expect(refused).toMatchObject({ type: 'error', code: 'FORBIDDEN', room: 'lobby', retryable: false });
    expect(await stored()).toMatchObject({ text: 'hi' });
    expect((await alice.say('lobby', 'next')).offset).toBe(2);
  });

  test('is asked of no moderate policy', async () => {
    const moderate = vi.fn(() => false);
    const { alice, id } = await pair({ policies: { moderate } });
    await edit(alice, id, 'hi!');
    await erase(alice, id);
    expect(moderate).not.toHaveBeenCalled();
  });
});

describe('a moderator', () => {
  test.each(kinds.slice(0, 2))('may %s, if the policy says so of these facts', async (type, command) => {
    const moderate = vi.fn(({ member }) => member.name === 'bob');
    const { alice, bob, id, sent, connect } = await pair({ policies: { authenticate: byToken, moderate } });
    const author = await memberOf(alice);
    await react(alice, id, '👍');
    await bob.request({ ...command, message: id });
    expect(moderate).toHaveBeenCalledExactlyOnceWith(
      expect.objectContaining({
        member: expect.objectContaining({ name: 'bob' }),
        room: 'lobby',
        action: type,
        target: { user: author.user, name: 'alice' },
        message: expect.objectContaining({
          id,
          text: 'hi',
          data: { mood: 'good' },
          at: sent.at,
          from: author,
          reactions: { '👍': [author.user] },
        }),
      }),
    );
    expect(await alice.next(type as 'edit')).toMatchObject({ from: await memberOf(bob), message: id });
    const carol = await connect('carol');
    await carol.join('lobby');
    const second = await alice.say('lobby', 'again');
    expect(await carol.ask({ ...command, message: second.message })).toMatchObject({ code: 'FORBIDDEN' });
  });

  test('may be refused by an error of the application’s', async () => {
    const moderate = () => {
      throw new ChatError('RATE_LIMITED', 'not so fast');
    };
    const { bob, id } = await pair({ policies: { moderate } });
    expect(await bob.ask({ type: 'delete', room: 'lobby', message: id })).toMatchObject({
      code: 'RATE_LIMITED',
      message: 'not so fast',
    });
  });

  test('is who may change what the server said; nobody else', async () => {
    const moderate = ({ member }: { readonly member: { readonly name: string } }) => member.name === 'bob';
    const { alice, bob, hub } = await pair({ policies: { moderate } });
    const { id } = await hub.room('lobby').send('rules');
    for (const [, command] of kinds.slice(0, 2))
      expect(await alice.ask({ ...command, message: id })).toMatchObject({ code: 'FORBIDDEN' });
    await edit(bob, id, 'new rules');
    await react(alice, id, '👍');
    await erase(bob, id);
    expect(await hub.room('lobby').message(id)).toBeUndefined();
  });

  test('leaves authorship as it was', async () => {
    const moderate = ({ member }: { readonly member: { readonly name: string } }) => member.name === 'bob';
    const { alice, bob, id, stored } = await pair({ policies: { moderate } });
    await edit(bob, id, 'tidied');
    expect(await stored()).toMatchObject({ from: { name: 'alice' }, text: 'tidied' });
    await edit(alice, id, 'untidied');
  });
});

describe('who is sanctioned', () => {
  test.each(kinds.filter(([type]) => type !== 'delete'))('and muted may not %s', async (_type, command) => {
    const { alice, bob, id, stored } = await pair({ policies: { moderate: () => true } });
    await bob.request({ type: 'mute', room: 'lobby', member: 'alice' });
    expect(await alice.ask({ ...command, message: id })).toMatchObject({ code: 'MUTED' });
    expect(await stored()).toMatchObject({ text: 'hi' });
    expect(await stored()).not.toHaveProperty('reactions');
  });

  test('and muted may take back what was said', async () => {
    const { alice, bob, id, stored } = await pair({ policies: { moderate: () => true } });
    await bob.request({ type: 'mute', room: 'lobby', member: 'alice' });
    await erase(alice, id);
    expect(await stored()).toMatchObject({ deleted: expect.any(Number) });
  });

  test.each(kinds)('and banned may not %s', async (_type, command) => {
    const { alice, bob, id, hub } = await pair({ policies: { moderate: () => true } });
    await bob.request({ type: 'ban', room: 'lobby', member: 'alice' });
    expect(await alice.ask({ ...command, message: id })).toMatchObject({ code: 'NOT_A_MEMBER' });
    expect(await hub.room('lobby').message(id)).toMatchObject({ text: 'hi' });
  });
});

describe('the send policy', () => {
  test('is asked about an edit, with the message that is to be changed, and may change it', async () => {
    const send = vi.fn(({ message, edits }) =>
      edits === undefined ? message : { ...message, text: 'changed', data: 1 },
    );
    const { alice, bob, id, stored } = await pair({ policies: { send } });
    send.mockClear();
    await edit(alice, id, 'hi!', { data: 'x' });
    expect(send).toHaveBeenCalledExactlyOnceWith(
      expect.objectContaining({
        member: expect.objectContaining({ name: 'alice' }),
        room: 'lobby',
        message: expect.objectContaining({ text: 'hi!', data: 'x' }),
        edits: expect.objectContaining({ id, text: 'hi', data: { mood: 'good' } }),
      }),
    );
    expect(await bob.next('edit')).toMatchObject({ text: 'changed', data: 1 });
    expect(await stored()).toMatchObject({ text: 'changed', data: 1 });
  });

  test('refuses an edit by null or an error', async () => {
    let answer: () => null = () => null;
    const { alice, id, stored } = await pair({ policies: { send: ({ edits }) => (edits ? answer() : undefined) } });
    const command = { type: 'edit', room: 'lobby', message: id, text: 'spam' } as const;
    expect(await alice.ask(command)).toMatchObject({ code: 'FORBIDDEN' });
    answer = () => {
      throw new ChatError('TOO_LONG', 'not that word');
    };
    expect(await alice.ask(command)).toMatchObject({ code: 'TOO_LONG', message: 'not that word' });
    expect(await stored()).toMatchObject({ text: 'hi' });
  });

  test('can’t make an edit empty, nor too long', async () => {
    let draft = { text: '' };
    const { alice, id, errors, stored } = await pair({
      policies: { send: ({ edits }) => (edits ? draft : undefined) },
    });
    const command = { type: 'edit', room: 'lobby', message: id, text: 'x' } as const;
    expect(await alice.ask(command)).toMatchObject({ type: 'error' });
    draft = { text: 'x'.repeat(5_000) };
    expect(await alice.ask(command)).toMatchObject({ type: 'error' });
    expect(await stored()).toMatchObject({ text: 'hi' });
    errors.splice(0);
  });

  test('is not asked about deletions and reactions', async () => {
    const send = vi.fn();
    const { alice, id } = await pair({ policies: { send } });
    send.mockClear();
    await react(alice, id, '👍');
    await erase(alice, id);
    expect(send).not.toHaveBeenCalled();
  });

  test('is asked nothing about who may not edit', async () => {
    const send = vi.fn();
    const { bob, id } = await pair({ policies: { send } });
    send.mockClear();
    await bob.ask({ type: 'edit', room: 'lobby', message: id, text: 'x' });
    expect(send).not.toHaveBeenCalled();
  });
});

describe('what happens while a policy thinks', () => {
  /** Alice's edit, which waits for the send policy until the test lets it go. */
  async function thinking() {
    const asked = deferred();
    const answer = deferred<undefined>();
    const chatting = await pair({
      policies: {
        moderate: () => true,
        send: ({ edits }) => {
          if (edits === undefined) return undefined;
          asked.resolve();
          return answer.promise;
        },
      },
    });
    const edited = chatting.alice.ask({ type: 'edit', room: 'lobby', message: chatting.id, text: 'too late' });
    await asked.promise;
    const settle = () => {
      answer.resolve(undefined);
      return edited;
    };
    return { ...chatting, settle };
  }

  test('to a message that is deleted meanwhile: it stays deleted', async () => {
    const { id, bob, settle, stored } = await thinking();
    await erase(bob, id);
    expect(await settle()).toMatchObject({ type: 'error', code: 'NO_SUCH_MESSAGE' });
    expect(await stored()).toMatchObject({ deleted: expect.any(Number), text: '' });
  });

  test('to an author who is thrown out meanwhile: nothing is changed', async () => {
    const { bob, settle, hub, id } = await thinking();
    await bob.request({ type: 'kick', room: 'lobby', member: 'alice' });
    expect(await settle()).toMatchObject({ type: 'error', code: 'NOT_A_MEMBER' });
    expect(await hub.room('lobby').message(id)).toMatchObject({ text: 'hi' });
  });

  test('to a message that is edited by somebody else meanwhile: the later one holds', async () => {
    const { bob, settle, id, stored } = await thinking();
    await react(bob, id, '👍');
    expect(await settle()).toMatchObject({ type: 'sent', offset: 3 });
    expect(await stored()).toMatchObject({ text: 'too late', reactions: { '👍': [expect.any(String)] } });
  });
});

describe('what is too much', () => {
  test('of text and data is TOO_LONG', async () => {
    const { alice, id, stored } = await pair({ limits: { messageBytes: 10, dataBytes: 20 } });
    const command = { type: 'edit', room: 'lobby', message: id } as const;
    expect(await alice.ask({ ...command, text: '12345678901' })).toMatchObject({ code: 'TOO_LONG' });
    expect(await alice.ask({ ...command, text: 'x', data: 'y'.repeat(19) })).toMatchObject({ code: 'TOO_LONG' });
    expect(await stored()).toMatchObject({ text: 'hi' });
    await edit(alice, id, '1234567890', { data: 'y'.repeat(18) });
  });

  test('of different reactions is as the limit says', async () => {
    const { alice, id } = await pair({ limits: { reactions: 1 } });
    await react(alice, id, 'a');
    await react(alice, id, 'a');
    expect(await alice.ask({ type: 'react', room: 'lobby', message: id, reaction: 'b' })).toMatchObject({
      type: 'error',
    });
  });
});

describe('the application', () => {
  test('is told of each once, on the node of who did it', async () => {
    const { first, second, alsoAli, message, clock } = await spread(memory());
    const told = { first: vi.fn(), second: vi.fn() };
    for (const [name, { hub }] of [
      ['first', first],
      ['second', second],
    ] as const)
      for (const event of ['edit', 'delete', 'reaction'] as const)
        hub.on(event, (facts: object) => told[name]({ event, ...facts }));
    await edit(alsoAli, message, 'hi!', { key: 'k' });
    await edit(alsoAli, message, 'hi!', { key: 'k', repeat: true });
    await react(alsoAli, message, '👍');
    await erase(alsoAli, message);
    await clock.advance(0);
    expect(told.first).not.toHaveBeenCalled();
    const member = { name: 'ali' };
    expect(told.second.mock.calls.map(([facts]) => facts)).toMatchObject([
      { event: 'edit', member, room: 'lobby', edit: { type: 'edit', message, text: 'hi!', offset: 2 } },
      { event: 'reaction', member, room: 'lobby', reaction: { message, reaction: '👍', offset: 3 } },
      { event: 'delete', member, room: 'lobby', deletion: { type: 'delete', message, offset: 4 } },
    ]);
  });

  test('is told nothing of what was refused', async () => {
    const { bob, id, hub } = await pair();
    const told = vi.fn();
    hub.on('edit', told).on('delete', told);
    for (const [, command] of kinds.slice(0, 2)) await bob.ask({ ...command, message: id });
    expect(told).not.toHaveBeenCalled();
  });
});

test('a key stands for one command: for another, or about another message, it is refused', async () => {
  const { alice, id, stored } = await pair();
  const other = await alice.say('lobby', 'one', { key: 'k' });
  await edit(alice, id, 'hi!', { key: 'edit' });
  const used = { type: 'error', code: 'BAD_COMMAND', message: 'That key was used for something else.' };
  const wrong = [
    { type: 'edit', room: 'lobby', message: id, text: 'x', key: 'k' },
    { type: 'delete', room: 'lobby', message: id, key: 'k' },
    { type: 'edit', room: 'lobby', message: other.message, text: 'x', key: 'edit' },
    { type: 'delete', room: 'lobby', message: 'nonsense', key: 'edit' },
    { type: 'send', room: 'lobby', text: 'x', key: 'edit' },
  ] as const;
  for (const command of wrong) {
    for (const repeat of [true, false]) expect(await alice.ask({ ...command, repeat })).toMatchObject(used);
  }
  expect(await stored()).toMatchObject({ text: 'hi!' });
});
