import { existsSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { parseEngine } from '../../src/cli/engine.js';
import { UsageError } from '../../src/cli/usage-error.js';
import { temporaryFolder } from '../engines/sqlite/set-up.js';
import { arrive, enter, RawClient } from '../integration/clients.js';
import { chathub, serve } from '../integration/servers.js';

const linux = { XDG_DATA_HOME: '/data' };

function emptyFolder(): string {
  const folder = temporaryFolder();
  onTestFinished(folder.remove);
  return folder.path;
}

test.skipIf(process.platform !== 'linux')('the default is a file in the data folder of the user', () => {
  const chosen = (environment: NodeJS.ProcessEnv) => parseEngine(undefined, '--engine', environment);
  expect(chosen(linux)).toEqual({ kind: 'sqlite', path: '/data/chathub/chathub.db', chosen: false });
  const atHome = path.join(homedir(), '.local/share/chathub/chathub.db');
  expect(chosen({})).toMatchObject({ path: atHome });
  // The specification has relative paths ignored.
  expect(chosen({ XDG_DATA_HOME: 'data' })).toMatchObject({ path: atHome });
});

test.skipIf(process.platform !== 'linux')('a bare name stands in that folder, a path where it says', () => {
  const pathOf = (text: string) => parseEngine(text, '--engine', linux);
  expect(pathOf('sqlite:a.db')).toEqual({ kind: 'sqlite', path: '/data/chathub/a.db', chosen: true });
  expect(pathOf('sqlite')).toMatchObject({ path: '/data/chathub/chathub.db', chosen: true });
  expect(pathOf('sqlite:./a.db')).toMatchObject({ path: path.resolve('a.db') });
  expect(pathOf('sqlite:/tmp/a b:c.db')).toMatchObject({ path: '/tmp/a b:c.db' });
  expect(pathOf('memory')).toEqual({ kind: 'memory' });
  // A variable that is set to nothing is how a compose file leaves it out.
  expect(pathOf('')).toMatchObject({ chosen: false });
});

test.each(['sqlite:', 'sqlite3:a.db', 'redis', 'Memory', '/tmp/a.db'])('%j is no engine', (text) => {
  const parse = () => parseEngine(text, 'CHATHUB_ENGINE', linux);
  expect(parse).toThrow(UsageError);
  expect(parse).toThrow(
    `CHATHUB_ENGINE: expected memory, sqlite:FILE or redis://HOST:PORT, got ${JSON.stringify(text)}.`,
  );
});

test.each(['SIGKILL', 'SIGTERM'] as const)(
  'chathub serve has its history and its people after a %s',
  async (signal) => {
    const file = path.join(emptyFolder(), 'deep', 'chat.db');
    const first = await serve('--web', 'off', '--engine', `sqlite:${file}`);
    await first.program.prints(/^History is kept in .*chat\.db\n/m);
    const alice = new RawClient(first.port);
    const { token } = await enter(alice, 'alice', 1);
    alice.say('remember me', '/search remember');
    await alice.hears('* Found 1 message:', '[lobby] alice: remember me');
    first.program.kill(signal);
    await first.program.exit();

    const second = await serve('--web', 'off', '--engine', `sqlite:${file}`);
    const bob = new RawClient(second.port);
    await arrive(bob);
    await bob.hears('* Joined lobby (1 here).', '[lobby] alice: remember me');
    bob.say('/nick Alice');
    await bob.hears('! NAME_TAKEN "Alice" is taken.');
    const again = new RawClient(second.port);
    await arrive(again);
    await again.hears('* Joined lobby (2 here).', '[lobby] alice: remember me');
    again.say(`/resume ${token}`);
    await again.hears(/^\* Welcome, alice\./, '-- some may repeat --', /^\* Joined lobby/);
    expect(statSync(file).mode & 0o777, 'for its owner alone').toBe(0o600);
  },
);

test('a second server on the same file is refused, and told why', async () => {
  const file = path.join(emptyFolder(), 'chat.db');
  await serve('--web', 'off', '--engine', `sqlite:${file}`);
  const second = chathub(['serve', '--tcp', '0', '--web', 'off'], { CHATHUB_ENGINE: `sqlite:${file}` });
  expect(await second.exit()).toEqual({ code: 1, signal: null });
  expect(second.stderr).toMatch(
    /^chathub: The database ".*chat\.db" is in use by another process, or another engine of this one: .*\n$/,
  );
});

test('with --engine memory there is no file, and no word of one', async () => {
  const folder = emptyFolder();
  const program = chathub(['serve', '--tcp', '0', '--web', 'off', '--engine', 'memory'], { XDG_DATA_HOME: folder });
  await program.prints(/^To chat: .*\n/m);
  expect(program.stdout).not.toContain('History');
  expect(existsSync(path.join(folder, 'chathub'))).toBe(false);
});

test('a folder that can not be made is said', async () => {
  const program = chathub(['serve', '--tcp', '0', '--web', 'off', '--engine', 'sqlite:/dev/null/chat.db']);
  expect(await program.exit()).toEqual({ code: 1, signal: null });
  expect(program.stderr).toMatch(/^chathub: The folder "\/dev\/null" can not be made \((ENOTDIR|EEXIST)\)\.\n$/);
});
