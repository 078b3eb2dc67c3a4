import { describe, expect, test, vi } from 'vitest';
import { administered } from './admin-stage.js';

describe('the overview', () => {
  test('says who and what there is, and how fast it goes once it was looked at twice', async () => {
    const { list, connect, time } = await administered();
    const [ali, bo] = [await connect('ali'), await connect('bo')];
    for (const client of [ali, bo]) await client.join('lobby');
    const first = await list('overview');
    expect(first).toMatchObject({
      version: expect.stringMatching(/^\d+\.\d+\.\d+/),
      state: 'open',
      engine: { name: 'memory', state: 'up', durability: 'process', warnings: [] },
      now: {
        connections: { memory: 2 },
        connected: 2,
        waiting: 0,
        rooms: 1,
        memberships: 2,
        unsentBytes: 0,
        blocked: 0,
      },
      totals: { messages: 0, connections: 2 },
    });
    expect(first.rates).toBeUndefined();
    for (let count = 0; count < 6; count++) await ali.say('lobby', 'hello');
    time.now += 2_000;
    const second = await list('overview');
    expect(second.totals).toMatchObject({ messages: 6 });
    expect(second.rates.messages).toBe(2);
    expect(second.rates.deliveries).toBeGreaterThanOrEqual(4);
    expect(second.rates.connections).toBe(0);
    expect(second.latency.append).toBeGreaterThanOrEqual(0);
    expect(second.loop.busy).toBeGreaterThanOrEqual(0);
    expect(second.memory.resident).toBeGreaterThan(1_000_000);
  });

  test('tells no rate of what was long ago', async () => {
    const { list, time } = await administered();
    await list('overview');
    time.now += 60_000;
    expect((await list('overview')).rates).toBeUndefined();
    expect((await list('overview')).rates).toBeDefined();
  });

  test('is made once a second, however many look', async () => {
    const { ask, hub, authorization, time } = await administered();
    const metrics = vi.spyOn(hub, 'metrics');
    const sessions = vi.spyOn(hub, 'sessions');
    for (let count = 0; count < 5; count++)
      for (const path of ['overview', 'sessions', 'sessions?sort=sent']) await ask(path, { headers: authorization });
    expect([metrics.mock.calls.length, sessions.mock.calls.length]).toEqual([1, 1]);
    time.now += 1_000;
    await ask('overview', { headers: authorization });
    expect([metrics.mock.calls.length, sessions.mock.calls.length]).toEqual([2, 1]);
  });
});

describe('the rooms', () => {
  test('are listed by how many are in them, by how much is said, or by name', async () => {
    const { list, connect } = await administered();
    const [ali, bo] = [await connect('ali'), await connect('bo')];
    for (const room of ['quiet', 'busy', 'empty']) await ali.join(room);
    await bo.join('quiet');
    await ali.request({ type: 'leave', room: 'empty' });
    const names = async (query: string) =>
      (await list(`rooms?${query}`)).items.map(({ name }: { name: string }) => name);
    expect(await list('rooms')).toEqual({
      total: 2,
      offset: 0,
      items: [
        { name: 'quiet', members: 2, count: 2 },
        { name: 'busy', members: 1, count: 1 },
      ],
    });
    for (let count = 0; count < 4; count++) await ali.say('busy', 'hello');
    const { items } = await list('rooms?sort=rate');
    expect(items).toEqual([
      { name: 'busy', members: 1, count: 1, rate: 4 },
      { name: 'quiet', members: 2, count: 2, rate: 0 },
    ]);
    expect(await names('sort=name')).toEqual(['busy', 'quiet']);
    expect(await names('name=USY')).toEqual(['busy']);
    expect(await names('name=nothing')).toEqual([]);
  });

  test('are given page by page', async () => {
    const { list, connect } = await administered();
    const ali = await connect('ali');
    for (let count = 0; count < 60; count++) await ali.join(`room-${String(count).padStart(2, '0')}`);
    const first = await list('rooms?sort=name');
    expect([first.total, first.items.length, first.items[0].name]).toEqual([60, 50, 'room-00']);
    const second = await list('rooms?sort=name&offset=50&limit=50');
    expect([second.total, second.offset, second.items.length, second.items[0].name]).toEqual([60, 50, 10, 'room-50']);
    expect((await list('rooms?offset=60')).items).toEqual([]);
  });
});

describe('the members', () => {
  test('are listed with where they are, what they were sent, and what waits for them', async () => {
    const { list, connect } = await administered();
    const ali = await connect('ali', {}, { remoteAddress: '192.0.2.7', secure: true });
    await connect('bo');
    await ali.join('lobby');
    const { total, items } = await list('sessions');
    expect(total).toBe(2);
    const [{ member }] = items;
    expect(items[0]).toMatchObject({
      ...{ user: member, name: 'ali', guest: true, transport: 'memory', secure: true, remoteAddress: '192.0.2.7' },
      ...{ rooms: ['lobby'], roomCount: 1, waiting: false, unsentBytes: 0, slow: false },
    });
    expect(items[1]).toMatchObject({ name: 'bo', rooms: [] });
    const found = async (query: string) =>
      (await list(`sessions?${query}`)).items.map(({ name }: { name: string }) => name);
    expect(await found('find=AL')).toEqual(['ali']);
    expect(await found('find=192.0.2.')).toEqual(['ali']);
    expect(await found(`find=${member}`)).toEqual(['ali']);
    expect(await found('find=nobody')).toEqual([]);
    expect(await found('slow=true')).toEqual([]);
    expect(await found('limit=1&offset=1')).toEqual(['bo']);
  });

  test('who read too slowly are found, and those who are away', async () => {
    const { list, connect } = await administered();
    const [ali, slow, away] = [await connect('ali'), await connect('slow'), await connect('away')];
    for (const client of [ali, slow, away]) await client.join('lobby');
    slow.peer.stall();
    for (let count = 0; count < 20; count++) await ali.say('lobby', 'x'.repeat(4_000));
    away.peer.cut();
    const { items } = await list('sessions?slow=true');
    expect(items).toEqual([expect.objectContaining({ name: 'slow', slow: true })]);
    expect(items[0].unsentBytes).toBeGreaterThan(10_000);
    expect((await list('sessions?sort=unsent')).items[0].name).toBe('slow');
    const { items: found } = await list('sessions?find=away');
    expect(found).toEqual([expect.objectContaining({ name: 'away', waiting: true, unsentBytes: 0 })]);
    expect((await list('overview')).now).toMatchObject({ connected: 2, waiting: 1, blocked: 1 });
  });

  test('of many rooms are shown with some of them', async () => {
    const { list, connect } = await administered();
    const ali = await connect('ali');
    for (let count = 0; count < 9; count++) await ali.join(`room-${count}`);
    const { items } = await list('sessions');
    expect([items[0].rooms.length, items[0].roomCount]).toEqual([5, 9]);
  });
});

test('a room tells who is in it by name, and what it is about', async () => {
  const { list, connect, hub } = await administered();
  const [bo, ali] = [await connect('bo'), await connect('ali', {}, { remoteAddress: '192.0.2.7' })];
  for (const client of [bo, ali]) await client.join('lobby');
  await hub.room('lobby').setTopic('lunch');
  const { name, topic, people } = await list('room?name=Lobby');
  expect([name, topic, people.total]).toEqual(['lobby', 'lunch', 2]);
  expect(people.items).toEqual([
    { user: expect.any(String), name: 'ali', member: expect.any(String), remoteAddress: '192.0.2.7' },
    { user: expect.any(String), name: 'bo', member: expect.any(String), remoteAddress: '127.0.0.1' },
  ]);
  expect((await list('room?name=lobby&find=BO')).people.items).toMatchObject([{ name: 'bo' }]);
  expect((await list('room?name=nowhere')).people).toEqual({ total: 0, offset: 0, items: [] });
});
