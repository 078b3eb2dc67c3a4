import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import { EmptyProject } from './empty-project.js';

let project: EmptyProject;
let files: readonly string[];

beforeAll(async () => {
  project = await EmptyProject.create();
  const found = await readdir(installed(), { recursive: true, withFileTypes: true });
  files = found
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(installed(), path.join(entry.parentPath, entry.name)).replaceAll(path.sep, '/'))
    .sort();
});
afterAll(() => project.remove());

const installed = (...names: readonly string[]) => path.join(project.folder, 'node_modules/chathub', ...names);
const read = (file: string) => readFile(installed(file), 'utf8');

test('the package holds the built entry points, what they share, and the papers; nothing else', () => {
  const shared = /^dist\/[a-z]+-[\w-]{8}\.(js|js\.map|d\.ts)$/;
  expect(files.filter((file) => !shared.test(file))).toEqual([
    'CHANGELOG.md',
    'LICENSE',
    'README.md',
    'THIRD-PARTY-NOTICES.md',
    ...['cli', 'client', 'index', 'metrics'].flatMap(builtFiles),
    'dist/page/admin.css',
    'dist/page/admin.html',
    'dist/page/admin.js',
    'dist/page/index.html',
    'dist/page/page.css',
    'dist/page/page.js',
    ...['redis', 'sqlite', 'tcp', 'testing', 'tracing', 'websocket'].flatMap(builtFiles),
    'package.json',
  ]);
});

const builtFiles = (entry: string) => [`dist/${entry}.d.ts`, `dist/${entry}.js`, `dist/${entry}.js.map`];

test('what entry points share is used: nothing is left of another build', async () => {
  const built = files.filter((file) => /^dist\/[^/]+\.(js|d\.ts)$/.test(file));
  const texts = new Map(await Promise.all(built.map(async (file) => [file, await read(file)] as const)));
  const used = (file: string) => {
    const specifier = `./${path.basename(file).replace(/\.d\.ts$/, '.js')}`;
    return built.some((other) => other !== file && texts.get(other)?.includes(specifier));
  };
  expect(built.filter((file) => file.includes('-') && !used(file))).toEqual([]);
});

test('each module has its source map, and each source map holds its sources, which are not in the package', async () => {
  // Not the page: browsers get it as it is.
  const modules = files.filter((file) => file.endsWith('.js') && !file.startsWith('dist/page/'));
  expect(files.filter((file) => file.endsWith('.map'))).toEqual(modules.map((file) => `${file}.map`));
  for (const file of modules) {
    const { sources, sourcesContent } = JSON.parse(await read(`${file}.map`));
    expect(sourcesContent).toHaveLength(sources.length);
    expect((await read(file)).trimEnd().split('\n').at(-1)).toBe(`//# sourceMappingURL=${path.basename(file)}.map`);
  }
});

// Whoever adds to what is bundled must say whose it is.
test('what is bundled of others is in the notices', async () => {
  const maps = await Promise.all(files.filter((file) => file.endsWith('.map')).map(read));
  const sources = new Set(maps.flatMap((text): string[] => JSON.parse(text).sources));
  const packages = [...sources].flatMap((source) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(source)?.[1] ?? []);
  expect([...new Set(packages)]).toEqual(['@noble/hashes']);
  const notices = await read('THIRD-PARTY-NOTICES.md');
  expect(notices).toContain('## @noble/hashes');
  expect(notices).toContain(await licenceOf('@noble/hashes'));
  expect(notices).toContain('## Unicode data');
});

async function licenceOf(name: string): Promise<string> {
  return (await readFile(new URL(`../../node_modules/${name}/LICENSE`, import.meta.url), 'utf8')).trim();
}

test('it installs its two dependencies beside itself, and nothing else', async () => {
  const found = await readdir(path.join(project.folder, 'node_modules'));
  expect(found.filter((name) => !name.startsWith('.')).sort()).toEqual(['chathub', 'eventemitter3', 'ws']);
});

test('the program chathub is installed, and says its version', async () => {
  const program = path.join(project.folder, 'node_modules/.bin/chathub');
  expect(await project.execute(program, '--version')).toBe(packageJson.version);
});

test('nothing in it names a folder of the machine on which it was built', async () => {
  const home = path.resolve(import.meta.dirname, '../..');
  for (const file of files) expect((await read(file)).includes(home), file).toBe(false);
});
