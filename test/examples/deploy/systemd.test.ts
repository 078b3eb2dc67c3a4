import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { limitTable } from 'chathub';
import { describe, expect, onTestFinished, test } from 'vitest';
import packageJson from '../../../package.json' with { type: 'json' };
import { missingTools } from '../../../scripts/system-tools.mjs';
import { freePort } from '../../engines/redis/server.js';
import { arrive, RawClient } from '../../integration/clients.js';
import { Program } from '../../integration/program.js';
import { unitFile } from './unit-file.js';

const deploy = (name: string) => path.resolve('examples/deploy', name);
const { Service = {} } = unitFile(deploy('chathub.service'));
const { Socket = {} } = unitFile(deploy('chathub.socket'));
const [command = '', ...words] = Service.ExecStart?.[0]?.split(' ') ?? [];

/** A folder that is gone with the test. */
function folder(): string {
  const made = mkdtempSync(path.join(tmpdir(), 'chathub-systemd-'));
  onTestFinished(() => rmSync(made, { recursive: true }));
  return made;
}

/** Copies of the units whose program is there, as `systemd-analyze` wants it. */
function installed(): { readonly service: string; readonly socket: string } {
  const made = folder();
  const copy = (name: string) => {
    const file = path.join(made, name);
    writeFileSync(file, readFileSync(deploy(name), 'utf8').replace(command, process.execPath));
    return file;
  };
  return { service: copy('chathub.service'), socket: copy('chathub.socket') };
}

describe('the unit of systemd', () => {
  test('runs the program of the package, from where the guide installs it', () => {
    const [, prefix] = /npm install --prefix (\S+) /.exec(readFileSync(deploy('README.md'), 'utf8')) ?? [];
    expect(command).toBe(`${prefix}/node_modules/.bin/${Object.keys(packageJson.bin)[0]}`);
    expect(Service.Type).toEqual(['exec']);
  });

  test('waits for the end in good order, and has a descriptor for each connection', () => {
    expect(Number(Service.TimeoutStopSec) * 1_000).toBeGreaterThan(limitTable.drain.value);
    expect(Number(Service.LimitNOFILE)).toBeGreaterThan(limitTable.connections.value);
    expect(Number(Socket.Backlog)).toBe(4_096);
  });

  test('keeps its file in the folder that systemd makes for it', () => {
    expect(Service.StateDirectory).toEqual(['chathub']);
    expect(Service.Environment).toContain('CHATHUB_ENGINE=sqlite:%S/chathub/chat.db');
  });

  test('listens on loopback alone, and hands over what it listens on in the order of the command', () => {
    expect(words).toEqual(['serve', '--tcp', 'fd:3', '--web', 'fd:4']);
    expect(Socket.ListenStream).toEqual(['127.0.0.1:8080', '127.0.0.1:8081']);
  });
});

describe.skipIf(missingTools().includes('systemd-analyze'))('systemd', () => {
  test('knows each line of the units', () => {
    const { service, socket } = installed();
    const { status, stdout, stderr } = spawnSync('systemd-analyze', ['verify', service, socket], { encoding: 'utf8' });
    expect({ status, said: stdout + stderr }).toEqual({ status: 0, said: '' });
  });

  test('finds little that a server which was taken over could do', () => {
    // From 0 to 10, in tenths; the units of Debian mostly have 9.
    const args = ['security', '--offline=yes', '--threshold=15', installed().service];
    const { status, stdout } = spawnSync('systemd-analyze', args, { encoding: 'utf8' });
    expect(status, stdout).toBe(0);
  });

  // Without systemd at work: its program for that opens the sockets, and starts the server when somebody comes.
  test('starts the command of the unit with its sockets, and ends it', async () => {
    const state = folder();
    const [chat, web] = [await freePort(), await freePort()];
    const environment = [...(Service.Environment ?? [])].map((line) => line.replace('%S/chathub', state));
    expect(environment.join()).not.toContain('%');
    const program = new Program('systemd-socket-activate', [
      ...[`127.0.0.1:${chat}`, `127.0.0.1:${web}`].flatMap((address) => ['--listen', address]),
      ...[...environment, 'PATH'].flatMap((variable) => ['--setenv', variable]),
      ...[process.execPath, '--import', 'tsx', path.resolve('src/cli/main.ts'), ...words],
    ]);
    await program.until('systemd', () => /Listening on .* as 4/.exec(program.stderr)?.[0]);
    const client = new RawClient(chat);
    await arrive(client);
    await client.hears('* Joined lobby (1 here).');
    expect((await fetch(`http://127.0.0.1:${web}/healthz`)).status).toBe(200);
    expect(existsSync(path.join(state, 'chat.db'))).toBe(true);
    program.kill('SIGTERM');
    expect(await program.exit()).toEqual({ code: 0, signal: null });
  });
});
