import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { missingTools } from '../../scripts/system-tools.mjs';
import { netcat, RawClient, telnet } from '../integration/clients.js';
import { example, serveExample } from '../integration/servers.js';

const missing = missingTools();

test('says where it listens, and who comes and goes', async () => {
  const { program, port } = await serveExample('echo');
  expect(program.stdout).toBe(`Listening on: 127.0.0.1:${port}\n`);
  const client = new RawClient(port);
  const [, peer] = await program.prints(/\nPeer address: (127\.0\.0\.1:\d+)\n/);
  client.say('hello');
  await client.hears('hello');
  client.cut();
  await program.prints(new RegExp(`\nClose connection: ${peer}\n$`));
});

test('listens on 127.0.0.1:8080 when it is told nothing, and on IPv6 when it is told that', async () => {
  const byDefault = example('echo');
  // Whoever has the port already says the same: that it was this one.
  await byDefault.until('word of port 8080', () => /127\.0\.0\.1:8080/.exec(byDefault.stdout + byDefault.stderr)?.[0]);
  const ipv6 = example('echo', '[::1]:0');
  const [, port] = await ipv6.prints(/^Listening on: \[::1\]:(\d+)\n$/);
  const client = new RawClient(Number(port), '::1');
  client.say('hello');
  await client.hears('hello');
  await ipv6.prints(/\nPeer address: \[::1\]:\d+\n/);
});

test('answers bad UTF-8 with a sentence, and goes on', async () => {
  const { port } = await serveExample('echo');
  const client = new RawClient(port);
  client.write(Buffer.from('fine\n\xff\xfe\nab\xc0\xaf\r\nfine again\n', 'latin1'));
  await client.hears('fine', 'Invalid UTF-8 detected', 'Invalid UTF-8 detected', 'fine again');
  expect(client.stdout).toContain('detected\nInvalid UTF-8 detected\r\nfine again\n');
});

describe('what it cannot do is an error of one line, and exit code 1', () => {
  test('a port in use', async () => {
    const { port } = await serveExample('echo');
    const second = example('echo', `127.0.0.1:${port}`);
    expect(await second.exit()).toEqual({ code: 1, signal: null });
    expect(second.stderr).toBe(
      `Cannot listen on 127.0.0.1:${port}: another process is using it. Choose another port.\n`,
    );
    expect(second.stdout).toBe('');
  });

  test.each([['8080'], ['127.0.0.1:http'], ['127.0.0.1:99999'], ['no such host:80']])(
    'the address %j',
    async (address) => {
      const program = example('echo', address);
      expect(await program.exit()).toEqual({ code: 1, signal: null });
      expect(program.stderr).toMatch(/^[^\n]+\n$/);
      expect(program.stdout).toBe('');
    },
  );
});

describe.skipIf(missing.includes('nc'))('nc', () => {
  test('gets back exactly the bytes that it sent', async () => {
    const { port } = await serveExample('echo');
    const client = netcat(port, '-N');
    client.end('a\nb\r\n/quit\n');
    expect(await client.exit()).toEqual({ code: 0, signal: null });
    expect(client.stdout).toBe('a\nb\r\n/quit\n');
  });

  test('gets back control characters, NUL, empty lines and every script as they were', async () => {
    const { port } = await serveExample('echo');
    const client = netcat(port, '-N');
    const bytes = '\n\r\n\x1b[31m\0\x07\x08\x7f\n//x\r\nпривет 你好 🎉\n\u202e\u2028\n';
    client.end(bytes);
    await client.exit();
    expect(client.stdout).toBe(bytes);
  });

  test('is served 200 at a time, each with its own bytes', async () => {
    const { program, port } = await serveExample('echo');
    const clients = Array.from({ length: 200 }, () => ({ nc: netcat(port, '-N'), bytes: someLines() }));
    // All of them are there before any has said anything.
    await program.until('200 peers', () => (countIn(program.stdout, 'Peer address: ') === 200 ? true : undefined));
    for (const { nc, bytes } of clients) nc.end(bytes);
    const ends = await Promise.all(clients.map(({ nc }) => nc.exit()));
    expect(ends.filter(({ code }) => code !== 0)).toEqual([]);
    expect(clients.filter(({ nc, bytes }) => !nc.output.equals(bytes))).toEqual([]);
    await program.until('200 ends', () => (countIn(program.stdout, 'Close connection: ') === 200 ? true : undefined));
    expect(program.stderr).toBe('');
  });
});

describe.skipIf(missing.includes('telnet'))('telnet', () => {
  test('gets back what a person types', async () => {
    const { port } = await serveExample('echo');
    const client = await telnet(port);
    for (const line of ['hello', '/quit', 'olá', '']) {
      client.say(line);
      await client.hears(line);
    }
  });
});

/** Lines that nobody else sends, about 20 kB. */
function someLines(): Buffer {
  return Buffer.from(Array.from({ length: 100 }, () => `${randomBytes(100).toString('hex')}\n`).join(''));
}

function countIn(text: string, part: string): number {
  return text.split(part).length - 1;
}
