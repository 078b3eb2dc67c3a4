import { expect, test } from 'vitest';
import { enter, RawClient } from '../integration/clients.js';
import type { Program } from '../integration/program.js';
import { example } from '../integration/servers.js';

interface House {
  /** Whoever sits at the server's terminal. */
  readonly keeper: Program;
  readonly port: number;
}

async function open(): Promise<House> {
  const keeper = example('custom-transport', '127.0.0.1:0');
  const [, port] = await keeper.prints(/Listening on: 127\.0\.0\.1:(\d+)\n/);
  const arrival = [await keeper.nextLine(), await keeper.nextLine(), await keeper.nextLine()];
  expect(arrival).toContain('* Joined lobby (1 here).');
  keeper.say('/nick keeper');
  await keeper.hears('* You are now known as keeper.');
  return { keeper, port: Number(port) };
}

test("the server's terminal and TCP clients share a room", async () => {
  const { keeper, port } = await open();
  const alice = new RawClient(port);
  const { name } = await enter(alice, 'alice', 2);
  await keeper.hears(`[lobby] * ${name} joined (2 here)`, `[lobby] * ${name} is now alice`);
  alice.say('hello');
  await keeper.hears('[lobby] alice: hello');
  keeper.say('welcome to the house', '/msg alice psst');
  await alice.hears('[lobby] keeper: welcome to the house', '(direct) keeper: psst');
  alice.cut();
});

test('what is typed before Ctrl-D is still done, and the others go on', async () => {
  const { keeper, port } = await open();
  const alice = new RawClient(port);
  await enter(alice, 'alice', 2);
  keeper.end('good night\n');
  await alice.hears('[lobby] keeper: good night', '[lobby] * keeper left (1 here)');
  alice.say('/who');
  await alice.hears('* alice');
});

test('a line that is too long is an error', async () => {
  const { keeper } = await open();
  keeper.say('x'.repeat(70_000), '/who');
  await keeper.hears(/^! TOO_LONG /, '* keeper');
});

test('/quit at the terminal leaves the server running', async () => {
  const { keeper, port } = await open();
  const alice = new RawClient(port);
  await enter(alice, 'alice', 2);
  keeper.say('/quit');
  await alice.hears('[lobby] * keeper left (1 here)');
});
