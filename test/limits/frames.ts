import { tcp } from 'chathub/tcp';
import { expect } from 'vitest';
import { host } from '../hub/set-up.js';
import { RawClient } from '../integration/clients.js';
import { CONTINUATION, frame, TEXT } from '../transports/websocket/raw-frames.js';
import { closingAfter, scene } from '../transports/websocket/scene.js';
import type { Pairs } from './pair.js';

/** The least that a frame of 1,000 bytes allows. */
const small = { frameBytes: 1_000, messageBytes: 100, dataBytes: 200 };

/** A command in so many bytes. */
const pingOf = (bytes: number) => '{"type":"ping"}'.padEnd(bytes);

/** A ping in so many frames. */
const piecesOf = (count: number) =>
  Array.from({ length: count }, (_, index) => {
    const text = pingOf(100);
    const piece = index === count - 1 ? text.slice(index) : text.charAt(index);
    return frame(index === 0 ? TEXT : CONTINUATION, piece, { more: index < count - 1 });
  });

/** Somebody at a terminal. */
async function terminal() {
  const transport = tcp({ port: 0 });
  await host({ limits: small }, transport);
  const client = new RawClient(Number(new URL(String(transport.addresses[0])).port));
  await client.hears(/^\* Welcome/);
  return client;
}

/** How long, and in how many pieces, what comes over a socket may be. */
export const frames = {
  frameBytes: {
    at: [
      'a frame of as many bytes is read, in one piece or two, and so is a line',
      async () => {
        const { client } = await scene(small);
        void client.send(frame(TEXT, pingOf(1_000)));
        await client.event('pong');
        void client.send(frame(TEXT, pingOf(1_000).slice(0, 500), { more: true }));
        void client.send(frame(CONTINUATION, pingOf(1_000).slice(500)));
        await client.event('pong');
        const person = await terminal();
        person.say('/rooms'.padEnd(1_000));
        await person.hears('* No rooms.');
      },
    ],
    beyond: [
      'one byte more closes a WebSocket with 1009, and over TCP is TOO_LONG and costs only the line',
      async () => {
        expect((await closingAfter([frame(TEXT, pingOf(1_001))], small)).code).toBe(1009);
        const halves = [frame(TEXT, pingOf(600), { more: true }), frame(CONTINUATION, ' '.repeat(401))];
        expect((await closingAfter(halves, small)).code).toBe(1009);
        const person = await terminal();
        person.say('/rooms'.padEnd(1_001), '/rooms');
        await person.hears(/^! TOO_LONG /, '* No rooms.');
      },
    ],
  },
  fragments: {
    at: [
      'a message in as many pieces is read',
      async () => {
        const { client } = await scene({ fragments: 16 });
        void client.send(Buffer.concat(piecesOf(16)));
        await client.event('pong');
      },
    ],
    beyond: [
      'in one more it closes with 1008',
      async () => {
        expect((await closingAfter(piecesOf(17), { fragments: 16 })).code).toBe(1008);
      },
    ],
  },
} as const satisfies Pairs;
