// How far one process goes, and what a crowd does to it and to others: see README.md.
//
//   node bench/scale.mjs [--quick] [--only NAME,NAME] [--profiles FOLDER]     needs dist/, or the folder that CHATHUB_DIST names, and a C compiler

import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { prepare } from './lib/prepare.mjs';
import { machine, ownVersion } from './lib/report.mjs';
import { connections } from './scale/connections.mjs';
import { Findings } from './scale/findings.mjs';
import { joinStorm } from './scale/join-storm.mjs';
import { reconnectStorm } from './scale/reconnect-storm.mjs';
import { room } from './scale/room.mjs';
import { rooms } from './scale/rooms.mjs';
import { sizes } from './scale/run.mjs';

const { values: options } = parseArgs({
  options: { quick: { type: 'boolean', default: false }, only: { type: 'string' }, profiles: { type: 'string' } },
});
const only = options.only?.split(',');
/** Of one process, the server's and each load generator's: nobody can raise it but root of the machine. */
const files = Number(execFileSync('sh', ['-c', 'ulimit -Hn'], { encoding: 'utf8' }));
const findings = new Findings(options.profiles !== undefined);
const run = { findings, sizes: options.quick ? sizes.quick : sizes.full, files, profiles: options.profiles };

prepare();
const scenarios = { connections, rooms, room, 'join-storm': joinStorm, 'reconnect-storm': reconnectStorm };
const head = [
  `${new Date().toISOString().slice(0, 10)}, ChatHub ${ownVersion()}, Node.js ${process.versions.node}, ${machine()}.`,
  `The server has a processor for itself, all clients another. Open files of a process: ${files.toLocaleString('en')}.`,
];
for (const line of head) console.log(line);
for (const [name, scenario] of Object.entries(scenarios)) {
  if (only === undefined || only.includes(name)) await scenario(run);
}
if (!options.quick && only === undefined) writeFileSync(path.join(import.meta.dirname, 'scale.md'), page());
process.exitCode = findings.met ? 0 : 1;

function page() {
  const intro = 'Made by `npm run bench:scale`; what is measured, and how, stands in [README.md](README.md).';
  return `${['# Scale', intro, ...head].join('\n\n')}\n${findings.page}\n`;
}
