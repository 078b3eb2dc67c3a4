import { expect, test, vi } from 'vitest';
import { scripted, settled, stillTime } from './fake-socket.js';

stillTime();

const hour = 3_600_000;

test('a log-in that runs out is renewed half a minute before, each time', async () => {
  const token = vi.fn(async () => `t${token.mock.calls.length}`);
  const { socket, greet } = scripted({ token });
  await greet({ expiresIn: hour, heartbeat: null });
  await vi.advanceTimersByTimeAsync(hour - 30_001);
  expect(socket().all('refresh')).toEqual([]);
  await vi.advanceTimersByTimeAsync(1);
  expect(socket().all('refresh')).toMatchObject([{ token: 't2' }]);
  await socket().answer('refresh', { type: 'ok', expiresIn: 20_000 });
  // Of a short one, half the time.
  await vi.advanceTimersByTimeAsync(10_000);
  expect(socket().all('refresh')).toMatchObject([{ token: 't2' }, { token: 't3' }]);
  await socket().answer('refresh', { type: 'ok' });
  await vi.advanceTimersByTimeAsync(hour);
  expect(socket().all('refresh')).toHaveLength(2);
});

test('a token that is always the same is not shown again', async () => {
  const { socket, greet } = scripted({ token: 't1' });
  await greet({ expiresIn: 60_000, heartbeat: null });
  await vi.advanceTimersByTimeAsync(60_000);
  expect(socket().all('refresh')).toEqual([]);
});

test('what goes wrong with a fresh token is told to the application, and no more is tried over a connection that is gone', async () => {
  const errors: unknown[] = [];
  const token = vi.fn(async () => 't1');
  const { client, socket, greet } = scripted({ token });
  client.on('error', ({ error }) => errors.push(error));
  await greet({ expiresIn: 60_000, heartbeat: null });
  token.mockRejectedValueOnce(new Error('the token server is down'));
  await vi.advanceTimersByTimeAsync(30_000);
  await settled();
  expect(errors).toMatchObject([{ message: 'the token server is down' }]);
  socket().end(4500, 'UNAUTHENTICATED');
  await vi.advanceTimersByTimeAsync(5_000);
  await greet({ expiresIn: 60_000, heartbeat: null });
  client.close();
  await vi.advanceTimersByTimeAsync(hour);
  expect(token).toHaveBeenCalledTimes(3);
});
