import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Page, SessionRow } from '../../src/cli/admin/answers.js';
import { enter, RawClient } from '../integration/clients.js';
import { chathub, serveWeb } from '../integration/servers.js';

const token = 'a-token-for-tests-0123456789';
const authorization = { Authorization: `Bearer ${token}` };
const post = (body: object) => ({
  method: 'POST',
  headers: { ...authorization, 'Content-Type': 'application/json' },
  body: JSON.stringify(body),
});

test('without a token there is nothing for administrators', async () => {
  const { web, program } = await serveWeb();
  for (const file of ['admin', 'admin/', 'admin.js', 'admin.css', 'admin/api/overview', 'admin/api/'])
    expect((await fetch(`${web}/${file}`)).status, file).toBe(404);
  expect((await fetch(`${web}/admin/api/drain`, post({ confirm: true }))).status).toBe(405);
  expect(program.stdout).not.toContain('admin');
});

describe('with a token', () => {
  test('there is a page, which holds no data and brings in nothing but its own', async () => {
    const { web, program } = await serveWeb('--admin-token', token);
    await program.prints(/^To administer: open http:\/\/127\.0\.0\.1:\d+\/admin$/m);
    const page = await fetch(`${web}/admin`);
    expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
    expect(page.headers.get('content-security-policy')).toMatch(
      /^default-src 'none'; .*require-trusted-types-for 'script'$/,
    );
    const html = await page.text();
    expect(html).not.toMatch(/<style|style=|\son\w+=/);
    expect([...html.matchAll(/\b(?:src|href)="(?!#|data:)([^"]+)"/g)].map(([, name]) => name)).toEqual([
      'admin.css',
      'admin.js',
    ]);
    for (const file of ['admin.css', 'admin.js']) expect((await fetch(`${web}/${file}`)).status).toBe(200);
    const slash = await fetch(`${web}/admin/`, { redirect: 'manual' });
    expect([slash.status, slash.headers.get('location')]).toEqual([308, '../admin']);
    expect((await fetch(`${web}/admin/`)).url).toBe(`${web}/admin`);
  });

  test('of a file, an administrator acts on people at terminals', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'chathub-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    writeFileSync(path.join(folder, 'token'), `${token}\n`);
    const { web, port, program } = await serveWeb('--admin-token-file', path.join(folder, 'token'));
    const alice = new RawClient(port);
    await enter(alice, 'alice', 1);
    await fetch(`${web}/admin/api/announce`, post({ text: 'Lunch is ready.' }));
    await alice.hears('[lobby] server: Lunch is ready.');
    const found = await fetch(`${web}/admin/api/sessions?find=alice`, { headers: authorization });
    const { items } = (await found.json()) as Page<SessionRow>;
    const { user = '', transport, remoteAddress, bytesWritten } = items[0] ?? {};
    expect([transport, remoteAddress]).toEqual(['tcp', '127.0.0.1']);
    expect(bytesWritten).toBeGreaterThan(100);
    await fetch(`${web}/admin/api/kick`, post({ room: 'lobby', whom: { user }, reason: 'go and eat' }));
    await alice.hears(/go and eat/);
    expect(program.stderr).toBe(
      [
        'chathub: admin: 127.0.0.1: announce in rooms (1)',
        `chathub: admin: 127.0.0.1: kick user "${user}" from room "lobby"`,
        '',
      ].join('\n'),
    );
  });

  test('the server is ended as by SIGTERM: people are told, and it goes with 0', async () => {
    const { web, port, program } = await serveWeb('--admin-token', token);
    const alice = new RawClient(port);
    await enter(alice, 'alice', 1);
    const answer = await fetch(`${web}/admin/api/drain`, post({ confirm: true }));
    expect([answer.status, await answer.json()]).toEqual([200, {}]);
    await alice.hears(/^\* Server is restarting; come back in \d+ s\.$/);
    expect(await program.exit()).toEqual({ code: 0, signal: null });
    expect(program.stderr).toBe('chathub: admin: 127.0.0.1: drain\n');
    expect(program.stdout + program.stderr).not.toContain(token);
  });

  test('of the environment the same is there, and a signal ends it all the same', async () => {
    const program = chathub(['serve', '--tcp', '0'], { CHATHUB_ADMIN_TOKEN: token });
    const [, web] = await program.prints(/^To administer: open (http:\S+)\/admin$/m);
    expect((await fetch(`${web}/admin/api/overview`, { headers: authorization })).status).toBe(200);
    program.kill('SIGTERM');
    expect(await program.exit()).toEqual({ code: 0, signal: null });
  });
});

test.each([
  [['--admin-token', 'too-short'], /^chathub: --admin-token: expected 16 characters or more/],
  [['--admin-token-file', '/nowhere'], /^chathub: --admin-token-file: "\/nowhere" can not be read \(ENOENT\)/],
  [
    ['--admin-token', token, '--web', 'off'],
    /^chathub: --admin-token: the page is on the address of --web, which is off\./,
  ],
  [['--admin-token', token, '--trust-proxy', 'here'], /^chathub: --trust-proxy: expected an address/],
])('%j makes no sense', async (options, message) => {
  const program = chathub(['serve', '--tcp', '0', ...options]);
  expect(await program.exit()).toEqual({ code: 2, signal: null });
  expect(program.stderr).toMatch(message);
  expect(program.stderr).not.toContain('too-short');
});
