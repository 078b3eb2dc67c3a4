import type { ClientMessage, ClientRoom } from 'chathub/client';
import { describe, expect, test, vi } from 'vitest';
import { facts, message, scripted, settled, stillTime } from './fake-socket.js';
import { take } from './set-up.js';

stillTime();

async function lobby(more: object = {}) {
  const it = scripted();
  await it.greet();
  const room = await it.enter('lobby', more);
  let offset = Number((more as { offset?: number }).offset ?? 0);
  const say = (count = 1) => {
    for (let n = 0; n < count; n++) it.socket().say(message(++offset));
  };
  return { ...it, room, say };
}

const offsets = (messages: readonly ClientMessage[]) => messages.map(({ offset }) => offset);

function heard(room: ClientRoom): ClientMessage[] {
  const messages: ClientMessage[] = [];
  room.on('message', (one) => messages.push(one));
  return messages;
}

describe('messages', () => {
  test('wait for the first who listens, history and all', async () => {
    const { room, say } = await lobby({ offset: 2, recovered: false, entries: [message(1), message(2)] });
    say(2);
    const first = heard(room);
    const second = heard(room);
    await settled();
    say();
    expect([offsets(first), offsets(second)]).toEqual([
      [1, 2, 3, 4, 5],
      [1, 2, 3, 4, 5],
    ]);
    const late = heard(room);
    await settled();
    say();
    expect(offsets(late)).toEqual([6]);
  });

  test('that wait are given as they are by then: edited, or without what was deleted', async () => {
    const { room, say, socket } = await lobby();
    say(2);
    const about = { room: 'lobby', from: message(1).from, at: 9 };
    socket().say({ ...about, type: 'edit', id: 'e', offset: 3, message: message(1).id, text: 'better' });
    socket().say({ ...about, type: 'delete', id: 'd', offset: 4, message: message(2).id });
    const [first, second] = await take(room, 2);
    expect(first).toMatchObject({ text: 'better', edited: 9 });
    expect(second).toMatchObject({ text: '', deleted: 9 });
  });

  test('of others are unread until they are marked, each counted once', async () => {
    const { room, say, socket } = await lobby({
      offset: 4,
      more: true,
      recovered: true,
      unread: 4,
      entries: [message(1), message(2)],
    });
    expect(room.unread).toBe(4);
    // What follows because there was more has been counted.
    for (const offset of [3, 4]) socket().say(message(offset));
    expect(room.unread).toBe(4);
    say();
    expect(room.unread).toBe(5);
    room.markRead({ epoch: room.position.epoch, offset: 4 });
    expect(room.unread).toBe(5);
    room.markRead();
    expect(room.unread).toBe(0);
    socket().say({ type: 'read', room: 'lobby', epoch: room.position.epoch, upTo: 3, unread: 2 });
    expect(room.unread).toBe(2);
  });

  test('wait for the first who reads, and for once() too', async () => {
    const { room, say } = await lobby();
    say(2);
    const once = vi.fn();
    room.once('message', once);
    expect(offsets(await take(room, 2))).toEqual([1, 2]);
    expect(once.mock.calls.length).toBe(1);
  });

  test('that wait are the last 1,000', async () => {
    const { room, say } = await lobby();
    say(1_100);
    const all = heard(room);
    await settled();
    expect([all.length, all[0]?.offset, all.at(-1)?.offset]).toEqual([1_000, 101, 1_100]);
  });

  test('of a listener that throws go on to the others', async () => {
    const said = vi.spyOn(console, 'error').mockReturnValue();
    const { room, say } = await lobby();
    room.on('message', () => {
      throw new Error('my fault');
    });
    const all = heard(room);
    await settled();
    say(2);
    expect(offsets(all)).toEqual([1, 2]);
    expect(said).toHaveBeenCalledTimes(2);
    said.mockRestore();
  });

  test('come no more after off()', async () => {
    const { room, say } = await lobby();
    const listener = vi.fn();
    room.on('message', listener).on('message', listener);
    await settled();
    say();
    room.off('message', listener);
    say();
    expect(listener).toHaveBeenCalledTimes(1);
  });
});

describe('a reader', () => {
  test('has a queue of its own', async () => {
    const { room, say } = await lobby();
    const [one, two] = [take(room, 3), take(room, 2)];
    await settled();
    say(3);
    expect([offsets(await one), offsets(await two)]).toEqual([
      [1, 2, 3],
      [1, 2],
    ]);
  });

  test('waits for what is not there yet', async () => {
    const { room, say } = await lobby();
    const reader = room[Symbol.asyncIterator]();
    const next = vi.fn();
    void reader.next().then(next);
    await settled();
    expect(next).not.toHaveBeenCalled();
    say();
    await settled();
    expect(next.mock.calls).toEqual([[{ done: false, value: message(1) }]]);
  });

  test('comes to its end, after what is unread, when the room is left', async () => {
    const { room, say, socket } = await lobby();
    const reading = take(room, 100);
    await settled();
    say(2);
    socket().say({ type: 'left', room: 'lobby' });
    expect(offsets(await reading)).toEqual([1, 2]);
    expect(await take(room, 1)).toEqual([]);
  });

  test('is given what waited even if the room has ended by then', async () => {
    const { room, say, socket } = await lobby();
    say();
    socket().say({ type: 'left', room: 'lobby', code: 'KICKED' });
    expect(offsets(await take(room, 2))).toEqual([1]);
  });

  test('comes to its end when the client is closed', async () => {
    const { room, client } = await lobby();
    const reading = take(room, 1);
    await settled();
    client.close();
    expect(await reading).toEqual([]);
  });

  test('goes on over a lost connection', async () => {
    const { room, say, socket, greet, retry } = await lobby();
    const reading = take(room, 3);
    await settled();
    say();
    socket().end();
    await retry();
    await greet({ resumed: true, rooms: { lobby: facts({ offset: 2, entries: [message(2)] }) } });
    socket().say(message(3));
    expect(offsets(await reading)).toEqual([1, 2, 3]);
  });

  test('that leaves 10,000 unread is told that it missed some; the others are not', async () => {
    const { room, say } = await lobby();
    const [slow, quick] = [room[Symbol.asyncIterator](), take(room, 10_002)];
    void slow.next();
    await settled();
    say();
    // What it was given is its own; from here on all is left.
    await settled();
    for (let n = 0; n < 100; n++) {
      say(100);
      await settled();
    }
    say();
    expect((await quick).length).toBe(10_002);
    await expect(slow.next()).rejects.toMatchObject({ code: 'SLOW_CONSUMER' });
    expect(await slow.next()).toEqual({ done: true, value: undefined });
  });

  test('that leaves exactly 10,000 unread has missed none', async () => {
    const { room, say } = await lobby();
    const reader = room[Symbol.asyncIterator]();
    await settled();
    say(10_000);
    let last: ClientMessage | undefined;
    for (let n = 0; n < 10_000; n++) last = (await reader.next()).value;
    expect(last?.offset).toBe(10_000);
  });

  test('that is given back is done', async () => {
    const { room, say } = await lobby();
    const reader = room[Symbol.asyncIterator]();
    await settled();
    say(2);
    await reader.next();
    expect(await reader.return?.()).toEqual({ done: true, value: undefined });
    expect(await reader.next()).toEqual({ done: true, value: undefined });
  });

  test('that is given back while it waits is done at once', async () => {
    // An async generator keeps the end waiting behind the message that it waits for.
    const { room } = await lobby();
    const reader = room[Symbol.asyncIterator]();
    const done = vi.fn();
    void reader.next().then(done);
    void reader.return?.().then(done);
    await settled();
    expect(done.mock.calls).toEqual([[{ done: true, value: undefined }], [{ done: true, value: undefined }]]);
  });
});
