// What a user of the package has: `npm install` of the packed dist/, in a project that has nothing else.

import { execFileSync } from 'node:child_process';
import { readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import packageJson from '../package.json' with { type: 'json' };

const repository = fileURLToPath(new URL('../', import.meta.url));

/**
 * Makes the folder, which is empty, a project with the package in its node_modules/. Needs dist/ and no registry:
 * the dependencies are packed too, from where the repository has them.
 * @param {string} folder
 */
export function installPacked(folder) {
  // Without the scripts of the package, which would build dist/ while others read it.
  const dependencies = Object.keys(packageJson.dependencies);
  const folders = dependencies.map((name) => path.join(repository, 'node_modules', name));
  npm(folder, 'pack', '--ignore-scripts', repository, ...folders);
  const overrides = Object.fromEntries(dependencies.map((name) => [name, `file:./${tarball(folder, name)}`]));
  writeFileSync(path.join(folder, 'package.json'), JSON.stringify({ private: true, type: 'module', overrides }));
  npm(folder, 'install', '--offline', '--cache', 'npm-cache', `./${tarball(folder, 'chathub')}`);
}

/** What `npm test` says of itself, and the test runner, must not steer the programs of another project. */
export function cleanEnvironment() {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(npm_|node_options|vitest)/i.test(name)));
}

/**
 * @param {string} cwd
 * @param {string[]} args
 */
function npm(cwd, ...args) {
  const options = { cwd, env: cleanEnvironment(), encoding: /** @type {const} */ ('utf8') };
  execFileSync('npm', [...args, '--silent', '--no-audit', '--no-fund'], { ...options, stdio: 'pipe' });
}

/**
 * @param {string} folder
 * @param {string} name
 */
function tarball(folder, name) {
  const found = readdirSync(folder).find((file) => file.startsWith(`${name}-`) && file.endsWith('.tgz'));
  if (found === undefined) throw new Error(`npm packed no ${name}`);
  return found;
}
