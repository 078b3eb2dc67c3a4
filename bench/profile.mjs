// Where a server's processor time goes in one of the workloads: see README.md.
//
//   node bench/profile.mjs WORKLOAD [--seconds 5] [--server chathub]      needs dist/, or the folder that CHATHUB_DIST names
//
// Writes profiles/WORKLOAD.cpuprofile, which DevTools open, and profiles/WORKLOAD.svg.

import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { median } from './lib/measure.mjs';
import { prepare } from './lib/prepare.mjs';
import { Load, Server } from './lib/server.mjs';
import { workloads } from './lib/workloads.mjs';
import { cut } from './profile/cut.mjs';
import { flameGraph } from './profile/flame.mjs';
import { Sources } from './profile/sources.mjs';
import { printShares, printTop } from './profile/tables.mjs';
import { tree } from './profile/tree.mjs';
import { chathub, chathubEcho } from './servers/index.mjs';

/** @typedef {import('./lib/server.mjs').Subject} Subject */

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: { seconds: { type: 'string', default: '5' }, server: { type: 'string', default: 'chathub' } },
});
const workload = workloads.find(({ name }) => name === positionals[0]);
if (workload === undefined) refuse(`WORKLOAD is one of ${workloads.map(({ name }) => name).join(', ')}`);
const seconds = Number(options.seconds);
if (!(seconds > 0)) refuse('--seconds takes a number');

/** Microseconds between two samples. Each takes the server some 10 µs, which look like polling while it waits. */
const interval = 500;
/** By then what is called often is compiled. */
const warm = 2;

prepare();
const subject = await chosen(options.server, workload.load.mode === 'echo' ? 'echo' : 'rooms');
const folder = mkdtempSync(path.join(os.tmpdir(), 'chathub-profile-'));
try {
  const told = await run();
  const [file = ''] = readdirSync(folder);
  const profile = cut(JSON.parse(readFileSync(path.join(folder, file), 'utf8')), {
    from: (told.at - told.seconds) * 1e6,
    to: told.at * 1e6,
  });
  const sources = new Sources();
  for (const node of profile.nodes) node.callFrame = sources.original(node.callFrame);
  const root = tree(profile, told.mainCpu);
  const title = `${subject.name} ${subject.version}, ${workload?.title}`;
  const facts = {
    title,
    cpu: told.mainCpu,
    others: told.serverCpu - told.mainCpu,
    seconds: told.seconds,
    deliveries: told.deliveries,
  };
  save(profile, flameGraph(root, facts));
  printTop(root, facts);
  printShares(root, facts);
} finally {
  rmSync(folder, { recursive: true });
}

/** @returns {Promise<import('./lib/server.mjs').Told>} */
async function run() {
  const server = await Server.start({ ...subject, command: profiled });
  const load = new Load(server, subject.dialect, { ...workload?.load, warm, seconds });
  hurry(server.pid);
  try {
    const told = await load.told('measured');
    await load.told('end');
    return told;
  } finally {
    await load.stop();
    await server.stop();
  }
}

/**
 * Has the thread that takes the samples run when it is due. It shares the processor with the server, and would get it when
 * that pauses: most samples would say that it waits.
 *
 * @param {number} pid
 */
function hurry(pid) {
  const tasks = `/proc/${pid}/task`;
  const sampler = readdirSync(tasks).find((task) =>
    readFileSync(`${tasks}/${task}/comm`, 'utf8').startsWith('v8:Prof'),
  );
  const { status } = spawnSync('chrt', ['--fifo', '--pid', '1', sampler ?? '']);
  if (status !== 0)
    console.log('note: without the right to give a thread priority, polling seems to take more than it does');
}

/**
 * The profile is written when Node.js ends by itself, which most peers don't on a signal.
 *
 * @param {number} port
 */
function profiled(port) {
  const [node = '', ...words] = subject.command(port);
  const ending = `data:text/javascript,process.on('SIGTERM',()=>process.exit())`;
  const flags = ['--cpu-prof', `--cpu-prof-interval=${interval}`, `--cpu-prof-dir=${folder}`, '--import', ending];
  return [node, ...flags, ...words];
}

/**
 * @param {import('./profile/cut.mjs').Profile} profile
 * @param {string} svg
 */
function save(profile, svg) {
  const name = workload?.name + (options.server === 'chathub' ? '' : `-${options.server}`);
  const profiles = path.join(import.meta.dirname, 'profiles');
  mkdirSync(profiles, { recursive: true });
  writeFileSync(path.join(profiles, `${name}.cpuprofile`), JSON.stringify(profile));
  writeFileSync(path.join(profiles, `${name}.svg`), svg);
  console.log(`${path.relative(process.cwd(), path.join(profiles, name))}.cpuprofile and .svg`);
  const gap = median(profile.timeDeltas);
  console.log(`${profile.samples.length} samples, ${gap} µs apart`);
}

/**
 * @param {string} name
 * @param {Subject['serves']} serves
 * @returns {Promise<Subject>}
 */
async function chosen(name, serves) {
  const { peers } = await import('./peers/index.mjs');
  const subjects = [chathub, chathubEcho, ...peers].filter((each) => each.serves === serves && each.name !== 'tokio');
  const subject = subjects.find((each) => each.name === name);
  return subject ?? refuse(`--server is one of ${subjects.map((each) => each.name).join(', ')} for this workload`);
}

/**
 * @param {string} why
 * @returns {never}
 */
function refuse(why) {
  console.error(why);
  process.exit(64);
}
