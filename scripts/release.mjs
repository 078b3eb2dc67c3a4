// Makes a release: sets its version, dates its section of CHANGELOG.md, checks and tests that, commits and tags it. Pushing the tag
// publishes, by .github/workflows/release.yml.
//
//   npm run release -- VERSION              on main, with everything committed
//   npm run release -- VERSION --dry-run    says what it would do
//   node scripts/release.mjs --tag TAG      for the workflow: whether what is here is what the tag says

import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { released, sectionsOf } from './release/changelog.mjs';
import { problems, tagProblems } from './release/problems.mjs';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { 'dry-run': { type: 'boolean', default: false }, tag: { type: 'string' } },
});
const manifest = JSON.parse(readFileSync('package.json', 'utf8'));
const changelog = readFileSync('CHANGELOG.md', 'utf8');

if (values.tag !== undefined) complain(tagProblems(values.tag, { manifest, changelog }));
else release(positionals[0] ?? '', values['dry-run']);

/**
 * @param {string} version
 * @param {boolean} dry
 */
function release(version, dry) {
  const found = problems({
    version,
    manifest,
    changelog,
    branch: git('branch', '--show-current'),
    changes: git('status', '--porcelain'),
    tags: git('tag', '--list').split('\n'),
  });
  if (complain(found)) return;
  const before = filesOf(version);
  if (dry) tell(version, [...before.keys()]);
  else make(version, before);
}

/**
 * @param {string} version
 * @param {ReadonlyMap<string, string>} before what the files hold now
 */
function make(version, before) {
  for (const [file, text] of before) writeFileSync(file, withVersion(file, text, version));
  const failed = ['check', 'test'].find(
    (script) => spawnSync('npm', ['run', script], { stdio: 'inherit' }).status !== 0,
  );
  if (failed !== undefined) {
    for (const [file, text] of before) writeFileSync(file, text);
    complain([`"npm run ${failed}" failed: nothing was released, and the files are as they were.`]);
    return;
  }
  git('commit', '--quiet', '--message', `Release ${version}`, '--', ...before.keys());
  // Else git takes "### Added" for a comment.
  git('tag', '--annotate', '--cleanup=whitespace', `v${version}`, '--message', `${version}\n\n${notesOf(version)}`);
  console.log(`Made v${version}. To publish it: git push --atomic origin main v${version}`);
}

/**
 * @param {string} version
 * @param {readonly string[]} files
 */
function tell(version, files) {
  console.log(
    `Would set ${version} in ${files.join(', ')}; run "npm run check" and "npm run test"; commit, and tag v${version}:`,
  );
  console.log(`\n${notesOf(version)}`);
}

/**
 * The files that name the version.
 * @param {string} version
 */
function filesOf(version) {
  const names = ['package.json', 'package-lock.json', 'CHANGELOG.md', 'README.md'].filter((name) => existsSync(name));
  const texts = names.map((name) => /** @type {const} */ ([name, readFileSync(name, 'utf8')]));
  return new Map(texts.filter(([name, text]) => withVersion(name, text, version) !== text));
}

/**
 * @param {string} file
 * @param {string} text
 * @param {string} version
 */
function withVersion(file, text, version) {
  switch (file) {
    case 'CHANGELOG.md':
      return released(text, version, new Date().toISOString().slice(0, 10));
    case 'README.md':
      return text.replaceAll(`${manifest.name}-${manifest.version}.tgz`, `${manifest.name}-${version}.tgz`);
    case 'package.json':
      return text.replace(`"version": "${manifest.version}"`, `"version": "${version}"`);
    default: {
      const lock = JSON.parse(text);
      lock.version = version;
      lock.packages[''].version = version;
      return `${JSON.stringify(lock, undefined, 2)}\n`;
    }
  }
}

/**
 * What users will notice: the text of the section, which is still "Unreleased" where nothing was written yet.
 * @param {string} version
 */
function notesOf(version) {
  const sections = sectionsOf(readFileSync('CHANGELOG.md', 'utf8'));
  return (sections.find(({ name }) => name === version) ?? sections[0])?.text ?? '';
}

/**
 * @param {readonly string[]} found
 * @returns whether there is something to complain of
 */
function complain(found) {
  for (const problem of found) console.error(problem);
  if (found.length > 0) process.exitCode = 1;
  return found.length > 0;
}

/** @param {string[]} args */
function git(...args) {
  return execFileSync('git', args, { encoding: 'utf8' }).trimEnd();
}
