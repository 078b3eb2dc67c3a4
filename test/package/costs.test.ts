import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { beforeAll, expect, test } from 'vitest';
import { compare, type Figures, type Kind } from '../../scripts/costs/compare.mjs';
import { measure } from '../../scripts/costs/measure.mjs';

const repository = path.resolve(import.meta.dirname, '../..');

/** Processes are started, and most of what they count takes seconds where others want the machine, too. */
const patience = 120_000;

/**
 * What is counted of the package as it is built, but that each write to a WebSocket does more than it should: `plant` has the
 * connection as `this`, and the bytes.
 */
async function costsWith(plant: string, kinds: readonly string[]): Promise<Figures> {
  const folder = await mkdtemp(path.join(tmpdir(), 'chathub-planted-'));
  try {
    await plantInto(folder, plant);
    return (await measure(folder, new Set(kinds))).figures;
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function plantInto(folder: string, plant: string): Promise<void> {
  const built = (name: string) => JSON.stringify(pathToFileURL(path.join(repository, 'dist', name)).href);
  const files = {
    'package.json': JSON.stringify({
      name: 'chathub',
      type: 'module',
      exports: { '.': './index.js', './tcp': './tcp.js', './websocket': './websocket.js' },
    }),
    'index.js': `export * from ${built('index.js')};`,
    'tcp.js': `export * from ${built('tcp.js')};`,
    'websocket.js': `
      import { webSocket as original } from ${built('websocket.js')};
      const kept = [];
      export function webSocket(options) {
        const transport = original(options);
        const { start } = transport;
        transport.start = (accept, context) => start.call(transport, (connection) => {
          const { write } = connection;
          connection.write = function (bytes) { ${plant} write.call(this, bytes); };
          return accept(connection);
        }, context);
        return transport;
      }`,
  };
  for (const [name, text] of Object.entries(files)) await writeFile(path.join(folder, name), text);
}

let sound: Figures;
beforeAll(async () => {
  sound = await costsWith('', ['writes', 'calls', 'bytes']);
}, patience);

test.each<{ what: string; plant: string; kind: Kind; figure: string }>([
  {
    what: 'a second write for each member',
    plant: 'write.call(this, bytes.subarray(0, 2)); bytes = bytes.subarray(2);',
    kind: 'writes',
    figure: 'WebSocket, JSON: 10 at once to 100 others',
  },
  {
    what: 'a few bytes more for each member',
    plant: 'bytes = Buffer.concat([bytes, Buffer.alloc(30, "\\x8a\\0")]);',
    kind: 'sent',
    figure: 'WebSocket, JSON: 1 at once to 100 others',
  },
  {
    what: 'functions called for each member',
    plant: 'const nothing = () => undefined; for (let call = 0; call < 4; call++) nothing();',
    kind: 'calls',
    figure: 'WebSocket, JSON: each delivery',
  },
  {
    what: 'an object made for each member',
    plant: 'kept[0] = { bytes, at: 0, next: undefined };',
    kind: 'bytes',
    figure: 'WebSocket, JSON: each delivery',
  },
  {
    what: 'JSON made for each member',
    plant: 'JSON.stringify({ type: "message", to: this.remoteAddress });',
    kind: 'bytes',
    figure: 'WebSocket, JSON: each delivery',
  },
  {
    what: 'a copy of the bytes made for each member',
    plant: 'bytes = new Uint8Array(bytes);',
    kind: 'bytes',
    figure: 'WebSocket, JSON: each further delivery of a burst',
  },
])('costs rise by $what', { timeout: patience }, async ({ plant, kind, figure }) => {
  const figures = await costsWith(plant, [kind === 'sent' ? 'writes' : kind]);
  const rose = compare(sound, figures).filter(({ verdict }) => verdict === 'rose');
  expect(rose.map((row) => `${row.kind}: ${row.name}`)).toContain(`${kind}: ${figure}`);
});
