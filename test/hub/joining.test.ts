import { describe, expect, test } from 'vitest';
import { barrier, chat, gatedEngine, offsetsIn, peopleIn, textsIn, typesAfter } from './set-up.js';

describe('the join seam', () => {
  test('shows the last messages asked for, and goes on one above the offset that it names', async () => {
    const { hub, connect } = await chat();
    const room = hub.room('lobby');
    for (const text of ['one', 'two', 'three']) await room.send(text);
    const alice = await connect('alice');
    const joined = await alice.join('lobby', { history: 2 });
    expect(joined).toMatchObject({ offset: 3, recovered: false, more: false });
    expect(joined.entries).toMatchObject([
      { type: 'message', text: 'two', offset: 2 },
      { text: 'three', offset: 3 },
    ]);
    await room.send('four');
    expect(await alice.next('message')).toMatchObject({ text: 'four', offset: 4 });
  });

  test('shows 200 messages at most', async () => {
    const { hub, connect } = await chat();
    for (let count = 0; count < 210; count++) await hub.room('lobby').send(`m${count}`);
    const alice = await connect('alice');
    expect((await alice.join('lobby', { history: 1e9 })).entries).toHaveLength(200);
  });

  test('gives what is said while the past is read once, and in order', async () => {
    const { engine, gates } = gatedEngine();
    const { hub, connect, clock } = await chat({ engine });
    const room = hub.room('lobby');
    await room.send('m1');
    await room.send('m2');
    const alice = await connect('alice');
    const reads = barrier();
    gates.set('log.read', reads.gate);
    const joining = alice.join('lobby', { history: 10 });
    await reads.arrival();
    for (const text of ['m3', 'm4']) await room.send(text);
    reads.pass();
    for (const text of ['m5', 'm6']) await room.send(text);
    const joined = await joining;
    await clock.advance(0);
    expect(textsIn(alice, 'lobby')).toEqual(['m1', 'm2', 'm3', 'm4', 'm5', 'm6']);
    expect(joined.offset).toBe(2);
    expect(joined.entries).toHaveLength(2);
  });

  test.each(Array.from({ length: 12 }, (_, index) => index))(
    'gives each message once, whichever of the steps of joining it falls into (%i)',
    async (step) => {
      const { engine, gates } = gatedEngine();
      const { hub, connect, clock } = await chat({ engine });
      const room = hub.room('lobby');
      await room.send('m1');
      const alice = await connect('alice');
      gates.set('log.read', async (call) => {
        const page = await call();
        void afterMicrotasks(step, () => void room.send('between'));
        return page;
      });
      await alice.join('lobby', { history: 10 });
      gates.clear();
      await room.send('last');
      await clock.advance(0);
      expect(textsIn(alice, 'lobby')).toEqual(['m1', 'between', 'last']);
      expect(offsetsIn(alice, 'lobby')).toEqual([1, 2, 3]);
    },
  );

  test.each(Array.from({ length: 12 }, (_, index) => index))(
    'tells of everybody who comes, whichever of the steps of joining that falls into (%i)',
    async (step) => {
      const { engine, gates } = gatedEngine();
      const { hub, connect, clock } = await chat({ engine });
      const members: { join(room: string): Promise<void> }[] = [];
      hub.on('connect', ({ member }) => members.push(member));
      const [alice] = [await connect('alice'), await connect('bob')];
      gates.set('log.read', async (call) => {
        const page = await call();
        gates.clear();
        void afterMicrotasks(step, () => void members[1]!.join('lobby'));
        return page;
      });
      await alice.join('lobby', { history: 1 });
      await clock.advance(0);
      expect(peopleIn(alice, 'lobby')).toEqual(['alice', 'bob']);
    },
  );

  test('holds back no presence: `joined` comes before any event of the room', async () => {
    const { engine, gates } = gatedEngine();
    const { hub, connect, clock } = await chat({ engine });
    const [alice, bob] = [await connect('alice'), await connect('bob')];
    const reads = barrier();
    gates.set('log.read', reads.gate);
    const joining = alice.join('lobby', { history: 1 });
    await reads.arrival();
    gates.clear();
    await bob.join('lobby');
    await hub.room('lobby').signal('typing');
    await hub.room('lobby').send('early');
    reads.pass();
    await joining;
    await clock.advance(0);
    expect(alice.events.map(({ type }) => type)).toEqual(['welcome', 'joined', 'message']);
    expect(peopleIn(alice, 'lobby')).toEqual(['alice', 'bob']);
  });

  test('reads from the log what is said meanwhile when it is more than an outbox holds', async () => {
    const { engine, gates } = gatedEngine();
    const { hub, connect, clock } = await chat({ engine, limits: { outboxBytes: 20_000 } });
    const room = hub.room('lobby');
    const alice = await connect('alice');
    const reads = barrier();
    gates.set('log.read', reads.gate);
    const joining = alice.join('lobby', { history: 1 });
    await reads.arrival();
    let readAgain = 0;
    gates.set('log.read', (call) => {
      readAgain++;
      return call();
    });
    for (let count = 0; count < 30; count++) await room.send(`${count} ${'x'.repeat(1_000)}`);
    reads.pass();
    await joining;
    await room.send('live');
    await clock.advance(0);
    expect(offsetsIn(alice, 'lobby')).toEqual(Array.from({ length: 31 }, (_, index) => index + 1));
    expect(readAgain).toBeGreaterThan(0);
    expect(alice.peer.isOpen).toBe(true);
  });

  test('goes on after a position that the client gives', async () => {
    const { hub, connect } = await chat();
    const room = hub.room('lobby');
    for (const text of ['m1', 'm2', 'm3']) await room.send(text);
    const alice = await connect('alice');
    const { epoch } = await alice.join('lobby');
    const joined = await alice.join('lobby', { after: { epoch, offset: 1 } });
    expect(joined).toMatchObject({ recovered: true, offset: 3, more: false });
    expect(joined.entries.map(({ offset }) => offset)).toEqual([2, 3]);
  });

  test('at the head recovers, with nothing to tell', async () => {
    const { hub, connect } = await chat();
    await hub.room('lobby').send('m1');
    const alice = await connect('alice');
    const { epoch } = await alice.join('lobby');
    expect(await alice.join('lobby', { after: { epoch, offset: 1 } })).toMatchObject({ recovered: true, entries: [] });
  });

  test('of a member who leaves while the past is read is given up', async () => {
    const { engine, gates } = gatedEngine();
    const { hub, connect, clock } = await chat({ engine, policies: { moderate: () => true } });
    const [alice, bob] = [await connect('alice'), await connect('bob')];
    await bob.join('lobby');
    const reads = barrier();
    gates.set('log.read', reads.gate);
    alice.tell({ type: 'join', room: 'lobby', history: 1 });
    alice.tell({ type: 'leave', room: 'lobby' });
    await reads.arrival();
    await bob.request({ type: 'kick', room: 'lobby', member: 'alice' });
    gates.clear();
    reads.pass();
    await clock.advance(0);
    expect(typesAfter(alice, 1).sort()).toEqual(['error', 'joined', 'left']);
    expect((await hub.room('lobby').members()).map(({ name }) => name)).toEqual(['bob']);
    const before = alice.events.length;
    await hub.room('lobby').send('after');
    await clock.advance(0);
    expect(alice.events).toHaveLength(before);
  });

  test('that can’t read the past is refused, and the member is not in', async () => {
    const { engine, gates } = gatedEngine();
    const { hub, connect, errors, clock } = await chat({ engine });
    const told: string[] = [];
    hub.on('join', () => told.push('join'));
    hub.on('leave', () => told.push('leave'));
    const alice = await connect('alice');
    gates.set('log.read', () => Promise.reject(new Error('down')));
    expect(await alice.ask({ type: 'join', room: 'lobby', history: 1 })).toMatchObject({ code: 'INTERNAL' });
    gates.clear();
    expect(errors.splice(0)).toHaveLength(1);
    expect(await hub.room('lobby').members()).toEqual([]);
    await hub.room('lobby').send('unheard');
    await clock.advance(0);
    expect(textsIn(alice, 'lobby')).toEqual([]);
    expect(told).toEqual([]);
    expect(await alice.join('lobby', { history: 1 })).toMatchObject({ entries: [{ text: 'unheard' }] });
  });

  test('that can’t read the past of a room that the member is in leaves it in, without a hole', async () => {
    const { engine, gates } = gatedEngine();
    const { hub, connect, errors, clock } = await chat({ engine });
    const alice = await connect('alice');
    await alice.join('lobby');
    const reads = barrier();
    gates.set('log.read', (call) => reads.gate(() => call().then(() => Promise.reject(new Error('down')))));
    const asked = alice.ask({ type: 'join', room: 'lobby', history: 1 });
    await reads.arrival();
    await hub.room('lobby').send('meanwhile');
    reads.pass();
    expect(await asked).toMatchObject({ code: 'INTERNAL' });
    expect(errors.splice(0)).toHaveLength(1);
    gates.clear();
    await hub.room('lobby').send('later');
    await clock.advance(0);
    expect(textsIn(alice, 'lobby')).toEqual(['meanwhile', 'later']);
  });
});

describe('a room whose log begins anew', () => {
  test('says so, and goes on with the new epoch', async () => {
    const engine = await removable();
    const { hub, connect, clock } = await chat({ engine: engine.engine });
    const alice = await connect('alice');
    const { epoch } = await alice.join('lobby');
    await alice.say('lobby', 'old');
    await engine.remove('lobby');
    await hub.room('lobby').send('new');
    await clock.advance(0);
    const reset = alice.events.find((event) => event.type === 'reset');
    expect(reset).toMatchObject({ room: 'lobby', offset: 0 });
    expect(reset?.epoch).not.toBe(epoch);
    expect(textsIn(alice, 'lobby')).toEqual(['old', 'new']);
    expect(offsetsIn(alice, 'lobby')).toEqual([1, 1]);
  });

  test('while a member reads the past is shown to it as it is now', async () => {
    const { engine, remove, gates } = await removable();
    const { hub, connect, clock } = await chat({ engine });
    for (const text of ['m1', 'm2']) await hub.room('lobby').send(text);
    const alice = await connect('alice');
    const reads = barrier();
    gates.set('log.read', reads.gate);
    const joining = alice.join('lobby', { history: 5 });
    await reads.arrival();
    gates.clear();
    await remove('lobby');
    await hub.room('lobby').send('early');
    reads.pass();
    const joined = await joining;
    await hub.room('lobby').send('later');
    await clock.advance(0);
    expect(joined).toMatchObject({ offset: 1, entries: [{ text: 'early', offset: 1 }] });
    expect(joined.epoch).toBe((await alice.say('lobby', 'x')).epoch);
    expect(textsIn(alice, 'lobby')).toEqual(['early', 'later', 'x']);
    expect(alice.events.some(({ type }) => type === 'reset')).toBe(false);
  });

  test.each(Array.from({ length: 8 }, (_, index) => index))(
    'while a member joins loses nothing of what is said then, whichever step that falls into (%i)',
    async (step) => {
      const { engine, remove, gates } = await removable();
      const { hub, connect, clock } = await chat({ engine });
      for (const text of ['m1', 'm2']) await hub.room('lobby').send(text);
      const alice = await connect('alice');
      gates.set('log.read', async (call) => {
        const page = await call();
        gates.clear();
        void afterMicrotasks(step, () => void remove('lobby'));
        return page;
      });
      const joined = await alice.join('lobby', { history: 5 });
      await hub.room('lobby').send('new');
      await clock.advance(0);
      const reset = alice.events.find((event) => event.type === 'reset');
      expect(reset?.epoch ?? joined.epoch).toBe((await alice.say('lobby', 'x')).epoch);
      expect(textsIn(alice, 'lobby').slice(-2)).toEqual(['new', 'x']);
    },
  );

  test('before this node has heard of it is not shown as the old one', async () => {
    const { engine, gates } = gatedEngine();
    const { hub, connect } = await chat({ engine });
    await hub.room('lobby').send('old');
    const alice = await connect('alice');
    gates.set('log.read', async (call) => ({ ...((await call()) as object), epoch: 'new' }));
    expect(await alice.join('lobby', { history: 5 })).toMatchObject({ entries: [], recovered: false });
    const after = { epoch: 'new', offset: 0 };
    expect(await alice.join('lobby', { after })).toMatchObject({ entries: [], recovered: false });
  });
});

/** Runs something so many microtasks from now. */
async function afterMicrotasks(count: number, run: () => void) {
  for (let index = 0; index < count; index++) await undefined;
  run();
}

/** An engine whose logs a test can remove. */
async function removable() {
  const { engine, gates } = gatedEngine();
  let remove: (log: string) => Promise<void> = () => Promise.reject(new Error('not open'));
  const open = {
    name: engine.name,
    open: async (...context: Parameters<typeof engine.open>) => {
      const opened = await engine.open(...context);
      remove = (log) => opened.log.remove(log);
      return opened;
    },
  };
  return { engine: open, gates, remove: (log: string) => remove(log) };
}
