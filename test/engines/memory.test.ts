import { describe, expect, test } from 'vitest';
import { memory } from '../../src/engines/memory.js';
import { resolveLimits } from '../../src/model/limits.js';
import { virtualClock } from '../../src/testing/clock.js';
import { engineConformance } from '../../src/testing/engine-kit.js';

describe('memory() keeps the contract of an engine', () => {
  for (const { name, run } of engineConformance({ setUp: memory, nodes: 'many', clock: virtualClock })) test(name, run);
});

test('each memory() is a store of its own', async () => {
  const context = { clock: virtualClock(), limits: resolveLimits(), onError: () => undefined };
  const [here, there] = [
    await memory().open({ ...context, node: 'a' }),
    await memory().open({ ...context, node: 'b' }),
  ];
  await here.state.set('lobby', 'topic', 'x');
  const from = { id: 'm', user: 'ann', name: 'ann' };
  await here.log.append('lobby', { type: 'message', room: 'lobby', id: 'm', from, text: 'hello' });
  expect(await there.state.get('lobby', 'topic')).toBeUndefined();
  expect((await there.log.read('lobby', { limit: 1 })).head).toBe(0);
});

test('memory() sets no timer: a process that only holds one can end', async () => {
  const clock = virtualClock();
  const engine = await memory().open({ clock, limits: resolveLimits(), node: 'a', onError: () => undefined });
  await engine.state.set('lobby', 'topic', 'x', { ttl: 1_000 });
  expect(clock.pending).toBe(0);
});
