import { expect, test } from 'vitest';
import { arrive, RawClient } from '../integration/clients.js';
import { example, serveExample } from '../integration/servers.js';

const rules = '* The house rules: be kind. /join ROOM opens a room of your own.';

/** Comes in, and gets as far as anybody does without a word. */
async function visitor(port: number, here: number): Promise<RawClient> {
  const client = new RawClient(port);
  await arrive(client);
  await client.hears(`* Joined lobby (${here} here).`, rules);
  return client;
}

test('people meet in the lobby, under names that the house allows', async () => {
  const { program, port } = await serveExample('chat');
  const alice = await visitor(port, 1);
  alice.say('/nick al', '/nick alice');
  await alice.hears('! BAD_NAME Names here have three letters or more.', '* You are now known as alice.');
  await program.prints(/\nguest-[0-9a-f]{4} is now alice\n/);
  const bob = await visitor(port, 2);
  await alice.hears(/ joined \(2 here\)$/);
  alice.say('hello');
  await bob.hears('[lobby] alice: hello');
});

test('the send policy changes what is stored, and the join policy keeps guests out', async () => {
  const { port } = await serveExample('chat');
  const alice = await visitor(port, 1);
  const bob = await visitor(port, 2);
  bob.say('/nick bob', 'darn it');
  await alice.hears(/ joined \(2 here\)$/, / is now bob$/, '[lobby] bob: **** it');
  alice.say('/join staff', '/join garden');
  await alice.hears('! FORBIDDEN The staff room is not for guests.', '* Joined garden (1 here).');
});

test('a bot answers in the lobby', async () => {
  const { port } = await serveExample('chat');
  const alice = await visitor(port, 1);
  alice.say('!time');
  await alice.hears(/^\[lobby\] clock: \d{4}-\d\d-\d\dT/);
});

test('Ctrl-C says goodbye, and ends it', async () => {
  const { program, port } = await serveExample('chat');
  const alice = await visitor(port, 1);
  program.kill('SIGINT');
  await alice.hears(/^\* Server is restarting; come back in \d+ s\.$/);
  expect(await program.exit()).toEqual({ code: 0, signal: null });
  expect(program.stderr).toBe('');
});

test('a port in use is an error of one line, and exit code 1', async () => {
  const { port } = await serveExample('chat');
  const second = example('chat', `127.0.0.1:${port}`);
  expect(await second.exit()).toEqual({ code: 1, signal: null });
  expect(second.stderr).toMatch(/^Cannot listen on 127\.0\.0\.1:\d+: [^\n]+\n$/);
});
