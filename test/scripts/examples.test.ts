import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { exampleProblems, examplesIn } from '../../scripts/examples.mjs';

const compilerOptions = {
  target: 'es2023',
  module: 'nodenext',
  strict: true,
  types: [],
  lib: ['es2023'],
  allowJs: true,
  checkJs: true,
};

/** What is found to be wrong where these lines are the page docs/page.md. */
function problems(...lines: readonly string[]): Promise<readonly string[]> {
  return inTree({ 'docs/page.md': lines.join('\n') }, exampleProblems);
}

async function inTree<Result>(tree: Record<string, string>, use: (root: string) => Result): Promise<Result> {
  const root = await mkdtemp(path.join(tmpdir(), 'chathub-examples-'));
  const files = {
    'tsconfig.json': JSON.stringify({ compilerOptions }),
    'tsconfig.dist.json': JSON.stringify({ extends: './tsconfig.json' }),
    'src/index.ts': '',
    'docs/other.md': '',
    ...tree,
  };
  try {
    for (const [file, text] of Object.entries(files)) {
      await mkdir(path.dirname(path.join(root, file)), { recursive: true });
      await writeFile(path.join(root, file), text);
    }
    return use(root);
  } finally {
    await rm(root, { recursive: true });
  }
}

describe('the check of examples', () => {
  it('compiles those in comments and in pages, and tells of the lines in their files', async () => {
    const comment = ['/**', ' * Doc.', ' *', ' * ```ts', " * export const one: number = 'a';", ' * ```', ' */'];
    const tree = {
      'src/index.ts': comment.join('\n'),
      'docs/page.md': "```ts\n\nexport const two: number = 'b';\n```",
    };
    expect(await inTree(tree, exampleProblems)).toEqual([
      "src/index.ts:5 Type 'string' is not assignable to type 'number'.",
      "docs/page.md:3 Type 'string' is not assignable to type 'number'.",
    ]);
  });

  it('joins a block to the one that it continues', async () => {
    const first = ['```ts', 'const one = 1;', '```', '', 'And then:', ''];
    const second = ['```ts', 'export const two: string = one;', '```'];
    expect(await problems(...first, ...second)).toEqual(["docs/page.md:8 Cannot find name 'one'."]);
    expect(await problems(...first, '<!-- continues -->', ...second)).toEqual([
      "docs/page.md:9 Type 'number' is not assignable to type 'string'.",
    ]);
  });

  it('knows the types of browsers in blocks for pages alone', async () => {
    const block = ['```js', "document.querySelector('p').textContent = 'a';", '```'];
    expect(await problems('<!-- page -->', ...block)).toEqual([]);
    expect(await problems(...block)).toEqual([expect.stringContaining("docs/page.md:2 Cannot find name 'document'.")]);
  });

  it('leaves nothing out without a reason', async () => {
    const block = ['```ts', "import { Server } from 'a-package-that-is-not-there';", 'new Server();', '```'];
    expect(await problems(...block)).toHaveLength(1);
    expect(await problems('<!-- not compiled: that package is not installed here -->', ...block)).toEqual([]);
    expect(await problems('<!-- other library -->', ...block)).toEqual([]);
    expect(await problems('<!-- other library -->', '```js', 'new (;', '```')).not.toEqual([]);
    for (const note of ['not compiled', 'not compiled: why', 'skip', 'not run']) {
      const found = await problems(`<!-- ${note} -->`, '```ts', '```');
      expect(found).toEqual([`docs/page.md:3 Nobody knows the note "${note}", or it has no reason.`]);
    }
  });

  it('knows each block by its language', async () => {
    expect(await problems('```typescript', '```')).toEqual(['docs/page.md:2 Nobody knows the language "typescript".']);
    expect(await problems('```', '```')).toEqual(['docs/page.md:2 Nobody knows the language "".']);
    expect(await problems('```json', '{ "a": 1, }', '```')).toEqual(['docs/page.md:2 That is no JSON.']);
  });

  it('has what a block continues in front of it, and its kind', async () => {
    const lines = ['<!-- server -->', '```ts', 'one();', '```', '<!-- continues -->', '```ts', 'two();', '```'];
    const [first, second] = await inTree({ 'docs/page.md': lines.join('\n') }, examplesIn);
    expect(first).toMatchObject({ line: 3, from: 3, kind: 'server', text: 'one();' });
    expect(second).toMatchObject({ line: 7, from: 3, kind: 'server', text: 'one();\n\n\n\ntwo();' });
  });
});
