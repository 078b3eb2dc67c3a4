import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { request } from 'node:https';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { connect as connectSecure } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import { chathub } from '../integration/servers.js';
import { Client, portOf } from '../transports/tcp/stage.js';

const fixture = (name: string) => fileURLToPath(new URL(`../transports/tcp/fixtures/${name}`, import.meta.url));

function folder(): string {
  const made = mkdtempSync(path.join(tmpdir(), 'chathub-'));
  onTestFinished(() => rmSync(made, { recursive: true }));
  return made;
}

/** A server that was told where to be, once it listens everywhere. */
async function served(...options: readonly string[]) {
  const program = chathub(['serve', ...options]);
  const places = options.includes('off') ? 1 : 2;
  const [said] = await program.prints(new RegExp(`^(?:Listening on \\S+\n){${places}}`));
  const addresses = [...said.matchAll(/on (\S+)/g)].map(([, address = '']) => address);
  return { program, addresses };
}

describe('over TLS', () => {
  /** Copies of a certificate and its key, which can be changed. */
  function files() {
    const [cert, key] = ['cert.pem', 'key.pem'].map((name) => path.join(folder(), name)) as [string, string];
    const become = (prefix: string) => {
      copyFileSync(fixture(`${prefix}key.pem`), key);
      copyFileSync(fixture(`${prefix}cert.pem`), cert);
    };
    become('');
    return { become, flags: ['--tls-cert', cert, '--tls-key', key] };
  }

  const subjectOf = async (port: number) => {
    const socket = connectSecure({ port, host: '127.0.0.1', rejectUnauthorized: false });
    onTestFinished(() => void socket.destroy());
    await once(socket, 'secureConnect');
    return socket.getPeerX509Certificate()?.fingerprint256;
  };

  test('are lines and the page, and a certificate that is renewed is shown without a new start', async () => {
    const { become, flags } = files();
    const { program, addresses } = await served('--tcp', 'tls:0', '--web', 'tls:0', ...flags);
    expect(addresses).toMatchObject([expect.stringMatching(/^tls:/), expect.stringMatching(/^https:/)]);
    await program.prints(/^To chat: open https:\S+\/$/m);
    const ports = addresses.map((address) => Number(new URL(address).port)) as [number, number];
    const first = await subjectOf(ports[0]);
    const client = new Client(connectSecure({ port: ports[0], host: '127.0.0.1', rejectUnauthorized: false }));
    await client.until(() => client.received.includes('* Joined lobby'));
    become('other-');
    program.kill('SIGHUP');
    await program.prints(/^The certificate was read anew\.$/m);
    const second = await subjectOf(ports[0]);
    expect(second).not.toBe(first);
    expect(await subjectOf(ports[1])).toBe(second);
    client.send('/who\r\n');
    await client.until(() => /^\* guest-[^ ]+(?:, guest-\S+)*\r\n/m.test(client.received));
    expect(program.stderr).toBe('');
  });

  test('keep the certificate that was there when the new one is half of one', async () => {
    const { flags } = files();
    const { program, addresses } = await served('--tcp', 'tls:0', '--web', 'off', ...flags);
    const port = Number(new URL(String(addresses[0])).port);
    const first = await subjectOf(port);
    copyFileSync(fixture('other-key.pem'), String(flags[3]));
    program.kill('SIGHUP');
    await program.until('a complaint', () => /is kept as it was: .*\n/.exec(program.stderr)?.[0]);
    expect(await subjectOf(port)).toBe(first);
  });

  test('let in only whose certificate was signed, where that is asked for', async () => {
    const { flags } = files();
    const asked = [...flags, '--tls-client-ca', fixture('client-ca.pem')];
    const { addresses } = await served('--tcp', '0', '--web', 'tls:0', ...asked);
    const { port } = new URL(String(addresses[1]));
    const health = (more: object) =>
      new Promise<number | undefined>((resolve, reject) => {
        const options = { host: '127.0.0.1', port, path: '/healthz', rejectUnauthorized: false, ...more };
        request(options, (response) => resolve(response.resume().statusCode))
          .on('error', reject)
          .end();
      });
    await expect(health({})).rejects.toThrow();
    const own = { key: readFileSync(fixture('client-key.pem')), cert: readFileSync(fixture('client-cert.pem')) };
    expect(await health(own)).toBe(200);
  });

  test.each([
    [['--tcp', 'tls:0'], /tls: needs --tls-cert/],
    [['--tls-cert', 'x'], /--tls-cert and --tls-key go together/],
    [['--tls-cert', '/no', '--tls-key', '/no'], /--tls-cert: "\/no" can not be read \(ENOENT\)/],
    [
      ['--tcp', 'tls:0', '--tls-cert', fixture('cert.pem'), '--tls-key', fixture('other-key.pem')],
      /--tls-cert: expected/,
    ],
    [['--trust-proxy', 'localhost'], /--trust-proxy: expected an address, .*"localhost"/],
    [['--proxy-protocol', '10.0.0.0/8,x'], /--proxy-protocol: expected an address, .*"x"/],
    [['--origin', 'https://a.example/'], /--origin: expected an origin .*"https:\/\/a\.example\/"/],
    [['--socket-mode', '999'], /--socket-mode: expected three octal digits .*"999"/],
  ])('or any other way, what makes no sense is told in a line: %j', async (options, reason) => {
    const program = chathub(['serve', ...options]);
    expect(await program.exit()).toEqual({ code: 2, signal: null });
    expect(program.stderr).toMatch(reason);
    expect(program.stderr.trimEnd()).not.toContain('\n');
  });
});

describe('behind a proxy', () => {
  test('limits are those of the client, of whom the proxy tells', async () => {
    const limits = ['--limit', 'connectionsPerAddress=1'];
    const proxies = ['--trust-proxy', '127.0.0.1', '--proxy-protocol', 'loopback'];
    const { addresses } = await served('--tcp', '0', '--web', '0', ...limits, ...proxies);
    const [lines = '', web = ''] = addresses;
    const from = (address: string) => {
      const client = new Client(connect(Number(new URL(lines).port), '127.0.0.1'));
      client.send(`PROXY TCP4 ${address} 192.0.2.2 4711 7000\r\n`);
      return client;
    };
    const first = from('203.0.113.7');
    await first.until(() => first.received.includes('* Joined lobby'));
    const second = from('203.0.113.7');
    await second.gone();
    expect(second.received).toBe('! RATE_LIMITED Too many connections from your address.\r\n');
    const other = from('203.0.113.8');
    await other.until(() => other.received.includes('* Joined lobby'));
    const socket = new WebSocket(`${web.replace('http', 'ws')}/chat`, {
      headers: { 'X-Forwarded-For': '198.51.100.1, 203.0.113.7' },
    });
    const [error] = await once(socket, 'error');
    expect(String(error)).toContain('429');
  });

  test('its origin is one of ours', async () => {
    const { addresses } = await served('--tcp', '0', '--web', '0', '--origin', 'https://chat.example.com');
    const headers = { Host: 'chat.example.com' };
    const options = { origin: 'https://chat.example.com', headers };
    const socket = new WebSocket(`${String(addresses[1]).replace('http', 'ws')}/chat`, options);
    onTestFinished(() => socket.terminate());
    await once(socket, 'open');
  });
});

describe('a Unix socket', () => {
  test('is there for telnet people and for a proxy, by the mode that was given, and gone afterwards', async () => {
    const [chat, web] = ['chat', 'web'].map((name) => path.join(folder(), name)) as [string, string];
    const { program, addresses } = await served(
      '--tcp',
      `unix:${chat}`,
      '--web',
      `unix:${web}`,
      '--socket-mode',
      '660',
    );
    expect(addresses).toEqual([`unix:${chat}`, `unix:${web}`]);
    expect([chat, web].map((file) => statSync(file).mode & 0o777)).toEqual([0o660, 0o660]);
    const client = new Client(connect(chat));
    await client.until(() => client.received.includes('* Joined lobby'));
    const socket = new WebSocket(`ws+unix:${web}:/chat`);
    onTestFinished(() => socket.terminate());
    await once(socket, 'open');
    program.kill('SIGTERM');
    expect(await program.exit()).toEqual({ code: 0, signal: null });
    expect([chat, web].map((file) => statSync(file, { throwIfNoEntry: false }))).toEqual([undefined, undefined]);
  });
});

test('a socket that was handed over serves, as systemd does it', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const args = ['--import', 'tsx', 'src/cli/main.ts', 'serve', '--engine', 'memory', '--tcp', 'fd:3', '--web', 'off'];
  const { fd } = (server as unknown as { readonly _handle: { readonly fd: number } })._handle;
  const program = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit', fd] });
  onTestFinished(() => void program.kill('SIGKILL'));
  const port = portOf(server);
  server.close();
  await once(program.stdout as NodeJS.ReadableStream, 'data');
  const client = new Client(connect(port, '127.0.0.1'));
  await client.until(() => client.received.includes('* Joined lobby'));
  program.kill('SIGTERM');
  expect(await once(program, 'exit')).toEqual([0, null]);
});
