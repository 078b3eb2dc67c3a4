import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import { difference, differences } from '../../scripts/api/compare.mjs';
import { reportsOf } from '../../scripts/api/report.mjs';

const execute = promisify(execFile);

type Files = Readonly<Record<string, string>>;

/** Two entry points as a bundler leaves them: what both need stands in a file of its own, under names of its own. */
const files: Files = {
  'package.json': JSON.stringify({
    name: 'chat',
    exports: {
      '.': { types: './dist/index.d.ts', default: './dist/index.js' },
      './tcp': { types: './dist/tcp.d.ts', default: './dist/tcp.js' },
      './package.json': './package.json',
    },
  }),
  'dist/shared-AbCd1234.d.ts': `
    interface Transport { readonly name: string; start(): void; }
    interface Secret { readonly key: string; }
    export type { Transport as T, Secret as S };`,
  'dist/index.d.ts': `
    import { T as Transport } from './shared-AbCd1234.js';
    /** A chat. */
    declare class Chat { #private; constructor(name: string); close(): Promise<void>; listen(transport: Transport): void; listen(port: number): void; }
    declare const limits: { readonly rooms: 100; };
    declare function open(name: string): Chat;
    type State = 'open' | 'closed';
    export { Chat, type State, Transport, limits, open };`,
  'dist/tcp.d.ts': `
    import { Server } from 'node:net';
    import { T as Transport, S as Secret } from './shared-AbCd1234.js';
    interface TcpOptions { readonly server?: Server; readonly secret?: Secret; }
    declare const tcp: (options: TcpOptions) => Transport;
    export { type TcpOptions, Transport as Listener, tcp };`,
};

async function packageOf(contents: Files): Promise<string> {
  const root = await mkdtemp(path.join(tmpdir(), 'chathub-api-'));
  onTestFinished(() => rm(root, { recursive: true }));
  for (const [file, text] of Object.entries(contents)) {
    await mkdir(path.dirname(path.join(root, file)), { recursive: true });
    await writeFile(path.join(root, file), text);
  }
  return root;
}

/** The files with this in the place of that, which is there. */
function changed(file: string, that: string, by: string): Files {
  expect(files[file]).toContain(that);
  return { ...files, [file]: String(files[file]).replace(that, by) };
}

const reports = async (contents: Files) => reportsOf(await packageOf(contents));
const noticed = async (contents: Files) => differences(await reports(files), await reports(contents)).join('\n');

describe('a report of exports', () => {
  it('has each entry point of the package, with what is imported, exported, and part of that', async () => {
    const found = await reports(files);
    expect([...found.keys()]).toEqual(['index.api.md', 'tcp.api.md']);
    expect(found.get('index.api.md')).toBe(`# API of \`chat\`

Made by \`npm run check:api -- --update\`: do not edit.

\`\`\`ts
export class Chat {
    constructor(name: string);
    #private;
    close(): Promise<void>;
    listen(transport: Transport): void;
    listen(port: number): void;
}

export type State = 'open' | 'closed';

export interface Transport {
    readonly name: string;
    start(): void;
}

export const limits: {
    readonly rooms: 100;
};

export function open(name: string): Chat;
\`\`\`
`);
    expect(found.get('tcp.api.md')).toBe(`# API of \`chat/tcp\`

Made by \`npm run check:api -- --update\`: do not edit.

\`\`\`ts
import { Server } from 'node:net';

export { Transport as Listener } from 'chat';

export interface TcpOptions {
    readonly secret?: Secret;
    readonly server?: Server;
}

export const tcp: (options: TcpOptions) => Listener;

// Not exported, and part of what is:

interface Secret {
    readonly key: string;
}
\`\`\`
`);
  });

  it('is the same however it was bundled, and in whatever order things were written', async () => {
    const { 'dist/shared-AbCd1234.d.ts': shared, ...rest } = changed(
      'dist/shared-AbCd1234.d.ts',
      'readonly name: string; start(): void;',
      '/** Begins. */ start(): void; readonly name: string;',
    );
    const renamed = Object.entries(rest).map(([file, text]) => [
      file,
      text.replace('AbCd1234', 'ZyXw9876').replace('T as', 'Q as'),
    ]);
    const others: Files = {
      ...Object.fromEntries(renamed),
      'dist/shared-ZyXw9876.d.ts': String(shared)
        .replace('as T', 'as Q')
        .replaceAll(/Secret\b/g, 'Secret$1'),
    };
    expect(await noticed(others)).toBe('');
  });

  it.each([
    ['is added', 'dist/index.d.ts', 'export { Chat', 'declare let x: 1; export { x, Chat', /^\+ export const x: 1;$/m],
    [
      'is removed',
      'dist/index.d.ts',
      'limits, open };',
      'limits };',
      /^- export function open\(name: string\): Chat;$/m,
    ],
    [
      'has another name',
      'dist/tcp.d.ts',
      'as Listener',
      'as Ear',
      /^- export \{ Transport as Listener \} from 'chat';$/m,
    ],
    [
      'has a member more',
      'dist/index.d.ts',
      'close()',
      'end(): void; close()',
      /^@@ export class Chat \{\n(?: .*\n)*\+ {5}end\(\): void;$/m,
    ],
    ['has a member less', 'dist/tcp.d.ts', 'readonly server?: Server;', '', /^- {5}readonly server\?: Server;$/m],
    [
      'asks for more',
      'dist/index.d.ts',
      'open(name',
      'open(port: number, name',
      /^\+ export function open\(port: number, name: string\)/m,
    ],
    [
      'gives less',
      'dist/index.d.ts',
      "'open' | ",
      '',
      /^- export type State = 'open' \| 'closed';\n\+ export type State = 'closed';$/m,
    ],
    [
      'has its overloads in another order',
      'dist/index.d.ts',
      'listen(transport: Transport): void; listen(port: number): void;',
      'listen(port: number): void; listen(transport: Transport): void;',
      /^- {5}listen/m,
    ],
    [
      'is made of something else',
      'dist/shared-AbCd1234.d.ts',
      'key: string',
      'key: number',
      /^tcp\.api\.md:\n\n@@ interface Secret \{\n(?:.*\n)*\+ {5}readonly key: number;$/m,
    ],
    [
      'takes a thing of the same name from elsewhere',
      'dist/tcp.d.ts',
      'node:net',
      'node:http',
      /^\+ import \{ Server \} from 'node:http';$/m,
    ],
  ])('changes when an export %s', async (_, file, that, by, line) => {
    expect(await noticed(changed(file, that, by))).toMatch(line);
  });

  it('refuses what it can not write, rather than leave it out', async () => {
    const contents = changed(
      'dist/index.d.ts',
      'declare class',
      'declare enum Kind { A } export { Kind }; declare class',
    );
    await expect(reports(contents)).rejects.toThrow('An export is a EnumDeclaration');
  });
});

// Each check loads the compiler in a process of its own.
describe('the check of exports', { timeout: 120_000 }, () => {
  const script = path.resolve('scripts/api.mjs');
  const check = (root: string, ...args: readonly string[]) =>
    execute(process.execPath, [script, '--package', root, ...args]).then(
      ({ stderr }) => ({ code: 0, stderr }),
      ({ code, stderr }: { code: number; stderr: string }) => ({ code, stderr }),
    );

  it('passes once the reports were written, and fails with the difference and what to do when something else is built', async () => {
    const root = await packageOf(files);
    expect(await check(root)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('index.api.md: a new entry point.'),
    });
    expect(await check(root, '--update')).toEqual({ code: 0, stderr: '' });
    expect(await check(root)).toEqual({ code: 0, stderr: '' });
    await writeFile(
      path.join(root, 'dist/index.d.ts'),
      String(files['dist/index.d.ts']).replace('rooms: 100', 'rooms: 99'),
    );
    const { code, stderr } = await check(root);
    expect(code).toBe(1);
    expect(stderr).toContain('-     readonly rooms: 100;\n+     readonly rooms: 99;\n');
    expect(stderr).toContain('npm run check:api -- --update');
  });

  it('has no report of an entry point that is gone', async () => {
    const root = await packageOf(files);
    await check(root, '--update');
    const manifest = JSON.parse(String(files['package.json']));
    delete manifest.exports['./tcp'];
    await writeFile(path.join(root, 'package.json'), JSON.stringify(manifest));
    expect(await check(root)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('tcp.api.md: there is no such'),
    });
    await check(root, '--update');
    expect(await readdir(path.join(root, 'etc/api'))).toEqual(['index.api.md']);
    expect(await readFile(path.join(root, 'etc/api/index.api.md'), 'utf8')).toContain('export class Chat');
  });
});

describe('a difference', () => {
  const lines = (...numbers: readonly number[]) => numbers.map(String).join('\n');

  it('shows what differs, and three lines around it', () => {
    expect(difference(lines(1, 2, 3, 4, 5, 6, 7, 8, 9), lines(1, 2, 3, 4, 50, 6, 7, 8, 9))).toBe(
      '@@ 5\n  2\n  3\n  4\n- 5\n+ 50\n  6\n  7\n  8',
    );
  });

  it('is as short as can be', () => {
    expect(difference(lines(1, 2, 3), lines(0, 1, 3, 4))).toBe('@@\n+ 0\n  1\n- 2\n  3\n+ 4');
    expect(difference(lines(1), lines(1, 2))).toBe('@@ 1\n  1\n+ 2');
    expect(difference(lines(1, 1, 1), lines(1, 1))).toBe('@@ 1\n  1\n  1\n- 1');
  });
});
