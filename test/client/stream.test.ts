import { describe, expect, test } from 'vitest';
import { author, facts, message, scripted, settled, stillTime } from './fake-socket.js';

stillTime();

/** A room at offset 5, and all that it tells. */
async function lobby() {
  const it = scripted();
  await it.greet();
  const room = await it.enter('lobby', { offset: 5 });
  const told: unknown[] = [];
  room.on('message', ({ offset }) => told.push(offset));
  room.on('entry', ({ type, offset }) => told.push([type, offset]));
  room.on('gap', ({ from, to }) => told.push({ from, to }));
  room.on('reset', ({ epoch, offset }) => told.push({ epoch, offset }));
  await Promise.resolve();
  const comeBack = async (more: object) => {
    it.socket().end();
    await it.retry();
    await it.greet({ resumed: true, rooms: { lobby: facts(more) } });
  };
  return { ...it, room, told, comeBack, say: (event: object) => it.socket().say(event) };
}

describe('a room’s log', () => {
  test('is told once, though it comes twice, however much came in between', async () => {
    const { told, say, room } = await lobby();
    for (let offset = 6; offset <= 700; offset++) say(message(offset));
    expect(told.splice(0).length).toBe(695);
    for (const offset of [6, 700, 350]) say(message(offset));
    expect([told, room.position?.offset]).toEqual([[], 700]);
  });

  test('is told of holes that the server speaks of, and of others', async () => {
    const { told, say, room } = await lobby();
    say({ type: 'gap', room: 'lobby', epoch: 'e1', from: 6, to: 9 });
    say(message(10));
    say(message(13));
    expect(told).toEqual([{ from: 6, to: 9 }, 10, { from: 11, to: 12 }, 13]);
    expect(room.position).toEqual({ epoch: 'e1', offset: 13 });
  });

  // Two parts of an application join before the first answer, and the second wants what was said before.
  test('is given the past that a second join asked for', async () => {
    const { client, greet, socket } = scripted();
    await greet();
    const joining = [client.join('lobby'), client.join('lobby', { history: 2 })] as const;
    await settled();
    const [first, second] = socket().all('join');
    socket().say({ type: 'joined', room: 'lobby', ...facts({ offset: 5 }), re: first?.id });
    const entries = [message(4), message(5)];
    socket().say({ type: 'joined', room: 'lobby', ...facts({ offset: 5, entries }), re: second?.id });
    const [room, same] = await Promise.all(joining);
    expect(same).toBe(room);
    const told: number[] = [];
    room.on('message', ({ offset }) => told.push(offset));
    await settled();
    socket().say(message(6));
    expect(told).toEqual([4, 5, 6]);
  });

  test('counts entries of every kind', async () => {
    const { told, say, room } = await lobby();
    const stored = { room: 'lobby', from: author('bob'), at: 1, message: 'm1' };
    say({ ...stored, type: 'edit', id: 'x6', offset: 6, text: 'new' });
    say({ ...stored, type: 'poll', id: 'x7', offset: 7, question: '?' });
    say(message(8));
    expect(told).toEqual([['edit', 6], ['poll', 7], 8]);
    expect(room.position?.offset).toBe(8);
  });

  test('counts events that are not known by their offset, whatever else they have', async () => {
    const { told, say, room } = await lobby();
    say({ type: 'poll', room: 'lobby', offset: 6 });
    say(message(7));
    expect(told).not.toContainEqual({ from: 6, to: 6 });
    expect(room.position?.offset).toBe(7);
  });

  test('takes no notice of what it does not know and has no offset', async () => {
    const { told, say, client } = await lobby();
    say({ type: 'weather', room: 'lobby', celsius: 21 });
    say({ type: 'weather', room: 'elsewhere', offset: 3 });
    expect([told, client.errors]).toEqual([[], []]);
  });

  test('that begins anew is said, and ids that are known are not told again', async () => {
    const { told, say, room } = await lobby();
    say(message(6));
    say({ type: 'reset', room: 'lobby', epoch: 'e2', offset: 0 });
    say(message(1, { id: 'm6' }));
    say(message(2, { id: 'n2' }));
    expect(told).toEqual([6, { epoch: 'e2', offset: 0 }, 2]);
    expect(room.position).toEqual({ epoch: 'e2', offset: 2 });
  });
});

describe('after a lost connection', () => {
  test('what was missed is told, the first part with the welcome, the rest behind it', async () => {
    const { told, say, comeBack, room } = await lobby();
    await comeBack({ offset: 9, more: true, entries: [message(6), message(7)] });
    expect(room.position?.offset).toBe(7);
    for (const offset of [8, 9, 10]) say(message(offset));
    expect(told).toEqual([6, 7, 8, 9, 10]);
  });

  test('what was trimmed away is a gap before the newest page', async () => {
    const { told, comeBack } = await lobby();
    await comeBack({ offset: 90, recovered: false, entries: [message(89), message(90)] });
    expect(told).toEqual([{ from: 6, to: 88 }, 89, 90]);
  });

  test('all that was trimmed away is a gap', async () => {
    const { told, say, comeBack } = await lobby();
    await comeBack({ offset: 8, recovered: false });
    say(message(9));
    expect(told).toEqual([{ from: 6, to: 8 }, 9]);
  });

  test('a page that overlaps with what was read is told once', async () => {
    const { told, comeBack } = await lobby();
    await comeBack({ offset: 7, recovered: false, entries: [4, 5, 6, 7].map((offset) => message(offset)) });
    expect(told).toEqual([6, 7]);
  });

  test('another epoch is a reset before the newest page', async () => {
    const { told, comeBack, room } = await lobby();
    await comeBack({ epoch: 'e2', offset: 4, recovered: false, entries: [message(3), message(4)] });
    expect(told).toEqual([{ epoch: 'e2', offset: 2 }, 3, 4]);
    expect(room.position).toEqual({ epoch: 'e2', offset: 4 });
  });

  test('a log that is behind what was read of it is another one', async () => {
    const { told, say, comeBack } = await lobby();
    await comeBack({ offset: 2, recovered: false });
    say(message(3));
    expect(told).toEqual([{ epoch: 'e1', offset: 2 }, 3]);
  });
});

describe('direct messages', () => {
  const direct = (offset: number) => ({
    ...{ type: 'direct', id: `d${offset}`, offset, from: author('bob'), to: author('alice'), text: 'psst', at: 1 },
  });

  test('are told once, and those of before the first welcome not at all', async () => {
    const { client, greet, socket, retry } = scripted();
    const told: number[] = [];
    const missed: object[] = [];
    client.on('direct', ({ offset }) => told.push(offset));
    client.on('missed', (event) => missed.push(event));
    await greet({ rooms: { '@': facts({ offset: 2, recovered: false, entries: [direct(1), direct(2)] }) } });
    socket().say(direct(3));
    socket().say(direct(3));
    socket().end();
    await retry();
    await greet({ resumed: true, rooms: { '@': facts({ offset: 5, entries: [direct(4), direct(5)] }) } });
    expect([told, missed]).toEqual([[3, 4, 5], []]);
  });

  test('that are kept no longer are said to be missed', async () => {
    const { client, greet, socket } = scripted();
    const missed: object[] = [];
    client.on('missed', (event) => missed.push(event));
    await greet();
    socket().say({ type: 'gap', room: '@', epoch: 'e1', from: 1, to: 3 });
    socket().say({ type: 'reset', room: '@', epoch: 'e2', offset: 0 });
    socket().say(direct(2));
    expect(missed.length).toBe(3);
  });
});
