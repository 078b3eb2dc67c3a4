import { describe, expect, test, vi } from 'vitest';
import { author, facts, message, scripted, settled, stillTime } from './fake-socket.js';

stillTime();

const other = { session: 'other', member: author('guest-2') };
const refusal = (code: string, retryable = false) => ({ type: 'error', code, message: `${code}!`, retryable });

describe('a room', () => {
  test('is joined once, and asked for again only for its history', async () => {
    const { client, socket, greet, enter } = scripted();
    await greet();
    const lobby = await enter('lobby', { offset: 3 });
    expect(await client.join('lobby')).toBe(lobby);
    expect(socket().all('join').length).toBe(1);
    const more = client.join('lobby', { history: 2 });
    await settled();
    // To join again would begin at the room's end, and skip what is still on its way.
    expect(socket().last('history')).toMatchObject({ room: 'lobby', limit: 2 });
    const messages = [message(2), message(3)];
    await socket().answer('history', { type: 'history', room: 'lobby', epoch: 'e1', messages, more: true });
    expect(await more).toBe(lobby);
    const told: number[] = [];
    lobby.on('message', ({ offset }) => told.push(offset));
    await settled();
    expect(told).toEqual([2, 3]);
  });

  test('that the server puts one into is told', async () => {
    const { client, socket, greet } = scripted();
    const joined = vi.fn();
    client.on('join', joined);
    await greet();
    socket().say({ type: 'joined', room: 'lobby', ...facts() });
    const lobby = client.rooms.get('lobby');
    expect(joined.mock.calls).toEqual([[{ room: lobby }]]);
    void lobby?.send('hi');
    expect(socket().last('send')).toMatchObject({ room: 'lobby', text: 'hi' });
  });

  test('that one leaves is no room of the client any more', async () => {
    const { client, socket, greet, enter } = scripted();
    await greet();
    const lobby = await enter();
    const left = vi.fn();
    lobby.on('leave', left);
    const leaving = lobby.leave();
    await settled();
    await socket().answer('leave', { type: 'left', room: 'lobby' });
    await leaving;
    expect([lobby.joined, client.rooms.size]).toEqual([false, 0]);
    expect(left.mock.calls).toEqual([[{ code: undefined, reason: undefined }]]);
    await lobby.leave();
    expect(socket().all('leave').length).toBe(1);
  });

  test('that was left and is joined again is a new one', async () => {
    const { socket, greet, enter } = scripted();
    await greet();
    const before = await enter('lobby', { offset: 3 });
    socket().say({ type: 'left', room: 'lobby', code: 'KICKED', reason: 'enough' });
    const after = await enter('lobby', { offset: 9 });
    expect(after).not.toBe(before);
    expect([before.joined, after.joined, after.position?.offset]).toEqual([false, true, 9]);
  });
});

describe('when the session is over', () => {
  test('its rooms are joined again from where they were read', async () => {
    const { client, socket, greet, enter, retry } = scripted();
    await greet();
    const lobby = await enter('lobby', { offset: 4 });
    const told: unknown[] = [];
    lobby.on('message', ({ offset }) => told.push(offset));
    client.on('join', () => told.push('join'));
    socket().end();
    await retry();
    await greet(other);
    expect(socket().last('join')).toMatchObject({ room: 'lobby', after: { epoch: 'e1', offset: 4 } });
    await socket().answer('join', { type: 'joined', room: 'lobby', ...facts({ offset: 5, entries: [message(5)] }) });
    expect([told, lobby.joined, client.rooms.get('lobby') === lobby]).toEqual([[5], true, true]);
  });

  test('a room that may not be joined any more is left with the reason', async () => {
    const { client, socket, greet, enter, retry } = scripted();
    await greet();
    const lobby = await enter();
    const left = vi.fn();
    client.on('leave', left);
    socket().end();
    await retry();
    await greet(other);
    await socket().answer('join', refusal('FORBIDDEN'));
    expect(left.mock.calls).toEqual([[{ room: lobby, code: 'FORBIDDEN', reason: 'FORBIDDEN!' }]]);
    await expect(lobby.send('x')).rejects.toMatchObject({ code: 'NOT_A_MEMBER' });
  });

  test('a room that can’t be joined now is asked for again', async () => {
    const { socket, greet, enter, retry } = scripted();
    await greet();
    const lobby = await enter();
    socket().end();
    await retry();
    await greet(other);
    await socket().answer('join', refusal('ROOM_FULL', true));
    await vi.advanceTimersByTimeAsync(2_000);
    expect(socket().all('join').length).toBe(2);
    await socket().answer('join', { type: 'joined', room: 'lobby', ...facts() });
    expect(lobby.joined).toBe(true);
  });

  test('a room that can’t be joined now may be left', async () => {
    const { client, socket, greet, enter, retry } = scripted();
    await greet();
    const lobby = await enter();
    socket().end();
    await retry();
    await greet();
    const refused = { type: 'error', code: 'ENGINE_UNAVAILABLE', message: 'later', retryable: true };
    await socket().answer('join', refused);
    const leaving = lobby.leave();
    await settled();
    await socket().answer('leave', { type: 'error', code: 'NOT_A_MEMBER', message: 'no', retryable: false });
    await leaving;
    expect([lobby.joined, client.rooms.size]).toEqual([false, 0]);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(socket().all('join').length).toBe(1);
  });

  test('a room whose rejoin was cut off is asked for again when the new session is taken up', async () => {
    // A second cut, between the welcome of a fresh session and the answers to the joins that follow it, took clients out of rooms
    // that they had never left: the session was resumed, and these rooms were not among its own.
    const { client, socket, greet, enter, retry } = scripted();
    await greet();
    const lobby = await enter();
    socket().end();
    await retry();
    await greet(other);
    expect(socket().all('join').length).toBe(1);
    socket().end();
    await retry();
    await greet({ ...other, resumed: true });
    for (const { id } of socket().all('ping')) socket().say({ type: 'pong', re: id });
    await settled();
    expect([lobby.joined, client.rooms.get('lobby') === lobby]).toEqual([true, true]);
    expect(socket().last('join')).toMatchObject({ room: 'lobby', after: { epoch: 'e1', offset: 0 } });
  });
});

describe('when the session is taken up', () => {
  test('a room that it may be in no more is left with the reason that follows', async () => {
    const { client, socket, greet, enter, retry } = scripted();
    await greet();
    const [lobby, den] = [await enter(), await enter('den')];
    const left = vi.fn();
    client.on('leave', left);
    socket().end();
    await retry();
    await greet({ resumed: true, rooms: { den: facts() } });
    socket().say({ type: 'left', room: 'lobby', code: 'BANNED' });
    await socket().answer('ping', { type: 'pong' });
    expect(left.mock.calls).toEqual([[{ room: lobby, code: 'BANNED', reason: undefined }]]);
    expect([...client.rooms.values()]).toEqual([den]);
  });

  test('a room that it is in no more is left, even if nobody says why', async () => {
    const { client, socket, greet, enter, retry } = scripted();
    await greet();
    const lobby = await enter();
    socket().end();
    await retry();
    await greet({ resumed: true });
    await socket().answer('ping', { type: 'pong' });
    expect([lobby.joined, client.rooms.size]).toEqual([false, 0]);
  });

  test('a room that the server had put it into meanwhile is told', async () => {
    const { client, socket, greet, retry } = scripted();
    const joined = vi.fn();
    client.on('join', joined);
    await greet();
    socket().end();
    await retry();
    await greet({ resumed: true, rooms: { lobby: facts() } });
    expect(joined.mock.calls).toEqual([[{ room: client.rooms.get('lobby') }]]);
  });

  test('a join that was not answered is asked for again', async () => {
    const { client, socket, greet, retry } = scripted();
    await greet();
    const joining = client.join('lobby', { history: 3 });
    await settled();
    socket().end();
    await retry();
    await greet({ resumed: true });
    expect(socket().last('join')).toMatchObject({ room: 'lobby', history: 3 });
    await socket().answer('join', { type: 'joined', room: 'lobby', ...facts() });
    expect((await joining).joined).toBe(true);
  });
});

test('a signal to a room that was left, or is not joined again yet, is not sent: it would be an error of nobody', async () => {
  const { client, socket, greet, enter, retry } = scripted();
  await greet();
  const lobby = await enter();
  lobby.signal('typing');
  expect(socket().all('signal')).toHaveLength(1);
  socket().end();
  await retry();
  await greet({ resumed: false });
  lobby.signal('typing');
  expect(socket().all('signal')).toEqual([]);
  expect(client.state).toBe('online');
});

test('errors, notices and signals of the server’s own accord are told', async () => {
  const { client, socket, greet, enter } = scripted();
  await greet();
  const lobby = await enter();
  const told: unknown[] = [];
  client.on('notice', ({ text, data }) => told.push([text, data]));
  lobby.on('signal', ({ name, from, data }) => told.push([name, from.name, data]));
  socket().say({ type: 'notice', text: 'hi', data: 1 });
  socket().say({ type: 'signal', room: 'lobby', name: 'typing', from: author('bob'), data: null });
  socket().say(refusal('ABUSE'));
  expect(told).toEqual([
    ['hi', 1],
    ['typing', 'bob', null],
  ]);
  expect(client.errors).toMatchObject([{ code: 'ABUSE' }]);
});
