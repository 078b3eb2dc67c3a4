import { describe, expect, test, vi } from 'vitest';
import { facts, message, scripted, settled, stillTime } from './fake-socket.js';

stillTime();

describe('once it is closed', () => {
  test('a direct message is refused, instead of waiting for good', async () => {
    const { client, greet } = scripted();
    await greet();
    client.close();
    await expect(client.direct('bob', 'psst')).rejects.toMatchObject({ code: 'SHUTDOWN' });
  });

  test('by the server, too', async () => {
    const { client, socket, greet } = scripted();
    await greet();
    socket().end(4501, 'KICKED');
    await expect(client.direct('bob', 'psst')).rejects.toMatchObject({ code: 'KICKED' });
  });

  test('in the very event of losing the connection, no timer is left', async () => {
    const { client, socket, greet } = scripted();
    await greet();
    client.on('state', ({ state }) => state === 'offline' && client.close());
    socket().end();
    expect(client.state).toBe('closed');
    expect(vi.getTimerCount()).toBe(0);
  });

  test('in the middle of a welcome, no further room comes to life', async () => {
    const position = { epoch: 'e1', offset: 0 };
    const { client, greet } = scripted({
      resume: { session: 's', rooms: { '@': position, one: position, two: position } },
    });
    const joined: string[] = [];
    client.on('join', ({ room }) => {
      joined.push(room.name);
      client.close();
    });
    await greet({ resumed: true, rooms: { '@': facts(), one: facts(), two: facts() } });
    expect(joined).toEqual(['one']);
    expect([...client.rooms.keys()]).toEqual([]);
    expect(client.state).toBe('closed');
  });

  test('by a listener to a message, none comes after it', async () => {
    const { client, socket, greet, enter } = scripted();
    await greet();
    const lobby = await enter();
    const told: number[] = [];
    lobby.on('message', ({ offset }) => {
      told.push(offset);
      client.close();
    });
    await settled();
    for (const offset of [1, 2, 3]) socket().say(message(offset));
    expect(told).toEqual([1]);
  });
});

test('history that holds what is still on its way shows it once', async () => {
  const { client, socket, greet, enter } = scripted();
  await greet();
  const lobby = await enter();
  const more = client.join('lobby', { history: 5 });
  await settled();
  const messages = [message(1)];
  await socket().answer('history', { type: 'history', room: 'lobby', epoch: 'e1', messages, more: false });
  socket().say(message(1));
  expect(await more).toBe(lobby);
  const told: number[] = [];
  lobby.on('message', ({ offset }) => told.push(offset));
  await settled();
  expect(told).toEqual([1]);
});
