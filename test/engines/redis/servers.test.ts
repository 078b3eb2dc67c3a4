import { Redis } from 'ioredis';
import { describe, expect, it, onTestFinished } from 'vitest';
import { missingTools } from '../../../scripts/system-tools.mjs';
import { until } from '../../../src/testing/checks.js';
import { appendAll, message, readAll, Tape } from '../../../src/testing/engine-kit/tape.js';
import { Node, pause, refusal, startRedis } from './lab.js';
import { freePort, RedisServer } from './server.js';

/** What it says of its replication; nothing while it cuts its connections, as it does when it becomes another. */
async function replicationOf(server: RedisServer): Promise<string> {
  return server.ask('INFO', 'replication').then(String, () => '');
}

async function replicaOf(primary: RedisServer): Promise<RedisServer> {
  const replica = await startRedis('--replicaof', '127.0.0.1', String(primary.port), '--repl-diskless-sync-delay', '0');
  await until('the replica', async () => /state=online/.test(await replicationOf(primary)), 20_000);
  return replica;
}

describe.skipIf(missingTools().includes('redis-server'))('a Redis', () => {
  it('with a replica: what is acknowledged is on it, and without it nothing is, while all else goes on', {
    timeout: 60_000,
  }, async () => {
    const primary = await startRedis();
    const replica = await replicaOf(primary);
    const node = await Node.open(primary, { minReplicas: 1 });
    await node.session('ann', ['lobby']);
    await appendAll(node.engine, 'lobby', 'copied');
    const tape = await Tape.of(node.engine, 'lobby');
    expect(await replica.ask('LLEN', 'chathub:{lobby}:log')).toBe(1);
    await replica.stop();
    const calls = Array.from({ length: 20 }, (_, n) => node.log.append('lobby', message(`m${n}`, { key: `k${n}` })));
    const refused = await refusal(calls[0] as Promise<unknown>);
    expect(refused).toMatchObject({ code: 'ENGINE_UNAVAILABLE', message: 'It is not on enough replicas yet.' });
    expect((await Promise.allSettled(calls)).every(({ status }) => status === 'rejected')).toBe(true);
    for (let n = 0; n < 5; n++) {
      const late = refusal(node.log.append('lobby', message(`late${n}`)));
      // Presence, reading and the lease do not wait for replicas.
      expect((await node.presence.list('lobby')).members).toHaveLength(1);
      await late;
    }
    expect(node.states.filter(({ state }) => state === 'down')).toEqual([]);
    await replica.start();
    await until('the replica', async () => /state=online/.test(await replicationOf(primary)), 20_000);
    // It was stored all the same: the repeat with its key is told so, once it is copied.
    await expect.poll(() => node.log.append('lobby', message('m0', { key: 'k0' }))).toMatchObject({ duplicate: true });
    await tape.heard('m0');
    tape.assertSeamless(1);
  });

  it('says how it keeps what it is given, and what endangers that', async () => {
    const loose = await Node.open(await startRedis('--maxmemory-policy', 'allkeys-lru'));
    expect(loose.engine.durability).toBe('stored');
    expect(loose.engine.warnings).toMatchObject([
      expect.stringContaining('appendonly'),
      expect.stringContaining('noeviction'),
    ]);
    const every = await Node.open(await startRedis('--appendonly', 'yes'));
    expect([every.engine.durability, every.engine.warnings]).toEqual(['stored', []]);
    const always = await Node.open(await startRedis('--appendonly', 'yes', '--appendfsync', 'always'));
    expect(always.engine.durability).toBe('synced');
  });

  it('that can not be reached says why, and nothing of its password', async () => {
    const port = await freePort();
    const gone = await refusal(Node.open({ url: `redis://:secret@127.0.0.1:${port}` }));
    expect(gone).toMatchObject({ code: 'ENGINE_UNAVAILABLE', message: 'Redis can not be reached (ECONNREFUSED).' });
    const guarded = await startRedis('--requirepass', 'right');
    const wrong = await refusal(Node.open({ url: `redis://:secret@127.0.0.1:${guarded.port}` }));
    expect(wrong.message).toMatch(/WRONGPASS|invalid/);
    expect(wrong.message).not.toContain('secret');
    const node = await Node.open({ url: `redis://:right@127.0.0.1:${guarded.port}` });
    await appendAll(node.engine, 'lobby', 'a');
  }, 40_000);

  it('is shared by chats of other prefixes and databases, which hear nothing of each other', async () => {
    const server = await startRedis();
    const places = [{ url: server.url }, { url: `${server.url}/1` }];
    const nodes = [
      await Node.open(places[0]!),
      await Node.open(places[1]!),
      await Node.open(places[0]!, { prefix: 'other:' }),
    ];
    const heard: unknown[][] = [[], [], []];
    for (const [index, { engine }] of nodes.entries())
      await engine.signals.subscribe('room/lobby', (payload) => void heard[index]?.push(payload));
    const tapes = await Promise.all(nodes.map(({ engine }) => Tape.of(engine, 'lobby')));
    for (const [index, { engine }] of nodes.entries()) {
      await appendAll(engine, 'lobby', `m${index}`);
      await engine.signals.publish('room/lobby', index);
    }
    for (const [index, tape] of tapes.entries()) await tape.heard(`m${index}`);
    await until('the signals', () => heard.every((one) => one.length > 0));
    expect(heard).toEqual([[0], [1], [2]]);
    expect(tapes.map(({ ids }) => ids)).toEqual([['m0'], ['m1'], ['m2']]);
  });

  it('with Sentinels: a failover to its replica is gone through, and what was acknowledged and copied is there', {
    timeout: 150_000,
  }, async () => {
    const primary = await startRedis();
    const replica = await replicaOf(primary);
    const sentinel = await startSentinel(primary.port);
    const client = new Redis({
      sentinels: [{ host: '127.0.0.1', port: sentinel }],
      name: 'chat',
      lazyConnect: true,
      sentinelRetryStrategy: () => 200,
    });
    onTestFinished(() => client.disconnect());
    client.on('error', () => undefined);
    const node = await Node.open(primary, { client, minReplicas: 1 });
    await node.session('ann', ['lobby']);
    const tape = await Tape.of(node.engine, 'lobby');
    await appendAll(node.engine, 'lobby', 'before');
    await primary.stop();
    await until('the node to know', () => node.state === 'down', 10_000);
    await until('the failover', async () => /role:master/.test(await replicationOf(replica)), 40_000);
    // It has no replica of its own now: what is not copied is not acknowledged, but it is there.
    const after = () => node.log.append('lobby', message('after', { key: 'after' })).catch(() => undefined);
    await until(
      'the entry',
      async () => {
        await after();
        return tape.ids.includes('after');
      },
      80_000,
    );
    expect((await readAll(node.engine, 'lobby')).map(({ id }) => id)).toEqual(['before', 'after']);
    expect((await node.presence.list('lobby')).members).toHaveLength(1);
    tape.assertSeamless(0);
  });
});

async function startSentinel(primary: number): Promise<number> {
  const server = await RedisServer.sentinel(
    `sentinel monitor chat 127.0.0.1 ${primary} 1`,
    'sentinel down-after-milliseconds chat 1000',
    'sentinel failover-timeout chat 3000',
  );
  onTestFinished(() => server.end());
  await until(
    'the replica to be known',
    async () => {
      const known = (await server.ask('SENTINEL', 'REPLICAS', 'chat')) as unknown[];
      if (known.length === 0) await pause(100);
      return known.length > 0;
    },
    20_000,
  );
  return server.port;
}
