// Runs the conformance kit of engines on memory() and on sqlite() with each of its drivers, on each version of Node.js: with the
// packed package, in projects that have nothing else. A line per combination; what can't be had says why; exit code 1 when any
// fails. npm fetches Node.js and the drivers, and one of them is compiled, so this is no part of `npm test`.
//
//   node scripts/driver-matrix.mjs [VERSION…]     by default those of node-versions.mjs; needs dist/

import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import packageJson from '../package.json' with { type: 'json' };
import { cleanEnvironment, installPacked } from './install-packed.mjs';
import { nodeVersions } from './node-versions.mjs';

/** Generous: the kit takes half a minute, and a compiler several. */
const patience = 15 * 60_000;

/**
 * What npm installs of a driver for a version of Node.js; undefined: it is part of Node.js. `missing`: why there is none.
 * @typedef {{ spec?: string, missing?: string }} Source
 */

/** @type {Readonly<Record<string, (version: number) => Source>>} */
const drivers = {
  'node:sqlite': (version) => (version < 22 ? { missing: 'Node.js has it from 22.13 on' } : {}),
  // 13 is of Node-API and brings its binaries, but crashes on Node.js 20; 12 is compiled for each version.
  'better-sqlite3': (version) => ({ spec: version < 22 ? 'better-sqlite3@12' : 'better-sqlite3@13' }),
  libsql: () => ({ spec: `libsql@${packageJson.devDependencies.libsql}` }),
};

const runner = `
  import { mkdtempSync, rmSync } from 'node:fs';
  import { createRequire } from 'node:module';
  import { tmpdir } from 'node:os';
  import path from 'node:path';
  import { memory } from 'chathub';
  import { sqlite } from 'chathub/sqlite';
  import { engineConformance, virtualClock } from 'chathub/testing';

  const driver = process.argv[2];

  function open(file) {
    const module = createRequire(import.meta.url)(driver);
    return new (module.DatabaseSync ?? module.default ?? module)(file);
  }

  function emptyFile() {
    const folder = mkdtempSync(path.join(tmpdir(), 'chathub-sqlite-'));
    const file = path.join(folder, 'chat.db');
    let engine;
    return {
      open(context) {
        const { history, historyAge } = context.limits;
        engine ??= sqlite({ path: file, driver, history, historyAge });
        return engine.open(context);
      },
      async outage() {
        const other = open(file);
        other.exec('BEGIN IMMEDIATE');
        return async () => void other.close();
      },
      tearDown: async () => rmSync(folder, { recursive: true, force: true }),
    };
  }

  const common = { nodes: 'many', clock: virtualClock };
  const checks = engineConformance(
    driver === undefined
      ? { ...common, setUp: memory }
      : { ...common, setUp: emptyFile, bounds: ['history', 'historyAge'], faults: ['outage'] },
  );
  const failed = [];
  for (const { name, run } of checks) {
    try {
      await run();
    } catch (error) {
      failed.push(name + '\\n' + (error?.stack ?? error));
    }
  }
  let version;
  if (driver !== undefined) {
    const database = open(':memory:');
    version = database.prepare('SELECT sqlite_version() AS version').get().version;
    database.close();
  }
  console.log(JSON.stringify({ node: process.version, version, checks: checks.length, failed }));
`;

const versions = (process.argv.length > 2 ? process.argv.slice(2) : nodeVersions)
  .map(Number.parseFloat)
  .map(Math.floor);
const folder = mkdtempSync(path.join(tmpdir(), 'chathub-drivers-'));
try {
  if (!versions.map(passesOn).every(Boolean)) process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true });
}

/**
 * All engines on a version of Node.js, each in its turn.
 * @param {number} version
 */
function passesOn(version) {
  const project = path.join(folder, String(version));
  mkdirSync(project);
  installPacked(project);
  allowScripts(project);
  writeFileSync(path.join(project, 'runner.mjs'), runner);
  const results = [passes(version, project, 'memory')];
  for (const [driver, sourceOn] of Object.entries(drivers)) {
    const { spec, missing } = sourceOn(version);
    const reason = missing ?? (spec === undefined ? undefined : failureOfInstall(version, project, spec));
    if (reason !== undefined) line('n/a ', version, `sqlite/${driver}`, reason);
    else results.push(passes(version, project, `sqlite/${driver}`, driver));
  }
  return results.every(Boolean);
}

/**
 * @param {number} version
 * @param {string} project
 * @param {string} engine
 * @param {string} [driver]
 */
function passes(version, project, engine, driver) {
  const { status, signal, stdout, stderr } = run(version, project, 'node', 'runner.mjs', ...(driver ? [driver] : []));
  const report = status === 0 ? JSON.parse(stdout.trim().split('\n').at(-1) ?? '') : undefined;
  if (report === undefined) {
    line('FAIL', version, engine, `ended with ${signal ?? status}\n${stdout}${stderr}`);
    return false;
  }
  const { node, version: sqlite, checks, failed } = report;
  const passed = failed.length === 0 && checks > 0 && node.startsWith(`v${version}.`);
  const facts = [driver && `${versionOf(project, driver)}SQLite ${sqlite}`, `${checks} checks`].filter(Boolean);
  line(passed ? 'ok  ' : 'FAIL', node.slice(1), engine, facts.join(', '));
  if (!passed) console.log([`${failed.length} failed on ${node}`, ...failed].join('\n'));
  return passed;
}

/**
 * Why npm could not install it; undefined when it could.
 * @param {number} version
 * @param {string} project
 * @param {string} spec
 */
function failureOfInstall(version, project, spec) {
  const flags = ['--foreground-scripts', '--no-audit', '--no-fund'];
  const { status, stdout, stderr } = run(version, project, 'npm', 'install', ...flags, spec);
  if (status === 0) return undefined;
  const errors = `${stdout}\n${stderr}`.split('\n').filter((text) => /err(or)?[!:]? /i.test(text));
  return `npm install ${spec} failed: ${errors.slice(0, 3).join(' | ') || `exit code ${status}`}`;
}

/**
 * A command with this version of Node.js in front: what npm compiles is for it.
 * @param {number} version
 * @param {string} cwd
 * @param {string} command
 * @param {string[]} args
 */
function run(version, cwd, command, ...args) {
  const options = { cwd, env: cleanEnvironment(), encoding: /** @type {const} */ ('utf8'), timeout: patience };
  const fetched = ['-y', '-p', `node@${version}`, command, ...args];
  const present = process.version.startsWith(`v${version}.`);
  return present ? spawnSync(command, args, options) : spawnSync('npx', fetched, options);
}

/**
 * npm runs the scripts of those packages only that a project names.
 * @param {string} project
 */
function allowScripts(project) {
  const file = path.join(project, 'package.json');
  const facts = JSON.parse(readFileSync(file, 'utf8'));
  writeFileSync(file, JSON.stringify({ ...facts, allowScripts: { 'better-sqlite3': true } }));
}

/**
 * @param {string} project
 * @param {string} driver
 */
function versionOf(project, driver) {
  if (driver.startsWith('node:')) return '';
  const file = path.join(project, 'node_modules', driver, 'package.json');
  return `${JSON.parse(readFileSync(file, 'utf8')).version}, `;
}

/**
 * @param {string} state
 * @param {string | number} node
 * @param {string} engine
 * @param {string} facts
 */
function line(state, node, engine, facts) {
  console.log(`${state}  Node.js ${String(node).padEnd(8)}  ${engine.padEnd(22)}  ${facts}`);
}
