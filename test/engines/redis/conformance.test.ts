import { Cluster } from 'ioredis';
import { afterAll, describe, it } from 'vitest';
import { missingTools } from '../../../scripts/system-tools.mjs';
import { redis } from '../../../src/engines/redis/index.js';
import type { OpenEngine } from '../../../src/index.js';
import { type EngineSetUp, engineConformance } from '../../../src/testing/index.js';
import { CutProxy } from './cut-proxy.js';
import { RedisCluster, RedisServer } from './server.js';

let started: Promise<RedisServer> | undefined;
let checks = 0;

/** One server for all checks, a prefix for each; each node has a way of its own. */
async function setUp(): Promise<EngineSetUp> {
  started ??= RedisServer.start();
  const server = await started;
  const prefix = `check${++checks}:`;
  const ways = new Map<OpenEngine, CutProxy>();
  return {
    async open(context) {
      const way = await CutProxy.to(server.port);
      const engine = await redis({ url: way.url, prefix }).open(context);
      ways.set(engine, way);
      return engine;
    },
    async outage() {
      for (const way of ways.values()) way.cut();
      return async () => {
        for (const way of ways.values()) way.mend();
      };
    },
    async kill(engine) {
      ways.get(engine)?.cut();
    },
    async tearDown() {
      for (const [engine, way] of ways) {
        await engine.close();
        await way.close();
      }
    },
  };
}

let startedCluster: Promise<RedisCluster> | undefined;

/** The same over a Cluster: each node has a way of its own to each server. */
async function setUpCluster(): Promise<EngineSetUp> {
  startedCluster ??= RedisCluster.start();
  const { servers } = await startedCluster;
  const prefix = `check${++checks}:`;
  const ways = new Map<OpenEngine, readonly CutProxy[]>();
  const clients: Cluster[] = [];
  const cut = (way: readonly CutProxy[]): void => {
    for (const proxy of way) proxy.cut();
  };
  const places = (way: readonly CutProxy[]) => way.map(({ port }) => ({ host: '127.0.0.1', port }));
  return {
    async open(context) {
      const way = await Promise.all(servers.map(({ port }) => CutProxy.to(port)));
      const natMap = Object.fromEntries(
        servers.map(({ port }, index) => [`127.0.0.1:${port}`, places(way)[index] as { host: string; port: number }]),
      );
      const client = new Cluster(places(way), { natMap, lazyConnect: true, slotsRefreshTimeout: 2_000 });
      clients.push(client);
      const engine = await redis({ client, prefix }).open(context);
      ways.set(engine, way);
      return engine;
    },
    async outage() {
      for (const way of ways.values()) cut(way);
      return async () => {
        for (const way of ways.values()) for (const proxy of way) proxy.mend();
      };
    },
    async kill(engine) {
      cut(ways.get(engine) ?? []);
    },
    async tearDown() {
      for (const [engine, way] of ways) {
        await engine.close();
        for (const proxy of way) await proxy.close();
      }
      for (const client of clients) client.disconnect();
    },
  };
}

describe.skipIf(missingTools().includes('redis-server'))('the Redis engine', () => {
  const options = { nodes: 'many', bounds: ['history'], faults: ['outage', 'kill'] } as const;
  afterAll(async () => {
    await (await started)?.end();
    await (await startedCluster)?.end();
  });

  describe('with one server', () => {
    for (const { name, run } of engineConformance({ ...options, setUp })) it(name, run, 60_000);
  });

  describe('with a Cluster of three', () => {
    for (const { name, run } of engineConformance({ ...options, setUp: setUpCluster })) it(name, run, 60_000);
  });
});
