import {
  ChatError,
  type Engine,
  type EngineContext,
  type Entry,
  type FollowHandler,
  type Limits,
  limitTable,
  memory,
  type OpenEngine,
  OptionError,
  type PresenceHandler,
  type SessionRecord,
} from 'chathub';
import { type EngineFaults, type FaultyEngine, faultyEngine, type VirtualClock, virtualClock } from 'chathub/testing';
import { describe, expect, onTestFinished, test, vi } from 'vitest';

const limits = Object.fromEntries(Object.entries(limitTable).map(([name, { value }]) => [name, value])) as Limits;

function contextOf(clock: VirtualClock, more: Partial<EngineContext> = {}): EngineContext {
  return { node: crypto.randomUUID(), clock, limits, onError: (error) => expect.fail(String(error)), ...more };
}

/** A node behind faults, and another one of the same store without. */
async function nodes(faults: EngineFaults = {}, seed = 1, more: Partial<EngineContext> = {}) {
  const [clock, store] = [virtualClock(), memory()];
  const engine = faultyEngine(store, { seed, faults });
  const node = await engine.open(contextOf(clock, more));
  const other = await store.open(contextOf(clock));
  onTestFinished(async () => {
    await node.close();
    expect(clock.pending, 'timers left').toBe(0);
  });
  return { clock, engine, node, other };
}

const draft = (id: string, key?: string) => ({
  ...({ type: 'message', room: 'lobby', id, text: id } as const),
  from: { id: 'm1', user: 'u1', name: 'ann' },
  ...(key === undefined ? {} : { key }),
});

/** Appends them one after another. */
async function append({ log }: OpenEngine, ...ids: readonly string[]): Promise<void> {
  for (const id of ids) await log.append('lobby', draft(id));
}

/** A follower's handler that writes down what it is told. */
function tape() {
  const told: unknown[] = [];
  const handler: FollowHandler = {
    deliver: (entries: readonly Entry[]) => void told.push(entries.map(({ id }) => id)),
    gap: (from, to) => void told.push({ gap: [from, to] }),
    reset: ({ offset }) => void told.push({ reset: offset }),
  };
  return { told, handler };
}

function watcher() {
  const told: unknown[] = [];
  const handler: PresenceHandler = {
    change: ({ joined, left }) =>
      void told.push([...joined.map((j) => `+${j.user}`), ...left.map((l) => `-${l.user}`)]),
    reset: ({ members }) => void told.push({ reset: members.map(({ user }) => user) }),
  };
  return { told, handler };
}

function session(member: string): SessionRecord {
  const facts = { generation: 1, secret: member, node: 'n', guest: true, name: member, rooms: [] };
  return { ...facts, member, user: member };
}

async function enter({ presence }: OpenEngine, member: string): Promise<void> {
  await presence.openSession(session(member));
  await presence.enter('lobby', session(member), 100);
}

const unavailable = { code: 'ENGINE_UNAVAILABLE' };

describe('options', () => {
  test.each<[option: string, options: unknown]>([
    ['options.seed', { seed: 1.5 }],
    ['options.sed', { sed: 1 }],
    ['options.faults', { faults: 7 }],
    ['options.faults.call', { faults: { call: {} } }],
    ['options.faults.calls.log.apend', { faults: { calls: { 'log.apend': {} } } }],
    ['options.faults.calls.every.refuse', { faults: { calls: { every: { refuse: 1.1 } } } }],
    ['options.faults.calls.every.delay.ms', { faults: { calls: { every: { delay: { ms: 2_501 } } } } }],
    ['options.faults.deliveries.delay.ms', { faults: { deliveries: { delay: { ms: [20, 10] } } } }],
    ['options.faults.deliveries.lose', { faults: { deliveries: { lose: '5%' } } }],
    ['options.faults.presence.repair.ms', { faults: { presence: { repair: { ms: 5_001 } } } }],
    ['options.faults.signals.delay.turns', { faults: { signals: { delay: { turns: -1 } } } }],
    ['options.faults.state.lose', { faults: { state: { lose: 0.1 } } }],
    ['options.faults.outages.last', { faults: { outages: { every: 100 } } }],
    ['options.faults.outages.every', { faults: { outages: { every: 0, last: 100 } } }],
  ])('%s is refused', (option, options) => {
    const make = () => faultyEngine(memory(), options as object);
    expect(make).toThrow(OptionError);
    expect(make).toThrow(`Expected "${option}" to be `);
  });

  test('what is no engine is refused, as are bad faults and names later on', () => {
    expect(() => faultyEngine({} as Engine)).toThrow(
      'Expected "engine" to be an engine, such as memory(), got an object',
    );
    const engine = faultyEngine(memory());
    expect(() => engine.inject({ signals: { drop: 2 } })).toThrow('Expected "faults.signals.drop" to be a rate');
    expect(() => engine.once('log.write' as 'log.append', {})).toThrow('Expected "call" to be one of log.append, ');
  });
});

describe('what is behind the faults', () => {
  test('is given the context as it is, and what it has besides the ports is had', async () => {
    const open = vi.fn(async (context: EngineContext) => ({ ...(await memory().open(context)), region: 'north' }));
    const context = { ...contextOf(virtualClock()), onState: () => undefined };
    const node = await faultyEngine({ name: 'other', open }).open(context);
    expect(open.mock.calls[0]?.[0]).toBe(context);
    expect(node).toMatchObject({ region: 'north', durability: 'process' });
  });

  test('keeps its name, and a log that can’t search can’t', async () => {
    const inner: Engine = {
      name: 'other',
      async open(context) {
        const node = await memory().open(context);
        const { search: _, ...log } = node.log;
        return { ...node, log };
      },
    };
    const engine = faultyEngine(inner);
    expect(engine.name).toBe('other');
    expect((await engine.open(contextOf(virtualClock()))).log.search).toBeUndefined();
  });
});

describe('calls', () => {
  test('that are delayed take effect when their time has come', async () => {
    const { clock, engine, node, other } = await nodes({ calls: { every: { delay: { ms: 100 } } } });
    const appending = node.log.append('lobby', draft('a'));
    await clock.advance(99);
    expect((await other.log.read('lobby', { limit: 1 })).head).toBe(0);
    await clock.advance(1);
    expect(await appending).toMatchObject({ offset: 1 });
    expect(engine.injected.callsDelayed).toBe(1);
  });

  test('that are delayed by turns need no clock', async () => {
    const { node, clock } = await nodes({ calls: { every: { delay: { turns: 3 }, answer: { turns: 3 } } } });
    expect(await node.log.append('lobby', draft('a'))).toMatchObject({ offset: 1 });
    expect(clock.monotonic()).toBe(0);
  });

  test('append to one log in the order in which they were made, however late they are', async () => {
    const { clock, node } = await nodes({ calls: { 'log.append': { delay: { rate: 0.7, ms: [0, 500] } } } });
    const ids = Array.from({ length: 40 }, (_, index) => `m${index}`);
    const appends = ids.map((id) => node.log.append('lobby', draft(id)));
    await clock.advance(500);
    expect((await Promise.all(appends)).map(({ id, offset }) => [id, offset])).toEqual(ids.map((id, i) => [id, i + 1]));
  });

  test('are answered in another order than they took effect', async () => {
    const { clock, node } = await nodes({ calls: { 'log.append': { answer: { ms: [0, 500] } } } });
    const answered: number[] = [];
    for (const id of ['a', 'b', 'c', 'd', 'e', 'f'])
      void node.log.append('lobby', draft(id)).then(({ offset }) => answered.push(offset));
    await clock.advance(500);
    expect(answered).not.toEqual([1, 2, 3, 4, 5, 6]);
    expect([...answered].sort()).toEqual([1, 2, 3, 4, 5, 6]);
  });

  test('that are refused have no effect', async () => {
    const { engine, node, other } = await nodes({ calls: { 'log.append': { refuse: 1 } } });
    await expect(node.log.append('lobby', draft('a'))).rejects.toMatchObject(unavailable);
    expect((await other.log.read('lobby', { limit: 1 })).head).toBe(0);
    expect(engine.injected).toMatchObject({ callsRefused: 1, repliesLost: 0 });
  });

  test('whose reply is lost have taken effect; repeated with the key they make no second copy', async () => {
    const { engine, node, other } = await nodes();
    engine.once('log.append', { loseReply: 1 });
    await expect(node.log.append('lobby', draft('a', 'k'))).rejects.toMatchObject(unavailable);
    expect(await node.log.append('lobby', draft('b', 'k'))).toMatchObject({ id: 'a', offset: 1, duplicate: true });
    expect((await other.log.read('lobby', { limit: 5 })).head).toBe(1);
    expect(engine.injected).toMatchObject({ callsRefused: 0, repliesLost: 1 });
  });

  test('fail with a cause that says what was injected', async () => {
    const { engine, node } = await nodes();
    engine.once('presence.find', { refuse: 1 });
    const error = await node.presence.find('m1').catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ChatError);
    expect(String((error as ChatError).cause)).toContain('faultyEngine(): presence.find was refused');
  });

  test('go by what stands under their own name, and one by one by what was said with once()', async () => {
    const { engine, node } = await nodes({ calls: { every: { refuse: 1 }, 'state.get': {} } });
    await expect(node.state.list('lobby')).rejects.toMatchObject(unavailable);
    expect(await node.state.get('lobby', 'key')).toBeUndefined();
    engine.once('state.get', { refuse: 1 });
    engine.once('state.get', {});
    engine.once('state.list', {});
    await expect(node.state.get('lobby', 'key')).rejects.toMatchObject(unavailable);
    expect(await node.state.get('lobby', 'key')).toBeUndefined();
    expect(await node.state.list('lobby')).toEqual(new Map());
    await expect(node.state.list('lobby')).rejects.toMatchObject(unavailable);
  });

  test.each(['log.follow', 'presence.watch', 'signals.subscribe', 'state.onChange'] as const)(
    '%s that fails leaves nothing open behind it, and tells nothing',
    async (call) => {
      const { engine, node, other } = await nodes();
      engine.once(call, { loseReply: 1 });
      const told = vi.fn();
      const handler = { deliver: told, gap: told, reset: told, change: told };
      const open = {
        'log.follow': () => node.log.follow('lobby', handler),
        'presence.watch': () => node.presence.watch('lobby', handler),
        'signals.subscribe': () => node.signals.subscribe('lobby', told),
        'state.onChange': () => node.state.onChange('lobby', told),
      };
      await expect(open[call]()).rejects.toMatchObject(unavailable);
      await append(other, 'a');
      await enter(other, 'ann');
      await other.signals.publish('lobby', 1);
      await other.state.set('lobby', 'key', 1);
      expect(told).not.toHaveBeenCalled();
    },
  );
});

describe('deliveries', () => {
  test('that are late come together, in one call', async () => {
    const { clock, engine, node, other } = await nodes({ deliveries: { delay: { ms: 100 } } });
    const { told, handler } = tape();
    const follower = await node.log.follow('lobby', handler);
    await append(other, 'a', 'b', 'c');
    expect(told).toEqual([]);
    expect(follower.position.offset).toBe(0);
    await clock.advance(100);
    expect(told).toEqual([['a', 'b', 'c']]);
    expect(follower.position.offset).toBe(3);
    expect(engine.injected).toMatchObject({ deliveriesDelayed: 1, deliveriesBatched: 2 });
  });

  test('have come when an append of the same node resolves, with all before them', async () => {
    const { node, other } = await nodes({ deliveries: { delay: { ms: 1_000 } } });
    const { told, handler } = tape();
    await node.log.follow('lobby', handler);
    await append(other, 'a');
    await append(node, 'b');
    expect(told).toEqual([['a', 'b']]);
  });

  test('that are lost are made good from the log, which says how things are by then', async () => {
    const { clock, engine, node, other } = await nodes({ deliveries: { lose: 1, repair: { ms: 300 } } });
    const texts: unknown[] = [];
    const deliver = (entries: readonly Entry[]) =>
      texts.push(...entries.map((entry) => ('text' in entry ? entry.text : '')));
    await node.log.follow('lobby', { ...tape().handler, deliver });
    await append(other, 'a');
    await other.log.append('lobby', { ...draft('e'), type: 'edit', message: 'a', text: 'edited' });
    await clock.advance(299);
    expect(texts).toEqual([]);
    await clock.advance(1);
    expect(texts).toEqual(['edited', 'edited']);
    expect(engine.injected).toMatchObject({ deliveriesLost: 1, repairs: 1, gaps: 0, resets: 0 });
  });

  test('that are lost, and trimmed away meanwhile, are told by gap()', async () => {
    const short = { ...limits, history: 2 };
    const { clock, node, other } = await nodes({ deliveries: { lose: 1 } }, 1, { limits: short });
    const { told, handler } = tape();
    await node.log.follow('lobby', handler);
    await append(other, 'a', 'b', 'c', 'd');
    await clock.advance(5_000);
    expect(told).toEqual([{ gap: [1, 2] }, ['c', 'd']]);
  });

  test('that are lost with a log that began anew are told by reset()', async () => {
    const { clock, node, other } = await nodes({ deliveries: { lose: 1 } });
    const { told, handler } = tape();
    await node.log.follow('lobby', handler);
    await append(other, 'a');
    await other.log.remove('lobby');
    await append(other, 'b');
    await clock.advance(5_000);
    expect(told).toEqual([{ reset: 0 }, ['b']]);
  });

  test('that are lost are told by gap() or reset() where the script says so', async () => {
    for (const [how, said] of [
      ['gap', { gap: [1, 1] }],
      ['reset', { reset: 1 }],
    ] as const) {
      const { clock, engine, node, other } = await nodes({ deliveries: { lose: 1, repair: { ms: 10 }, [how]: 1 } });
      const { told, handler } = tape();
      await node.log.follow('lobby', handler);
      await append(other, 'a', 'b');
      await clock.advance(10);
      // Only the first was known to be lost.
      expect(told).toEqual([said, ['b']]);
      expect(engine.injected[`${how}s`]).toBe(1);
    }
  });

  test('of what this node appends are never said to be lost', async () => {
    const { engine, node } = await nodes({ deliveries: { lose: 1, gap: 1 } });
    const { told, handler } = tape();
    await node.log.follow('lobby', handler);
    await append(node, 'a', 'b');
    expect(told).toEqual([['a'], ['b']]);
    expect(engine.injected).toMatchObject({ deliveriesLost: 2, repairs: 2, gaps: 0 });
  });

  test('of what this node is still appending are not either, though the follower notices first', async () => {
    const { clock, node } = await nodes({
      calls: { 'log.append': { answer: { ms: 100 } } },
      deliveries: { lose: 1, gap: 1, repair: { ms: 10 } },
    });
    const { told, handler } = tape();
    await node.log.follow('lobby', handler);
    const appending = append(node, 'a');
    await clock.advance(10);
    expect(told).toEqual([['a']]);
    await clock.advance(90);
    await appending;
  });

  test('come no more after close(), which ends the timers', async () => {
    const { clock, node, other } = await nodes({ deliveries: { delay: { ms: 100 }, lose: 0.5 } });
    const { told, handler } = tape();
    const followers = await Promise.all([1, 2, 3, 4].map(() => node.log.follow('lobby', handler)));
    await append(other, 'a', 'b');
    expect(clock.pending).toBeGreaterThan(0);
    for (const follower of followers) follower.close();
    expect(clock.pending).toBe(0);
    await clock.advance(10_000);
    expect(told).toEqual([]);
  });

  test('to a handler that throws are reported, also when they are late', async () => {
    const errors: unknown[] = [];
    const { clock, node, other } = await nodes({ deliveries: { delay: { ms: 1 } } }, 1, {
      onError: (e) => errors.push(e),
    });
    const deliver = () => {
      throw new Error('boom');
    };
    await node.log.follow('lobby', { ...tape().handler, deliver });
    await append(other, 'a');
    await clock.advance(1);
    expect(errors).toEqual([new Error('boom')]);
  });

  test('beyond 10,000 that wait are lost, and made good', async () => {
    const { clock, engine, node, other } = await nodes({ deliveries: { delay: { ms: 100 }, repair: { ms: 500 } } });
    let count = 0;
    await node.log.follow('lobby', {
      ...tape().handler,
      gap: (from, to) => (count += to - from + 1),
      deliver: (e) => (count += e.length),
    });
    for (let index = 0; index < 10_000; index++) await other.log.append('lobby', draft(`${index}`));
    expect(engine.injected.deliveriesLost).toBe(1);
    await clock.advance(500);
    expect(count).toBe(10_000);
  });
});

describe('changes of presence', () => {
  test('that are late come in their order', async () => {
    const { clock, node, other } = await nodes({ presence: { delay: { ms: 100 } } });
    const { told, handler } = watcher();
    expect((await node.presence.watch('lobby', handler)).list.count).toBe(0);
    await enter(other, 'ann');
    await enter(other, 'bob');
    expect(told).toEqual([]);
    await clock.advance(100);
    expect(told).toEqual([['+ann'], ['+bob']]);
  });

  test('that are lost are in a list that is told later', async () => {
    const { clock, engine, node, other } = await nodes({ presence: { lose: 1, repair: { ms: 100 } } });
    const { told, handler } = watcher();
    await node.presence.watch('lobby', handler);
    for (const member of ['ann', 'bob']) await enter(other, member);
    await clock.advance(100);
    expect(told).toEqual([{ reset: ['ann', 'bob'] }]);
    engine.inject();
    await other.presence.leave('lobby', session('ann'));
    expect(told.slice(1)).toEqual([['-ann']]);
  });

  test.each<[how: string, faults: EngineFaults, told: readonly unknown[]]>([
    ['late', { presence: { delay: { ms: 1_000 } } }, [['+ann'], ['-ann']]],
    ['lost', { presence: { lose: 1 } }, [{ reset: ['ann'] }, { reset: [] }]],
  ])('of this node that are %s have come when the call resolves', async (_how, faults, expected) => {
    const { node } = await nodes(faults);
    const { told, handler } = watcher();
    await node.presence.watch('lobby', handler);
    await enter(node, 'ann');
    await node.presence.endSession(session('ann'));
    expect(told).toEqual(expected);
  });
});

describe('signals', () => {
  const numbers = Array.from({ length: 40 }, (_, index) => index);

  async function heard(faults: EngineFaults, seed = 1) {
    const { clock, engine, node, other } = await nodes(faults, seed);
    const ear: unknown[] = [];
    await node.signals.subscribe('topic', (payload) => ear.push(payload));
    for (const number of numbers) await other.signals.publish('topic', number);
    await clock.advance(1_000);
    return { ear, injected: engine.injected };
  }

  test('are lost', async () => {
    const { ear, injected } = await heard({ signals: { drop: 0.5 } });
    expect(ear.length + injected.signalsDropped).toBe(40);
    expect(injected.signalsDropped).toBeGreaterThan(5);
    expect(ear).toEqual([...ear].sort((a, b) => Number(a) - Number(b)));
  });

  test('come late, and overtake each other', async () => {
    const { ear } = await heard({ signals: { delay: { rate: 0.5, ms: [0, 1_000] } } });
    expect(ear).not.toEqual(numbers);
    expect(ear.sort((a, b) => Number(a) - Number(b))).toEqual(numbers);
  });

  test('come twice', async () => {
    const { ear, injected } = await heard({ signals: { double: 0.5 } });
    expect(new Set(ear)).toEqual(new Set(numbers));
    expect(ear).toHaveLength(40 + injected.signalsDoubled);
    expect(injected.signalsDoubled).toBeGreaterThan(5);
  });

  test('that are late are lost when the subscription closes', async () => {
    const { clock, node, other } = await nodes({ signals: { delay: { ms: 10 } } });
    const ear: unknown[] = [];
    const subscription = await node.signals.subscribe('topic', (payload) => ear.push(payload));
    await other.signals.publish('topic', 1);
    subscription.close();
    expect(clock.pending).toBe(0);
    await clock.advance(10);
    expect(ear).toEqual([]);
  });
});

test('changes of shared state come late, all of them and in their order', async () => {
  const { clock, node, other } = await nodes({ state: { delay: { rate: 0.5, ms: [0, 100] } } });
  const told: unknown[] = [];
  await node.state.onChange('lobby', (_, value) => told.push(value));
  const values = Array.from({ length: 20 }, (_, index) => index);
  for (const value of values) {
    await other.state.set('lobby', 'key', value);
    await clock.advance(10);
  }
  await clock.advance(100);
  expect(told).toEqual(values);
});

describe('an outage', () => {
  test('by hand rejects all calls until it ends, those under way too', async () => {
    const { clock, engine, node, other } = await nodes();
    engine.once('log.append', { delay: { ms: 100 } });
    engine.once('log.append', { answer: { ms: 100 } });
    const late = node.log.append('early', draft('a'));
    const unanswered = node.log.append('lobby', draft('b'));
    const settled = Promise.allSettled([late, unanswered, node.log.append('lobby', draft('c'))]);
    const ends = [engine.beginOutage(), engine.beginOutage()];
    await expect(node.presence.rooms({ limit: 1 })).rejects.toMatchObject(unavailable);
    await clock.advance(100);
    expect((await settled).map(({ status }) => status)).toEqual(['rejected', 'rejected', 'fulfilled']);
    expect((await other.log.read('early', { limit: 1 })).head).toBe(0);
    expect((await other.log.read('lobby', { limit: 1 })).head).toBe(2);
    ends[0]?.();
    await expect(node.log.append('lobby', draft('d'))).rejects.toMatchObject(unavailable);
    ends[1]?.();
    ends[1]?.();
    expect(await node.log.append('lobby', draft('e'))).toMatchObject({ offset: 3 });
    expect(engine.injected).toMatchObject({ outages: 2, callsInOutages: 4 });
  });

  test('by the script comes and goes by the clock, and answers in its time', async () => {
    const { clock, engine, node } = await nodes({ outages: { every: 1_000, last: 500, answer: 200 } });
    const at = async (ms: number) => {
      await clock.advance(ms - clock.monotonic());
      const started = clock.monotonic();
      const call = node.presence.rooms({ limit: 1 }).then(
        () => 'works',
        () => clock.monotonic() - started,
      );
      await clock.advance(200);
      return call;
    };
    expect([await at(0), await at(999 - 200), await at(1_000), await at(1_499), await at(1_700)]).toEqual([
      'works',
      'works',
      200,
      200,
      'works',
    ]);
    expect([await at(2_500), await at(3_000)]).toEqual([200, 'works']);
    expect(engine.injected.outages).toBe(2);
  });

  test('loses what is told meanwhile, and makes it good afterwards; signals are lost', async () => {
    const { clock, engine, node, other } = await nodes();
    const [entries, people, signals, changes] = [tape(), watcher(), vi.fn(), vi.fn()];
    await node.log.follow('lobby', entries.handler);
    await node.presence.watch('lobby', people.handler);
    await node.signals.subscribe('topic', signals);
    await node.state.onChange('lobby', changes);
    const end = engine.beginOutage();
    await append(other, 'a', 'b');
    await enter(other, 'ann');
    await other.signals.publish('topic', 1);
    await other.state.set('lobby', 'key', 1);
    await clock.advance(60_000);
    expect([entries.told, people.told, changes.mock.calls]).toEqual([[], [], []]);
    end();
    await clock.advance(0);
    expect([entries.told, people.told, changes.mock.calls]).toEqual([[['a', 'b']], [{ reset: ['ann'] }], [['key', 1]]]);
    expect(signals).not.toHaveBeenCalled();
  });

  test('keeps an engine from being opened', async () => {
    const engine = faultyEngine(memory());
    const end = engine.beginOutage();
    await expect(engine.open(contextOf(virtualClock()))).rejects.toMatchObject(unavailable);
    end();
    await (await engine.open(contextOf(virtualClock()))).close();
  });
});

describe('close()', () => {
  test('has what was called take effect at once, tells nobody, and leaves no timer', async () => {
    const { clock, node, other } = await nodes({
      calls: { every: { delay: { ms: 1_000 }, answer: { ms: 1_000 } } },
      deliveries: { delay: { ms: 1_000 } },
    });
    const following = node.log.follow('lobby', tape().handler);
    await clock.advance(2_000);
    await following;
    await append(other, 'a');
    const appending = node.log.append('lobby', draft('b'));
    expect(clock.pending).toBeGreaterThan(0);
    await Promise.all([node.close(), node.close()]);
    expect(clock.pending).toBe(0);
    expect(await appending).toMatchObject({ offset: 2 });
  });

  test('is the one of the engine, once', async () => {
    const close = vi.fn(() => Promise.resolve());
    const inner: Engine = { name: 'x', open: async (context) => ({ ...(await memory().open(context)), close }) };
    const node = await faultyEngine(inner).open(contextOf(virtualClock()));
    await node.close();
    await node.close();
    expect(close).toHaveBeenCalledTimes(1);
  });
});

describe('the seed', () => {
  const faults: EngineFaults = {
    calls: {
      every: { delay: { rate: 0.5, ms: [0, 50] }, answer: { rate: 0.5, ms: [0, 50] }, refuse: 0.1, loseReply: 0.1 },
    },
    deliveries: { delay: { rate: 0.5, ms: [0, 100] }, lose: 0.2, gap: 0.3, reset: 0.3 },
    presence: { delay: { rate: 0.5, ms: [0, 100] }, lose: 0.2 },
    signals: { delay: { rate: 0.5, ms: [0, 100] }, drop: 0.2, double: 0.2 },
    state: { delay: { rate: 0.5, ms: [0, 100] } },
    outages: { every: [500, 2_000], last: [100, 500] },
  };

  /** All that comes of a hundred operations, with the time at which it does. */
  async function run(
    seed: number,
    given: EngineFaults,
  ): Promise<{ readonly lines: string[]; readonly engine: FaultyEngine }> {
    const { clock, engine, node, other } = await nodes(given, seed);
    const lines: string[] = [];
    const note = (what: string) => lines.push(`${clock.monotonic()} ${what}`);
    const outcome = (what: string, call: Promise<unknown>) =>
      call.then(
        () => note(what),
        () => note(`${what} failed`),
      );
    const { told, handler } = tape();
    for (const open of [
      () => node.log.follow('lobby', handler),
      () => node.signals.subscribe('t', (n) => note(`heard ${n}`)),
    ])
      void outcome('open', open());
    for (let step = 0; step < 100; step++) {
      await append(other, `other ${step}`);
      await other.signals.publish('t', step);
      void outcome(`append ${step}`, node.log.append('lobby', draft(`${step}`)));
      void outcome(`enter ${step}`, enter(node, `${step}`));
      void outcome(`set ${step}`, node.state.set('lobby', 'key', step));
      await clock.advance(20);
    }
    await clock.advance(10_000);
    return { lines: [...lines, ...told.map((each) => JSON.stringify(each))], engine };
  }

  test('decides: the same makes the same, another makes other things', async () => {
    const [first, again, other] = [await run(7, faults), await run(7, faults), await run(8, faults)];
    expect(again.lines).toEqual(first.lines);
    expect(again.engine.injected).toEqual(first.engine.injected);
    expect(other.lines).not.toEqual(first.lines);
    expect(first.engine.injected.callsRefused).toBeGreaterThan(0);
  });

  test('leaves faults of one kind where they were when there are others of another kind', async () => {
    const refusals = ({ lines }: { readonly lines: string[] }) =>
      lines.filter((line) => line.endsWith('failed')).map((line) => line.replace(/^\d+ /, ''));
    const calls = { every: { refuse: 0.1 } };
    const [few, many] = [
      await run(3, { calls }),
      await run(3, { calls, signals: { drop: 0.5 }, state: { delay: {} } }),
    ];
    expect(refusals(few).length).toBeGreaterThan(10);
    expect(refusals(many)).toEqual(refusals(few));
  });
});
