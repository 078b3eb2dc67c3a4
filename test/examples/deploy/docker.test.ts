import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import packageJson from '../../../package.json' with { type: 'json' };
import { nodeVersions } from '../../../scripts/node-versions.mjs';
import { parseServeOptions } from '../../../src/cli/serve-options.js';
import { freePort } from '../../engines/redis/server.js';
import { serveWeb } from '../../integration/servers.js';
import { environmentOf, listOf, stagesOf } from './dockerfile.js';

const stages = stagesOf('examples/deploy/Dockerfile');
const last = stages.at(-1)!;
const all = stages.flatMap(({ instructions }) => instructions);
const argsOf = (wanted: string) => last.instructions.filter(({ name }) => name === wanted).map(({ args }) => args);

test('its images are of a version of Node.js that the package is made for, and all of the same', () => {
  expect(new Set(stages.map(({ image }) => image)).size).toBe(1);
  const [, version] = /^node:(\d+)-[a-z]+-slim$/.exec(last.image) ?? [];
  expect(nodeVersions).toContain(version);
});

test('what is copied is there: in the repository, or in a stage before', () => {
  const copies = all.filter(({ name }) => name === 'COPY').map(({ args }) => args.split(/ +/));
  expect(copies.length).toBeGreaterThan(3);
  for (const words of copies) {
    const [, from] = /^--from=(.*)$/.exec(words[0] ?? '') ?? [];
    if (from !== undefined) expect(stages.map(({ name }) => name)).toContain(from);
    else for (const source of words.slice(0, -1)) expect(existsSync(source), source).toBe(true);
  }
  expect(all.map(({ name }) => name)).not.toContain('ADD');
});

test('all that the package holds is copied to where it is packed', () => {
  const [first] = stages;
  const sources = first?.instructions.filter(({ name }) => name === 'COPY').flatMap(({ args }) => args.split(/ +/));
  const papers = packageJson.files.filter((name) => name !== 'dist');
  for (const name of [...papers, 'README.md', 'LICENSE', 'package.json', 'src', 'scripts'])
    expect(sources).toContain(name);
});

test('the server is the package of that build, without what only developers need, and with the driver of Redis that it takes', () => {
  const installs = all.filter(({ name, args }) => name === 'RUN' && args.startsWith('npm install --omit=dev'));
  expect(installs.map(({ args }) => args)).toEqual([
    `npm install --omit=dev --no-audit --no-fund /tmp/chathub.tgz ioredis@${packageJson.peerDependencies.ioredis.replace('>=', '')}`,
  ]);
});

test('it runs without a shell, and as nobody in particular', () => {
  expect(argsOf('USER')).toEqual(['node']);
  const names = last.instructions.map(({ name }) => name);
  expect(names.indexOf('USER')).toBeGreaterThan(names.lastIndexOf('RUN'));
  expect(listOf(last, 'ENTRYPOINT')).toEqual(['node', `node_modules/chathub/${packageJson.bin.chathub}`, 'serve']);
  expect(listOf(last, 'CMD')).toEqual([]);
  expect(argsOf('STOPSIGNAL')).toEqual(['SIGTERM']);
});

test('it is told by variables that it knows to listen for others, on the ports that the image shows', () => {
  const { NODE_ENV, ...environment } = environmentOf(last);
  expect(NODE_ENV).toBe('production');
  const { tcp, web, engine } = parseServeOptions([], environment);
  const [volume = ''] = argsOf('VOLUME');
  expect(engine).toEqual({ kind: 'sqlite', path: path.join(volume, 'chat.db'), chosen: true });
  expect([...tcp, ...web].map((address) => 'host' in address && `${address.host}:${address.port}`)).toEqual(
    argsOf('EXPOSE').flatMap((ports) => ports.split(' ').map((port) => `0.0.0.0:${port}`)),
  );
  // Each of them says something: without it, another default holds.
  expect(Object.keys(environment).sort()).toEqual(['CHATHUB_ENGINE', 'CHATHUB_TCP_PORT', 'CHATHUB_WEB_PORT']);
});

test('its health is that of the server', async () => {
  const { web } = await serveWeb();
  const [node = '', ...args] = listOf(last, 'HEALTHCHECK');
  expect(node).toBe('node');
  const check = (port: string) => {
    const asked = args.map((arg) => arg.replace('127.0.0.1:8081', `127.0.0.1:${port}`));
    return spawnSync(process.execPath, asked, { encoding: 'utf8' });
  };
  expect(check(new URL(web).port)).toMatchObject({ status: 0, stderr: '' });
  expect(check(String(await freePort()))).toMatchObject({ status: 1, stderr: '' });
  expect(args.join()).toContain(`http://127.0.0.1:8081/healthz`);
});
