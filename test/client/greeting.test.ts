import { describe, expect, test, vi } from 'vitest';
import { author, facts, scripted, settled, stillTime } from './fake-socket.js';

stillTime();

const refusal = (code: string, retryable = false) => ({ type: 'error', code, message: code, retryable });

describe('a token', () => {
  test('is asked for before each connect', async () => {
    let n = 0;
    const { socket, greet, retry } = scripted({ token: async () => `token ${++n}` });
    expect((await greet()).last('hello')).toMatchObject({ token: 'token 1' });
    socket().end();
    await retry();
    expect((await greet()).last('hello')).toMatchObject({ token: 'token 2' });
  });

  test.each([
    [
      'throws',
      () => {
        throw new Error('no token');
      },
    ],
    ['rejects', () => Promise.reject(new Error('no token'))],
  ])('whose function %s is an error event, and asked for again', async (_how, failing) => {
    const token = vi.fn<() => Promise<string>>().mockResolvedValue('here');
    token.mockImplementationOnce(failing);
    const { client, sockets, states, greet, retry } = scripted({ token });
    await settled();
    expect(client.errors).toMatchObject([{ message: 'no token' }]);
    expect([sockets.length, states.at(-1)?.state]).toEqual([0, 'offline']);
    await retry();
    expect((await greet()).last('hello')).toMatchObject({ token: 'here' });
  });

  test('is refused once: where another may be given, it is asked for', async () => {
    const { client, socket, retry } = scripted({ token: () => 'old' });
    await settled();
    socket().end(4500, 'UNAUTHENTICATED');
    expect(client.state).toBe('offline');
    await retry();
    socket().end(4500, 'UNAUTHENTICATED');
    expect(client.state).toBe('closed');
    await expect(client.ready()).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  });

  test('that stays the same is refused for good', async () => {
    const { client, socket } = scripted({ token: 'old' });
    await settled();
    socket().end(4500, 'UNAUTHENTICATED');
    expect(client.state).toBe('closed');
  });

  test('that is refused with a session is shown again without it', async () => {
    const { client, socket, greet, retry } = scripted({ token: 'mine' });
    await greet();
    socket().end();
    for (let round = 0; round < 2; round++) {
      await retry();
      socket().open();
      expect(socket().last('hello')).toMatchObject({ session: 'secret' });
      socket().end(4500, 'UNAUTHENTICATED');
      expect(client.state).toBe('offline');
      await retry();
      // A welcome in between makes up for it.
      expect((await greet()).last('hello')).not.toHaveProperty('session');
      socket().end();
    }
    await retry();
    socket().end(4500, 'UNAUTHENTICATED');
    await retry();
    socket().end(4500, 'UNAUTHENTICATED');
    expect(client.state).toBe('closed');
  });

  test('is shown afresh by refresh()', async () => {
    let n = 0;
    const { client, socket, greet } = scripted({ token: () => `token ${++n}` });
    await greet();
    const refreshed = client.refresh();
    await settled();
    expect(socket().last('refresh')).toMatchObject({ token: 'token 2' });
    await socket().answer('refresh', { type: 'ok' });
    await refreshed;
    const refused = expect(client.refresh()).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    await settled();
    await socket().answer('refresh', refusal('UNAUTHENTICATED'));
    await refused;
  });

  test('that there is none of is not shown', async () => {
    const { client, socket, greet } = scripted();
    await greet();
    await client.refresh();
    expect(socket().all('refresh')).toEqual([]);
  });
});

describe('a name', () => {
  test.each(['NAME_TAKEN', 'BAD_NAME', 'FORBIDDEN'])('that is refused with %s is done without', async (code) => {
    const { client, socket, greet, retry } = scripted({ name: 'alice' });
    await settled();
    socket().open();
    expect(socket().last('hello')).toMatchObject({ name: 'alice' });
    await socket().answer('hello', refusal(code));
    expect(client.errors).toMatchObject([{ code }]);
    expect(socket().all('hello').length).toBe(2);
    await greet({ member: author('guest-1') });
    expect(socket().last('hello')).not.toHaveProperty('name');
    expect(client.state).toBe('online');
    socket().end();
    await retry();
    socket().open();
    expect(socket().last('hello')).not.toHaveProperty('name');
  });

  test('changes by nick(), by the server, and with a session', async () => {
    const { client, socket, greet, retry } = scripted();
    const names: string[] = [];
    client.on('rename', ({ name }) => names.push(name));
    await greet();
    const named = client.nick('Al');
    await settled();
    await socket().answer('nick', { type: 'renamed', name: 'al' });
    expect(await named).toBe('al');
    socket().say({ type: 'renamed', name: 'ali' });
    expect(client.me?.name).toBe('ali');
    socket().end();
    await retry();
    await greet({ member: author('guest-2') });
    expect(names).toEqual(['al', 'ali', 'guest-2']);
  });
});

test('a greeting that the server may grant later is tried over another connection', async () => {
  const { client, sockets, socket, retry } = scripted();
  await settled();
  socket().open();
  await socket().answer('hello', refusal('ENGINE_UNAVAILABLE', true));
  expect([socket().closed?.[0], client.state]).toEqual([4000, 'offline']);
  await retry();
  expect(sockets.length).toBe(2);
});

describe('a session', () => {
  test('is taken up with the positions of its rooms and of the direct messages', async () => {
    const { client, socket, greet, enter, retry } = scripted();
    expect(client.save()).toBeUndefined();
    await greet({ rooms: { '@': facts({ epoch: 'i1', offset: 4 }) } });
    await enter('lobby', { offset: 7 });
    const rooms = { '@': { epoch: 'i1', offset: 4 }, lobby: { epoch: 'e1', offset: 7 } };
    expect(client.save()).toEqual({ session: 'secret', rooms });
    socket().end();
    await retry();
    socket().open();
    expect(socket().last('hello')).toMatchObject({ session: 'secret', rooms });
  });

  test('is taken up by another client from what was saved', async () => {
    const saved = { session: 'kept', rooms: { '@': { epoch: 'i1', offset: 4 }, lobby: { epoch: 'e1', offset: 7 } } };
    const { client, greet } = scripted({ resume: JSON.parse(JSON.stringify(saved)) });
    const joined = vi.fn();
    client.on('join', joined);
    const missed = { type: 'message', room: 'lobby', id: 'm8', offset: 8, from: author('bob'), text: 'missed', at: 1 };
    const rooms = { lobby: facts({ offset: 8, entries: [missed] }), '@': facts({ epoch: 'i1', offset: 4 }) };
    const socket = await greet({ session: 'kept', resumed: true, rooms });
    expect(socket.last('hello')).toMatchObject(saved);
    const lobby = client.rooms.get('lobby');
    expect(joined.mock.calls).toEqual([[{ room: lobby }]]);
    expect((await lobby?.[Symbol.asyncIterator]().next())?.value).toEqual(missed);
    expect(client.save()?.rooms.lobby).toEqual({ epoch: 'e1', offset: 8 });
  });
});
