import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { missingTools } from './scripts/system-tools.mjs';

const source = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** The entry points by name, as in `paths` of tsconfig.json. Without one here, its tests would quietly run over dist/. */
export const sources = [
  { find: /^chathub$/, replacement: source('src/index.ts') },
  { find: /^chathub\/tcp$/, replacement: source('src/transports/tcp/index.ts') },
  { find: /^chathub\/websocket$/, replacement: source('src/transports/websocket/index.ts') },
  { find: /^chathub\/sqlite$/, replacement: source('src/engines/sqlite/index.ts') },
  { find: /^chathub\/redis$/, replacement: source('src/engines/redis/index.ts') },
  { find: /^chathub\/client$/, replacement: source('src/client/index.ts') },
  { find: /^chathub\/testing$/, replacement: source('src/testing/index.ts') },
  { find: /^chathub\/metrics$/, replacement: source('src/metrics/index.ts') },
  { find: /^chathub\/tracing$/, replacement: source('src/tracing/index.ts') },
];

// These see the package as its users do: they import the built dist/ through the `exports` of package.json.
const onDist = ['test/package/**', 'test/types/**'];

const overRedis = [
  ...['json-session*', 'json-over-tcp', 'resume'].map((name) => `test/integration/${name}.test.ts`),
  ...['amending', 'looking-back', 'random', 'reading'].map((name) => `test/client/${name}.test.ts`),
];
const hasRedis = !missingTools().includes('redis-server');

export default defineConfig({
  test: {
    // One process per test file: a suite that opens sockets or ends badly cannot disturb its neighbours.
    pool: 'forks',
    // Many wait for what takes its time, such as a lease that runs out: two at once even where there are two cores.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    testTimeout: 30_000,
    hookTimeout: 30_000,
    // What is waited for comes in milliseconds, except on a machine with other things to do.
    expect: { poll: { timeout: 20_000 } },
    // The JSON report is what scripts/test-totals.mjs counts.
    reporters: process.env.CI ? ['default', 'json'] : ['default'],
    outputFile: { json: '.cache/test-report.json' },
    coverage: { provider: 'v8', include: ['src/**/*.ts'], reporter: ['text', 'html'] },
    projects: [
      {
        extends: true,
        test: { name: 'source', include: ['test/**/*.test.ts'], exclude: onDist },
        resolve: { alias: sources },
      },
      {
        extends: true,
        // The hub's tests once more, over an engine that is late and does things in another order.
        test: {
          name: 'faults',
          include: ['test/hub/*.test.ts'],
          // These have faults of their own, or no engine.
          exclude: ['faults', 'faults-found', 'options', 'tape'].map((name) => `test/hub/${name}.test.ts`),
          setupFiles: ['test/setup/faulty-memory.ts'],
        },
        resolve: { alias: sources },
      },
      {
        extends: true,
        // What clients see of one process they must see of a chat in Redis, too.
        test: { name: 'redis', include: hasRedis ? overRedis : [], setupFiles: ['test/setup/redis-memory.ts'] },
        resolve: { alias: sources },
      },
      {
        extends: true,
        test: {
          name: 'package',
          include: onDist.map((folder) => `${folder}/*.test.ts`),
          server: { deps: { external: [/\/dist\//] } },
        },
      },
    ],
  },
});
