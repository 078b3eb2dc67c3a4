import { Redis } from 'ioredis';
import { describe, expect, it, onTestFinished } from 'vitest';
import { missingTools } from '../../../scripts/system-tools.mjs';
import { systemClock } from '../../../src/ports/clock.js';
import { until } from '../../../src/testing/checks.js';
import { ids, message, readAll } from '../../../src/testing/engine-kit/tape.js';
import { CutProxy } from './cut-proxy.js';
import { Node, pause, refusal, startRedis } from './lab.js';

/** A clock that can be as much later as a process was asleep. */
function sleepyClock() {
  let slept = 0;
  return {
    clock: { ...systemClock, monotonic: () => performance.now() + slept },
    sleep(ms: number) {
      slept += ms;
    },
  };
}

describe.skipIf(missingTools().includes('redis-server'))('a node that was asleep', () => {
  it('and taken for dead writes nothing for whom it held, not even what was said in the moment that it woke', async () => {
    const server = await startRedis();
    const client = new Redis(server.port, '127.0.0.1', { protocol: 2 });
    onTestFinished(() => client.disconnect());
    const { clock, sleep } = sleepyClock();
    const node = await Node.open(server, {}, {}, clock);
    const ann = await node.session('ann', ['lobby']);
    const lease = `${node.name}#1`;
    await client.zrem('chathub:{presence}:nodes', lease);
    await client.zadd('chathub:{presence}:gone', Date.now(), lease);
    sleep(40_000);
    const said = refusal(node.log.append('lobby', message('from the past')));
    const entered = refusal(node.presence.enter('den', ann, 9));
    const ended = node.presence.endSession(ann).catch(() => false);
    expect(await said).toMatchObject({ code: 'ENGINE_UNAVAILABLE' });
    expect(await entered).toMatchObject({ code: 'ENGINE_UNAVAILABLE' });
    expect(await ended).toBe(false);
    expect(node.losses).toEqual([{ lost: 'node' }]);
    expect(await readAll(node.engine, 'lobby')).toEqual([]);
    expect((await node.presence.find('ann'))?.rooms).toEqual(['lobby']);
    // It begins anew: who comes to it now is as welcome as anywhere.
    await node.session('bob', ['den']);
    await node.log.append('lobby', message('from now'));
    expect(await node.presence.endSession(ann)).toBe(false);
  });

  it('and is still taken for alive writes when it has renewed its lease, and not before', {
    timeout: 20_000,
  }, async () => {
    const server = await startRedis();
    const way = await CutProxy.to(server.port);
    const { clock, sleep } = sleepyClock();
    const node = await Node.open(way, {}, {}, clock);
    const ann = await node.session('ann', ['lobby']);
    sleep(12_000);
    await node.log.append('lobby', message('a'));
    expect(await node.presence.enter('den', ann, 9)).toBe(true);
    expect(node.losses).toEqual([]);
    way.stall();
    sleep(12_000);
    expect(await refusal(node.log.append('lobby', message('b')))).toMatchObject({ code: 'ENGINE_UNAVAILABLE' });
    way.mend();
    await node.worksAgain();
    expect((await readAll(node.engine, 'lobby')).map(({ id }) => id)).toEqual(['a']);
    await way.close();
  });

  it('puts back after a flush what it holds, and nobody who has ended meanwhile', { timeout: 30_000 }, async () => {
    const server = await startRedis();
    const node = await Node.open(server);
    const sessions = await Promise.all(ids('m', 300).map((member) => node.session(member, ['lobby'])));
    for (let round = 0; round < 3; round++) {
      await server.ask('FLUSHALL');
      // The last ones: their turn comes when others have been put back already.
      const some = sessions.splice(-60);
      // The first write finds out, and has all put back; the others come while that is under way.
      await Promise.all(some.map((session, index) => pause(index % 20).then(() => node.presence.endSession(session))));
      const left = async () => (await node.presence.list('lobby')).members.length;
      await until('all who are left to be back', async () => (await left()) === sessions.length, 10_000);
      for (const { member } of some) expect(await node.presence.find(member)).toBeUndefined();
    }
    expect(node.losses).toEqual([]);
  });
});
