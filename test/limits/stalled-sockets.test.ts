import { json, type Transport } from 'chathub';
import { virtualClock } from 'chathub/testing';
import { webSocket } from 'chathub/websocket';
import { expect, onTestFinished, test } from 'vitest';
import type { Session } from '../../src/hub/session.js';
import { host } from '../hub/set-up.js';
import { rawPeer, type WebSocketPeer } from '../transports/websocket/raw-peer.js';

const outboxBytes = 300_000;
const batch = 25;
const text = 'x'.repeat(4_000);
/** The kernel takes some megabytes for a peer that reads nothing, before anything waits here. */
const most = 64 * 2 ** 20;

/** A transport that lets the test at what the hub has of each connection. */
function watched() {
  const sessions: Session[] = [];
  const slow: number[] = [];
  const protocol = {
    ...json(),
    encode: (event: Parameters<ReturnType<typeof json>['encode']>[0]) => {
      if (event.type === 'error' && event.code === 'SLOW_CONSUMER') slow.push(sessions.length);
      return json().encode(event);
    },
  };
  const inner = webSocket({ port: 0, protocol });
  const transport: Transport = {
    name: inner.name,
    get addresses() {
      return inner.addresses;
    },
    start: (accept, context) =>
      inner.start((connection) => {
        const session = accept(connection);
        if (session !== undefined) sessions.push(session as Session);
        return session;
      }, context),
    stop: (options) => inner.stop(options),
  };
  return { transport, sessions, slow };
}

/** Somebody in the lobby, by a real socket. */
async function reader(address: string) {
  const peer = await rawPeer(address);
  onTestFinished(() => peer.cut());
  peer.send('{"type":"join","room":"lobby"}');
  while (!(await peer.next()).startsWith('{"type":"joined"'));
  return peer;
}

/** The offsets of the next messages, whatever else comes between. */
async function offsetsOf(peer: WebSocketPeer, count: number): Promise<readonly number[]> {
  const offsets: number[] = [];
  while (offsets.length < count) {
    const event = JSON.parse(await peer.next());
    if (event.type === 'message') offsets.push(event.offset);
    else expect(event.type).toBe('presence');
  }
  return offsets;
}

test('one of twenty that reads nothing costs the server its outbox at most, and the others nothing', async () => {
  const clock = virtualClock();
  const { transport, sessions, slow } = watched();
  const { hub } = await host({ clock, limits: { outboxBytes } }, transport);
  const address = String(transport.addresses[0]);
  const stalled = await reader(address);
  const others: WebSocketPeer[] = [];
  for (let count = 0; count < 19; count++) others.push(await reader(address));
  const { outbox } = sessions[0] as Session;
  stalled.stall();
  let [said, waiting] = [0, 0];
  while (slow.length === 0 && said * text.length < most) {
    for (let count = 0; count < batch; count++) await hub.room('lobby').send(text);
    const next = Array.from({ length: batch }, (_, index) => said + index + 1);
    // All of it, once and in order, before more is said: nobody else is slow.
    for (const peer of others) expect(await offsetsOf(peer, batch)).toEqual(next);
    said += batch;
    waiting = Math.max(waiting, outbox.unsent);
  }
  expect(slow).toHaveLength(1);
  // What was said in one go may come on top.
  expect(waiting).toBeLessThan(outboxBytes + batch * 1.1 * text.length);
  // What waited was let go of, but for one write that the socket had been given, and the reason.
  expect(outbox.unsent).toBeLessThan(150_000);
  expect(hub.status()).toMatchObject({ connections: 20, members: 20 });
  await clock.advance(10_000);
  await expect.poll(() => hub.status()).toMatchObject({ connections: 19, members: 20 });
  // Its time to come back is over, too.
  await clock.advance(20_000);
  expect(hub.status()).toMatchObject({ connections: 19, members: 19 });
  await hub.room('lobby').send('the last');
  for (const peer of others) expect(await offsetsOf(peer, 1)).toEqual([said + 1]);
});
