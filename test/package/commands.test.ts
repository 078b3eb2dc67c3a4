import { existsSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import { blocksIn, codeInLinesOf, pagesIn } from '../../scripts/markdown.mjs';
import { EmptyProject } from './empty-project.js';

/** What people are told to type, in blocks and in the line, of each page. */
const pages = pagesIn('.').map((page) => ({
  file: page.file,
  commands: [
    ...blocksIn(page)
      .filter(({ language }) => ['bash', 'console', 'docker', 'ini', 'sh', 'yaml'].includes(language))
      .flatMap(({ text }) => text.replaceAll(/\\\n\s*/g, ' ').split(/\n|&&|[;|]/)),
    ...codeInLinesOf(page),
  ].map((command) => command.trim()),
}));

/** Each command with what it says of itself by --help. */
const help = new Map<string, string>();

beforeAll(async () => {
  const project = await EmptyProject.create();
  afterAll(() => project.remove());
  const program = `${project.folder}/node_modules/.bin/chathub`;
  const general = await project.execute(program, '--help');
  for (const [, name = ''] of general.matchAll(/^ {2}([a-z]+) {2,}/gm))
    help.set(name, await project.execute(program, name, '--help'));
});

/** What is found in commands of all pages, with the page where it stands. */
function found(pattern: RegExp): readonly (readonly [string, RegExpExecArray])[] {
  return pages.flatMap(({ file, commands }) =>
    commands.flatMap((command) => [...command.matchAll(pattern)].map((match) => [file, match] as const)),
  );
}

test('every npm script that a page names is there', () => {
  const scripts = found(/\bnpm (?:run (?:--silent )?([\w:-]+)|(start|test)\b)/g);
  expect(scripts.length).toBeGreaterThan(20);
  const missing = scripts.filter(([, [, run, short]]) => !Object.hasOwn(packageJson.scripts, run ?? short ?? ''));
  expect(missing.map(([file, [text]]) => `${file}: ${text}`)).toEqual([]);
});

test('every flag of chathub that a page names is one', () => {
  const calls = found(/(?:\bchathub|\bdist\/cli\.js|\bnpm start --)(?: (serve|connect))?( .*)?$/g);
  const flags = calls.flatMap(([file, [, name = 'serve', rest = '']]) =>
    [...rest.matchAll(/(?<= )--[a-z][a-z-]*/g)].map(([flag]) => ({ file, name, flag })),
  );
  expect(flags.length).toBeGreaterThan(10);
  const unknown = flags.filter(({ name, flag }) => !hasFlag(help.get(name), flag));
  expect(unknown).toEqual([]);
});

test('every flag that stands alone in the guide is one of chathub', () => {
  // Of Node.js.
  const others = ['--max-semi-space-size'];
  const flags = found(/(?:^| )(--[a-z][a-z-]*)/g).filter(([file, { input }]) => {
    return file.startsWith('docs/') && input.startsWith('--');
  });
  expect(flags.length).toBeGreaterThan(10);
  const all = [...help.values()].join('\n');
  const unknown = flags.filter(([, [, flag = '']]) => !hasFlag(all, flag) && !others.includes(flag));
  expect(unknown.map(([file, [, flag]]) => `${file}: ${flag}`)).toEqual([]);
});

test('every limit that is set at the command line is one', () => {
  const limits = found(/--limit ([a-z]\w*)=/g);
  expect(limits.length).toBeGreaterThan(0);
  const unknown = limits.filter(([, [, name]]) => !help.get('serve')?.includes(`\n  ${name}=`));
  expect(unknown.map(([file, [text]]) => `${file}: ${text}`)).toEqual([]);
});

test('every file that is run by node is there, or is one that the page has the reader make', () => {
  const files = found(/\bnode (?:--import tsx )?([\w/.-]+\.(?:js|mjs|ts))\b/g);
  expect(files.length).toBeGreaterThan(3);
  const made = (file: string, name: string) => pages.some((page) => page.file === file && page.commands.includes(name));
  const missing = files.filter(([file, [, name = '']]) => !existsSync(name) && !made(file, name));
  expect(missing.map(([file, [text]]) => `${file}: ${text}`)).toEqual([]);
});

function hasFlag(text: string | undefined, flag: string): boolean {
  return new RegExp(`${flag}(?![\\w-])`).test(text ?? '');
}
