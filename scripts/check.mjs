// Everything that can be checked without running the tests. A line per step; the output of failing steps only.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const packed = mkdtempSync(path.join(tmpdir(), 'chathub-'));

/** What each step is called, and its command. Packing builds: later steps need dist/ and the tarball. */
const steps = [
  ['package is built and packed', `npm pack --pack-destination ${packed}`],
  ['format and lint', 'biome ci --colors=off --error-on-warnings .'],
  ['types', 'tsc'],
  ['types of the page', 'tsc --project tsconfig.page.json'],
  ['types of the built package', 'tsc --project tsconfig.dist.json'],
  ['import rules', 'node scripts/import-rules.mjs'],
  ['documentation', `typedoc --out ${packed}/site`],
  ['links of the site', `node scripts/site-links.mjs ${packed}/site`],
  ['exports are documented', 'node scripts/exports-documented.mjs'],
  ['examples compile', 'node scripts/examples.mjs'],
  ['docs/limits.md is up to date', 'node scripts/limits-doc.mjs --check'],
  ['exports are as etc/api has them', 'node scripts/api.mjs'],
  ['package contents (publint)', `publint run --strict ${packed}/chathub-*.tgz`],
  ['package types (attw)', `attw --profile esm-only ${packed}/chathub-*.tgz`],
  ['size of the client', 'size-limit'],
  ['costs of a delivery', 'node scripts/costs.mjs'],
  ['nothing unused (knip)', 'knip'],
];

try {
  const failed = steps.filter(([name = '', command = '']) => !passes(name, command));
  console.log(failed.length > 0 ? `\n${failed.length} of ${steps.length} checks failed` : '\nAll checks passed');
  process.exitCode = failed.length > 0 ? 1 : 0;
} finally {
  rmSync(packed, { recursive: true });
}

/**
 * @param {string} name
 * @param {string} command
 */
function passes(name, command) {
  const { status, stdout, stderr } = spawnSync(command, {
    shell: true,
    encoding: 'utf8',
    env: { ...process.env, NO_COLOR: '1', PATH: `${path.resolve('node_modules/.bin')}:${process.env.PATH}` },
    maxBuffer: 64 * 1024 * 1024,
  });
  console.log(`${status === 0 ? 'ok  ' : 'FAIL'}  ${name}`);
  if (status !== 0) console.log(`\n$ ${command}\n${stdout}${stderr}`);
  return status === 0;
}
