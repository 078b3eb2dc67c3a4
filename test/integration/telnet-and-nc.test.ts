import { describe, expect, test } from 'vitest';
import { missingTools } from '../../scripts/system-tools.mjs';
import { arrive, enter, netcat, telnet } from './clients.js';
import type { Program } from './program.js';
import { serve } from './servers.js';

const missing = missingTools();

interface Three {
  readonly port: number;
  readonly alice: Program;
  readonly bob: Program;
  readonly carol: Program;
}

/** All three are in the lobby, under their names, and have heard of each other. */
async function three(): Promise<Three> {
  const { port } = await serve();
  const alice = await telnet(port);
  await enter(alice, 'alice', 1);
  const bob = await telnet(port);
  const { name: guestBob } = await enter(bob, 'bob', 2);
  await alice.hears(`[lobby] * ${guestBob} joined (2 here)`, `[lobby] * ${guestBob} is now bob`);
  const carol = netcat(port);
  const { name: guestCarol } = await enter(carol, 'carol', 3);
  for (const other of [alice, bob]) {
    await other.hears(`[lobby] * ${guestCarol} joined (3 here)`, `[lobby] * ${guestCarol} is now carol`);
  }
  return { port, alice, bob, carol };
}

describe.skipIf(missing.includes('telnet') || missing.includes('nc'))('two people at telnet and one at nc', () => {
  test('hear each other, and nobody hears the own message again', async () => {
    const { alice, bob, carol } = await three();
    alice.say('hello');
    await bob.hears('[lobby] alice: hello');
    await carol.hears('[lobby] alice: hello');
    carol.say('hi from nc');
    await alice.hears('[lobby] carol: hi from nc');
    await bob.hears('[lobby] carol: hi from nc');
    bob.say('/me waves', '//join is how to join');
    for (const other of [alice, carol]) await other.hears('[lobby] * bob waves', '[lobby] bob: /join is how to join');
  });

  test('see who is there, and which rooms there are', async () => {
    const { alice, bob, carol } = await three();
    bob.say('/join garden');
    await bob.hears('* Joined garden (1 here).');
    carol.say('/who');
    await carol.hears('* alice, bob, carol');
    carol.say('/who garden');
    await carol.hears('! NOT_A_MEMBER You are not in that room.');
    alice.say('/rooms');
    await alice.hears('* garden 1', '* lobby 3');
  });

  test('write to one alone', async () => {
    const { alice, bob, carol } = await three();
    carol.say('/msg alice psst', 'to all');
    await alice.hears('(direct) carol: psst', '[lobby] carol: to all');
    await bob.hears('[lobby] carol: to all');
    bob.say('/msg dave are you there');
    await bob.hears('! NO_SUCH_MEMBER There is no "dave" here.');
  });

  test('cannot take the same name, nor one that only looks the same', async () => {
    const { bob, carol, alice } = await three();
    bob.say('/nick alice');
    await bob.hears('! NAME_TAKEN "alice" is taken.');
    carol.say('/nick ALICE');
    await carol.hears('! NAME_TAKEN "ALICE" is taken.');
    carol.say('/nick аlice');
    await carol.hears('! NAME_TAKEN "аlice" is taken.');
    alice.say('/nick alicia');
    await alice.hears('* You are now known as alicia.');
    await bob.hears('[lobby] * alice is now alicia');
    bob.say('/nick alice');
    await bob.hears('* You are now known as alice.');
    await alice.hears('[lobby] * bob is now alice');
  });

  test('go to another room and back, and talk where they went', async () => {
    const { alice, bob, carol } = await three();
    for (const [client, here] of [
      [alice, 1],
      [bob, 2],
    ] as const) {
      client.say('/join garden');
      await client.hears(`* Joined garden (${here} here).`);
    }
    await alice.hears('[garden] * bob joined (2 here)');
    bob.say('among roses');
    await alice.hears('[garden] bob: among roses');
    bob.say('/switch lobby', 'back again');
    await bob.hears('* Now in lobby.');
    await carol.hears('[lobby] bob: back again');
    bob.say('/leave garden');
    await bob.hears('* Left garden.');
    await alice.hears('[lobby] bob: back again', '[garden] * bob left (1 here)');
  });

  test('are told who leaves, however that one leaves', async () => {
    const { port, alice, bob, carol } = await three();
    bob.say('/quit');
    await alice.hears('[lobby] * bob left (2 here)');
    await carol.hears('[lobby] * bob left (2 here)');
    expect(await bob.exit()).toMatchObject({ code: 0 });
    expect(bob.stderr).toContain('Connection closed by foreign host.');
    carol.kill('SIGKILL');
    await alice.hears('[lobby] * carol left (1 here)');
    const dave = netcat(port, '-N');
    const { name } = await enter(dave, 'dave', 2);
    await alice.hears(`[lobby] * ${name} joined (2 here)`, `[lobby] * ${name} is now dave`);
    dave.end('bye\n');
    await alice.hears('[lobby] dave: bye', '[lobby] * dave left (1 here)');
    expect(await dave.exit()).toMatchObject({ code: 0 });
  });

  test('show a newcomer the last ten messages', async () => {
    const { port, alice, carol } = await three();
    alice.say(...Array.from({ length: 12 }, (_, index) => `message ${index + 1}`));
    for (let number = 1; number <= 12; number++) await carol.hears(`[lobby] alice: message ${number}`);
    const dave = netcat(port);
    await arrive(dave);
    await dave.hears('* Joined lobby (4 here).');
    for (let number = 3; number <= 12; number++) await dave.hears(`[lobby] alice: message ${number}`);
    dave.say('/history 2', '/history');
    await dave.hears('[lobby] alice: message 1', '[lobby] alice: message 2', '* No older messages in lobby.');
  });
});
