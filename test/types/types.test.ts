import { readdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { describe, expect, test } from 'vitest';

/**
 * The `*.test-d.ts` files beside this one are not run but compiled, against the built `dist/`: their lines must compile, and
 * those under `@ts-expect-error` must not.
 */
const folder = fileURLToPath(new URL('.', import.meta.url));
const files = readdirSync(folder).filter((name) => name.endsWith('.test-d.ts'));

describe('the types of the built package', () => {
  const program = programOf(files.map((name) => path.join(folder, name)));

  test('are those of dist/, not of the sources', () => {
    const ours = program.getSourceFiles().map(({ fileName }) => path.relative(path.join(folder, '../..'), fileName));
    expect(ours).toContain('dist/index.d.ts');
    expect(ours.filter((name) => name.startsWith('src/'))).toEqual([]);
  });

  test.each(files)('are as %s says', (name) => {
    const source = program.getSourceFile(path.join(folder, name));
    expect(source).toBeDefined();
    const wrong = [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)];
    expect(wrong.map(sentence)).toEqual([]);
  });
});

function programOf(rootNames: readonly string[]): ts.Program {
  const fail = (diagnostic: ts.Diagnostic) => expect.unreachable(sentence(diagnostic));
  const host: ts.ParseConfigFileHost = { ...ts.sys, onUnRecoverableConfigFileDiagnostic: fail };
  const config = ts.getParsedCommandLineOfConfigFile(path.join(folder, '../../tsconfig.dist.json'), {}, host);
  return ts.createProgram(rootNames, config?.options ?? {});
}

function sentence({ file, start = 0, messageText }: ts.Diagnostic): string {
  const line = file === undefined ? 0 : file.getLineAndCharacterOfPosition(start).line + 1;
  return `line ${line}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`;
}
