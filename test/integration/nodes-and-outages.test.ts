import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { connect } from 'chathub/client';
import { describe, expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import { missingTools } from '../../scripts/system-tools.mjs';
import { CutProxy } from '../engines/redis/cut-proxy.js';
import { cluster, membersOf } from './many-nodes/set-up.js';

const lobby = { room: 'lobby' };

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

async function wayTo(port: number): Promise<CutProxy> {
  const way = await CutProxy.to(port);
  onTestFinished(() => way.close());
  return way;
}

describe.skipIf(missingTools().includes('redis-server'))('a node', () => {
  test('that is cut off has lost the sessions that others took up, and what it writes afterwards does not count', {
    timeout: 60_000,
  }, async () => {
    const { server, node } = await cluster();
    const way = await wayTo(server.port);
    const [old, other] = [await node({}, way), await node()];
    const ann = await old.enter({ token: 'ann' });
    await ann.client.request('joined', { type: 'join', ...lobby });
    const bob = await other.enter({ token: 'bob' });
    await bob.client.request('joined', { type: 'join', ...lobby });
    way.stall();
    const again = await other.enter({ token: 'ann', session: ann.session });
    expect(again.welcome).toMatchObject({ resumed: true, member: ann.member, rooms: { lobby: {} } });
    await again.client.request('left', { type: 'leave', ...lobby });
    await again.client.request('joined', { type: 'join', room: 'den' });
    // The old node goes on for its client, as long as it knows of nothing.
    ann.client.tell(
      { type: 'send', ...lobby, text: 'from the past', id: 'a' },
      { type: 'nick', name: 'Ghost', id: 'b' },
      { type: 'join', room: 'attic', id: 'c' },
    );
    const refused = await ann.client.find('the refusal', ({ re }) => re === 'a');
    expect(refused).toMatchObject({ code: 'ENGINE_UNAVAILABLE', retryable: true });
    way.mend();
    expect(await ann.client.closed()).toMatchObject({ code: 4503 });
    expect(old.hub.status().members).toBe(0);
    expect(await membersOf(bob, 'lobby')).toEqual(['bob']);
    const user = await other.hub.user('ann').members();
    expect(user.map(({ id, rooms }) => ({ id, rooms }))).toEqual([{ id: ann.member.id, rooms: ['den'] }]);
    expect(await other.hub.user('ann').name()).toBe('ann');
    expect(await other.hub.room('attic').members()).toEqual([]);
    old.errors.length = 0;
  });

  test('whose Redis is stopped keeps its people, refuses what they say, and their clients say it when it is back', {
    timeout: 60_000,
  }, async () => {
    const { server, node } = await cluster('--appendonly', 'yes', '--appendfsync', 'always');
    const { hub, url, errors, enter } = await node();
    const states: string[] = [];
    hub.on('engine', ({ state }) => states.push(state));
    const client = connect(url, { WebSocket });
    onTestFinished(() => client.close());
    const room = await client.join('lobby');
    const heard: string[] = [];
    room.on('message', ({ text }) => heard.push(text));
    const bob = await enter({ token: 'bob' });
    await bob.client.request('joined', { type: 'join', ...lobby });
    await room.send('before');
    await server.stop();
    const began = performance.now();
    expect(await bob.client.ask({ type: 'send', ...lobby, text: 'refused' })).toMatchObject({
      code: 'ENGINE_UNAVAILABLE',
      retryable: true,
    });
    expect(performance.now() - began).toBeLessThan(5_000);
    const during = Promise.all(['one', 'two', 'three'].map((text) => room.send(text)));
    during.catch(() => undefined);
    expect(hub.status().engine).toMatchObject({ state: 'down', reason: expect.any(String) });
    // Who floods it meanwhile is told no, and fills nothing.
    collectGarbage();
    const heap = process.memoryUsage().heapUsed;
    const flood = Array.from({ length: 20_000 }, () => hub.room('lobby').send('x'.repeat(1_000)));
    const outcomes = await Promise.allSettled(flood);
    expect(outcomes.every(({ status }) => status === 'rejected')).toBe(true);
    expect(hub.status().engine.facts.waiting).toBe(0);
    flood.length = 0;
    outcomes.length = 0;
    collectGarbage();
    expect(process.memoryUsage().heapUsed - heap).toBeLessThan(20_000_000);
    expect(client.state).toBe('online');
    expect(hub.status().connections).toBe(2);
    await server.start();
    expect(await during).toHaveLength(3);
    await expect.poll(() => heard).toEqual(['before', 'one', 'two', 'three']);
    // The connection that listens may be lost first.
    await expect.poll(() => states.filter((state) => state !== 'degraded')).toEqual(['down', 'up']);
    expect(hub.status().engine.state).toBe('up');
    expect(await membersOf(bob, 'lobby')).toHaveLength(2);
    errors.length = 0;
  });
});
