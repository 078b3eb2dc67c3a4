// The programs that some suites drive from outside, as a person would: a real `telnet`, a real `nc`.
// Run as a script, it installs what is missing where it may; imported, it tells tests what is missing.

import { execFileSync, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/**
 * @typedef {object} Tool
 * @property {string} command
 * @property {string} package The Debian package that brings it.
 * @property {string} suites What is left out without it.
 * @property {string} check A shell command that succeeds when the right one is there.
 */

/** @type {readonly Tool[]} */
const tools = [
  {
    command: 'telnet',
    package: 'inetutils-telnet',
    suites: 'sessions of a real telnet client',
    check: 'command -v telnet',
  },
  {
    command: 'nc',
    package: 'netcat-openbsd',
    suites: 'sessions of a real netcat client',
    // Other netcats differ in -N and -q.
    check: 'nc -h 2>&1 | grep -q OpenBSD',
  },
  {
    command: 'python3-websockets',
    package: 'python3-websockets',
    suites: 'sessions of a client in Python',
    check: '/usr/bin/python3 -c "import websockets"',
  },
  {
    command: 'redis-server',
    package: 'redis-server',
    suites: 'the Redis engine, and everything of several nodes over it',
    check: 'command -v redis-server',
  },
  {
    command: 'haproxy',
    package: 'haproxy',
    suites: 'two nodes behind a load balancer',
    check: 'command -v haproxy',
  },
  {
    command: 'systemd-analyze',
    package: 'systemd',
    suites: 'the unit files of examples/deploy, as systemd reads them',
    check: 'command -v systemd-analyze && command -v systemd-socket-activate',
  },
  {
    command: 'strace',
    package: 'strace',
    suites: 'a disk under Redis that is slow to write, in the fault run',
    check: 'command -v strace',
  },
  {
    command: 'chromium',
    package: 'chromium',
    suites: 'sessions of the chat page in a browser',
    check: 'command -v chromium',
  },
  {
    command: 'tmux',
    package: 'tmux',
    suites: 'sessions of chathub connect in a real terminal',
    check: 'command -v tmux',
  },
  {
    command: 'valgrind',
    package: 'valgrind',
    suites: 'instructions, of what a delivery costs (npm run check:costs)',
    check: 'command -v valgrind',
  },
];

/**
 * The commands that this machine lacks, for suites to skip themselves by:
 * `describe.skipIf(missingTools().includes('telnet'))`.
 * @returns {string[]}
 */
export function missingTools() {
  return missing(tools).map(({ command }) => command);
}

/**
 * Installs the program where it may, else says what is left out. Under CI, that is a failure of this process.
 * @param {string} command
 * @returns {boolean} whether it is there
 */
export function provideTool(command) {
  return provide(tools.filter((tool) => tool.command === command));
}

/** @param {readonly Tool[]} wanted */
function missing(wanted) {
  return wanted.filter(({ check }) => spawnSync('sh', ['-c', check]).status !== 0);
}

/**
 * Never asks anything; says something only when it fails.
 * @param {readonly Tool[]} wanted
 * @returns {string | undefined} why they could not be installed
 */
function install(wanted) {
  if (process.getuid?.() !== 0) return 'only root can install them';
  if (spawnSync('sh', ['-c', 'command -v apt-get']).status !== 0) return 'there is no apt-get here';
  try {
    aptGet('update');
    aptGet('install', '-y', '--no-install-recommends', ...wanted.map((tool) => tool.package));
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** @param {string[]} args */
function aptGet(...args) {
  // Another package manager may be at work on a machine that has just started.
  execFileSync('apt-get', ['-q', '-o', 'DPkg::Lock::Timeout=120', ...args], {
    encoding: 'utf8',
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

/** @param {readonly Tool[]} asked */
function provide(asked) {
  const wanted = missing(asked);
  if (wanted.length === 0) return true;
  const reason = install(wanted) ?? 'the packages do not bring them';
  const left = missing(wanted);
  if (left.length === 0) return true;
  for (const tool of left) console.error(`Missing ${tool.command} (${tool.package}); left out: ${tool.suites}.`);
  console.error(`Not installed: ${reason.trim()}`);
  // Elsewhere the suites skip themselves; CI must not be green by running less.
  if (process.env.CI) process.exitCode = 1;
  return false;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) provide(tools);
