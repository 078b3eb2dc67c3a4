// npm run test:chaos -- --seed N --seconds N

import { parseArgs } from 'node:util';
import { keepOrForget, runChaos } from './run.js';
import { told } from './told.js';

const { values } = parseArgs({
  options: { seed: { type: 'string', default: '1' }, seconds: { type: 'string', default: '60' } },
});
const report = await runChaos(Number(values.seed), Number(values.seconds));
const { faults, missing } = report;
console.log(told(report));
for (const fault of [...faults.slice(0, 20), ...missing]) console.log(`  ${fault}`);
const folder = keepOrForget(report);
if (folder !== '') console.log(`All of it is in ${folder}.`);
process.exit(folder === '' ? 0 : 1);
