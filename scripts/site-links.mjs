// Follows every link of a site that TypeDoc has made, anchors and pictures included. Prints those that lead nowhere; exit code 1 when
// there is any.
//
//   node scripts/site-links.mjs FOLDER

import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

const [folder = 'docs/site'] = process.argv.slice(2);
const files = new Set(
  readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((file) => file.replaceAll(path.sep, '/')),
);
const pages = new Map(
  [...files].filter((file) => file.endsWith('.html')).map((file) => [file, readPage(path.join(folder, file))]),
);

const broken = [...pages].flatMap(([from, { links }]) =>
  [...links].filter((link) => !leadsSomewhere(from, link)).map((link) => `${from}: ${link}`),
);
for (const link of broken) console.error(link);
console.log(`${pages.size} pages`);
process.exitCode = broken.length > 0 || pages.size === 0 ? 1 : 0;

/** @param {string} file */
function readPage(file) {
  const html = readFileSync(file, 'utf8');
  const links = [...html.matchAll(/ (?:href|src)="([^"]+)"/g)].map(([, link = '']) => link);
  return {
    anchors: new Set([...html.matchAll(/ id="([^"]+)"/g)].map(([, id = '']) => id)),
    links: new Set(links.filter((link) => !/^(?:[a-z]+:|\/\/)/.test(link))),
  };
}

/**
 * @param {string} from
 * @param {string} link
 */
function leadsSomewhere(from, link) {
  const [name = '', anchor = ''] = link.split('#', 2).map(decodeURIComponent);
  const file = name === '' ? from : path.posix.join(path.posix.dirname(from), name.replace(/\?.*$/, ''));
  if (!files.has(file)) return false;
  return anchor === '' || !pages.has(file) || pages.get(file)?.anchors.has(anchor) === true;
}
