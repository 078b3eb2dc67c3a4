import { ChatError, type HubOptions, memory, type Room } from 'chathub';
import { describe, expect, test, vi } from 'vitest';
import { engines, entriesIn } from './engines.js';
import { chat, deferred, gatedEngine, twoNodes } from './set-up.js';

const server = { id: 'server', user: 'server', name: 'server' };
const ci = { id: 'ci', user: 'ci', name: 'ci' };

/** Alice is in the lobby, where the server has said "hi". */
async function lobby(options: HubOptions = {}) {
  const chatting = await chat(options);
  const alice = await chatting.connect('alice');
  await alice.join('lobby');
  const room = chatting.hub.room('Lobby');
  const message = await room.send('hi', { data: 1 });
  return { ...chatting, alice, room, message, id: message.id };
}

describe.each(engines)('a room on %s', (_name, make) => {
  test('edits a message, as the server or as somebody', async () => {
    const { alice, room, id, clock } = await lobby({ engine: make() });
    await clock.advance(5);
    expect(await room.edit(id, 'hi!', { data: [2] })).toBeUndefined();
    expect(await alice.next('edit')).toEqual({
      type: 'edit',
      room: 'lobby',
      id: expect.any(String),
      offset: 2,
      from: server,
      message: id,
      text: 'hi!',
      data: [2],
      at: clock.now(),
    });
    await room.edit(id, 'hello', { from: { name: 'ci' } });
    expect(await alice.next('edit')).toMatchObject({ from: ci, text: 'hello' });
    const message = await room.message(id);
    expect(message).toMatchObject({ id, text: 'hello', edited: clock.now(), from: server });
    expect(message).not.toHaveProperty('data');
  });

  test('deletes a message, whoever wrote it', async () => {
    const { alice, room } = await lobby({ engine: make() });
    const { message } = await alice.say('lobby', 'rude');
    await room.delete(message, { from: { name: 'mod', id: 'm1', user: 'u1' } });
    expect(await alice.next('delete')).toMatchObject({
      from: { name: 'mod', id: 'm1', user: 'u1' },
      message,
      offset: 3,
    });
    expect(await room.message(message)).toBeUndefined();
    expect((await room.history()).find(({ id }) => id === message)).toMatchObject({ deleted: expect.any(Number) });
  });

  test('reacts to a message, and takes it back', async () => {
    const { alice, room, id } = await lobby({ engine: make() });
    await room.react(id, '👍');
    await room.react(id, '👍', { from: { name: 'ci' } });
    expect(await alice.next('reaction')).toMatchObject({ from: server, message: id, reaction: '👍', offset: 2 });
    expect((await room.message(id))?.reactions).toEqual({ '👍': ['server', 'ci'] });
    await room.react(id, '👍', { remove: true });
    expect((await room.message(id))?.reactions).toEqual({ '👍': ['ci'] });
  });

  test('does each of these once, with a key', async () => {
    const { alice, room, id, clock } = await lobby({ engine: make() });
    for (let times = 0; times < 2; times++) await room.edit(id, 'hi!', { key: 'e' });
    for (let times = 0; times < 2; times++) await room.react(id, '👍', { key: 'r' });
    for (let times = 0; times < 2; times++) await room.delete(id, { key: 'd' });
    await clock.advance(0);
    expect(entriesIn(alice, 'lobby').map(({ type, offset }) => [type, offset])).toEqual([
      ['message', 1],
      ['edit', 2],
      ['reaction', 3],
      ['delete', 4],
    ]);
  });

  test('says what it is about, to those who are there and those who come', async () => {
    const { alice, room, connect, clock } = await lobby({ engine: make() });
    expect(await room.topic()).toBe('');
    await room.setTopic('be nice', { from: { name: 'ci' } });
    expect(await room.topic()).toBe('be nice');
    const told = { text: 'be nice', from: ci, at: clock.now() };
    expect(await alice.next('topic')).toEqual({ type: 'topic', room: 'lobby', ...told });
    expect(await (await connect()).join('lobby')).toMatchObject({ topic: told });
    await room.setTopic('');
    expect(await alice.next('topic')).toEqual({ type: 'topic', room: 'lobby', text: '' });
    expect(await room.topic()).toBe('');
  });

  test('needs nobody in it', async () => {
    const { hub } = await chat({ engine: make() });
    const empty = hub.room('empty');
    const { id } = await empty.send('hi');
    await empty.edit(id, 'hi!');
    await empty.react(id, '👍');
    await empty.setTopic('nothing');
    expect(await empty.message(id)).toMatchObject({ text: 'hi!', reactions: { '👍': ['server'] } });
    expect(await empty.topic()).toBe('nothing');
    await empty.delete(id);
    expect(await empty.message(id)).toBeUndefined();
  });

  test('searches, page by page', async () => {
    const { room, hub } = await lobby({ engine: make() });
    for (let index = 0; index < 5; index++) await room.send(`lunch ${index}`);
    await hub.room('garden').send('lunch elsewhere');
    const { messages, next } = await room.search('lunch', { limit: 3 });
    expect(messages.map(({ text }) => text)).toEqual(['lunch 2', 'lunch 3', 'lunch 4']);
    expect(next).toBe(4);
    const rest = await room.search('LUN*', { limit: 3, before: next! });
    expect(rest.messages.map(({ text }) => text)).toEqual(['lunch 0', 'lunch 1']);
    expect(rest.next).toBeUndefined();
    expect(await room.search('dinner')).toEqual({ messages: [], next: undefined });
  });

  test('refuses what can’t be, and stores nothing', async () => {
    const { room, id } = await lobby({
      engine: make(),
      limits: { messageBytes: 10, dataBytes: 10, topicBytes: 4, reactions: 1 },
    });
    const gone = { code: 'NO_SUCH_MESSAGE' };
    for (const message of ['nothing', '']) {
      await expect(room.edit(message, 'x')).rejects.toMatchObject(gone);
      await expect(room.delete(message)).rejects.toMatchObject(gone);
      await expect(room.react(message, '👍')).rejects.toMatchObject(gone);
      expect(await room.message(message)).toBeUndefined();
    }
    const { id: deleted } = await room.send('x');
    await room.delete(deleted);
    await expect(room.edit(deleted, 'y')).rejects.toMatchObject(gone);
    await expect(room.delete(deleted)).rejects.toMatchObject(gone);
    await expect(room.react(deleted, '👍')).rejects.toMatchObject(gone);
    await expect(room.edit(id, '12345678901')).rejects.toMatchObject({ code: 'TOO_LONG' });
    await expect(room.edit(id, 'x', { data: '123456789' })).rejects.toMatchObject({ code: 'TOO_LONG' });
    await expect(room.edit(id, '')).rejects.toMatchObject({ code: 'BAD_COMMAND' });
    await expect(room.edit(id, 'x', { key: 'x'.repeat(65) })).rejects.toMatchObject({ code: 'BAD_COMMAND' });
    await expect(room.react(id, '')).rejects.toMatchObject({ code: 'BAD_COMMAND' });
    await expect(room.react(id, 'x'.repeat(65))).rejects.toMatchObject({ code: 'BAD_COMMAND' });
    await room.react(id, 'a');
    await expect(room.react(id, 'b')).rejects.toMatchObject({ code: 'TOO_LONG' });
    await expect(room.setTopic('12345')).rejects.toMatchObject({ code: 'TOO_LONG' });
    expect(await room.message(id)).toMatchObject({ text: 'hi', reactions: { a: ['server'] } });
    expect(await room.topic()).toBe('');
    expect((await room.send('next')).offset).toBe(5);
  });

  test('acts on all nodes', async () => {
    const { first, second, clock } = await twoNodes({ engine: make() });
    const bob = await second.connect('bob');
    await bob.join('lobby');
    const room = first.hub.room('lobby');
    const { id } = await room.send('hi');
    await room.edit(id, 'hi!');
    await room.react(id, '👍');
    await room.delete(id);
    await room.setTopic('be nice');
    await clock.advance(0);
    expect(entriesIn(bob, 'lobby').map(({ offset, type }) => [offset, type])).toEqual([
      [1, 'message'],
      [2, 'edit'],
      [3, 'reaction'],
      [4, 'delete'],
    ]);
    expect(await bob.next('topic')).toMatchObject({ text: 'be nice' });
    expect(await second.hub.room('lobby').topic()).toBe('be nice');
  });
});

describe('a room', () => {
  test('asks no policy, and tells the application nothing of what it did itself', async () => {
    const refuse = vi.fn(() => false);
    const policies = { moderate: refuse, topic: refuse, send: () => null };
    const { hub, room, id } = await lobby({ policies });
    const told = vi.fn();
    for (const event of ['edit', 'delete', 'reaction', 'topic'] as const) hub.on(event, told);
    await room.edit(id, 'x');
    await room.react(id, '👍');
    await room.setTopic('x');
    await room.delete(id);
    expect(refuse).not.toHaveBeenCalled();
    expect(told).not.toHaveBeenCalled();
  });

  const failures: readonly (readonly [string, string, (room: Room, id: string) => Promise<unknown>])[] = [
    ['edit', 'log.append', (room, id) => room.edit(id, 'x')],
    ['delete', 'log.append', (room, id) => room.delete(id)],
    ['react', 'log.append', (room, id) => room.react(id, '👍')],
    ['setTopic', 'state.set', (room) => room.setTopic('x')],
  ];

  test.each(failures)('reports a failed %s that nobody awaits', async (name, method, act) => {
    const { engine, gates } = gatedEngine();
    const { room, id, errors, clock } = await lobby({ engine });
    gates.set(method, () => Promise.reject(new ChatError('ENGINE_UNAVAILABLE')));
    void act(room, id);
    await clock.advance(0);
    expect(errors.splice(0)).toMatchObject([{ stage: `room.${name}`, error: { code: 'ENGINE_UNAVAILABLE' } }]);
    // Who awaits it is told, and nobody else.
    await expect(act(room, id)).rejects.toMatchObject({ code: 'ENGINE_UNAVAILABLE' });
    await act(room, id).catch(() => undefined);
    await clock.advance(0);
    expect(errors).toEqual([]);
  });

  test('reports what was refused that nobody awaits', async () => {
    const { room, errors, clock } = await lobby();
    void room.edit('nothing', 'x');
    void room.delete('nothing');
    void room.react('nothing', '👍');
    void room.setTopic('x'.repeat(2_000));
    await clock.advance(0);
    expect(
      errors
        .splice(0)
        .map(({ stage }) => stage)
        .sort(),
    ).toEqual(['room.delete', 'room.edit', 'room.react', 'room.setTopic']);
  });

  test('rejects all of it once the hub is closed', async () => {
    const { hub, room, id, errors } = await lobby();
    await hub.close({ signal: AbortSignal.abort() });
    const closed = { code: 'SHUTDOWN' };
    for (const act of [
      () => room.edit(id, 'x'),
      () => room.delete(id),
      () => room.react(id, '👍'),
      () => room.message(id),
      () => room.topic(),
      () => room.setTopic('x'),
      () => room.search('x'),
      () => hub.search('x', { rooms: ['lobby'] }),
    ])
      await expect(act()).rejects.toMatchObject(closed);
    expect(errors).toEqual([]);
  });

  test('edits what a member says while that is being stored, once it has its id', async () => {
    const { engine, gates } = gatedEngine(memory());
    const { alice, room, hub, clock } = await lobby({ engine });
    const slow = deferred();
    hub.on('message', ({ message }) => void room.edit(message!.id, 'moderated'));
    gates.set('log.append', async (call) => {
      await slow.promise;
      return call();
    });
    const said = alice.say('lobby', 'rude');
    await clock.advance(0);
    slow.resolve();
    const { message } = await said;
    await clock.advance(0);
    expect(await alice.next('edit')).toMatchObject({ message, text: 'moderated' });
  });

  test('refuses rooms by names that are none', async () => {
    const { hub } = await lobby();
    await expect(hub.search('x', { rooms: ['a b'] })).rejects.toMatchObject({ code: 'BAD_ROOM' });
    await expect(hub.search('x', { rooms: ['@ali'] })).rejects.toMatchObject({ code: 'BAD_ROOM' });
  });
});
