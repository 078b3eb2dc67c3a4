// Every export of every entry point says what it is for and shows it in an @example; every member of an exported class
// or interface says what it is for. TypeDoc has no rule for examples, and its rule for properties would also hold for
// the small literal types inside other types.

import { Application, ReflectionKind, TSConfigReader, TypeDocReader } from 'typedoc';

/** @import { DeclarationReflection } from 'typedoc' */

const app = await Application.bootstrap({ disableSources: false, displayBasePath: '.', logLevel: 'Error' }, [
  new TypeDocReader(),
  new TSConfigReader(),
]);
const project = await app.convert();
if (!project) process.exit(1);

const exported = project
  .getReflectionsByKind(ReflectionKind.ExportContainer)
  .flatMap((reflection) => (reflection.isDeclaration() || reflection.isProject() ? (reflection.children ?? []) : []))
  // An entry point is a module; a re-export of what another entry point has is a reference.
  .filter((reflection) => !reflection.kindOf([ReflectionKind.Module, ReflectionKind.Reference]));

const problems = [
  ...exported.flatMap((reflection) => report(reflection, ['summary', '@example'])),
  ...exported
    .filter((reflection) => reflection.kindOf(ReflectionKind.ClassOrInterface))
    .flatMap(({ children = [] }) => children)
    .filter((member) => !member.inheritedFrom && !member.kindOf(ReflectionKind.Constructor))
    // `type: 'join'` has said it already.
    .filter(({ type }) => type?.type !== 'literal')
    .flatMap((member) => report(member, ['summary'])),
];
for (const problem of problems.sort()) console.error(problem);
process.exitCode = problems.length > 0 ? 1 : 0;

/**
 * @param {DeclarationReflection} reflection
 * @param {readonly string[]} wanted
 */
function report(reflection, wanted) {
  const has = partsOf(reflection);
  const lacks = wanted.filter((part) => !has.includes(part));
  const { fileName = '?', line = 0 } = reflection.sources?.[0] ?? {};
  return lacks.length > 0 ? [`${fileName}:${line} ${nameOf(reflection)} has no ${lacks.join(' and no ')}`] : [];
}

/**
 * What the comments have. A function's stand on its signatures, one for each overload; an accessor's on its getter.
 * @param {DeclarationReflection} reflection
 */
function partsOf(reflection) {
  return [reflection, ...reflection.getNonIndexSignatures()].flatMap(({ comment }) => [
    ...(comment?.summary.length ? ['summary'] : []),
    ...(comment?.getTag('@example') ? ['@example'] : []),
  ]);
}

/** @param {DeclarationReflection} reflection */
function nameOf({ name, parent }) {
  return parent?.kindOf(ReflectionKind.ClassOrInterface) ? `${parent.name}.${name}` : name;
}
