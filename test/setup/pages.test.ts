import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { anchorsIn, blocksIn, brokenLinksIn, codeInLinesOf, linksIn, pagesIn } from '../../scripts/markdown.mjs';

const page = (...lines: readonly string[]) => ({ file: 'docs/page.md', text: lines.join('\n') });

describe('the pages', () => {
  it('have no link that leads nowhere', () => {
    const links = pagesIn('.').flatMap(linksIn);
    expect(links.filter(({ target }) => !target.startsWith('http')).length).toBeGreaterThan(50);
    expect(brokenLinksIn('.')).toEqual([]);
  });

  // The site has the pages that typedoc.json lists, in its order, each under the heading of its category.
  it('of the guide stand in typedoc.json, with a title and a category', async () => {
    const { projectDocuments, categoryOrder } = JSON.parse(await readFile('typedoc.json', 'utf8'));
    const guide = pagesIn('.').filter(({ file }) => file.startsWith('docs/'));
    expect(guide.map(({ file }) => file).sort()).toEqual([...projectDocuments].sort());
    for (const { file, text } of guide) {
      const [, title, category] = /^---\ntitle: (.+)\ncategory: (.+)\n---\n/.exec(text) ?? [];
      expect(title, file).toBeDefined();
      expect(categoryOrder, file).toContain(category);
      expect(text.match(/^# .+$/m)?.[0], file).toBe(`# ${title}`);
    }
  });
});

describe('what is read of a page', () => {
  it('is its blocks, with the comments before them', () => {
    const { text: _, ...block } =
      blocksIn(page('<!-- server -->', '```ts', 'await 1;', '', 'await 2;', '```'))[0] ?? {};
    expect(block).toEqual({ file: 'docs/page.md', line: 3, language: 'ts', note: 'server' });
    expect(blocksIn(page('```sh', 'a', '```', 'text', '```js', 'b', '```')).map(({ text }) => text)).toEqual([
      'a',
      'b',
    ]);
  });

  it('is code in the line, and no block', () => {
    expect(codeInLinesOf(page('`a b` and `c', 'd`', '```sh', 'echo `e`', '```'))).toEqual(['a b', 'c d']);
  });

  it('is links, but none in code', () => {
    const lines = ['[a](b.md#c) `[no](code)`', '```md', '[no](block)', '```', '<img src="d.png"> ![e](f.svg)'];
    expect(linksIn(page(...lines))).toEqual([
      { line: 1, target: 'b.md#c' },
      { line: 5, target: 'd.png' },
      { line: 5, target: 'f.svg' },
    ]);
  });

  it('is the anchors of its headings, as GitHub makes them', () => {
    const lines = [
      '# What is *here*?',
      '## `lines()`',
      '## A, b',
      '## A, b',
      '### [Link](x.md) – é',
      '```sh',
      '# no',
      '```',
    ];
    expect([...anchorsIn(page(...lines))]).toEqual(['what-is-here', 'lines', 'a-b', 'a-b-1', 'link--é']);
  });
});
