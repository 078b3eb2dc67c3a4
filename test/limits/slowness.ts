import { expect } from 'vitest';
import { chat, deferred, offsetsIn, typesAfter } from '../hub/set-up.js';
import { type Pairs, twoInLobby } from './pair.js';

const kilobyte = 'x'.repeat(1_000);
const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

/** Bob reads nothing any more. */
async function stalled(limits: Parameters<typeof twoInLobby>[0]) {
  const chatting = await twoInLobby(limits, { highWaterMark: 10_000 });
  await chatting.clock.advance(0);
  chatting.bob.peer.stall();
  /** So many messages of about a kilobyte, each in a turn of its own. */
  const flood = async (count: number) => {
    for (let number = 0; number < count; number++) {
      await chatting.hub.room('lobby').send(kilobyte);
      await chatting.clock.advance(0);
    }
  };
  return { ...chatting, flood };
}

/** How long somebody, or something, is waited for. */
export const slowness = {
  outboxBytes: {
    at: [
      'who has no more than that to read may be late, and misses nothing',
      async () => {
        const { bob, flood, clock } = await stalled({ outboxBytes: 100_000 });
        await flood(80);
        expect(bob.peer.isOpen).toBe(true);
        bob.peer.resume();
        await clock.advance(0);
        expect(offsetsIn(bob, 'lobby')).toEqual(upTo(80));
      },
    ],
    beyond: [
      'who has more is closed with 4001, may resume, and costs the others nothing',
      async () => {
        const { alice, bob, flood, connect } = await stalled({ outboxBytes: 100_000 });
        const { session } = await bob.next('welcome');
        const { epoch } = await bob.next('joined');
        const before = alice.events.length;
        await flood(120);
        expect(bob.peer.bufferedBytes).toBeLessThan(100_000);
        bob.peer.resume();
        expect(await bob.peer.closed).toMatchObject({ reason: { code: 4001, reason: 'SLOW_CONSUMER' } });
        expect(typesAfter(alice, before)).toEqual(Array(120).fill('message'));
        const had = offsetsIn(bob, 'lobby');
        const rooms = new Map([['lobby', { epoch, offset: had.at(-1) ?? 0 }]]);
        const again = await connect(undefined, { session, rooms });
        expect((await again.next('welcome')).resumed).toBe(true);
        expect([...had, ...offsetsIn(again, 'lobby')]).toEqual(upTo(120));
      },
    ],
  },
  writeDeadline: {
    at: [
      'who takes a byte within it stays, for as long as it likes',
      async () => {
        const { bob, flood, clock } = await stalled({ writeDeadline: 5_000 });
        await flood(20);
        for (let count = 0; count < 20; count++) {
          await clock.advance(4_000);
          bob.peer.read(1);
        }
        expect(bob.peer.isOpen).toBe(true);
        bob.peer.resume();
        await clock.advance(0);
        expect(offsetsIn(bob, 'lobby')).toEqual(upTo(20));
      },
    ],
    beyond: [
      'who takes none while some wait is gone within a second more, and may resume',
      async () => {
        const { bob, flood, clock, connect, hub } = await stalled({ writeDeadline: 5_000 });
        const { session } = await bob.next('welcome');
        await flood(20);
        await clock.advance(4_999);
        expect(bob.peer.isOpen).toBe(true);
        await clock.advance(1_001);
        expect(await bob.peer.closed).toEqual({ how: 'lost' });
        expect(hub.status()).toMatchObject({ connections: 1, members: 2 });
        expect((await (await connect(undefined, { session })).next('welcome')).resumed).toBe(true);
      },
    ],
  },
  policyTimeout: {
    at: [
      'a policy may think until then',
      async () => {
        const answer = deferred();
        const { connect, clock } = await chat({
          limits: { policyTimeout: 5_000 },
          policies: { join: () => answer.promise },
        });
        const alice = await connect('alice');
        const joined = alice.join('lobby');
        await clock.advance(4_999);
        answer.resolve();
        expect(await joined).toMatchObject({ room: 'lobby' });
      },
    ],
    beyond: [
      'from then on it is TIMEOUT for the one who waits, and the policy is told by its signal',
      async () => {
        let signal: AbortSignal | undefined;
        const join = (request: { readonly signal: AbortSignal; readonly room: string }) => {
          if (request.room !== 'slow') return;
          signal = request.signal;
          return new Promise<void>(() => undefined);
        };
        const { connect, clock } = await chat({ limits: { policyTimeout: 5_000 }, policies: { join } });
        const [alice, bob] = [await connect('alice'), await connect('bob')];
        const reply = alice.ask({ type: 'join', room: 'slow' });
        await bob.join('lobby');
        await clock.advance(4_999);
        expect(signal?.aborted).toBe(false);
        await clock.advance(1);
        expect(await reply).toMatchObject({ type: 'error', code: 'TIMEOUT', retryable: true });
        expect(signal?.aborted).toBe(true);
        await alice.join('lobby');
      },
    ],
  },
  drain: {
    at: [
      'a hub that closes waits until then for who does not read, and says when to come back within it',
      async () => {
        const { alice, bob, flood, hub, clock } = await stalled({ drain: 5_000, writeDeadline: 60_000 });
        await flood(20);
        const closed = hub.close();
        await clock.advance(4_999);
        expect(await alice.peer.closed).toMatchObject({ reason: { code: 4002, reason: 'SHUTDOWN' } });
        const { retryAfter } = await alice.next('bye');
        expect(retryAfter).toBeGreaterThanOrEqual(1);
        expect(retryAfter).toBeLessThanOrEqual(5_000);
        expect(bob.peer.isOpen).toBe(true);
        bob.peer.resume();
        await closed;
        expect(await bob.peer.closed).toMatchObject({ reason: { code: 4002 } });
        expect(offsetsIn(bob, 'lobby')).toEqual(upTo(20));
      },
    ],
    beyond: [
      'and then goes without',
      async () => {
        const { bob, flood, hub, clock } = await stalled({ drain: 5_000, writeDeadline: 60_000 });
        await flood(20);
        const closed = hub.close();
        await clock.advance(5_000);
        await closed;
        expect(await bob.peer.closed).toEqual({ how: 'lost' });
        expect(hub.status()).toMatchObject({ connections: 0, members: 0 });
      },
    ],
  },
} as const satisfies Pairs;
