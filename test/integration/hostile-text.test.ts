import { describe, test } from 'vitest';
import { arrive, enter, RawClient } from './clients.js';
import { serve } from './servers.js';

describe('what others send', () => {
  test('can neither act on a terminal, nor turn it around, nor forge a line', async () => {
    const { port } = await serve();
    const mallory = new RawClient(port);
    await enter(mallory, 'mallory', 1);
    const victim = new RawClient(port);
    await arrive(victim);
    await victim.hears('* Joined lobby (2 here).');
    const tricks = ['\x1b[2J\x1b[31mred', '\x1b]0;title\x07done', 'a\x9b31mb', 'ring\x07', 'x \u202egnp.exe'];
    mallory.say(...tricks, 'first\u2028* Server is restarting; come back in 1 s.');
    await victim.hears(
      '[lobby] mallory: red',
      '[lobby] mallory: done',
      '[lobby] mallory: ab',
      '[lobby] mallory: ring',
      '[lobby] mallory: \u2068x \u202egnp.exe\u202c\u2069',
      '[lobby] mallory: first',
      '[lobby] mallory| * Server is restarting; come back in 1 s.',
    );
  });

  test('is refused with an error of one line when it is no line of text', async () => {
    const { port } = await serve();
    const client = new RawClient(port);
    await enter(client, 'alice', 1);
    client.write(Buffer.from([0xc0, 0xaf, 0x0a]));
    client.say(`${'x'.repeat(5_000)}`, `${'y'.repeat(70_000)}`, 'a\rb', '/nonsense', '/join');
    client.say('/nick no good');
    await client.hears(
      '! BAD_UTF8 Invalid UTF-8 detected.',
      '! TOO_LONG A message may have 4096 bytes.',
      '! TOO_LONG That is too long.',
      '! BAD_FRAME That frame is not allowed here.',
      '! BAD_COMMAND There is no /nonsense; /help lists the commands.',
      '! BAD_COMMAND Usage: /join ROOM [COUNT]',
      /^! BAD_NAME "no good" is not a name: /,
    );
  });
});
