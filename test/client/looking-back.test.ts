import type { ChatClient, ClientRoom } from 'chathub/client';
import { expect, test } from 'vitest';
import { chat, cut, state } from './set-up.js';

/** More than comes with a welcome, and than is read from the log in one go. */
const missed = 600;

/** A client that comes back to a room where much was said, and what it is told of that. */
async function away(meanwhile: (client: ChatClient) => Promise<ClientRoom>) {
  const { hub, open } = await chat({ limits: { recoverBytes: 1 } });
  const alice = open();
  const lobby = await alice.join('lobby');
  const offsets: number[] = [];
  const gaps: object[] = [];
  lobby.on('message', ({ offset }) => offsets.push(offset));
  lobby.on('gap', (gap) => gaps.push(gap));
  const offline = state(alice, 'offline');
  cut(alice);
  await offline;
  const caughtUp = new Promise<void>((resolve) => {
    lobby.on('message', ({ text }) => text === 'and I' && resolve());
  });
  const joining = meanwhile(alice);
  for (let n = 0; n < missed; n++) await hub.room('lobby').send(`missed ${n}`);
  await joining;
  await lobby.send('and I');
  await caughtUp;
  return { offsets, gaps };
}

const everything = { offsets: Array.from({ length: missed + 1 }, (_, n) => n + 1), gaps: [] };

test('what was missed is told, page after page', async () => {
  expect(
    await away(async (client) => {
      await client.ready();
      return client.join('lobby');
    }),
  ).toEqual(everything);
});

test('a join that waited for the connection loses nothing of what was missed', async () => {
  // The server takes the join of a room that one is in for a wish to begin at its head, wherever catching up stands.
  expect(await away((client) => client.join('lobby'))).toEqual(everything);
});

test('history that is asked for while what was missed still comes loses nothing of it', async () => {
  expect(
    await away(async (client) => {
      await client.ready();
      return client.join('lobby', { history: 5 });
    }),
  ).toEqual(everything);
});
