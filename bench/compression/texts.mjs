// What people say, for want of people: this project's own prose, which compresses as English does.

import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '../..');

/** Of characters that stand in JSON as they are; `~` is the load generator's. */
function prose() {
  const docs = readdirSync(path.join(root, 'docs'))
    .filter((file) => file.endsWith('.md'))
    .sort()
    .map((file) => `docs/${file}`);
  return [...docs, 'README.md', 'CONTRIBUTING.md', 'bench/README.md']
    .map((file) => readFileSync(path.join(root, file), 'utf8'))
    .join(' ')
    .replace(/["\\~]/g, "'")
    .replace(/\s+/g, ' ')
    .replace(/[^ -~]/g, '');
}

/**
 * Writes texts of one length to a file, a line each, and gives them. Each is another part of the prose: a compressor that
 * keeps what came before would find what is said twice.
 *
 * @param {string} file
 * @param {number} length
 */
export function writeTexts(file, length) {
  const all = prose();
  const texts = Array.from({ length: Math.floor(all.length / length) }, (_, index) =>
    all.slice(index * length, (index + 1) * length),
  );
  writeFileSync(file, texts.map((text) => `${text}\n`).join(''));
  return texts;
}
