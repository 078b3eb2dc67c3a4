import { describe, expect, test } from 'vitest';
import { arrive, enter, RawClient } from '../integration/clients.js';
import { chathub, serve, serveWeb } from '../integration/servers.js';

describe('where it listens', () => {
  const listening =
    /^Listening on (tcp\S+)\n(?:Listening on (tcp\S+)\n)?(?:Listening on (http\S+)\n)?To chat: (telnet .*)\n/;

  test('says so first, and then how to get there', async () => {
    const { program, port, web } = await serveWeb();
    expect(program.stdout).toBe(
      [
        `Listening on tcp://127.0.0.1:${port}`,
        `Listening on ${web}`,
        `To chat: telnet 127.0.0.1 ${port}`,
        `or open ${web}/`,
        '',
      ].join('\n'),
    );
    expect(web).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect(program.stderr).toBe('');
  });

  test('may be several places, which share their rooms', async () => {
    const program = chathub(['serve', '--tcp', '127.0.0.1:0', '--tcp=[::1]:0']);
    const [, ipv4 = '', ipv6 = ''] = await program.prints(listening);
    expect(new URL(ipv6).hostname).toBe('[::1]');
    const alice = new RawClient(Number(new URL(ipv4).port));
    await enter(alice, 'alice', 1);
    const bob = new RawClient(Number(new URL(ipv6).port), '::1');
    await enter(bob, 'bob', 2);
    bob.say('hello');
    await alice.hears(/ joined \(2 here\)$/, / is now bob$/, '[lobby] bob: hello');
  });

  test.each([
    ['0', [], /^Listening on tcp:\/\/127\.0\.0\.1:\d+\n/],
    ['localhost:0', [], /^Listening on tcp:\/\/(127\.0\.0\.1|\[::1\]):\d+\n/],
    ['[::1]:0', [], /^Listening on tcp:\/\/\[::1\]:\d+\n/],
    ['1.2.3.4:80', ['--tcp', '0'], /^Listening on tcp:\/\/127\.0\.0\.1:\d+\nListening on http/],
    ['', [], /127\.0\.0\.1:8080/],
  ])('CHATHUB_TCP_PORT=%s with the options %j', async (CHATHUB_TCP_PORT, options, expected) => {
    const program = chathub(['serve', ...options], { CHATHUB_TCP_PORT });
    // Of 8080, another process may have the port: that it was tried is said either way.
    await program.until(`${expected}`, () => expected.exec(program.stdout + program.stderr)?.[0]);
  });

  test.each([
    ['0', [], /^Listening on http:\/\/127\.0\.0\.1:\d+\nTo/m],
    ['[::1]:0', [], /^Listening on http:\/\/\[::1\]:\d+\nTo/m],
    ['1.2.3.4:80', ['--web', '0'], /^Listening on http:\/\/127\.0\.0\.1:\d+\nTo/m],
    ['0', ['--web', '0', '--web=[::1]:0'], /^Listening on http:\/\/127\.\S+\nListening on http:\/\/\[::1\]\S+\nTo/m],
    [
      '0',
      ['--web', '0.0.0.0:0'],
      /^Listening on http:\/\/0\.0\.0\.0:(\d+)\nTo.*\nor open http:\/\/127\.0\.0\.1:\1\/\n$/m,
    ],
    ['off', [], /^Listening on tcp:\S+\nTo chat: telnet 127\.0\.0\.1 \d+\n$/],
    ['0', ['--web', 'off'], /^Listening on tcp:\S+\nTo chat: telnet 127\.0\.0\.1 \d+\n$/],
    ['', [], /127\.0\.0\.1:8081/],
  ])('CHATHUB_WEB_PORT=%s with the options %j', async (CHATHUB_WEB_PORT, options, expected) => {
    const program = chathub(['serve', '--tcp', '0', ...options], { CHATHUB_WEB_PORT });
    await program.until(`${expected}`, () => expected.exec(program.stdout + program.stderr)?.[0]);
  });

  test.each(['CHATHUB_TCP_PORT', 'CHATHUB_WEB_PORT'])('is told of a bad %s by its name', async (name) => {
    const program = chathub(['serve'], { [name]: 'here' });
    expect(await program.exit()).toEqual({ code: 2, signal: null });
    expect(program.stderr).toMatch(new RegExp(`^chathub: ${name}: .*"here".*\n$`));
  });

  test('cannot be a port in use: one line, exit code 1, and the other places are given up', async () => {
    const { port } = await serve();
    const program = chathub(['serve', '--tcp', '0', '--tcp', String(port)]);
    expect(await program.exit()).toEqual({ code: 1, signal: null });
    const reason = 'another process is using it. Choose another port.';
    expect(program.stderr).toBe(`chathub: Cannot listen on 127.0.0.1:${port}: ${reason}\n`);
    expect(program.stdout).toBe('');
  });

  test('cannot be a port in use for browsers, either', async () => {
    const { port } = await serve();
    const program = chathub(['serve', '--tcp', '0', '--web', '0', '--web', String(port)]);
    expect(await program.exit()).toEqual({ code: 1, signal: null });
    const reason = 'another process is using it. Choose another port.';
    expect(program.stderr).toBe(`chathub: Cannot listen on 127.0.0.1:${port}: ${reason}\n`);
    expect(program.stdout).toBe('');
  });
});

test('limits are those of the flags', async () => {
  const { port } = await serve('--limit', 'messageBytes=5', '--limit=idleTimeout=off', '--limit', 'nameLength=4');
  const client = new RawClient(port);
  await arrive(client);
  await client.hears('* Joined lobby (1 here).');
  client.say('abcdef', '/nick abcde', '/nick abcd');
  await client.hears(/^! TOO_LONG /, /^! BAD_NAME /, '* You are now known as abcd.');
});
