import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Plugin } from 'esbuild';

const root = fileURLToPath(new URL('../../../', import.meta.url));

/** The sources of the package, as they are here. */
export const ownSources = path.join(root, 'src');

const entryPoints: { readonly [name: string]: string } = {
  chathub: 'index.ts',
  'chathub/redis': 'engines/redis/index.ts',
  'chathub/tcp': 'transports/tcp/index.ts',
  'chathub/websocket': 'transports/websocket/index.ts',
};

/**
 * Makes one file of the program of a node: nodes start often, and one has little memory, in which a compiler has no place.
 *
 * @param sources - of the package: a copy of them may have faults of its own
 * @returns where it is
 */
export async function buildNode(folder: string, sources: string): Promise<string> {
  const file = path.join(folder, 'node.mjs');
  const named: Plugin = {
    name: 'entry points by name',
    setup(made) {
      made.onResolve({ filter: /^chathub(\/|$)/ }, ({ path: name }) => ({
        path: path.join(sources, entryPoints[name]!),
      }));
    },
  };
  await build({
    entryPoints: [fileURLToPath(new URL('program.ts', import.meta.url))],
    outfile: file,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    sourcemap: 'inline',
    plugins: [named],
    nodePaths: [path.join(root, 'node_modules')],
    // ioredis is CommonJS.
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
    logLevel: 'warning',
  });
  return file;
}
