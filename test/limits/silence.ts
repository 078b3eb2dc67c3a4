import { setImmediate as turn } from 'node:timers/promises';
import { tcp } from 'chathub/tcp';
import { expect, onTestFinished, vi } from 'vitest';
import type { WebSocketConnection } from '../../src/transports/websocket/connection.js';
import { chat, host } from '../hub/set-up.js';
import { RawClient } from '../integration/clients.js';
import { closeFrame, frame, PING, PONG } from '../transports/websocket/raw-frames.js';
import { stage } from '../transports/websocket/stage.js';
import type { Pairs } from './pair.js';

/** How much later than due a peer may be looked at. */
const tick = 1_000;

/** Both ends of a WebSocket, and time that the test moves. */
async function quiet() {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] });
  onTestFinished(() => void vi.useRealTimers());
  const { client, side } = await (await stage({}, { heartbeat: 20_000, heartbeatTimeout: 5_000 })).link();
  const connection = side.connection as WebSocketConnection;
  let looks = 0;
  return {
    client,
    side,
    /** How many pings have come. */
    async pings() {
      const text = `look ${++looks}`;
      side.say(text);
      await client.frameThat(text, ({ payload }) => String(payload) === text);
      return client.frames.filter(({ opcode }) => opcode === PING).length;
    },
    /** Resolves when the hub has read it. */
    async sends(opcode: number) {
      const before = connection.bytesRead;
      void client.send(frame(opcode));
      while (connection.bytesRead === before) await turn();
    },
  };
}

/** Terminals where who is silent for a second is gone, and one of which says something all the time. */
async function terminals() {
  const transport = tcp({ port: 0 });
  const { hub } = await host({ limits: { idleTimeout: 1_000 } }, transport);
  const port = Number(new URL(String(transport.addresses[0])).port);
  const [silent, busy] = [new RawClient(port), new RawClient(port)];
  for (const client of [silent, busy]) await client.hears(/^\* Welcome/);
  // Byte by byte: no whole line need come.
  const typing = setInterval(() => busy.write('x'), 20);
  onTestFinished(() => clearInterval(typing));
  return { hub, silent, busy };
}

/** How long somebody may say nothing, or nothing of use. */
export const silence = {
  helloTimeout: {
    at: [
      'who greets until then is in',
      async () => {
        const { dial, clock } = await chat({ limits: { helloTimeout: 5_000 } });
        const client = dial();
        await clock.advance(4_999);
        await client.hello();
        await clock.advance(60_000);
        expect(client.peer.isOpen).toBe(true);
      },
    ],
    beyond: [
      'who does not is closed with 4003, whatever else it has sent',
      async () => {
        const { dial, clock, hub } = await chat({ limits: { helloTimeout: 5_000 } });
        const client = dial();
        for (let count = 0; count < 4; count++) {
          await clock.advance(1_000);
          client.peer.send('anybody there?');
        }
        await clock.advance(999);
        expect(client.peer.isOpen).toBe(true);
        await clock.advance(1);
        expect(await client.peer.closed).toMatchObject({ reason: { code: 4003, reason: 'HELLO_TIMEOUT' } });
        expect(client.events.at(-1)).toMatchObject({ type: 'error', code: 'HELLO_TIMEOUT', retryable: true });
        expect(hub.status()).toMatchObject({ connections: 0, members: 0 });
      },
    ],
  },
  commandsBeforeHello: {
    at: [
      'the last of as many greetings may be the first that is let in',
      async () => {
        const { connect, dial } = await chat({ limits: { commandsBeforeHello: 3 } });
        await connect('alice');
        const client = dial();
        for (let count = 0; count < 2; count++)
          await expect(client.hello({ name: 'alice' })).rejects.toMatchObject({ code: 'NAME_TAKEN' });
        await client.hello({ name: 'bob' });
      },
    ],
    beyond: [
      'one more is closed with 4504',
      async () => {
        const { connect, dial } = await chat({ limits: { commandsBeforeHello: 3 } });
        const alice = await connect('alice');
        const client = dial();
        for (let count = 0; count < 3; count++)
          await expect(client.hello({ name: 'alice' })).rejects.toMatchObject({ code: 'NAME_TAKEN' });
        client.tell({ type: 'hello', name: 'bob' });
        expect(await client.peer.closed).toMatchObject({ reason: { code: 4504, reason: 'ABUSE' } });
        await alice.request({ type: 'ping' });
      },
    ],
  },
  heartbeat: {
    at: [
      'until then a silent WebSocket is left alone',
      async () => {
        const { pings } = await quiet();
        vi.advanceTimersByTime(19_999);
        expect(await pings()).toBe(0);
      },
    ],
    beyond: [
      'from then on it is sent a ping, and again after each silence',
      async () => {
        const { pings, sends } = await quiet();
        for (let count = 1; count <= 3; count++) {
          vi.advanceTimersByTime(20_000 + tick);
          expect(await pings()).toBe(count);
          await sends(PONG);
          // Its answer is seen when it is next looked at.
          vi.advanceTimersByTime(tick);
        }
      },
    ],
  },
  heartbeatTimeout: {
    at: [
      'who answers a ping until then, with whatever, stays',
      async () => {
        for (const opcode of [PONG, PING]) {
          const { pings, sends, side } = await quiet();
          vi.advanceTimersByTime(20_000 + tick);
          expect(await pings()).toBe(1);
          vi.advanceTimersByTime(5_000 - tick - 1);
          await sends(opcode);
          vi.advanceTimersByTime(3 * tick);
          expect(await pings()).toBe(1);
          expect(side.endings).toEqual([]);
        }
      },
    ],
    beyond: [
      'who does not is closed with 4000, and lost',
      async () => {
        const { client, side } = await quiet();
        vi.advanceTimersByTime(25_000 + 2 * tick);
        expect(await client.closing()).toEqual({ code: 4000, reason: 'HEARTBEAT_LOST' });
        void client.send(closeFrame(4000));
        expect(await side.closing()).toBe('lost');
      },
    ],
  },
  idleTimeout: {
    at: [
      'who sends a byte now and then over TCP stays',
      async () => {
        const { silent, busy } = await terminals();
        await silent.closed();
        busy.say('', '/rooms');
        await busy.hears(/^! NOT_A_MEMBER /, '* No rooms.');
      },
    ],
    beyond: [
      'who sends none is gone, as one whose network is: it may resume',
      async () => {
        const { hub, silent } = await terminals();
        await silent.closed();
        await expect.poll(() => hub.status()).toMatchObject({ connections: 1, members: 2 });
      },
    ],
  },
} as const satisfies Pairs;
