// Whether the package exports what etc/api says. A change of it is a change for users: it is to be seen in a review, and meant.
//
//   node scripts/api.mjs                       needs dist/; exit code 1 when something differs
//   node scripts/api.mjs --update              writes etc/api
//   node scripts/api.mjs --package FOLDER      of a package elsewhere, which has an etc/api of its own

import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { differences } from './api/compare.mjs';
import { reportsOf } from './api/report.mjs';

const { values } = parseArgs({
  options: {
    update: { type: 'boolean', default: false },
    package: { type: 'string', default: path.join(import.meta.dirname, '..') },
  },
});
const folder = path.join(values.package, 'etc/api');
mkdirSync(folder, { recursive: true });
const names = readdirSync(folder);
const recorded = new Map(names.map((name) => [name, readFileSync(path.join(folder, name), 'utf8')]));
const reports = reportsOf(values.package);

if (values.update) {
  for (const name of names) if (!reports.has(name)) rmSync(path.join(folder, name));
  for (const [name, text] of reports) writeFileSync(path.join(folder, name), text);
} else {
  const found = differences(recorded, reports);
  for (const text of found) console.error(`etc/api/${text}\n`);
  if (found.length > 0) {
    console.error(
      'What the package exports has changed. If that is meant, run `npm run check:api -- --update`, and commit it with',
    );
    console.error('a line in CHANGELOG.md; docs/versioning.md says which changes break the code of users.');
    process.exitCode = 1;
  }
}
