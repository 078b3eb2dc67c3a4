import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import { differences } from '../../scripts/api/compare.mjs';
import { reportsOf } from '../../scripts/api/report.mjs';

const folder = 'etc/api';
const entries = Object.keys(packageJson.exports).filter((name) => name !== './package.json');

async function recorded(): Promise<Map<string, string>> {
  const names = await readdir(folder);
  return new Map(
    await Promise.all(names.map(async (name) => [name, await readFile(path.join(folder, name), 'utf8')] as const)),
  );
}

/** What is reported of the package as it is built, but with this in the place of that in the declarations. */
async function planted(that: RegExp, by: string): Promise<string> {
  const root = await mkdtemp(path.join(tmpdir(), 'chathub-api-'));
  onTestFinished(() => rm(root, { recursive: true }));
  await cp('package.json', path.join(root, 'package.json'));
  await cp('dist', path.join(root, 'dist'), { recursive: true });
  const names = (await readdir('dist')).filter((name) => name.endsWith('.d.ts'));
  let times = 0;
  for (const name of names) {
    const text = await readFile(path.join('dist', name), 'utf8');
    if (that.test(text)) times++;
    await writeFile(path.join(root, 'dist', name), text.replace(that, by));
  }
  expect(times, String(that)).toBe(1);
  return differences(reportsOf('.'), reportsOf(root)).join('\n');
}

test('each entry point of the package has a report, which names no file of the build', async () => {
  const reports = await recorded();
  expect([...reports.keys()].sort()).toEqual(
    entries.map((name) => `${name === '.' ? 'index' : name.replace('./', '')}.api.md`).sort(),
  );
  for (const [name, text] of reports) {
    expect(text, name).toContain('\nexport ');
    expect(text, name).not.toMatch(/['"]\.{1,2}\//);
  }
});

test.each([
  [
    'an export that is added',
    /^export \{ type TcpOptions,/m,
    'declare const planted: 1;\nexport { planted, type TcpOptions,',
    '+ export const planted: 1;',
  ],
  ['an export that is removed', /, openSqliteFile, sqlite,/, ', sqlite,', '- export function openSqliteFile('],
  ['a method that is gone', /^ +listen\(\.\.\.transports: .*$/m, '', '-     listen(...transports: '],
  ['another error code', /readonly NAME_TAKEN: /, 'readonly NAME_IN_USE: ', '-     readonly NAME_TAKEN: '],
  [
    'an option that is needed now',
    /readonly url\?: string \| undefined;/,
    'readonly url: string;',
    '+     readonly url: string;',
  ],
])('%s is noticed', async (_, that, by, line) => {
  expect(await planted(that, by)).toContain(`\n${line}`);
});
