import { Redis } from 'ioredis';
import { describe, expect, it, onTestFinished } from 'vitest';
import { missingTools } from '../../../scripts/system-tools.mjs';
import { systemClock } from '../../../src/ports/clock.js';
import { until } from '../../../src/testing/checks.js';
import { appendAll, ids, message, readAll, Tape } from '../../../src/testing/engine-kit/tape.js';
import { Node, Onlooker, pause, startRedis } from './lab.js';
import type { RedisServer } from './server.js';

function clientOf(server: RedisServer): Redis {
  const client = new Redis(server.port, '127.0.0.1', { protocol: 2 });
  onTestFinished(() => client.disconnect());
  return client;
}

const logKeys = ['meta', 'log', 'ids'].map((part) => `chathub:{lobby}:${part}`);

/** What a failover to a replica that was behind does: the log is as it was at some time before. */
async function rollBack(client: Redis, work: () => Promise<unknown>): Promise<void> {
  const kept = await Promise.all(logKeys.map((key) => client.dumpBuffer(key)));
  await work();
  await client.del(...logKeys);
  for (const [index, key] of logKeys.entries()) await client.restore(key, 0, kept[index] as Buffer);
}

describe.skipIf(missingTools().includes('redis-server'))('what is lost on the way', () => {
  it('is found without any other publication, within the time of a round', { timeout: 30_000 }, async () => {
    const server = await startRedis();
    const follower = await Node.open(server, { sharded: true });
    // Publishes where the other does not listen: everything that it says is lost.
    const unheard = await Node.open(server, { sharded: false });
    const tape = await Tape.of(follower.engine, 'lobby');
    const onlooker = await Onlooker.of(follower, 'lobby');
    const facts = new Map<string, unknown>();
    await follower.engine.state.onChange('lobby', (key, value) => void facts.set(key, value));
    await appendAll(unheard.engine, 'lobby', 'm1', 'm2', 'm3');
    await unheard.session('ann', ['lobby']);
    await unheard.engine.state.set('lobby', 'topic', 'cats');
    await until('the entries', () => tape.ids.length === 3, 6_000);
    await until('the member', () => onlooker.users.has('ann'), 6_000);
    await until('the fact', () => facts.get('topic') === 'cats', 6_000);
    tape.assertSeamless(0);
    expect(follower.engine.facts?.()).toMatchObject({ repaired: 3 });
  });

  it('shows as a hole with the next publication, and is read from the log before it', async () => {
    const server = await startRedis();
    const [follower, heard] = [await Node.open(server, { sharded: true }), await Node.open(server, { sharded: true })];
    const unheard = await Node.open(server, { sharded: false });
    const tape = await Tape.of(follower.engine, 'lobby');
    await appendAll(heard.engine, 'lobby', 'm1');
    await appendAll(unheard.engine, 'lobby', 'm2', 'm3');
    const began = performance.now();
    await appendAll(heard.engine, 'lobby', 'm4');
    await tape.heard('m4');
    expect(performance.now() - began).toBeLessThan(2_000);
    expect(tape.ids).toEqual(['m1', 'm2', 'm3', 'm4']);
  });

  it('and trimmed away meanwhile is told as a gap', { timeout: 30_000 }, async () => {
    const server = await startRedis();
    const follower = await Node.open(server, { sharded: true }, { history: 5 });
    const unheard = await Node.open(server, { sharded: false }, { history: 5 });
    const tape = await Tape.of(follower.engine, 'lobby');
    await appendAll(unheard.engine, 'lobby', ...ids('m', 12));
    // Nothing tells of them but the look at the position, every 5 s.
    await until('the delivery of m12', () => tape.ids.includes('m12'), 10_000);
    expect(tape.gaps).toEqual([{ from: 1, to: 7 }]);
    tape.assertSeamless(0);
  });

  it('by a store that was rolled back: followers begin a new epoch, with what is still there', {
    timeout: 30_000,
  }, async () => {
    const server = await startRedis();
    const client = clientOf(server);
    const [a, b] = [await Node.open(server), await Node.open(server)];
    const tapes = [await Tape.of(a.engine, 'lobby'), await Tape.of(b.engine, 'lobby')];
    const [first] = await appendAll(a.engine, 'lobby', 'm1', 'm2');
    await rollBack(client, () => appendAll(a.engine, 'lobby', 'lost1', 'lost2'));
    const epoch = tapes[0]?.position.epoch;
    for (const tape of tapes) await until('the reset', () => tape.resets.length === 1, 7_000);
    const position = tapes[0]?.resets[0];
    expect(position?.offset).toBe(2);
    expect(position?.epoch).not.toBe(epoch);
    await appendAll(b.engine, 'lobby', 'm3');
    for (const tape of tapes) {
      await tape.heard('m3');
      expect(tape.resets).toEqual([position]);
      expect(tape.ids).toEqual(['m1', 'm2', 'lost1', 'lost2', 'm3']);
      expect(tape.position).toEqual({ epoch: position?.epoch, offset: 3 });
    }
    expect((await readAll(a.engine, 'lobby')).map(({ id }) => id)).toEqual(['m1', 'm2', 'm3']);
    expect(first?.offset).toBe(1);
  });

  it('by a store that was rolled back and written to by one who does not know: nobody takes the new for the old', {
    timeout: 30_000,
  }, async () => {
    const server = await startRedis();
    const client = clientOf(server);
    const [follower, writer] = [await Node.open(server), await Node.open(server)];
    const tape = await Tape.of(follower.engine, 'lobby');
    await appendAll(writer.engine, 'lobby', 'm1');
    await rollBack(client, () => appendAll(writer.engine, 'lobby', 'lost1', 'lost2'));
    await tape.heard('lost2');
    await appendAll(writer.engine, 'lobby', 'new1', 'new2', 'new3');
    await until('the new entries', () => tape.ids.includes('new3'), 7_000);
    expect(tape.resets).toHaveLength(1);
    // All that is in the new epoch beyond what both have in common has been delivered in it.
    const after = tape.told.slice(tape.told.findIndex((told) => 'reset' in told) + 1);
    const delivered = after.flatMap((told) => ('entry' in told ? [told.entry.id] : []));
    expect(['new1', 'new2', 'new3'].slice(3 - delivered.length)).toEqual(delivered);
    expect(await follower.log.read('lobby', { after: 0, limit: 9 })).toMatchObject({ head: 4 });
  });

  it('by a store that was rolled back and written to before its answer was heard: what is gone is not acknowledged', async () => {
    // The node waited for an entry that it had not heard of before it acknowledged its own, behind that one. It then read something else in the place
    // of its own, took that for the truth, and acknowledged all the same: its sender was never told that the message was gone.
    const server = await startRedis();
    const client = clientOf(server);
    const node = await Node.open(server, { sharded: true });
    // Publishes where the other does not listen.
    const unheard = await Node.open(server, { sharded: false });
    const tape = await Tape.of(node.engine, 'lobby');
    const { epoch } = tape.position;
    await appendAll(unheard.engine, 'lobby', 'm1');
    let answer: Promise<unknown> | undefined;
    await rollBack(client, async () => {
      answer = node.log.append('lobby', message('m2')).catch((error: unknown) => error);
      await until('the entry', async () => (await client.hget(logKeys[0]!, 'head')) === '2');
    });
    await appendAll(unheard.engine, 'lobby', 'm3');
    expect(await answer).toMatchObject({ code: 'ENGINE_UNAVAILABLE' });
    await until('the epoch', () => tape.resets.length === 1);
    expect((await node.log.read('lobby', { after: 0, limit: 10 })).epoch).not.toBe(epoch);
  });

  it('by Redis forgetting its scripts: nothing is lost, doubled, or out of order', { timeout: 30_000 }, async () => {
    const server = await startRedis();
    const client = clientOf(server);
    const node = await Node.open(server);
    const tape = await Tape.of(node.engine, 'lobby');
    const sent: Promise<unknown>[] = [];
    for (let n = 1; n <= 2_000; n++) {
      sent.push(node.log.append('lobby', message(`m${n}`)));
      if (n % 100 === 0) void client.script('FLUSH');
      if (n % 20 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    await Promise.all(sent);
    await tape.heardAll(2_000);
    expect(tape.ids).toEqual(ids('m', 2_000));
    expect(await client.info('commandstats')).toMatch(/cmdstat_script\|load/);
  });

  it('by an answer that never came: a session that nobody holds waits for its client, and is over', {
    timeout: 40_000,
  }, async () => {
    const server = await startRedis();
    const client = clientOf(server);
    let skew = 0;
    const clock = { ...systemClock, monotonic: () => performance.now() + skew };
    const node = await Node.open(server, {}, { resumeWindow: 1_000 }, clock);
    const other = await Node.open(server, {}, { resumeWindow: 1_000 });
    await node.session('ann', ['lobby']);
    const onlooker = await Onlooker.of(other, 'lobby');
    // As a node leaves it that asked for a session, and heard no answer.
    const lease = `${node.name}#1`;
    const at = (key: string) => `chathub:{presence}:${key}`;
    const stray = { g: '1', k: '"secret"', n: '"n"', l: lease, u: '"eve"', a: '', N: '"eve"', 'r:"lobby"': '1' };
    await client.hset(at('s:"stray"'), stray);
    await client.hset(at('r:"lobby"'), '"eve"', '"eve"\t"stray"');
    await client.set(at('k:"secret"'), '"stray"');
    await client.sadd(at('u:"eve"'), '"stray"');
    await client.sadd(at(`node:${lease}`), '"stray"');
    for (let minute = 1; minute <= 2; minute++) {
      expect((await other.presence.find('stray'))?.reserved).toBeUndefined();
      skew += 61_000;
      await pause(6_000);
    }
    await until('the leave', () => onlooker.left.includes('eve'), 10_000);
    await until('the end', async () => (await other.presence.find('stray')) === undefined, 12_000);
    expect((await other.presence.list('lobby')).members.map(({ user }) => user)).toEqual(['ann']);
    expect((await node.presence.find('ann'))?.reserved).toBeUndefined();
  });

  it('of a session that was just being written is put back by that write', async () => {
    // What is being changed is left out when a node puts back what Redis lost. It found nothing to change then, was taken for the write of an
    // old fence, and the client was told that its session had gone on elsewhere.
    const server = await startRedis();
    const client = clientOf(server);
    const node = await Node.open(server);
    const ann = await node.session('ann', ['lobby']);
    for (const write of [
      () => node.presence.enter('den', ann, 10),
      () => node.presence.claimName({ key: 'nan', name: 'Nan', fence: ann }),
      () => node.presence.leave('lobby', ann),
    ]) {
      await client.del('chathub:{presence}:s:"ann"');
      expect(await write()).toBe(true);
    }
    expect(await node.presence.find('ann')).toMatchObject({ name: 'Nan', rooms: ['den'] });
    expect(node.losses).toEqual([]);
    const other = await Node.open(server);
    await other.presence.takeSession(ann.secret, other.name);
    expect(await node.presence.enter('garden', ann, 10)).toBe(false);
  });

  it('is not what others publish straight to our channels: that is dropped, and counted', async () => {
    const server = await startRedis();
    const client = clientOf(server);
    const [a, b] = [await Node.open(server), await Node.open(server)];
    const tape = await Tape.of(b.engine, 'lobby');
    const onlooker = await Onlooker.of(b, 'lobby');
    const heard: unknown[] = [];
    await b.engine.signals.subscribe('topic', (payload) => void heard.push(payload));
    await b.engine.state.onChange('lobby', (key) => void heard.push(key));
    const channels = (await client.call('PUBSUB', 'SHARDCHANNELS', '*')) as string[];
    expect(channels).toHaveLength(4);
    const garbage = ['', 'x', '{}', 'E\n\n\n', 'E\na\nb\nm\n"id"\n"u"\n99\n', '1\n2\n{"joined":1}', '0\n9\nnull', '\0'];
    // JSON in all its places, which follows what is known: it was handed on, and threw in whoever was told of it.
    const { epoch } = tape.position;
    const [entry, people] = [`E\n${epoch}\n\nm\n"id"\n"u"\n1\n1`, '"left":[],"renamed":[],"count":1}'];
    garbage.push(`${entry}\n{}\n"x"\n\n\n\n`, `${entry}\n{"type":"message","room":"lobby"}\n1\n\n\n\n`);
    garbage.push(`0\n5\n{"joined":[null],${people}`, `0\n5\n{"joined":[{"user":"eve"}],${people}`, '0\n5\n7\n"x"');
    for (const channel of channels) for (const text of garbage) await client.spublish(channel, text);
    await appendAll(a.engine, 'lobby', 'm1');
    await a.session('ann', ['lobby']);
    await a.engine.signals.publish('topic', 'real');
    await tape.heard('m1');
    await until('the member', () => onlooker.users.has('ann'));
    await until('the signal', () => heard.includes('real'));
    tape.assertSeamless(0);
    expect(heard.filter((one) => one !== 'real').every((one) => typeof one !== 'string')).toBe(true);
    expect(b.engine.facts?.().dropped).toBeGreaterThan(30);
    expect([a.errors, b.errors]).toEqual([[], []]);
  });
});
