// Compiles every example there is: each block that begins with ```ts in a TSDoc comment of src/, over the sources; and each of ts,
// tsx and js in README.md, its like, and the guide pages of docs/, over the built package, as users have it. Each is a module of its
// own, with `await` at its top. Prints the compiler's complaints at the lines where the examples stand, then how many there are, and
// which are set aside; exit code 1 when there is a complaint.
//
// A block of a page that is not all there is, or does not run to its end, says so in a comment right before it:
//
//   <!-- continues -->              one module with the block before it
//   <!-- server -->                 goes on until it is ended; a test of its own talks to it
//   <!-- client -->                 needs a server; a test of its own has one
//   <!-- page -->                   for browsers: compiled with their types, not run
//   <!-- not run: REASON -->        compiled only
//   <!-- other library -->          code of one that is not installed here: parsed, no more
//   <!-- not compiled: REASON -->   not even that
//
// After `continues` there may be another one: <!-- continues, not run: REASON -->.

import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { blocksIn, pagesIn } from './markdown.mjs';

/** @import { Block } from './markdown.mjs' */

/**
 * @typedef {object} Example
 * @property {string} file
 * @property {number} line of the file, at which its last block begins
 * @property {number} from of the file, at which the text begins: another line where it continues another block
 * @property {string} language
 * @property {string} text
 * @property {string} kind its note, or that of the block which it continues; empty: it runs to its end
 */

/** @type {readonly string[]} */
const compiled = ['ts', 'tsx', 'js'];
/** Shown in pages, and not for the compiler. */
const shown = ['bash', 'console', 'css', 'diff', 'docker', 'haproxy', 'html', 'http', 'ini', 'json', 'jsonc', 'nginx'];
const languages = [...compiled, ...shown, 'sh', 'text', 'yaml'];
const kinds = /^(|server|client|page|other library|not (run|compiled): \S+ \S+ .*)$/;

/**
 * The complaints about all examples of the folder, a line each.
 * @param {string} root holds tsconfig.json
 */
export function exampleProblems(root) {
  const examples = examplesIn(root);
  const inPages = examples.filter(({ file, kind }) => file.endsWith('.md') && !/^not compiled|^other/.test(kind));
  const groups = compiled.flatMap((language) =>
    [true, false].map((page) =>
      inPages.filter((example) => example.language === language && (example.kind === 'page') === page),
    ),
  );
  return [
    ...blockProblems(root),
    ...examples.filter(({ kind }) => kind === 'other library').flatMap(syntaxProblems),
    ...compile(
      root,
      examples.filter(({ file }) => !file.endsWith('.md')),
      optionsOf(root, 'tsconfig.json'),
    ),
    ...groups.flatMap((group) => compile(root, group, optionsOfPages(root, group))),
  ];
}

/**
 * Every example of the folder.
 * @param {string} root
 * @returns {Example[]}
 */
export function examplesIn(root) {
  const comments = sourcesIn(root).flatMap((file) => commentsIn(readFileSync(path.join(root, file), 'utf8'), file));
  return [...comments, ...pagesIn(root).flatMap((page) => joined(blocksIn(page)))];
}

/**
 * What is wrong with blocks themselves, a line each.
 * @param {string} root
 */
function blockProblems(root) {
  const examples = examplesIn(root).filter(({ kind }) => !kinds.test(kind));
  return [
    ...examples.map(({ file, line, kind }) => `${file}:${line} Nobody knows the note "${kind}", or it has no reason.`),
    ...pagesIn(root)
      .flatMap(blocksIn)
      .flatMap(({ file, line, language, text }) => {
        if (!languages.includes(language)) return [`${file}:${line} Nobody knows the language "${language}".`];
        return language === 'json' && !isJson(text) ? [`${file}:${line} That is no JSON.`] : [];
      }),
  ];
}

/** @param {string} text */
function isJson(text) {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

// ---- Finding them

/** @param {string} root */
function sourcesIn(root) {
  return readdirSync(path.join(root, 'src'), { recursive: true, encoding: 'utf8' })
    .map((file) => path.posix.join('src', file.replaceAll(path.sep, '/')))
    .filter((file) => file.endsWith('.ts'))
    .sort();
}

/**
 * The examples in the TSDoc comments of a source.
 * @param {string} text
 * @param {string} file
 * @returns {Example[]}
 */
function commentsIn(text, file) {
  return [...text.matchAll(/\/\*\*.*?\*\//gs)].flatMap(({ 0: comment, index }) => {
    const before = text.slice(0, index).split('\n').length - 1;
    const blocks = blocksIn({ file, text: comment.replace(/^[ \t]*\* ?/gm, '') });
    return joined(blocks.filter(({ language }) => language === 'ts')).map((example) => ({
      ...example,
      line: example.line + before,
      from: example.from + before,
    }));
  });
}

/**
 * The examples that blocks of one file make, each with what it continues.
 * @param {readonly Block[]} blocks
 */
function joined(blocks) {
  /** @type {Example[]} */
  const examples = [];
  for (const { file, line, language, text, note } of blocks) {
    if (!compiled.includes(language)) continue;
    const [, continues, kind = ''] = /^(continues(?:, )?)?(.*)$/.exec(note) ?? [];
    const before = continues ? examples.at(-1) : undefined;
    if (continues && !before) throw new Error(`${file}:${line} continues nothing.`);
    examples.push({
      ...{ file, line, language, text, from: line, kind },
      ...(before && { from: before.from, text: continued(before, text, line), kind: kind || before.kind }),
    });
  }
  return examples;
}

/**
 * The text behind what it continues, with as many empty lines between them as keep it at its line.
 * @param {Example} before
 * @param {string} text
 * @param {number} line
 */
function continued(before, text, line) {
  const reached = before.from + before.text.split('\n').length;
  return `${before.text}\n${'\n'.repeat(line - reached)}${text}`;
}

// ---- Compiling them

/**
 * @param {string} root
 * @param {string} file
 * @returns {ts.CompilerOptions}
 */
function optionsOf(root, file) {
  const { config } = ts.readConfigFile(path.join(root, file), ts.sys.readFile);
  return ts.parseJsonConfigFileContent(config, ts.sys, root).options;
}

/**
 * @param {string} root
 * @param {readonly Example[]} group of one language and place
 */
function optionsOfPages(root, [example]) {
  const options = optionsOf(root, 'tsconfig.dist.json');
  // The declarations themselves have a step of their own.
  options.skipLibCheck = true;
  options.jsx = ts.JsxEmit.Preserve;
  if (example?.kind === 'page') {
    options.lib = [...(options.lib ?? []), 'lib.dom.d.ts'];
    options.types = [];
  }
  // As an editor checks JavaScript: what is called with what, and no more. Its readers annotate nothing.
  const lax = { strict: false, exactOptionalPropertyTypes: false, noUncheckedIndexedAccess: false };
  return example?.language === 'js' ? { ...options, ...lax } : options;
}

/**
 * What was parsed for an earlier group, by name: mostly the libraries of the compiler.
 * @type {Map<string, ts.SourceFile | undefined>}
 */
const parsed = new Map();

/**
 * @param {string} root
 * @param {readonly Example[]} examples
 * @param {ts.CompilerOptions} options
 */
function compile(root, examples, options) {
  const modules = new Map(examples.map((example) => [nameOf(root, example), moduleOf(example)]));
  const host = ts.createCompilerHost(options);
  const { fileExists, readFile, getSourceFile } = host;
  host.fileExists = (name) => modules.has(name) || fileExists(name);
  host.readFile = (name) => modules.get(name) ?? readFile(name);
  host.getSourceFile = (name, version, ...rest) => {
    const text = modules.get(name);
    if (text !== undefined) return ts.createSourceFile(name, text, version);
    if (!parsed.has(name)) parsed.set(name, getSourceFile(name, version, ...rest));
    return parsed.get(name);
  };
  const program = ts.createProgram([...modules.keys()], options, host);
  return [...modules.keys()].flatMap((name) => {
    const source = program.getSourceFile(name);
    return [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)].map((found) =>
      complaint(found, root),
    );
  });
}

/** @param {Example} example */
function syntaxProblems({ file, line, text }) {
  const { diagnostics = [] } = ts.transpileModule(text, { reportDiagnostics: true });
  return diagnostics.map(({ messageText }) => `${file}:${line} ${ts.flattenDiagnosticMessageText(messageText, '\n')}`);
}

/**
 * A file that is not there, beside its own: what is no export of the package is imported by its path.
 * @param {string} root
 * @param {Example} example
 */
function nameOf(root, { file, line, language }) {
  return path.posix.join(path.resolve(root), `${file}:${line}.${language}`);
}

/**
 * Pushed down to where it stands in its file, so that the compiler's lines are those of the file.
 * @param {Example} example
 */
function moduleOf({ from, text }) {
  return `${'\n'.repeat(from - 1)}${text}\nexport {};\n`;
}

/**
 * @param {ts.Diagnostic} diagnostic
 * @param {string} root
 */
function complaint({ file, start = 0, messageText }, root) {
  const name = path.relative(root, file?.fileName ?? root).replace(/:\d+\.\w+$/, '');
  const line = file ? file.getLineAndCharacterOfPosition(start).line + 1 : 0;
  return `${name}:${line} ${ts.flattenDiagnosticMessageText(messageText, '\n')}`;
}

/** @param {string} root */
function summary(root) {
  const examples = examplesIn(root);
  const inPages = examples.filter(({ file }) => file.endsWith('.md'));
  const setAside = inPages.filter(({ kind }) => kind !== '');
  return [
    `${examples.length - inPages.length} examples in comments, ${inPages.length} in pages; of these set aside:`,
    ...setAside.map(({ file, line, kind }) => `  ${file}:${line} ${kind}`),
  ];
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const problems = exampleProblems('.');
  for (const problem of problems) console.error(problem);
  for (const line of summary('.')) console.log(line);
  process.exitCode = problems.length > 0 ? 1 : 0;
}
