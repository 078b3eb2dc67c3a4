// What stands in the Markdown files of the repository: blocks of code, code in the line, links, and headings to link to.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

/**
 * @typedef {object} Page
 * @property {string} file
 * @property {string} text
 *
 * @typedef {object} Block
 * @property {string} file
 * @property {number} line of the file, at which the text begins
 * @property {string} language
 * @property {string} text
 * @property {string} note what the comment right before it says, as in `<!-- continues -->`; empty without one
 */

/**
 * The README and its like, and the guide.
 * @param {string} root
 * @returns {Page[]}
 */
export function pagesIn(root) {
  return ['.', 'docs'].flatMap((folder) =>
    readdirSync(path.join(root, folder))
      .filter((file) => file.endsWith('.md'))
      .sort()
      .map((file) => path.posix.join(folder, file))
      .map((file) => ({ file, text: readFileSync(path.join(root, file), 'utf8') })),
  );
}

/**
 * @param {Page} page
 * @returns {Block[]}
 */
export function blocksIn({ file, text }) {
  /** @type {Block[]} */
  const blocks = [];
  const lines = text.split('\n');
  for (let index = 0; index < lines.length; index++) {
    const [fence, language = ''] = /^```(.*)$/.exec(lines[index] ?? '') ?? [];
    if (fence === undefined) continue;
    const end = lines.indexOf('```', index + 1);
    const body = lines.slice(index + 1, end < 0 ? undefined : end);
    blocks.push({ file, line: index + 2, language, text: body.join('\n'), note: noteIn(lines[index - 1]) });
    index += body.length + 1;
  }
  return blocks;
}

/** @param {string} [line] */
function noteIn(line = '') {
  return /^<!-- (.*) -->$/.exec(line)?.[1] ?? '';
}

/**
 * What stands in backticks within the text.
 * @param {Page} page
 */
export function codeInLinesOf({ text }) {
  return [...withoutBlocks(text).matchAll(/`([^`]+)`/g)].map(([, code = '']) => code.replaceAll('\n', ' '));
}

/**
 * @param {Page} page
 * @returns {{ line: number, target: string }[]}
 */
export function linksIn({ text }) {
  const prose = withoutBlocks(text).replace(/`[^`]*`/g, (code) => code.replace(/[^\n]/g, ' '));
  return [...prose.matchAll(/\]\(([^)\s]+)\)|\b(?:href|src|srcset)="([^"]+)"/g)].map(
    ({ index, 1: link, 2: attribute }) => ({
      line: prose.slice(0, index).split('\n').length,
      target: link ?? attribute ?? '',
    }),
  );
}

/**
 * The links within the repository that lead nowhere, a line each.
 * @param {string} root
 */
export function brokenLinksIn(root) {
  const pages = pagesIn(root);
  return pages.flatMap((page) =>
    linksIn(page)
      .filter(({ target }) => !/^[a-z]+:/.test(target) && !leadsSomewhere(root, page, target, pages))
      .map(({ line, target }) => `${page.file}:${line} ${target}`),
  );
}

/**
 * @param {string} root
 * @param {Page} from
 * @param {string} target
 * @param {readonly Page[]} pages
 */
function leadsSomewhere(root, from, target, pages) {
  const [name = '', anchor] = target.split('#', 2);
  const file = name === '' ? from.file : path.posix.join(path.posix.dirname(from.file), name);
  if (!existsSync(path.join(root, file))) return false;
  const page = pages.find((each) => each.file === file);
  return anchor === undefined || (page !== undefined && anchorsIn(page).has(anchor));
}

/**
 * What `#…` of a link to the page can name, as GitHub makes it of the headings.
 * @param {Page} page
 */
export function anchorsIn({ text }) {
  /** @type {Set<string>} */
  const anchors = new Set();
  for (const [, heading = ''] of withoutBlocks(text).matchAll(/^#{1,6} (.+)$/gm)) {
    const anchor = slug(heading);
    let unique = anchor;
    for (let count = 1; anchors.has(unique); count++) unique = `${anchor}-${count}`;
    anchors.add(unique);
  }
  return anchors;
}

/** @param {string} heading */
function slug(heading) {
  const shown = heading.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1');
  return shown
    .toLowerCase()
    .replace(/[^\p{L}\p{M}\p{N}_ -]/gu, '')
    .replaceAll(' ', '-');
}

/**
 * With empty lines in their place, so that lines keep their numbers.
 * @param {string} text
 */
function withoutBlocks(text) {
  return text.replace(/^```.*\n(?:[\s\S]*?\n)??```$/gm, (block) => block.replace(/[^\n]/g, ''));
}
