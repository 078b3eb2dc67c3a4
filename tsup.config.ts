import { defineConfig, type Options } from 'tsup';

/**
 * Pages are served `client.js` alone: what the command line needs of the client it takes from there, so that no chunk has to hold what
 * both need.
 */
const clientInOneFile: NonNullable<Options['esbuildPlugins']>[number] = {
  name: 'client-in-one-file',
  setup({ onResolve }) {
    onResolve({ filter: /[\\/]client[\\/]index\.js$/ }, ({ importer }) =>
      /[\\/]src[\\/]cli[\\/]/.test(importer) ? { path: './client.js', external: true } : undefined,
    );
  },
};

export default defineConfig({
  // One entry per public entry point (see `exports` in package.json), and the command line.
  entry: {
    index: 'src/index.ts',
    tcp: 'src/transports/tcp/index.ts',
    websocket: 'src/transports/websocket/index.ts',
    sqlite: 'src/engines/sqlite/index.ts',
    redis: 'src/engines/redis/index.ts',
    client: 'src/client/index.ts',
    testing: 'src/testing/index.ts',
    metrics: 'src/metrics/index.ts',
    tracing: 'src/tracing/index.ts',
    cli: 'src/cli/main.ts',
  },
  format: ['esm'],
  target: 'node20',
  // Entry points share chunks, so that a `ChatError` from 'chathub' is the same class in 'chathub/tcp'.
  splitting: true,
  esbuildPlugins: [clientInOneFile],
  // A few small functions that would be a whole dependency for every user: bundled, see THIRD-PARTY-NOTICES.md.
  noExternal: ['@noble/hashes'],
  // Keep `node:net`; tsup shortens it to `net` otherwise.
  removeNodeProtocol: false,
  sourcemap: true,
  clean: true,
  // tsup still sets `baseUrl` when it makes declarations, which TypeScript 6 calls deprecated.
  dts: { compilerOptions: { ignoreDeprecations: '6.0' } },
});
