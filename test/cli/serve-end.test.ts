import { describe, expect, test } from 'vitest';
import { missingTools } from '../../scripts/system-tools.mjs';
import { arrive, netcat, RawClient, telnet } from '../integration/clients.js';
import type { LineClient } from '../integration/line-client.js';
import type { Program } from '../integration/program.js';
import { serve } from '../integration/servers.js';

const missing = missingTools();
const goodbye = /^\* Server is restarting; come back in \d+ s\.$/;

async function inLobby(client: LineClient, here: number): Promise<void> {
  await arrive(client);
  await client.hears(`* Joined lobby (${here} here).`);
}

/** It went by itself, and had nothing to complain about. */
async function endedWell(program: Program): Promise<void> {
  expect(await program.exit()).toEqual({ code: 0, signal: null });
  expect(program.stderr).toBe('');
}

describe.skipIf(missing.includes('telnet') || missing.includes('nc'))('people', () => {
  test('at telnet are told that the server ends, upon SIGINT', async () => {
    const { program, port } = await serve();
    const alice = await telnet(port);
    await inLobby(alice, 1);
    program.kill('SIGINT');
    await alice.hears(goodbye);
    expect(await alice.exit()).toEqual({ code: 0, signal: null });
    expect(alice.stderr).toContain('Connection closed by foreign host.');
    await endedWell(program);
  });

  test('at nc, which does not hang up by itself, are told upon SIGTERM, and not waited for too long', async () => {
    const { program, port } = await serve();
    const bob = netcat(port);
    await inLobby(bob, 1);
    program.kill('SIGTERM');
    await bob.hears(goodbye);
    await program.prints(/^Closing connections \(1\)\./m);
    await endedWell(program);
  });
});

test('a server that nobody uses ends at once', async () => {
  const { program } = await serve();
  program.kill('SIGINT');
  await endedWell(program);
});

// A server whose log collector had died ended with a stack (EPIPE) when it had something to say the next time.
test('that nobody reads what it prints is no end', async () => {
  const { program, port } = await serve();
  const client = new RawClient(port);
  await inLobby(client, 1);
  program.ignore();
  program.kill('SIGTERM');
  await client.hears(goodbye);
  expect(await program.exit()).toEqual({ code: 0, signal: null });
});

// `npm start` in a process group that is killed: SIGTERM comes from the group, and again as npm relays it. A listener
// that was added with `once` let the second one kill the server in the middle of saying goodbye.
test('a signal that comes twice at once is one', async () => {
  const { program, port } = await serve();
  const client = new RawClient(port);
  await inLobby(client, 1);
  for (let times = 0; times < 5; times++) program.kill('SIGTERM');
  await client.hears(goodbye);
  program.kill('SIGTERM');
  await client.closed();
  await endedWell(program);
});

test.each([
  ['SIGTERM', 143],
  ['SIGINT', 130],
] as const)('%s again, a second later, ends it without waiting for anybody', async (signal, code) => {
  const { program, port } = await serve();
  const stubborn = new RawClient(port);
  await inLobby(stubborn, 1);
  // It neither reads nor hangs up, so that the server has somebody to wait for.
  stubborn.stall();
  const impatient = setInterval(() => program.kill(signal), 50);
  try {
    expect(await program.exit()).toEqual({ code, signal: null });
  } finally {
    clearInterval(impatient);
  }
});
