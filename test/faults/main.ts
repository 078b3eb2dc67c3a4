// npm run test:faults -- --seed N --seconds N
// npm run test:faults -- --recheck FOLDER    checks once more what a run wrote down

import { parseArgs } from 'node:util';
import { recheck } from './checker/ledger.js';
import { figures } from './figures.js';
import { keepOrForget, runFaults } from './run.js';

const { values } = parseArgs({
  options: { seed: { type: 'string' }, seconds: { type: 'string', default: '60' }, recheck: { type: 'string' } },
});
const say = (line: string) => console.log(line);

// Whoever stops it leaves nothing behind: no Redis, and no disk.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

if (values.recheck !== undefined) {
  const { violations } = recheck(values.recheck, say);
  process.exit(violations.length === 0 ? 0 : 1);
}

const seed = Number(values.seed ?? Math.floor(Math.random() * 1_000_000));
say(`seed ${seed}`);
const report = await runFaults({ seed, seconds: Number(values.seconds), onViolation: say });
say(figures(report));
for (const missing of report.missing) say(`missing: ${missing}`);
const folder = keepOrForget(report);
if (folder !== '') say(`All of it is in ${folder}.`);
process.exit(folder === '' ? 0 : 1);
