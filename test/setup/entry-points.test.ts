import { readFile } from 'node:fs/promises';
import path from 'node:path';
import ts from 'typescript';
import { expect, it } from 'vitest';
import build from '../../tsup.config.js';
import { sources } from '../../vitest.config.js';

/** Reads JSON that may hold comments, as tsconfig.json does. */
async function read(file: string) {
  return ts.parseConfigFileTextToJson(file, await readFile(file, 'utf8')).config;
}

// The entry points are listed where each tool looks for them: one that is forgotten in a list must not go unnoticed.
it('every entry point is exported, built, documented, and found under its name by the compiler and the tests', async () => {
  const { exports } = await read('package.json');
  const { compilerOptions } = await read('tsconfig.json');
  const { entryPoints } = await read('typedoc.json');
  const { cli, ...entries } = (build as { entry: Record<string, string> }).entry;
  const names = Object.keys(entries);

  expect(exports).toEqual({
    ...Object.fromEntries(
      names.map((name) => [
        name === 'index' ? '.' : `./${name}`,
        { types: `./dist/${name}.d.ts`, default: `./dist/${name}.js` },
      ]),
    ),
    './package.json': './package.json',
  });
  expect(compilerOptions.paths).toEqual(
    Object.fromEntries(names.map((name) => [name === 'index' ? 'chathub' : `chathub/${name}`, [`./${entries[name]}`]])),
  );
  expect(entryPoints).toEqual(Object.values(entries));
  for (const [name, [file]] of Object.entries<[string]>(compilerOptions.paths)) {
    expect(sources.filter(({ find }) => find.test(name)).map(({ replacement }) => replacement)).toEqual([
      path.resolve(file),
    ]);
  }
});
