import { createServer } from 'node:http';
import type { Duplex } from 'node:stream';
import { expect, test } from 'vitest';
import { addressOf, application } from './application.js';
import { ask } from './raw-frames.js';
import { Stage } from './stage.js';

const many = 40;
const page = { Origin: 'https://example.com' };

/** As many requests as that, read and not answered yet; to look at one takes a millisecond. */
async function crowd() {
  const it = await new Stage({ path: '/chat', origins: slowly }).start();
  const server = await application(createServer());
  const asking: (() => void)[] = [];
  const sockets: Duplex[] = [];
  const allAsk = new Promise<void>((resolve) => {
    server.on('upgrade', (request, socket, head) => {
      sockets.push(socket);
      if (asking.push(() => it.transport.handleUpgrade(request, socket, head)) === many) resolve();
    });
  });
  const answers = Array.from({ length: many }, () => ask(addressOf(server), page));
  await allAsk;
  return { it, asking, sockets, answers };
}

function slowly(): boolean {
  for (const began = performance.now(); performance.now() - began < 1; );
  return true;
}

test('of hundreds who ask in one turn of the event loop, some are let in in each', async () => {
  const { it, asking, answers } = await crowd();
  for (const handOn of asking) handOn();
  let before = 0;
  for (;;) {
    expect(it.sides.length - before).toBeLessThan(many / 4);
    before = it.sides.length;
    if (before === many) break;
    await new Promise(setImmediate);
  }
  for (const answer of answers) expect((await answer).status).toBe(101);
});

test('who is gone before its turn is let in no more, and costs the others nothing', async () => {
  const { it, asking, sockets, answers } = await crowd();
  const settled = Promise.allSettled(answers);
  for (const handOn of asking) handOn();
  const early = it.sides.length;
  for (const socket of sockets.slice(-2)) socket.destroy(new Error('reset'));
  for (const answer of (await settled).slice(0, -2)) expect(answer).toMatchObject({ value: { status: 101 } });
  expect(early).toBeLessThan(many / 4);
  expect(it.sides).toHaveLength(many - 2);
  expect(it.errors).toEqual([]);
});

test('who waits when the transport stops is told so', async () => {
  const { it, asking, answers } = await crowd();
  for (const handOn of asking) handOn();
  const early = it.sides.length;
  await it.transport.stop();
  const statuses = await Promise.all(answers.map(async (answer) => (await answer).status));
  expect(statuses.filter((status) => status === 101)).toHaveLength(early);
  expect(statuses.filter((status) => status === 503)).toHaveLength(many - early);
});
