import { Redis } from 'ioredis';
import { describe, expect, it, onTestFinished } from 'vitest';
import { missingTools } from '../../../scripts/system-tools.mjs';
import { appendAll, ids, message, Tape } from '../../../src/testing/engine-kit/tape.js';
import { Node, startRedis } from './lab.js';
import type { RedisServer } from './server.js';

/** How often each command was called so far, by clients and by scripts. */
async function callsOf(server: RedisServer): Promise<ReadonlyMap<string, number>> {
  const text = String(await server.ask('INFO', 'commandstats'));
  return new Map(
    Array.from(text.matchAll(/cmdstat_([^:]+):calls=(\d+)/g), ([, name = '', calls]) => [name, Number(calls)]),
  );
}

describe.skipIf(missingTools().includes('redis-server'))('a message costs', () => {
  it('one command, whoever is told of it on however many nodes', async () => {
    const server = await startRedis();
    const nodes = [await Node.open(server), await Node.open(server), await Node.open(server)];
    const tapes = [];
    for (const node of nodes) for (let n = 0; n < 3; n++) tapes.push(await Tape.of(node.engine, 'lobby'));
    const [writer] = nodes;
    await appendAll(writer!.engine, 'lobby', 'warm');
    const monitor = await new Redis(server.port, '127.0.0.1', { protocol: 2 }).monitor();
    onTestFinished(() => monitor.disconnect());
    const seen: string[] = [];
    monitor.on('monitor', (_time, args: string[], source: string) => {
      // What scripts do inside is no round trip; the looks of every few seconds are told apart by their keys.
      if (source !== 'lua' && args[0]?.toLowerCase() === 'evalsha' && args.includes('SPUBLISH')) seen.push(args[0]);
    });
    const before = await callsOf(server);
    for (const id of ids('m', 100)) await writer!.log.append('lobby', message(id));
    for (const tape of tapes) await tape.heard('m100');
    const after = await callsOf(server);
    const grown = (name: string) => (after.get(name) ?? 0) - (before.get(name) ?? 0);
    expect(seen.length).toBeGreaterThanOrEqual(100);
    // Beside them at most the renewal of each lease and the looks of the round.
    expect(grown('evalsha')).toBeLessThanOrEqual(100 + 30);
    expect(grown('spublish')).toBe(100);
    expect([grown('get'), grown('lrange'), grown('exec')]).toEqual([0, 0, 0]);
  });

  it('one write for all that is said in one turn', async () => {
    const server = await startRedis();
    const node = await Node.open(server);
    await appendAll(node.engine, 'lobby', 'warm');
    const reads = async () =>
      Number(/total_reads_processed:(\d+)/.exec(String(await server.ask('INFO', 'stats')))?.[1]);
    const before = await reads();
    await Promise.all(ids('m', 500).map((id) => node.log.append('lobby', message(id))));
    // 500 of about 400 bytes come in a few reads of 16 kB each, and not in 500.
    expect((await reads()) - before).toBeLessThan(60);
  });

  it('nothing on a node that has nobody in the room', async () => {
    const server = await startRedis();
    const [writer, other] = [await Node.open(server), await Node.open(server)];
    await Tape.of(other.engine, 'elsewhere');
    await appendAll(writer.engine, 'lobby', 'warm');
    const received = async () => {
      const list = String(await server.ask('CLIENT', 'LIST', 'TYPE', 'pubsub'));
      return list.split('\n').flatMap((line) => /ssub=(\d+)/.exec(line)?.[1] ?? []);
    };
    expect((await received()).map(Number).reduce((sum, count) => sum + count, 0)).toBe(1);
    const subscribers = await server.ask('PUBSUB', 'SHARDNUMSUB', 'chathub:{lobby}:entries');
    expect(subscribers).toEqual(['chathub:{lobby}:entries', 0]);
    // And it is not subscribed to for longer than somebody follows.
    const tape = await Tape.of(other.engine, 'lobby');
    expect(await server.ask('PUBSUB', 'SHARDNUMSUB', 'chathub:{lobby}:entries')).toEqual([
      'chathub:{lobby}:entries',
      1,
    ]);
    tape.close();
    await expect
      .poll(() => server.ask('PUBSUB', 'SHARDNUMSUB', 'chathub:{lobby}:entries'))
      .toEqual(['chathub:{lobby}:entries', 0]);
  });
});
