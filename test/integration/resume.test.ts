import { describe, test } from 'vitest';
import { arrive, enter, RawClient } from './clients.js';
import { serve } from './servers.js';

describe('a connection that breaks', () => {
  test('is taken up again with the name, the room and what was missed, and nobody sees it leave', async () => {
    const { port } = await serve();
    const alice = new RawClient(port);
    const { token } = await enter(alice, 'alice', 1);
    const bob = new RawClient(port);
    const { name } = await enter(bob, 'bob', 2);
    await alice.hears(`[lobby] * ${name} joined (2 here)`, `[lobby] * ${name} is now bob`);
    alice.cut();
    bob.say('are you there?', '/who');
    await bob.hears('* alice, bob');
    const again = new RawClient(port);
    const { name: guest } = await arrive(again);
    await again.hears('* Joined lobby (3 here).', '[lobby] bob: are you there?');
    again.say(`/resume ${token}`);
    await again.hears(
      `* Welcome, alice. /help lists the commands. (/resume ${token} takes this session up again)`,
      '-- some may repeat --',
      /^\* Joined lobby \(\d here\)\.$/,
      '[lobby] bob: are you there?',
    );
    again.say('I am back');
    await bob.hears(
      `[lobby] * ${guest} joined (3 here)`,
      `[lobby] * ${guest} left (2 here)`,
      '[lobby] alice: I am back',
    );
  });

  test('is over when nobody takes it up in time', async () => {
    const { port } = await serve('--limit', 'resumeWindow=50');
    const alice = new RawClient(port);
    await enter(alice, 'alice', 1);
    const bob = new RawClient(port);
    await arrive(bob);
    await bob.hears('* Joined lobby (2 here).');
    alice.cut();
    await bob.hears('[lobby] * alice left (1 here)');
  });
});
