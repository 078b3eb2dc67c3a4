import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { importProblems } from '../../scripts/import-rules.mjs';

/** What the rules object to in a tree of these files. */
async function objections(tree: Record<string, string>): Promise<string[]> {
  const root = await mkdtemp(path.join(tmpdir(), 'chathub-imports-'));
  try {
    for (const [file, text] of Object.entries(tree)) {
      await mkdir(path.dirname(path.join(root, file)), { recursive: true });
      await writeFile(path.join(root, file), text);
    }
    return importProblems(root);
  } finally {
    await rm(root, { recursive: true });
  }
}

describe('the import rules', () => {
  it('accept a tree that keeps to the layout', async () => {
    expect(
      await objections({
        'src/index.ts': `export { ChatHub } from './hub/hub.js'; export { lines } from './protocols/lines/index.js';`,
        'src/hub/hub.ts': `import { memory } from '../engines/memory.js'; import { key } from './key.js';`,
        'src/hub/key.ts': `import { sha256 } from '@noble/hashes/sha2.js';`,
        'src/model/emitter.ts': `import { EventEmitter } from 'eventemitter3';`,
        'src/ports/engine.ts': `import type { Entry } from '../model/entry.js';`,
        'src/protocols/lines/index.ts': `import './parse.js'; import '../../ports/protocol.js';`,
        'src/engines/memory.ts': `import './memory/log.js';`,
        'src/engines/redis/index.ts': `import { Redis } from 'ioredis'; import '../../ports/engine.js';`,
        'src/transports/tcp/index.ts': `import net from 'node:net'; import '../../protocols/lines/index.js';`,
        'src/testing/index.ts': `import '../index.js'; import '../transports/memory.js';`,
        'src/cli/main.ts': `import '../transports/tcp/index.js'; import '../../package.json'; process.exit(0);`,
      }),
    ).toEqual([]);
  });

  it.each([
    ['src/model/a.ts', '../ports/b.js', 'src/ports/b.ts: model may import model only'],
    ['src/ports/a.ts', '../hub/b.js', 'src/hub/b.ts: ports may import ports and model only'],
    ['src/hub/a.ts', '../engines/memory.js', 'src/engines/memory.ts: hub may import hub, ports, and model only'],
    [
      'src/hub/hub.ts',
      '../engines/memory/log.js',
      'src/engines/memory/log.ts: hub may import hub, ports, and model only',
    ],
    [
      'src/protocols/lines/a.ts',
      '../json/b.js',
      'src/protocols/json/b.ts: protocols/lines may import protocols/lines, ports, and model only',
    ],
    [
      'src/engines/redis/a.ts',
      '../memory.js',
      'src/engines/memory.ts: engines/redis may import engines/redis, ports, model, and engines/shared only',
    ],
    [
      'src/transports/tcp/a.ts',
      '../memory.js',
      'src/transports/memory.ts: transports/tcp may import transports/tcp, ports, model, protocols, and transports/shared only',
    ],
    ['src/client/a.ts', '../ports/b.js', 'src/ports/b.ts: client may import client and model only'],
    [
      'src/cli/a.ts',
      '../hub/hub.js',
      'src/hub/hub.ts: cli may import cli, public entries, transports/shared, and src/protocols/lines/terminal-text.ts only',
    ],
    ['src/hub/a.ts', '../../test/b.js', 'test/b.ts: hub may import hub, ports, and model only'],
    ['src/hub/a.ts', 'node:net', 'node:net: hub runs wherever JavaScript runs and may import @noble/hashes only'],
    ['src/ports/a.ts', 'eventemitter3', 'eventemitter3: ports runs wherever JavaScript runs and may import no package'],
    ['src/cli/a.ts', '@noble/hashes/sha2.js', '@noble/hashes/sha2.js: hub alone may import @noble/hashes'],
    ['src/cli/a.ts', 'chathub/tcp', 'chathub/tcp: inside src, files are imported by their path'],
  ])('refuse that %s imports %s', async (file, specifier, objection) => {
    expect(await objections({ [file]: `\nimport '${specifier}';` })).toEqual([`${file}:2 imports ${objection}`]);
  });

  it.each([
    `import type { B } from '../hub/b.js';`,
    `export type { B } from '../hub/b.js';`,
    `export const b = (): Promise<unknown> => import('../hub/b.js');`,
    `export type B = import('../hub/b.js').B;`,
    `import b = require('../hub/b.js');`,
  ])('see %s', async (text) => {
    expect(await objections({ 'src/model/a.ts': text })).toEqual([
      'src/model/a.ts:1 imports src/hub/b.ts: model may import model only',
    ]);
  });

  it('refuse a cycle, even of types', async () => {
    expect(
      await objections({
        'src/hub/a.ts': `import { b } from './b.js';`,
        'src/hub/b.ts': `import { c } from './c.js';`,
        'src/hub/c.ts': `import type { A } from './a.js';`,
      }),
    ).toEqual([
      'src/hub/c.ts:1 imports src/hub/a.ts: a cycle, src/hub/a.ts > src/hub/b.ts > src/hub/c.ts > src/hub/a.ts',
    ]);
  });

  it("refuse Node's globals where JavaScript runs without Node", async () => {
    expect(
      await objections({
        'src/protocols/json/a.ts': `export const a = Buffer.from('');\nexport const b = globalThis.process;`,
        'src/transports/tcp/a.ts': `export const a = Buffer.from('');`,
      }),
    ).toEqual([
      'src/protocols/json/a.ts:1 mentions Buffer: protocols/json runs wherever JavaScript runs',
      'src/protocols/json/a.ts:2 mentions process: protocols/json runs wherever JavaScript runs',
    ]);
  });

  it('refuse a file that is in no part of the layout', async () => {
    expect(await objections({ 'src/util/a.ts': '' })).toEqual([
      'src/util/a.ts:1 is in no part that scripts/import-rules.mjs knows',
    ]);
  });
});
