// Builds the pages of `chathub serve`, the chat's and the administrator's, from src/page into dist/page. After tsup, which empties dist/ first.

import { copyFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';

const from = fileURLToPath(new URL('../src/page/', import.meta.url));
const to = fileURLToPath(new URL('../dist/page/', import.meta.url));

buildSync({
  // The names in dist/page are those of src/cli/page-files.ts.
  entryPoints: { page: `${from}main.ts`, admin: `${from}admin/main.ts` },
  outdir: to,
  bundle: true,
  minify: true,
  format: 'esm',
  target: ['chrome111', 'firefox115', 'safari16.4'],
  // What is written in other scripts stays readable.
  charset: 'utf8',
  logLevel: 'warning',
});
buildSync({
  entryPoints: { page: `${from}page.css`, admin: `${from}admin/admin.css` },
  outdir: to,
  bundle: true,
  minify: true,
  logLevel: 'warning',
});
copyFileSync(`${from}index.html`, `${to}index.html`);
copyFileSync(`${from}admin/index.html`, `${to}admin.html`);
