// Who may import whom in src/, type imports included: what lets the core run wherever JavaScript runs, and keeps
// transports, protocols and engines replaceable. Prints a line per violation; exit code 1 when there is any.
//
//   node scripts/import-rules.mjs [root]     root: the folder that holds src/, by default the current one

import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

/**
 * `may`: what a part may import besides its own files: other parts, single files, or 'public entries'.
 * `packages`: present for a part that runs wherever JavaScript runs. It may import these packages, no Node module, and
 * mention none of Node's own globals. Any other part may import any package but those.
 *
 * @typedef {{ may: readonly string[], packages?: readonly string[] }} Rule
 * @typedef {{ from: string, line: number, to: string, isFile: boolean }} Import `to` is a file of the repository or a package
 */

/** @type {Readonly<Record<string, Rule>>} */
const rules = {
  model: { may: [], packages: ['eventemitter3'] },
  ports: { may: ['model'], packages: [] },
  hub: { may: ['ports', 'model'], packages: ['@noble/hashes'] },
  protocols: { may: ['ports', 'model'], packages: [] },
  engines: { may: ['ports', 'model', 'engines/shared'] },
  'engines/memory': { may: ['ports', 'model', 'engines/shared'], packages: [] },
  'engines/shared': { may: ['ports', 'model'], packages: [] },
  // What several of them need stands in `shared`.
  transports: { may: ['ports', 'model', 'protocols', 'transports/shared'] },
  client: { may: ['model'], packages: [] },
  index: { may: ['hub', 'ports', 'model', 'protocols', 'engines/memory'], packages: [] },
  testing: { may: ['public entries', 'src/transports/memory.ts'] },
  metrics: { may: ['public entries'] },
  tracing: { may: ['public entries'] },
  // Where its page is listens as transports do; what comes over the network is made safe for a terminal in one place.
  cli: { may: ['public entries', 'transports/shared', 'src/protocols/lines/terminal-text.ts'] },
  // In browsers. What the administrator's page is answered are types alone.
  page: { may: ['public entries', 'src/cli/admin/answers.ts'], packages: [] },
};

/** The hub is where parts are put together, so it alone knows the default engine. */
const exceptions = [{ from: 'src/hub/hub.ts', to: 'src/engines/memory.ts' }];

/** Each file or folder in these is a part of its own: one protocol never imports another. */
const families = ['protocols', 'transports', 'engines'];

const publicEntries = [
  'src/index.ts',
  'src/transports/tcp/index.ts',
  'src/transports/websocket/index.ts',
  'src/engines/sqlite/index.ts',
  'src/engines/redis/index.ts',
  'src/client/index.ts',
  'src/testing/index.ts',
  'src/metrics/index.ts',
  'src/tracing/index.ts',
  'package.json',
];

const nodeGlobals = ['Buffer', 'process'];

/**
 * Every violation in the tree whose src/ lies in `root`, a line each.
 * @param {string} root
 */
export function importProblems(root) {
  const sources = sourcesIn(root);
  const imports = sources.flatMap(importsOf);
  return [
    ...imports.flatMap(refused),
    ...sources.flatMap(misplaced),
    ...sources.flatMap(globalsOf),
    ...cyclesIn(imports),
  ];
}

// ---- The rules

/** @param {Import} found */
function refused({ from, line, to, isFile }) {
  const reason = isFile ? refusedFile(from, to) : refusedPackage(from, to);
  return reason ? [`${from}:${line} imports ${to}: ${reason}`] : [];
}

/**
 * @param {string} from
 * @param {string} to
 */
function refusedFile(from, to) {
  const own = partOf(from);
  const may = [own, ...(ruleFor(own)?.may ?? [])];
  if (exceptions.some((exception) => exception.from === from && exception.to === to)) return;
  if (namesOf(to).some((name) => may.includes(name))) return;
  return `${own} may import ${list(may)} only`;
}

/**
 * @param {string} from
 * @param {string} specifier
 */
function refusedPackage(from, specifier) {
  const own = partOf(from);
  const name = specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
  const allowed = ruleFor(own)?.packages;
  const packages = allowed?.length ? `${list(allowed)} only` : 'no package';
  if (allowed?.includes(name)) return;
  if (allowed) return `${own} runs wherever JavaScript runs and may import ${packages}`;
  const owner = Object.keys(rules).find((part) => rules[part]?.packages?.includes(name));
  if (owner) return `${owner} alone may import ${name}`;
  return name === 'chathub' ? 'inside src, files are imported by their path' : undefined;
}

/** @param {ts.SourceFile} source */
function misplaced({ fileName }) {
  return ruleFor(partOf(fileName)) ? [] : [`${fileName}:1 is in no part that scripts/import-rules.mjs knows`];
}

/** @param {ts.SourceFile} source */
function globalsOf(source) {
  const own = partOf(source.fileName);
  if (!ruleFor(own)?.packages) return [];
  return nodesOf(source)
    .filter((node) => ts.isIdentifier(node) && nodeGlobals.includes(node.text))
    .map((node) => {
      const place = `${source.fileName}:${lineOf(source, node)}`;
      return `${place} mentions ${node.getText(source)}: ${own} runs wherever JavaScript runs`;
    });
}

/**
 * Depth first: an import of a file whose own imports are still being followed closes a cycle.
 * @param {readonly Import[]} imports
 */
function cyclesIn(imports) {
  /** @type {string[]} */
  const found = [];
  /** @type {string[]} */
  const trail = [];
  const done = new Set();
  /** @param {string} file */
  const follow = (file) => {
    if (done.has(file)) return;
    trail.push(file);
    for (const { line, to } of imports.filter(({ from }) => from === file)) {
      if (trail.includes(to)) {
        const cycle = [...trail.slice(trail.indexOf(to)), to].join(' > ');
        found.push(`${file}:${line} imports ${to}: a cycle, ${cycle}`);
      } else follow(to);
    }
    trail.pop();
    done.add(file);
  };
  for (const { from } of imports) follow(from);
  return [...new Set(found)];
}

// ---- Names

/**
 * src/hub/room.ts is in `hub`, src/protocols/lines/parse.ts in `protocols/lines`.
 * @param {string} file
 */
function partOf(file) {
  const [top, first = '', second = ''] = file.replace(/\.ts$/, '').split('/');
  if (top !== 'src') return file;
  return families.includes(first) ? `${first}/${second}` : first;
}

/** @param {string} part */
function ruleFor(part) {
  return rules[part] ?? rules[familyOf(part)];
}

/** @param {string} part */
function familyOf(part) {
  return part.split('/')[0] ?? part;
}

/**
 * Every name by which a rule may allow this file.
 * @param {string} file
 */
function namesOf(file) {
  const part = partOf(file);
  const names = [file, part, familyOf(part)];
  return publicEntries.includes(file) ? [...names, 'public entries'] : names;
}

/** @param {readonly string[]} names */
function list(names) {
  return new Intl.ListFormat('en').format(names);
}

// ---- Reading the sources

/** @param {string} root */
function sourcesIn(root) {
  return readdirSync(path.join(root, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => path.posix.join('src', file.replaceAll(path.sep, '/')))
    .sort()
    .map((file) =>
      ts.createSourceFile(file, readFileSync(path.join(root, file), 'utf8'), ts.ScriptTarget.Latest, true),
    );
}

/**
 * @param {ts.SourceFile} source
 * @returns {Import[]}
 */
function importsOf(source) {
  return nodesOf(source).flatMap((node) => {
    const specifier = specifierOf(node);
    if (!specifier) return [];
    const text = ts.isStringLiteralLike(specifier) ? specifier.text : specifier.getText(source);
    const isFile = text.startsWith('.');
    const to = isFile ? path.posix.join(path.posix.dirname(source.fileName), text).replace(/\.js$/, '.ts') : text;
    return [{ from: source.fileName, line: lineOf(source, specifier), to, isFile }];
  });
}

/**
 * What follows `from`, or stands in `import(…)`, be it a type or a call.
 * @param {ts.Node} node
 */
function specifierOf(node) {
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return node.moduleSpecifier;
  if (ts.isExternalModuleReference(node)) return node.expression;
  if (ts.isImportTypeNode(node)) return ts.isLiteralTypeNode(node.argument) ? node.argument.literal : node.argument;
  if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) return node.arguments[0];
  return undefined;
}

/** @param {ts.SourceFile} source */
function nodesOf(source) {
  /** @type {ts.Node[]} */
  const found = [];
  /** @param {ts.Node} node */
  const visit = (node) => {
    found.push(node);
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

/**
 * @param {ts.SourceFile} source
 * @param {ts.Node} node
 */
function lineOf(source, node) {
  return source.getLineAndCharacterOfPosition(node.getStart(source)).line + 1;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const problems = importProblems(process.argv[2] ?? '.');
  for (const problem of problems) console.error(problem);
  process.exitCode = problems.length > 0 ? 1 : 0;
}
