// What must be there before anything is measured: the load generator, and the peers.

import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';

const bench = path.resolve(import.meta.dirname, '..');
const source = path.join(bench, 'load');
const built = path.join(bench, '.build');
export const loadProgram = path.join(built, 'load');

/** Compiles the load generator when it is older than its source, and installs the peers when they are not there. */
export function prepare() {
  compile();
  if (!existsSync(path.join(bench, 'node_modules')))
    run('npm', ['install', '--no-audit', '--no-fund', '--prefix', bench]);
}

function compile() {
  const files = readdirSync(source).map((file) => path.join(source, file));
  const newest = Math.max(...files.map((file) => statSync(file).mtimeMs));
  if (existsSync(loadProgram) && statSync(loadProgram).mtimeMs > newest) return;
  mkdirSync(built, { recursive: true });
  const units = files.filter((file) => file.endsWith('.c'));
  run(process.env.CC ?? 'cc', ['-O2', '-Wall', '-Wextra', '-std=gnu11', ...units, '-o', loadProgram]);
}

/**
 * @param {string} command
 * @param {string[]} words
 */
function run(command, words) {
  const { status, stdout, stderr, error } = spawnSync(command, words, { encoding: 'utf8' });
  if (status === 0) return;
  throw new Error(`${command} failed: ${error?.message ?? ''}${stdout}${stderr}`);
}
