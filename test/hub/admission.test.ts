import { lines } from 'chathub';
import { memoryTransport } from 'chathub/testing';
import { describe, expect, test } from 'vitest';
import { Admission } from '../../src/hub/admission.js';
import { resolveLimits } from '../../src/model/limits.js';
import { chat, host, stillClock } from './set-up.js';

type Chatting = Awaited<ReturnType<typeof chat>>;

/** Connects from an address; says whether it was let in. */
async function tryFrom({ dial }: Chatting, remoteAddress: string) {
  const client = dial({ remoteAddress });
  if (client.peer.isOpen) return client;
  expect(await client.peer.closed).toMatchObject({ reason: { code: 1013, reason: 'RATE_LIMITED' } });
  expect(client.events).toMatchObject([{ type: 'error', code: 'RATE_LIMITED', retryable: true }]);
  return undefined;
}

describe('connections', () => {
  test('over the limit are told so and closed, until somebody leaves', async () => {
    const chatting = await chat({ limits: { connections: 2 } });
    const first = await tryFrom(chatting, '127.0.0.1');
    await tryFrom(chatting, '203.0.113.1');
    expect(await tryFrom(chatting, '203.0.113.2')).toBeUndefined();
    expect(chatting.hub.status().connections).toBe(2);
    first?.peer.cut();
    expect(await tryFrom(chatting, '203.0.113.2')).toBeDefined();
  });

  test('of people over the limit are told so in one line', async () => {
    const transport = memoryTransport({ protocol: lines() });
    await host({ clock: stillClock(), limits: { connections: 1 } }, transport);
    transport.connect();
    const peer = transport.connect();
    await peer.closed;
    expect(peer.received).toEqual(['! RATE_LIMITED This server is full; come back later.']);
  });

  test('of one address are connectionsPerAddress at most', async () => {
    const chatting = await chat({ limits: { connectionsPerAddress: 2 } });
    const [first] = [await tryFrom(chatting, '203.0.113.1'), await tryFrom(chatting, '203.0.113.1')];
    expect(await tryFrom(chatting, '203.0.113.1')).toBeUndefined();
    expect(await tryFrom(chatting, '203.0.113.2')).toBeDefined();
    first?.peer.cut();
    expect(await tryFrom(chatting, '203.0.113.1')).toBeDefined();
  });

  test.each([
    ['2001:db8:1:2::1', '2001:db8:1:2:ffff::9', true],
    ['2001:DB8:1:2::1', '2001:db8:0001:0002:3:4:5:6', true],
    ['2001:db8:1:2::1', '2001:db8:1:3::1', false],
    ['fe80::1%eth0', 'fe80::2', true],
    ['::ffff:203.0.113.1', '203.0.113.1', true],
    ['::ffff:203.0.113.1', '::ffff:203.0.113.2', false],
    ['203.0.113.1', '203.0.113.2', false],
  ])('of %s and %s count together: %s', async (one, other, together) => {
    const chatting = await chat({ limits: { connectionsPerAddress: 1 } });
    await tryFrom(chatting, one);
    expect((await tryFrom(chatting, other)) === undefined).toBe(together);
  });

  test.each(['127.0.0.1', '127.8.9.10', '::1', '::ffff:127.0.0.1'])(
    'of loopback are not counted: %s',
    async (address) => {
      const chatting = await chat({ limits: { connectionsPerAddress: 1, connectsPerMinute: 1 } });
      for (let count = 0; count < 5; count++) expect(await tryFrom(chatting, address)).toBeDefined();
    },
  );

  test('of one address in a minute are connectsPerMinute at most', async () => {
    const chatting = await chat({ limits: { connectsPerMinute: 3 } });
    for (let count = 0; count < 3; count++) (await tryFrom(chatting, '203.0.113.1'))?.peer.cut();
    expect(await tryFrom(chatting, '203.0.113.1')).toBeUndefined();
    expect(await tryFrom(chatting, '203.0.113.2')).toBeDefined();
    await chatting.clock.advance(59_999);
    expect(await tryFrom(chatting, '203.0.113.1')).toBeUndefined();
    await chatting.clock.advance(1);
    expect(await tryFrom(chatting, '203.0.113.1')).toBeDefined();
  });
});

describe('the memory of addresses', () => {
  test('does not grow with those who have gone, even while somebody stays', () => {
    const clock = stillClock();
    let now = 0;
    const admission = new Admission(resolveLimits(), { ...clock, monotonic: () => now });
    admission.admit('203.0.113.1');
    for (let count = 0; count < 10_000; count++) {
      now += 1_000;
      admission.admit(`2001:db8:${count.toString(16)}::1`)();
    }
    // A minute's worth, and a few that wait for their turn.
    expect(admission.size).toBeLessThan(200);
  });
});
