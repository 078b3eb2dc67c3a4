// Compiles every example there is: each block that begins with ```ts in a TSDoc comment of src/, in README.md and in the
// guide pages of docs/. Each is a module of its own, as strict as the sources, with `await` at its top. Prints the compiler's
// complaints at the lines where the examples stand; exit code 1 when there is any.

import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

/** @typedef {{ file: string, line: number, text: string }} Example `line`: of the file, at which the text begins */

/**
 * The complaints about all examples of the folder, a line each.
 * @param {string} root holds tsconfig.json
 */
export function exampleProblems(root) {
  return compile(root, examplesIn(root));
}

/**
 * Every example of the folder.
 * @param {string} root
 * @returns {Example[]}
 */
export function examplesIn(root) {
  const files = [...filesIn(root, 'src', '.ts'), 'README.md', ...filesIn(root, 'docs', '.md')];
  return files.flatMap((file) => {
    const text = readFileSync(path.join(root, file), 'utf8');
    return file.endsWith('.md')
      ? blocksIn(text, file, 1, '')
      : commentsIn(text).flatMap((comment) => ofComment(comment, file));
  });
}

// ---- Finding them

/**
 * @param {string} root
 * @param {string} folder
 * @param {string} extension
 */
function filesIn(root, folder, extension) {
  return readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
    .map((file) => path.posix.join(folder, file.replaceAll(path.sep, '/')))
    .filter((file) => file.endsWith(extension) && !file.startsWith('docs/site/'))
    .sort();
}

/** @param {string} text */
function commentsIn(text) {
  return [...text.matchAll(/\/\*\*.*?\*\//gs)].map((found) => ({
    text: found[0],
    line: text.slice(0, found.index).split('\n').length,
  }));
}

/**
 * @param {{ text: string, line: number }} comment
 * @param {string} file
 */
function ofComment({ text, line }, file) {
  return blocksIn(text, file, line, String.raw`[ \t]*\* ?`);
}

/**
 * @param {string} text
 * @param {string} file
 * @param {number} firstLine
 * @param {string} margin what each line may begin with, as a regular expression
 * @returns {Example[]}
 */
function blocksIn(text, file, firstLine, margin) {
  const begin = new RegExp(`^${margin}[ \t]*\`\`\`ts$`);
  const end = new RegExp(`^${margin}[ \t]*\`\`\`$`);
  const lines = text.split('\n');
  return lines.flatMap((line, index) => {
    if (!begin.test(line)) return [];
    const length = lines.slice(index + 1).findIndex((later) => end.test(later));
    const block = lines.slice(index + 1, length < 0 ? undefined : index + 1 + length);
    const code = block.map((each) => each.replace(new RegExp(`^${margin}`), ''));
    return [{ file, line: firstLine + index + 1, text: code.join('\n') }];
  });
}

// ---- Compiling them

/**
 * @param {string} root
 * @param {readonly Example[]} examples
 */
function compile(root, examples) {
  const options = optionsOf(root);
  const modules = new Map(examples.map((example) => [nameOf(root, example), moduleOf(example)]));
  const host = ts.createCompilerHost(options);
  const { fileExists, readFile, getSourceFile } = host;
  host.fileExists = (name) => modules.has(name) || fileExists(name);
  host.readFile = (name) => modules.get(name) ?? readFile(name);
  host.getSourceFile = (name, version, ...rest) => {
    const text = modules.get(name);
    return text === undefined ? getSourceFile(name, version, ...rest) : ts.createSourceFile(name, text, version);
  };
  const program = ts.createProgram([...modules.keys()], options, host);
  return [...modules.keys()].flatMap((name) => {
    const source = program.getSourceFile(name);
    return [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)].map((found) =>
      complaint(found, root),
    );
  });
}

/** @param {string} root */
function optionsOf(root) {
  const file = path.join(root, 'tsconfig.json');
  const { options } = ts.parseJsonConfigFileContent(ts.readConfigFile(file, ts.sys.readFile).config, ts.sys, root);
  return options;
}

/**
 * A file that is not there, beside its own: what is no export of the package is imported by its path.
 * @param {string} root
 * @param {Example} example
 */
function nameOf(root, { file, line }) {
  return path.posix.join(path.resolve(root), `${file}:${line}.ts`);
}

/**
 * Pushed down to where it stands in its file, so that the compiler's lines are those of the file.
 * @param {Example} example
 */
function moduleOf({ line, text }) {
  return `${'\n'.repeat(line - 1)}${text}\nexport {};\n`;
}

/**
 * @param {ts.Diagnostic} diagnostic
 * @param {string} root
 */
function complaint({ file, start = 0, messageText }, root) {
  const name = path.relative(root, file?.fileName ?? root).replace(/:\d+\.ts$/, '');
  const line = file ? file.getLineAndCharacterOfPosition(start).line + 1 : 0;
  return `${name}:${line} ${ts.flattenDiagnosticMessageText(messageText, '\n')}`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const problems = exampleProblems('.');
  for (const problem of problems) console.error(problem);
  process.exitCode = problems.length > 0 ? 1 : 0;
}
