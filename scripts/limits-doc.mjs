// Writes docs/limits.md, the table of all limits, from the one in src/model/limits.ts.
//
//   node scripts/limits-doc.mjs            writes the page
//   node scripts/limits-doc.mjs --check    only says whether it is up to date; exit code 1 when it is not

import { readFileSync, writeFileSync } from 'node:fs';
import { tsImport } from 'tsx/esm/api';

/** @import { limitTable as table } from '../src/model/limits.js' */

/** @type {{ limitTable: typeof table }} */
const { limitTable } = await tsImport('../src/model/limits.ts', import.meta.url);

const units = { count: '', bytes: 'bytes', ms: 'ms', perSecond: 'a second' };

const page = new URL('../docs/limits.md', import.meta.url);
const text = `---
title: Limits
category: Running it
---

<!-- Made by scripts/limits-doc.mjs from src/model/limits.ts: do not edit. -->

# Limits

Every limit but \`idleTimeout\` is on by default. An application changes some of them:

\`\`\`ts
import { ChatHub } from 'chathub';

const hub = new ChatHub({ limits: { messageBytes: 8_192, frameBytes: 131_072 } });
console.log(hub.limits.messageBytes); // 8192
\`\`\`

Durations are in milliseconds. \`Infinity\` removes a limit. 0 means "none at all", and is refused where the table says
that it makes no sense. A value that is no such number is refused by name with an \`OptionError\`, and so is a
\`frameBytes\` below 6 x \`messageBytes\` + 2 x \`dataBytes\`: a legal message can be escaped that far in JSON, and a frame
must be able to carry it.

\`chathub serve --limit NAME=VALUE\` changes a limit of the server on the command line; there \`off\` removes one.

\`history\` and \`historyAge\` are for \`memory()\` and \`redis()\`, \`historyBytes\` for \`memory()\` alone; \`sqlite()\` goes by options of its own,
and keeps everything without.

| name | default | unit | 0 | what it holds for, and why |
|---|---|---|---|---|
${Object.entries(limitTable).map(row).join('\n')}
`;

if (!process.argv.includes('--check')) {
  writeFileSync(page, text);
} else if (readFileSync(page, 'utf8') !== text) {
  console.error('docs/limits.md is not what src/model/limits.ts says: run node scripts/limits-doc.mjs');
  process.exitCode = 1;
}

/** @param {[string, { value: number, unit: keyof typeof units, zero: boolean, reason: string }]} limit */
function row([name, { value, unit, zero, reason }]) {
  const shown = Number.isFinite(value) ? value.toLocaleString('en') : '`Infinity`';
  return `| \`${name}\` | ${shown} | ${units[unit]} | ${zero ? 'yes' : 'no'} | ${reason} |`;
}
