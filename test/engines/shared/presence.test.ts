import { expect, test } from 'vitest';
import { StateStore } from '../../../src/engines/memory/state.js';
import { MemoryNames } from '../../../src/engines/shared/names.js';
import { PresenceStore } from '../../../src/engines/shared/presence.js';
import { Topics } from '../../../src/engines/shared/topics.js';
import { virtualClock } from '../../../src/testing/clock.js';

const session = (member: string, guest: boolean, node = 'node') => ({
  ...{ member, generation: 1, secret: `hash of ${member}`, node, user: member, guest, name: member, rooms: [] },
});
const handler = { change: () => undefined, reset: () => undefined };

test('nothing is left of guests who have gone; of others their names', () => {
  const names = new MemoryNames();
  const store = new PresenceStore(names);
  const watch = store.watch('room1', handler);
  for (let number = 1; number <= 100; number++) {
    const fence = session(`m${number}`, number % 2 === 0);
    store.openSession(fence);
    store.claimName({ key: `first ${number}`, name: 'x', fence });
    store.claimName({ key: `name ${number}`, name: 'x', fence });
    store.enter(`room${number}`, fence, 10);
    store.enter(`full${number}`, fence, 0);
    store.enter('lobby', fence, 50);
    store.takeSession('forged', 'node');
    store.leave(`never${number}`, fence);
  }
  expect(store.counts).toEqual({ rooms: 101, sessions: 100 });
  expect(names.size).toBe(100);
  for (let number = 1; number <= 100; number++) store.endSession({ member: `m${number}`, generation: 1 });
  expect(store.counts, 'one is watched').toEqual({ rooms: 1, sessions: 0 });
  watch.close();
  expect(store.counts).toEqual({ rooms: 0, sessions: 0 });
  expect(names.size).toBe(50);
});

test('the end of a node ends what it holds, and nothing else', () => {
  const store = new PresenceStore();
  for (const member of ['here', 'moved', 'there']) {
    const record = session(member, true, member === 'there' ? 'other' : 'node');
    store.openSession(record);
    store.enter('lobby', record, 10);
  }
  store.takeSession('hash of moved', 'other');
  store.endNode('node');
  expect(store.list('lobby').members.map(({ user }) => user)).toEqual(['moved', 'there']);
  store.endNode('other');
  expect(store.counts).toEqual({ rooms: 0, sessions: 0 });
});

test('to look at a room leaves nothing', () => {
  const store = new PresenceStore();
  store.list('lobby');
  store.watch('lobby', handler).close();
  expect(store.counts.rooms).toBe(0);
});

test('a topic without handlers costs nothing', () => {
  const topics = new Topics<number>();
  const subscriptions = [topics.subscribe('a', () => undefined), topics.subscribe('a', () => undefined)];
  topics.publish('b', 1);
  expect(topics.size).toBe(1);
  for (const { close } of [...subscriptions, ...subscriptions]) close();
  expect(topics.size).toBe(0);
});

test('a scope is gone with its last fact, be it deleted or run out', async () => {
  const clock = virtualClock();
  const state = new StateStore(clock);
  state.set('lobby', 'a', 1);
  state.set('ops', 'a', 1, 1_000);
  state.set('never', 'a', undefined);
  expect(state.size).toBe(2);
  state.set('lobby', 'a', undefined);
  await clock.advance(1_000);
  expect(state.get('ops', 'a')).toBeUndefined();
  expect(state.size).toBe(0);
});

test('a ttl does not heed the wall clock', () => {
  const clock = virtualClock();
  const state = new StateStore(clock);
  state.set('lobby', 'ban', 1, 1_000);
  clock.setWall(clock.now() + 3_600_000);
  expect(state.get('lobby', 'ban')).toBe(1);
});
