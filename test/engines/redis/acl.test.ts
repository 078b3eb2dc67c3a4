import { readFileSync } from 'node:fs';
import { Cluster } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, test } from 'vitest';
import { missingTools } from '../../../scripts/system-tools.mjs';
import { redis } from '../../../src/engines/redis/index.js';
import { logScripts } from '../../../src/engines/redis/scripts/log.js';
import { presence } from '../../../src/engines/redis/scripts/presence.js';
import { probe, publish } from '../../../src/engines/redis/scripts/publish.js';
import { stateScripts } from '../../../src/engines/redis/scripts/state.js';
import { ChatHub } from '../../../src/index.js';
import { engineConformance } from '../../../src/testing/index.js';
import { startRedis } from './lab.js';
import { RedisCluster, RedisServer } from './server.js';

/** What the guide gives to a user of Redis, as `ACL SETUSER` takes it. */
const rules = guideRules();
const password = 'of this test';

function guideRules(): readonly string[] {
  const [, command = ''] =
    /\nredis-cli ACL SETUSER chathub ((?:.*\\\n)*.*)\n/.exec(readFileSync('docs/scaling.md', 'utf8')) ?? [];
  return Array.from(command.matchAll(/'[^']*'|[^\s\\]+/g), ([word]) => word.replaceAll("'", '')).filter(
    (word) => !word.startsWith('>'),
  );
}

/** The commands that scripts call by name. */
function calledByScripts(): readonly string[] {
  const scripts = [...logScripts, ...stateScripts, ...Object.values(presence), publish, probe];
  const called = scripts.flatMap(({ lua }) =>
    Array.from(lua.matchAll(/redis\.call\('(\w+)'/g), ([, name = '']) => name),
  );
  return [...new Set(called)].map((name) => name.toLowerCase()).sort();
}

async function giveRights(server: RedisServer, more: readonly string[] = []): Promise<void> {
  await server.ask('ACL', 'SETUSER', 'chathub', 'reset', `>${password}`, ...rules, ...more);
}

/** The server, as somebody with these rights comes to it. */
function urlOf({ port }: RedisServer): string {
  return `redis://chathub:${encodeURIComponent(password)}@127.0.0.1:${port}`;
}

/** What was refused: command, in a script or not. */
async function refusedBy(server: RedisServer): Promise<readonly string[]> {
  const log = (await server.ask('ACL', 'LOG', '100')) as (string | number)[][];
  return log.map((entry) => `${entry[5]} (${entry[7]}, ${entry[3]})`);
}

test('the guide gives the commands that the scripts call, and of the others those that the engine sends', () => {
  const commands = rules.filter((rule) => rule.startsWith('+')).map((rule) => rule.slice(1));
  const sent = ['client|setname', 'config|get', 'evalsha', 'info', 'ping', 'scan', 'script|load'];
  const heard = ['publish', 'spublish', 'ssubscribe', 'subscribe', 'sunsubscribe', 'unsubscribe'];
  expect(commands.toSorted()).toEqual([...calledByScripts(), ...sent, ...heard].toSorted());
});

describe.skipIf(missingTools().includes('redis-server'))('a user with these rights', () => {
  let server: RedisServer;
  let chats = 0;
  /** Is there as long as the tests: what a hub does only now and then comes, too. */
  let lasting: ChatHub;
  beforeAll(async () => {
    server = await RedisServer.start('--appendonly', 'yes');
    await giveRights(server);
    await server.ask('CONFIG', 'RESETSTAT');
    lasting = new ChatHub({ engine: redis({ url: urlOf(server) }) });
    await lasting.room('lobby').send('hello');
  });
  afterAll(async () => {
    await lasting.close();
    await server.end();
  });

  const setUp = () => redis({ url: urlOf(server), prefix: `chathub:${++chats}:` });
  for (const { name, run } of engineConformance({ nodes: 'many', bounds: ['history'], setUp })) it(name, run, 60_000);

  test('is refused nothing', async () => {
    expect(chats).toBeGreaterThan(50);
    // The rarest: a connection that says nothing is asked whether it lives, or that was refused.
    await expect.poll(async () => String(await server.ask('INFO', 'commandstats'))).toContain('cmdstat_ping');
    expect(await refusedBy(server)).toEqual([]);
  });

  test('may nothing else: not even look at the keys of others', async () => {
    await expect(server.ask('ACL', 'DRYRUN', 'chathub', 'GET', 'other:key')).resolves.toMatch(/no permissions/);
    await expect(server.ask('ACL', 'DRYRUN', 'chathub', 'SUBSCRIBE', 'other:channel')).resolves.toMatch(
      /no permissions/,
    );
    for (const command of ['FLUSHALL', 'KEYS *', 'EVAL x 0', 'CONFIG SET save x', 'SHUTDOWN', 'MONITOR'])
      await expect(server.ask('ACL', 'DRYRUN', 'chathub', ...command.split(' '))).resolves.toMatch(/no permissions/);
  });

  test('needs no CONFIG GET: the hub then promises no more than it knows', async () => {
    const settings = '--appendonly yes --appendfsync always --maxmemory-policy allkeys-lru';
    const careful = await startRedis(...settings.split(' '));
    await giveRights(careful, ['-config|get']);
    const hub = new ChatHub({ engine: redis({ url: urlOf(careful) }) });
    onTestFinished(() => hub.close());
    await hub.room('lobby').send('hello');
    expect(hub.status().engine).toMatchObject({ state: 'up', durability: 'stored', warnings: [] });
  });

  test('needs WAIT for minReplicas, and SELECT for a database number', async () => {
    const other = await startRedis();
    await giveRights(other, ['+wait', '+select']);
    const hub = new ChatHub({ engine: redis({ url: `${urlOf(other)}/1`, minReplicas: 1 }) });
    onTestFinished(() => hub.close());
    // It has no replica.
    await expect(hub.room('lobby').send('hello')).rejects.toMatchObject({ code: 'ENGINE_UNAVAILABLE' });
    expect(await refusedBy(other)).toEqual([]);
  });

  test('needs two commands more in a Cluster', { timeout: 90_000 }, async () => {
    const cluster = await RedisCluster.start();
    onTestFinished(() => cluster.end());
    const { servers } = cluster;
    for (const each of servers) await giveRights(each, ['+cluster|slots', '+cluster|info']);
    const places = servers.map(({ port }) => ({ host: '127.0.0.1', port }));
    const client = new Cluster(places, { lazyConnect: true, redisOptions: { username: 'chathub', password } });
    const [one, two] = [new ChatHub({ engine: redis({ client }) }), new ChatHub({ engine: redis({ client }) })];
    onTestFinished(async () => {
      await Promise.all([one.close(), two.close()]);
      client.disconnect();
    });
    const rooms = Array.from({ length: 20 }, (_, index) => `room${index}`);
    const heard = new Set<string>();
    for (const room of rooms) two.room(room).on('message', () => heard.add(room));
    const allHeard = async () => {
      for (const room of rooms) if (!heard.has(room)) await one.room(room).send('hello');
      return heard.size;
    };
    // What is said before somebody listens is not told to listeners.
    await expect.poll(allHeard).toBe(rooms.length);
    for (const each of servers) expect(await refusedBy(each)).toEqual([]);
  });
});
