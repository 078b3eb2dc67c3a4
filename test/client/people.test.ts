import { expect, test } from 'vitest';
import { author, facts, scripted, stillTime } from './fake-socket.js';

stillTime();

const [alice, bob, cat] = [author('alice'), author('bob'), author('cat')];
const nobody = { joined: [], left: [], renamed: [] };

async function lobby(more: object = {}) {
  const it = scripted();
  await it.greet();
  const room = await it.enter('lobby', { members: [alice, bob], count: 2, ...more });
  const told: object[] = [];
  room.on('presence', (event) => told.push(event));
  const say = (event: object) => it.socket().say({ type: 'presence', room: 'lobby', ...nobody, ...event });
  return { ...it, room, told, say };
}

test('who is there is told with the room', async () => {
  const { room } = await lobby();
  expect([room.members, room.count]).toEqual([[alice, bob], 2]);
});

test('who comes, leaves or is renamed is kept up with, and told', async () => {
  const { room, told, say } = await lobby();
  say({ joined: [cat], count: 3 });
  expect([room.members, room.count]).toEqual([[alice, bob, cat], 3]);
  say({ left: [alice], count: 2 });
  expect([room.members, room.count]).toEqual([[bob, cat], 2]);
  const renamed = [{ id: 'bob', name: 'robert', was: 'bob' }];
  say({ renamed, count: 2 });
  expect(room.members).toEqual([{ ...bob, name: 'robert' }, cat]);
  expect(told).toEqual([
    { ...nobody, joined: [cat], count: 3 },
    { ...nobody, left: [alice], count: 2 },
    { ...nobody, renamed, count: 2 },
  ]);
});

test('a user who is there already is there once', async () => {
  const { room, say } = await lobby();
  const again = { ...bob, id: 'bob-2' };
  say({ joined: [again], count: 2 });
  expect(room.members).toEqual([alice, again]);
});

test('a whole list takes the place of the one before', async () => {
  const { room, say } = await lobby();
  say({ members: [cat], count: 1 });
  expect([room.members, room.count]).toEqual([[cat], 1]);
});

test('a list that has become too large is none, until there is a whole one', async () => {
  const { room, say } = await lobby();
  say({ count: 201 });
  expect([room.members, room.count]).toEqual([[], 201]);
  say({ joined: [cat], count: 202 });
  expect(room.members).toEqual([]);
  say({ members: [alice, cat], count: 2 });
  expect(room.members).toEqual([alice, cat]);
});

test('a room that is too large from the beginning has a count', async () => {
  const { room, say } = await lobby({ members: undefined, count: 300 });
  expect([room.members, room.count]).toEqual([[], 300]);
  say({ left: [bob], count: 299 });
  expect([room.members, room.count]).toEqual([[], 299]);
});

test('after a lost connection who is there is what the welcome says', async () => {
  const { room, socket, greet, retry } = await lobby();
  socket().end();
  expect(room.members).toEqual([alice, bob]);
  await retry();
  await greet({ resumed: true, rooms: { lobby: facts({ members: [alice, cat], count: 2 }) } });
  expect(room.members).toEqual([alice, cat]);
});
