// What the entry points of a package export, in a normal form: as the built declarations have it, without comments, sorted, and
// without the names of the files that the declarations were shared out to.

import { readFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';

/** @typedef {{ name: string, specifier: string, file: string, exports: Map<string, ts.Symbol> }} Entry */

/**
 * A report for each entry point of `exports` in package.json that has types, by the name of its file.
 * @param {string} root holds package.json, and what it names
 * @returns {Map<string, string>}
 */
export function reportsOf(root) {
  const manifest = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
  const places = Object.entries(/** @type {Record<string, { types?: string }>} */ (manifest.exports)).flatMap(
    ([subpath, { types }]) => (types === undefined ? [] : [{ subpath, file: path.resolve(root, types) }]),
  );
  // No types of others are needed: what is imported from elsewhere is shown by its name.
  const options = { noLib: true, types: [], module: ts.ModuleKind.NodeNext, target: ts.ScriptTarget.ES2023 };
  const files = places.map(({ file }) => file);
  const api = new Api(ts.createProgram(files, options), manifest.name, places);
  return new Map(api.entries.map((entry) => [`${entry.name}.api.md`, api.report(entry)]));
}

class Api {
  #program;
  #checker;
  /** @type {readonly Entry[]} */
  entries;

  /**
   * @param {ts.Program} program
   * @param {string} packageName
   * @param {readonly { subpath: string, file: string }[]} places
   */
  constructor(program, packageName, places) {
    this.#program = program;
    this.#checker = program.getTypeChecker();
    this.entries = places.map(({ subpath, file }) => ({
      name: subpath === '.' ? 'index' : subpath.replace('./', '').replaceAll('/', '-'),
      specifier: path.posix.join(packageName, subpath),
      file,
      exports: this.#exportsOf(file),
    }));
  }

  /** @param {Entry} entry */
  report(entry) {
    const writer = new Writer(this, entry);
    const exported = [...entry.exports]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, symbol]) => this.#exportOf(entry, name, symbol, writer));
    const hidden = writer.rest();
    return [
      `# API of \`${entry.specifier}\``,
      'Made by `npm run check:api -- --update`: do not edit.',
      '```ts',
      ...writer.imports(),
      ...exported,
      ...(hidden.length > 0 ? ['// Not exported, and part of what is:', ...hidden] : []),
      '```\n',
    ]
      .join('\n\n')
      .replace('```ts\n\n', '```ts\n')
      .replace(/\n\n```\n$/, '\n```\n');
  }

  /**
   * The entry that others are said to have it from: the first one that exports it.
   * @param {ts.Symbol} symbol
   */
  ownerOf(symbol) {
    return this.entries.find(({ exports }) => [...exports.values()].includes(symbol));
  }

  /**
   * What an identifier stands for: something that the package declares at the top of a file, or imports from elsewhere.
   * @param {ts.Node} identifier
   * @returns {{ symbol: ts.Symbol } | { imported: string, from: string } | undefined}
   */
  meaningOf(identifier) {
    const symbol = this.#checker.getSymbolAtLocation(identifier);
    const declaration = symbol?.declarations?.[0];
    if (symbol === undefined || declaration === undefined) return undefined;
    const from = specifierOf(declaration);
    if (from !== undefined && !from.startsWith('.')) return { imported: declaration.getText(), from };
    const target = this.#resolved(symbol);
    return target.declarations?.some((found) => this.#isAtTop(found)) ? { symbol: target } : undefined;
  }

  /** @param {string} file */
  #exportsOf(file) {
    const source = this.#program.getSourceFile(file);
    const module = source && this.#checker.getSymbolAtLocation(source);
    if (module === undefined) throw new Error(`${file} is no module: build the package first.`);
    const found = this.#checker.getExportsOfModule(module);
    return new Map(found.map((symbol) => [symbol.name, this.#resolved(symbol)]));
  }

  /**
   * @param {Entry} entry
   * @param {string} name
   * @param {ts.Symbol} symbol
   * @param {Writer} writer
   */
  #exportOf(entry, name, symbol, writer) {
    const owner = this.ownerOf(symbol) ?? entry;
    const first = nameIn(owner, symbol) ?? name;
    if (owner === entry && first === name) return writer.write(symbol, 'export ');
    const names = first === name ? name : `${first} as ${name}`;
    return owner === entry ? `export { ${names} };` : `export { ${names} } from '${owner.specifier}';`;
  }

  /** @param {ts.Symbol} symbol */
  #resolved(symbol) {
    return symbol.flags & ts.SymbolFlags.Alias ? this.#checker.getAliasedSymbol(symbol) : symbol;
  }

  /** @param {ts.Declaration} declaration */
  #isAtTop(declaration) {
    const statement = ts.isVariableDeclaration(declaration) ? declaration.parent.parent : declaration;
    return ts.isSourceFile(statement.parent) && !this.#program.isSourceFileFromExternalLibrary(statement.parent);
  }
}

/** Writes declarations of one report, and knows what else they speak of. */
class Writer {
  #api;
  #entry;
  #printer = ts.createPrinter({ removeComments: true, newLine: ts.NewLineKind.LineFeed });
  /** @type {Map<string, Set<string>>} */
  #imports = new Map();
  /** @type {Set<ts.Symbol>} */
  #hidden = new Set();

  /**
   * @param {Api} api
   * @param {Entry} entry
   */
  constructor(api, entry) {
    this.#api = api;
    this.#entry = entry;
  }

  /**
   * @param {ts.Symbol} symbol
   * @param {string} prefix
   */
  write(symbol, prefix = '') {
    return (symbol.declarations ?? []).map((declaration) => prefix + this.#declaration(declaration)).join('\n');
  }

  /** What nobody can import, but what is exported is made of: written as well, since a change of it is a change of the API. */
  rest() {
    /** @type {Map<ts.Symbol, string>} */
    const texts = new Map();
    // It grows while it is walked.
    for (const symbol of this.#hidden) texts.set(symbol, this.write(symbol));
    return [...texts.values()].sort();
  }

  /** @returns {string[]} */
  imports() {
    const lines = [...this.#imports].map(
      ([from, names]) => `import { ${[...names].sort().join(', ')} } from '${from}';`,
    );
    return lines.length > 0 ? [lines.sort().join('\n')] : [];
  }

  /** @param {ts.Declaration} declaration */
  #declaration(declaration) {
    const { transformed } = ts.transform(declaration, [
      (context) => (root) => {
        /** @type {(node: ts.Node) => ts.Node} */
        const visit = (node) => this.#named(node) ?? sorted(ts.visitEachChild(node, visit, context), context.factory);
        return bare(/** @type {ts.Declaration} */ (visit(root)), context.factory);
      },
    ]);
    const [node = declaration] = transformed;
    const source = declaration.getSourceFile();
    const print = (/** @type {ts.Node} */ part) => this.#printer.printNode(ts.EmitHint.Unspecified, part, source);
    const text = ts.isVariableDeclaration(node) ? `const ${print(node)};` : print(node);
    return text.length > 120 && ts.isTypeAliasDeclaration(node) && ts.isUnionTypeNode(node.type)
      ? `${text.slice(0, text.indexOf(' = '))} =${node.type.types.map((type) => `\n    | ${print(type)}`).join('')};`
      : text;
  }

  /**
   * An identifier by the name that the users of this entry point know it by; undefined for any other node.
   * @param {ts.Node} node
   */
  #named(node) {
    if (!ts.isIdentifier(node)) return undefined;
    const meaning = this.#api.meaningOf(node);
    if (meaning === undefined) return node;
    if ('from' in meaning) return this.#import(meaning.imported, meaning.from, node);
    return ts.factory.createIdentifier(this.#nameOf(meaning.symbol));
  }

  /** @param {ts.Symbol} symbol */
  #nameOf(symbol) {
    const own = nameIn(this.#entry, symbol);
    if (own !== undefined) return own;
    const owner = this.#api.ownerOf(symbol);
    const name = owner && nameIn(owner, symbol);
    if (name !== undefined) return this.#import(name, owner?.specifier ?? '', name);
    this.#hidden.add(symbol);
    // Of two that have one name, a bundler calls one of them Name$1.
    return symbol.name.replace(/\$\d+$/, '');
  }

  /**
   * @template T
   * @param {string} name
   * @param {string} from
   * @param {T} given
   */
  #import(name, from, given) {
    this.#imports.set(from, (this.#imports.get(from) ?? new Set()).add(name));
    return given;
  }
}

/**
 * @param {Entry} entry
 * @param {ts.Symbol} symbol
 */
function nameIn({ exports }, symbol) {
  return [...exports]
    .filter(([, found]) => found === symbol)
    .map(([name]) => name)
    .sort()[0];
}

/**
 * Where an import is from.
 * @param {ts.Node} node
 */
function specifierOf(node) {
  const statement = ts.findAncestor(node, ts.isImportDeclaration);
  return statement && ts.isStringLiteral(statement.moduleSpecifier) ? statement.moduleSpecifier.text : undefined;
}

/**
 * Members by their names. What has none comes first: how a thing is constructed, called and indexed. Overloads stay in their order, which
 * matters.
 *
 * @param {ts.Node} node
 * @param {ts.NodeFactory} factory
 */
function sorted(node, factory) {
  if (ts.isTypeLiteralNode(node)) return factory.updateTypeLiteralNode(node, inOrder(node.members, factory));
  if (ts.isInterfaceDeclaration(node)) {
    const { modifiers, name, typeParameters, heritageClauses, members } = node;
    const ordered = inOrder(members, factory);
    return factory.updateInterfaceDeclaration(node, modifiers, name, typeParameters, heritageClauses, ordered);
  }
  if (ts.isClassDeclaration(node)) {
    const { modifiers, name, typeParameters, heritageClauses, members } = node;
    const ordered = inOrder(members, factory);
    return factory.updateClassDeclaration(node, modifiers, name, typeParameters, heritageClauses, ordered);
  }
  return node;
}

/**
 * @template {ts.TypeElement | ts.ClassElement} T
 * @param {ts.NodeArray<T>} members
 * @param {ts.NodeFactory} factory
 */
function inOrder(members, factory) {
  const keyOf = (/** @type {T} */ { name }) => (name === undefined ? '' : textOf(name));
  const keyed = members.map((member) => ({ member, key: keyOf(member) }));
  keyed.sort((a, b) => (a.key === b.key ? 0 : a.key < b.key ? -1 : 1));
  return factory.createNodeArray(keyed.map(({ member }) => member));
}

/** @param {ts.PropertyName} name */
function textOf(name) {
  return ts.isComputedPropertyName(name) ? ts.getOriginalNode(name).getText() : name.text;
}

const unsaid = [ts.SyntaxKind.ExportKeyword, ts.SyntaxKind.DeclareKeyword, ts.SyntaxKind.DefaultKeyword];

/**
 * Without `export` and `declare`, which are up to how it was bundled.
 * @param {ts.Declaration} node
 * @param {ts.NodeFactory} factory
 * @returns {ts.Declaration}
 */
function bare(node, factory) {
  if (ts.isVariableDeclaration(node)) return node;
  if (
    ts.isClassDeclaration(node) ||
    ts.isInterfaceDeclaration(node) ||
    ts.isTypeAliasDeclaration(node) ||
    ts.isFunctionDeclaration(node)
  ) {
    const modifiers = node.modifiers?.filter(({ kind }) => !unsaid.includes(kind));
    return /** @type {ts.Declaration} */ (factory.replaceModifiers(node, /** @type {ts.Modifier[]} */ (modifiers)));
  }
  throw new Error(`An export is a ${ts.SyntaxKind[node.kind]}: scripts/api/report.mjs has to learn how to write that.`);
}
