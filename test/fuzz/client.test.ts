import type { ServerEvent } from 'chathub';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, vi } from 'vitest';
import { eventsWith } from '../../src/testing/protocol-kit/events.js';
import { facts } from '../client/fake-socket.js';
import { Talk } from './client-talk.js';
import { damaged, json, keys, numbers, text } from './hostile.js';
import { fuzz } from './runs.js';

const known = eventsWith('lobby').filter(({ type }) => type !== 'bye');
const event = fc.oneof(
  { weight: 2, arbitrary: fc.nat(known.length - 1).map((index) => known[index] as ServerEvent) },
  { weight: 1, arbitrary: text.map((any) => eventsWith(any)).chain((all) => fc.constantFrom(...all)) },
);
const entry = fc.record({
  offset: numbers,
  id: text,
  epoch: text,
  type: fc.constantFrom('message', 'edit', 'x', 'direct'),
});
const limits = { messageBytes: 4_096, dataBytes: 8_192, frameBytes: 65_536 };
/** From none to more than a timer can wait. Who wants to be asked all the time is asked all the time. */
const heartbeat = fc.oneof(
  fc.constantFrom<unknown>(25_000, null, 'x', {}, -1, 0),
  numbers.filter((any) => !(any > 0 && any < 1_000)),
);
const welcome = fc.record({ heartbeat, resumed: fc.boolean(), name: text }).map(({ heartbeat, resumed, name }) => {
  const rooms = { lobby: { room: 'lobby', ...facts() }, '@': { room: '@', ...facts({ count: 0 }) } };
  return { type: 'welcome', session: 's', member: { id: 'm', user: 'u', name }, resumed, heartbeat, limits, rooms };
});

/** An event with one of its members, or one of theirs, in another shape. */
const changed = fc
  .tuple(fc.oneof(event, welcome), fc.nat(), fc.oneof(json, numbers, entry), fc.boolean())
  .map(([whole, at, value, deep]) => {
    const names = Object.keys(whole).filter((each) => each !== 'heartbeat');
    const name = names[at % names.length] as string;
    const was = (whole as unknown as Record<string, unknown>)[name];
    const isObject = typeof was === 'object' && was !== null;
    if (!deep || !isObject) return { ...whole, [name]: value };
    const inner = Object.keys(was)[at % Math.max(1, Object.keys(was).length)] ?? 'x';
    return { ...whole, [name]: Array.isArray(was) ? [value, ...was] : { ...was, [inner]: value } };
  });
const bye = fc.record({
  type: fc.constant('bye'),
  code: fc.constant('SHUTDOWN'),
  message: text,
  retryAfter: fc.oneof(fc.nat(9_000), json, numbers),
});

/** What a server may say, and do. */
const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      frame: fc.oneof(event, changed, bye, welcome).map((one) => JSON.stringify(one)),
      answers: fc.boolean(),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      frame: fc.oneof(
        text,
        damaged(event.map((one) => JSON.stringify(one))),
        json.map((one) => JSON.stringify(one)),
      ),
    }),
  },
  { weight: 2, arbitrary: fc.record({ greets: welcome }) },
  {
    weight: 1,
    arbitrary: fc.record({ ends: fc.constantFrom(1000, 1001, 1006, 1009, 4000, 4500, 4503, 4999), reason: keys }),
  },
  { weight: 1, arbitrary: fc.record({ deaf: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ calls: fc.nat(8) }) },
  { weight: 2, arbitrary: fc.record({ waits: fc.constantFrom(0, 1, 600, 12_000, 40_000) }) },
);

describe('whatever a server says', () => {
  const unhandled: unknown[] = [];
  const report = (error: unknown) => void unhandled.push(error);
  beforeAll(() => void process.on('unhandledRejection', report));
  afterAll(() => void process.off('unhandledRejection', report));
  beforeEach(() => {
    vi.useFakeTimers();
    const console = vi.spyOn(globalThis.console, 'error').mockImplementation((...said) => report(said));
    return () => {
      console.mockRestore();
      vi.useRealTimers();
    };
  });

  fuzz(
    'a client throws nothing into the application’s event loop, asks neither server nor clock without end, and can be closed',
    fc.asyncProperty(fc.array(step, { maxLength: 14 }), async (steps) => {
      // Of a run that failed, something may be left.
      vi.clearAllTimers();
      unhandled.length = 0;
      const talk = new Talk();
      for (const each of steps) await talk.take(each);
      await talk.end();
      await new Promise((resolve) => realSetImmediate(resolve));
      expect(unhandled).toEqual([]);
    }),
    0.3,
  );
});

const realSetImmediate = setImmediate;
