import { expect, test } from 'vitest';
import { StateStore } from '../../../src/engines/memory/state.js';
import { virtualClock } from '../../../src/testing/clock.js';

// A guest could set topics in any number of rooms and leave them: nobody asked for those again, and they were kept for good.
test('what has run out goes, even if nobody ever asks for it again', async () => {
  const clock = virtualClock();
  const state = new StateStore(clock);
  for (let number = 0; number < 1_000; number++) state.set(`room-${number}`, 'topic', 'x', 1_000);
  expect(state.size).toBe(1_000);
  await clock.advance(1_000);
  // Two of the others are looked at each time that something is set.
  for (let number = 0; number < 600; number++) state.set('lobby', 'count', number);
  expect(state.size).toBe(1);
  expect(state.get('lobby', 'count')).toBe(599);
});

test('what has not run out stays, however often the rest is looked through', async () => {
  const clock = virtualClock();
  const state = new StateStore(clock);
  state.set('den', 'topic', 'for good');
  for (let number = 0; number < 100; number++)
    state.set('lobby', `k${number}`, number, number % 2 === 0 ? 1_000 : 9_000);
  await clock.advance(1_000);
  for (let number = 0; number < 100; number++) state.set('other', 'count', number);
  expect(state.size).toBe(3);
  expect(state.list('lobby').size).toBe(50);
  expect(state.get('den', 'topic')).toBe('for good');
});
