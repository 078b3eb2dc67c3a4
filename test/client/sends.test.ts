import { describe, expect, test, vi } from 'vitest';
import { author, facts, message, scripted, settled, stillTime } from './fake-socket.js';

stillTime();

const sent = (offset: number, more: object = {}) => ({
  ...{ type: 'sent', room: 'lobby', message: `m${offset}`, epoch: 'e1', offset, at: 5, duplicate: false },
  ...more,
});
const refusal = (code: string, retryable: boolean) => ({ type: 'error', code, message: code, retryable });
const resumed = { resumed: true, rooms: { lobby: facts() } };

/** In a room, with something said in it, and what became of it. */
async function saying(options: Parameters<typeof scripted>[0] = {}, hello: object = {}) {
  const it = scripted(options);
  await it.greet(hello);
  const lobby = await it.enter();
  const outcome = vi.fn();
  const say = (text: string) =>
    lobby.send(text).then(
      (facts) => outcome(text, facts),
      ({ code, retryable }) => outcome(text, code, retryable),
    );
  return { ...it, lobby, outcome, say };
}

describe('a message', () => {
  test('is acknowledged with its place', async () => {
    const { say, socket, outcome } = await saying();
    void say('x');
    expect(socket().last('send')).toMatchObject({ room: 'lobby', text: 'x', key: expect.any(String) });
    expect(socket().last('send')).not.toHaveProperty('repeat');
    await socket().answer('send', sent(1));
    expect(outcome.mock.calls).toEqual([['x', { id: 'm1', offset: 1, epoch: 'e1', at: 5 }]]);
  });

  test('has a key of its own', async () => {
    const { say, socket } = await saying();
    for (let n = 0; n < 50; n++) void say('x');
    expect(
      new Set(
        socket()
          .all('send')
          .map(({ key }) => key),
      ).size,
    ).toBe(50);
  });

  test('is repeated over the next connection with the same key, and says so, in its turn', async () => {
    const { say, socket, greet, retry, outcome } = await saying();
    for (const text of ['a', 'b']) void say(text);
    const first = socket().all('send');
    socket().end();
    void say('c');
    await retry();
    await greet(resumed);
    const again = socket().all('send');
    expect(again.map(({ text, key, repeat }) => [text, key, repeat])).toEqual([
      ['a', first[0]?.key, true],
      ['b', first[1]?.key, true],
      ['c', expect.any(String), undefined],
    ]);
    socket().say({ ...sent(1, { duplicate: true }), re: again[0]?.id });
    await settled();
    expect(outcome.mock.calls).toEqual([['a', expect.objectContaining({ offset: 1 })]]);
  });

  test('that comes back before its acknowledgement is acknowledged by that', async () => {
    const { say, socket, greet, retry, outcome } = await saying();
    void say('x');
    const { key } = socket().last('send');
    socket().end();
    await retry();
    // The same key of somebody else is another message.
    const others = message(1, { key });
    const own = message(2, { key, from: author('alice') });
    await greet({ resumed: true, rooms: { lobby: facts({ offset: 2, entries: [others, own] }) } });
    expect(outcome.mock.calls).toEqual([['x', { id: 'm2', offset: 2, epoch: 'e1', at: 1 }]]);
    expect(socket().all('send')).toEqual([]);
  });

  test('is given up after nine minutes: a later repeat could be a second copy', async () => {
    const { say, socket, greet, retry, outcome } = await saying({}, { heartbeat: null });
    void say('x');
    await vi.advanceTimersByTimeAsync(300_000);
    socket().end();
    await retry();
    await greet({ ...resumed, heartbeat: null });
    await vi.advanceTimersByTimeAsync(240_000 - 1_000);
    expect(outcome.mock.calls).toEqual([]);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(outcome.mock.calls).toEqual([['x', 'TIMEOUT', true]]);
  });

  test('that was under way is in doubt when the next session is of another user; what waited goes out', async () => {
    const { say, socket, greet, retry, outcome } = await saying();
    void say('under way');
    socket().end();
    void say('waits');
    await retry();
    await greet({ session: 'other', member: author('guest-2') });
    expect(socket().all('send')).toEqual([]);
    await socket().answer('join', { type: 'joined', room: 'lobby', ...facts() });
    expect(outcome.mock.calls).toEqual([['under way', 'TIMEOUT', true]]);
    expect(
      socket()
        .all('send')
        .map(({ text, repeat }) => [text, repeat]),
    ).toEqual([['waits', undefined]]);
  });

  test.each(['ENGINE_UNAVAILABLE', 'RATE_LIMITED', 'TIMEOUT'])(
    'that can be stored later, says %s, is repeated after a second',
    async (code) => {
      const { say, socket, outcome } = await saying();
      void say('x');
      const { key } = socket().last('send');
      await socket().answer('send', refusal(code, true));
      await vi.advanceTimersByTimeAsync(999);
      expect(socket().all('send').length).toBe(1);
      await vi.advanceTimersByTimeAsync(1);
      expect(socket().last('send')).toMatchObject({ text: 'x', key, repeat: true });
      await socket().answer('send', sent(1));
      expect(outcome.mock.calls).toEqual([['x', expect.objectContaining({ offset: 1 })]]);
    },
  );

  test.each([
    ['FORBIDDEN', false],
    ['MUTED', false],
    ['INTERNAL', true],
  ])('that is refused with %s fails with it', async (code, retryable) => {
    const { say, socket, outcome } = await saying();
    void say('x');
    await socket().answer('send', refusal(code, retryable));
    await vi.advanceTimersByTimeAsync(5_000);
    expect(outcome.mock.calls).toEqual([['x', code, retryable]]);
    expect(socket().all('send').length).toBe(1);
  });

  test('that no frame can carry fails here, in bytes of UTF-8', async () => {
    const limits = { messageBytes: 100, dataBytes: 100, frameBytes: 800 };
    const { say, socket, outcome } = await saying({}, { limits });
    void say('é'.repeat(400));
    void say('é'.repeat(300));
    await settled();
    expect(outcome.mock.calls).toEqual([['é'.repeat(400), 'TOO_LONG', false]]);
    expect(socket().all('send').length).toBe(1);
  });

  test.each([1002, 1003, 1007, 1009])(
    'that may be why the connection was closed with %i is not repeated',
    async (code) => {
      const { say, socket, greet, retry, outcome } = await saying();
      void say('bad');
      socket().end(code);
      void say('good');
      await retry();
      await greet(resumed);
      expect(outcome.mock.calls).toEqual([['bad', 'BAD_FRAME', false]]);
      expect(
        socket()
          .all('send')
          .map(({ text }) => text),
      ).toEqual(['good']);
    },
  );

  test('that waits when the room is left fails, and one under way is still answered', async () => {
    const { say, socket, outcome } = await saying();
    void say('under way');
    socket().say({ type: 'left', room: 'lobby', code: 'KICKED', reason: 'enough' });
    void say('late');
    await socket().answer('send', sent(1));
    expect(outcome.mock.calls.sort()).toEqual([
      ['late', 'NOT_A_MEMBER', false],
      ['under way', expect.objectContaining({ offset: 1 })],
    ]);
  });

  test('that was never sent to a room that the session is not in any more is known not to be stored', async () => {
    const { say, socket, greet, retry, outcome } = await saying();
    socket().end();
    void say('waits');
    await retry();
    await greet({ resumed: true, rooms: {} });
    socket().end();
    await retry();
    await greet({ resumed: true, rooms: {} });
    expect(outcome.mock.calls).toEqual([['waits', 'NOT_A_MEMBER', false]]);
  });

  test('that was under way in a room that was left is in doubt when the connection is lost', async () => {
    // It waited for a room that nobody joins again, and was given up after nine minutes.
    const { say, socket, greet, retry, outcome } = await saying();
    void say('bye');
    socket().say({ type: 'left', room: 'lobby', code: 'KICKED' });
    socket().end();
    await retry();
    await greet({ resumed: true });
    expect(outcome.mock.calls).toEqual([['bye', 'TIMEOUT', true]]);
  });
});

describe('a queue', () => {
  test('holds so many messages, and refuses more', async () => {
    const { say, socket, outcome, greet, retry } = await saying({ queue: 2 });
    socket().end();
    for (const text of ['a', 'b', 'c']) void say(text);
    await settled();
    expect(outcome.mock.calls).toEqual([['c', 'RATE_LIMITED', true]]);
    await retry();
    await greet(resumed);
    await socket().answer('send', sent(2));
    void say('d');
    expect(
      socket()
        .all('send')
        .map(({ text }) => text),
    ).toEqual(['a', 'b', 'd']);
  });

  test('holds so many other calls, and refuses more', async () => {
    const { client, greet, socket } = scripted({ queue: 2 });
    const waiting = [client.join('a'), client.listRooms()];
    await expect(client.nick('c')).rejects.toMatchObject({ code: 'RATE_LIMITED', retryable: true });
    await greet();
    expect(socket().sent.map(({ type }) => type)).toEqual(['hello', 'join', 'rooms']);
    client.close();
    await Promise.allSettled(waiting);
  });
});

describe('another call', () => {
  test('that was asked once is in doubt when the connection is lost', async () => {
    const { client, greet, socket } = scripted();
    await greet();
    const failed = expect(client.request('pay', 5)).rejects.toMatchObject({ code: 'TIMEOUT', retryable: true });
    await settled();
    socket().end();
    await failed;
  });

  test('that does no harm is asked again', async () => {
    const { client, greet, socket, retry } = scripted();
    await greet();
    const rooms = client.listRooms();
    await settled();
    socket().end();
    await retry();
    await greet({ resumed: true });
    await socket().answer('rooms', { type: 'rooms', rooms: [{ name: 'lobby', count: 1 }] });
    expect(await rooms).toEqual([{ name: 'lobby', count: 1 }]);
  });

  test('that is refused fails with what the server said', async () => {
    const { client, greet, socket } = scripted();
    await greet();
    const refused = expect(client.join('ops')).rejects.toMatchObject({ code: 'FORBIDDEN', message: 'FORBIDDEN' });
    await settled();
    await socket().answer('join', refusal('FORBIDDEN', false));
    await refused;
  });
});

test('a direct message is repeated with its key, and known again in the inbox', async () => {
  const { client, greet, socket, retry } = scripted();
  await greet();
  const told = client.direct('bob', 'psst', { data: { a: 1 } });
  await settled();
  const { key } = socket().last('direct');
  expect(socket().last('direct')).toMatchObject({ to: 'bob', text: 'psst', data: { a: 1 } });
  socket().end();
  await retry();
  await greet({ resumed: true });
  expect(socket().last('direct')).toMatchObject({ key, repeat: true });
  socket().say({
    type: 'direct',
    id: 'd1',
    offset: 1,
    from: author('alice'),
    to: author('bob'),
    text: 'psst',
    key,
    at: 3,
  });
  expect(await told).toEqual({ id: 'd1', offset: 1, epoch: 'e1', at: 3 });
});

test('a signal goes out at once, or not at all', async () => {
  const { lobby, socket, greet, retry } = await saying();
  lobby.signal('typing', true);
  expect(socket().all('signal')).toMatchObject([{ room: 'lobby', name: 'typing', data: true }]);
  socket().end();
  lobby.signal('typing');
  await retry();
  await greet(resumed);
  expect(socket().all('signal')).toEqual([]);
});
