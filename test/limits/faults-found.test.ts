import type { Connection, Transport } from 'chathub';
import { connectClient, memoryTransport, objectProtocol } from 'chathub/testing';
import { expect, test } from 'vitest';
import { chat, host, lineChat, stillClock } from '../hub/set-up.js';

// JSON has no Infinity: programs were told `"retryAfter":null`, and people to come back in Infinity s.
test('a hub that may take for ever to close says all the same when to come back', async () => {
  const limits = { drain: Number.POSITIVE_INFINITY };
  const { hub, connect } = await chat({ limits });
  const alice = await connect('alice');
  await hub.close();
  const { retryAfter } = await alice.next('bye');
  expect(retryAfter).toBeGreaterThanOrEqual(1);
  expect(retryAfter).toBeLessThanOrEqual(10_000);
  const people = await lineChat({ limits });
  const peer = people.transport.connect();
  await peer.next();
  await people.hub.close();
  expect(peer.received.at(-1)).toMatch(/^\* Server is restarting; come back in \d+ s\.$/);
});

// The answer to a ping stands behind what waits, and looked like bytes that had been taken: a peer that pinged once a second was
// never gone.
test('what a transport itself writes to a peer that takes no bytes does not extend writeDeadline', async () => {
  const { clock, connection, alice, hub } = await watched();
  alice.peer.stall();
  await hub.room('lobby').send('x'.repeat(1_000));
  await clock.advance(0);
  expect(connection().blocked).toBe(true);
  for (let second = 0; second < 9; second++) {
    await clock.advance(1_000);
    connection().write(new Uint8Array(100));
  }
  expect(alice.peer.isOpen).toBe(true);
  await clock.advance(2_000);
  expect(await alice.peer.closed).toEqual({ how: 'lost' });
});

test('who takes bytes meanwhile is not gone', async () => {
  const { clock, connection, alice, hub } = await watched();
  alice.peer.stall();
  await hub.room('lobby').send('x'.repeat(1_000));
  await clock.advance(0);
  for (let second = 0; second < 30; second++) {
    await clock.advance(1_000);
    connection().write(new Uint8Array(20));
    if (second % 5 === 0) alice.peer.read(50);
    await clock.advance(0);
  }
  expect(alice.peer.isOpen).toBe(true);
});

// A signal or a request without data was taken to be one with `null`, which is 4 bytes.
test('where no data may come along, signals and requests without any are as ever', async () => {
  const { hub, connect } = await chat({ limits: { dataBytes: 0 } });
  hub.handle('time', ({ data }) => [data, 12]);
  const [alice, bob] = [await connect('alice'), await connect('bob')];
  for (const client of [alice, bob]) await client.join('lobby');
  await alice.request({ type: 'signal', room: 'lobby', name: 'typing' });
  expect(await bob.next('signal')).toMatchObject({ name: 'typing', data: null });
  await hub.room('lobby').signal('typing');
  expect(await bob.next('signal')).toMatchObject({ from: { name: 'server' }, data: null });
  expect(await alice.request({ type: 'request', name: 'time' })).toMatchObject({ data: [null, 12] });
  expect(await alice.ask({ type: 'request', name: 'time', data: 1 })).toMatchObject({ code: 'TOO_LONG' });
});

/** Alice in the lobby, over a transport whose side of her connection is at hand. */
async function watched() {
  const transport = memoryTransport({ protocol: objectProtocol(), highWaterMark: 100 });
  const connections: Connection[] = [];
  const watching: Transport = {
    ...transport,
    start: (accept, context) =>
      transport.start((connection) => {
        connections.push(connection);
        return accept(connection);
      }, context),
  };
  const clock = stillClock();
  const { hub } = await host({ clock }, watching);
  const alice = await connectClient(transport, { name: 'alice' });
  await alice.join('lobby');
  return { clock, hub, alice, connection: () => connections[0] as Connection };
}
