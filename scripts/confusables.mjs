// Makes src/model/confusables.ts from Unicode's data files: the look-alikes (UTS 39) of what a name can hold.
//
//   node scripts/confusables.mjs confusables.txt CaseFolding.txt
//
// Both files are in ICU's sources under source/data/unidata/ (Debian: `apt-get source icu`), and at Unicode under
// Public/security/ and Public/UCD/. Use the version of Unicode that `node -p process.versions.unicode` tells, or an
// older one. CaseFolding.txt is only compared with foldCase() in src/model/names.ts: nothing is made of it.

import { readFileSync, writeFileSync } from 'node:fs';
import { tsImport } from 'tsx/esm/api';

const [confusablesFile, caseFoldingFile] = process.argv.slice(2);
if (!confusablesFile || !caseFoldingFile) {
  console.error('Usage: node scripts/confusables.mjs confusables.txt CaseFolding.txt');
  process.exit(2);
}

/** @type {{ foldCase(text: string): string }} The very function whose results are looked up in the table. */
const { foldCase } = await tsImport('../src/model/names.ts', import.meta.url);

const confusables = readFileSync(confusablesFile, 'utf8');
const prototypes = prototypesIn(confusables);
const letters = lettersOfNames();
checkFolding(readFileSync(caseFoldingFile, 'utf8'));

/**
 * From a letter to what it is compared as. The right sides hold letters of the left: only settled() follows them
 * to their end.
 * @type {Map<string, string>}
 */
const rules = new Map();

addPrototypes();
addCapitals();
// What UTS 39 has from case to case only: a name is shown as written, where "I" is the twin of "l", and compared
// caselessly, where it is "i". And a dotless j with a dot above is a j; of the i it has that already.
rules.set('i', 'l').set('ȷ', 'j');

const table = [...new Set([...letters, ...rules.keys()])]
  .map((letter) => /** @type {const} */ ([letter, settled(letter)]))
  .filter(([letter, twin]) => twin !== letter && folded(letter) === letter)
  .sort(([a], [b]) => codePoint(a) - codePoint(b));
checkLatin();

const target = new URL('../src/model/confusables.ts', import.meta.url);
writeFileSync(target, sourceText());
console.log(`${table.length} look-alikes of ${letters.size} letters, ${Buffer.byteLength(sourceText())} bytes`);

// ---- The rules

/** UTS 39, section 4: the prototypes, for whatever is left in a name once it is folded and decomposed. */
function addPrototypes() {
  for (const letter of letters) {
    const twin = folded(skeleton(letter));
    if (twin !== letter) rules.set(letter, twin);
  }
}

/**
 * Folding hides what capitals look like: Cyrillic М is a Latin M, but м is not an m. So a letter takes the look of its
 * capital as well, with all letters that look like it. But no two Latin letters become the same by that, and no letter
 * becomes Latin unless its own capital looks Latin: Г looks like the Greek Γ, yet not like the y that γ looks like.
 */
function addCapitals() {
  for (const letter of [...letters].sort((a, b) => codePoint(a) - codePoint(b))) {
    const capital = letter.toUpperCase();
    if (capital === letter) continue;
    const small = settled(letter);
    const seen = folded(skeleton(capital));
    const large = settled(seen);
    if (small === large) continue;
    if (latinity(seen) < latinity(large)) continue;
    if (canBecome(small, large)) rules.set(small, large);
    else if (latinity(small) === 0 && canBecome(large, small)) rules.set(large, small);
    else if (latinity(large) > 0 && latinity(large) >= latinity(small)) rules.set(letter, large);
  }
}

/**
 * @param {string} from
 * @param {string} to
 */
function canBecome(from, to) {
  return [...from].length === 1 && latinity(from) === 0 && !to.includes(from);
}

/**
 * How well a text is known by its look: Latin letters best, since people's names are made of them, then digits, then
 * Latin letters with marks.
 * @param {string} text
 */
function latinity(text) {
  return [/^[a-z]\p{M}+$/u, /^[a-z0-9]+$/, /^[a-z]+$/].findLastIndex((pattern) => pattern.test(text)) + 1;
}

/**
 * The rules followed to their end, so that the key of a key is that key.
 * @param {string} text
 */
function settled(text) {
  for (let round = 0; round < 10; round++) {
    const next = folded([...text].map((letter) => rules.get(letter) ?? letter).join(''));
    if (next === text) return text;
    text = next;
  }
  throw new Error(`The rules go round in a circle at "${text}"`);
}

/** @param {string} text */
function skeleton(text) {
  return [...text.normalize('NFD')].map((letter) => prototypes.get(letter) ?? letter).join('');
}

/** @param {string} text */
function folded(text) {
  return foldCase(text.normalize('NFD')).normalize('NFD');
}

// ---- Checks

/** foldCase() joins the letters that CaseFolding.txt joins (status C and F), and no others. */
function checkFolding(/** @type {string} */ text) {
  const folding = new Map(
    [...text.matchAll(/^([0-9A-F]+); [CF]; ([0-9A-F ]+);/gm)].map(([, from, to]) => [fromHex(from), fromHex(to)]),
  );
  for (const [from, to] of folding) {
    if (foldCase(from) !== foldCase(to)) throw new Error(`foldCase keeps ${from} and ${to} apart`);
  }
  const theirs = new Map();
  for (const letter of allowedInNames()) {
    const ours = foldCase(letter);
    const joined = theirs.get(ours) ?? letter;
    if ((folding.get(joined) ?? joined) !== (folding.get(letter) ?? letter)) {
      throw new Error(`foldCase joins ${joined} and ${letter}`);
    }
    theirs.set(ours, joined);
  }
}

/** Of the Latin letters and digits, only those that UTS 39 or the rule for "i" joins are joined. */
function checkLatin() {
  const changed = table.filter(([letter]) => /[a-z0-9_.-]/.test(letter)).map((pair) => pair.join(''));
  if (changed.join(' ') !== '0o 1l il mrn') throw new Error(`Latin letters have new twins: ${changed.join(' ')}`);
}

// ---- Reading and writing

/** @param {string} text */
function prototypesIn(text) {
  const lines = text.matchAll(/^([0-9A-F]+) ;\t([0-9A-F ]+) ;\tMA/gm);
  return new Map([...lines].map(([, from, to]) => [fromHex(from), fromHex(to)]));
}

/** What is left of all that names may hold after NFKC, folding and NFD. */
function lettersOfNames() {
  const found = new Set();
  for (const letter of allowedInNames()) {
    for (const part of folded(letter.normalize('NFKC'))) found.add(part);
  }
  return found;
}

function* allowedInNames() {
  for (let code = 0; code <= 0x10ffff; code++) {
    const letter = String.fromCodePoint(code);
    if (!/^[\p{L}\p{M}\p{Nd}_.-]$/u.test(letter) || /\p{Default_Ignorable_Code_Point}/u.test(letter)) continue;
    yield letter;
  }
}

/** Base 36; a letter as its distance from the one before it, its twin as code points. Wrapped to be readable in diffs. */
function sourceText() {
  let last = 0;
  const lines = [''];
  for (const [letter, twin] of table) {
    const code = codePoint(letter);
    const entry = [code - last, ...[...twin].map(codePoint)].map((number) => number.toString(36)).join('.');
    last = code;
    if (`${lines.at(-1)} ${entry}`.length > 118) lines.push(entry);
    else lines.push(`${lines.pop()} ${entry}`.trimStart());
  }
  return `${header()}export const packedConfusables = \`\n${lines.join('\n')}\n\`;\n`;
}

function header() {
  const version = /^# Version: (.+)$/m.exec(confusables)?.[1];
  const copyright = /^# (©.+)$/m.exec(confusables)?.[1];
  if (!version || !copyright) throw new Error('No version or copyright in the confusables file');
  return `// Made by scripts/confusables.mjs from Unicode's confusables.txt, version ${version}: do not edit.
// SPDX-License-Identifier: Unicode-3.0
// ${copyright} Data file under the Unicode License v3, https://www.unicode.org/license.txt

/**
 * The letters that look like others, for the comparison key of names (UTS 39, section 4), reduced to what is left of a
 * name after NFKC, case folding and NFD, and settled: no twin holds a letter that has a twin of its own. An entry is
 * \`distance.twin[.twin…]\` in base 36: how far the letter's code point is from the one before, then what it looks like.
 * Digits and Latin letters only, so that no editor shows it in another order.
 */
`;
}

/** @param {string} letter */
function codePoint(letter) {
  return /** @type {number} */ (letter.codePointAt(0));
}

/** @param {string | undefined} hex */
function fromHex(hex = '') {
  return String.fromCodePoint(...hex.split(' ').map((code) => Number.parseInt(code, 16)));
}
