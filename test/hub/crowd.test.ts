import { ChatHub, type Scheduler } from 'chathub';
import { memoryTransport, objectProtocol, type TestClient, testClient } from 'chathub/testing';
import { expect, onTestFinished, test } from 'vitest';

const many = 60;

/** A hub for which each look at the clock takes a millisecond, and turns end when they are told to. */
async function setUp() {
  const runs: (() => void)[] = [];
  const schedule: Scheduler = (run) => void runs.push(run);
  let now = 0;
  const clock = { now: () => Date.now(), monotonic: () => ++now, after: () => () => {} };
  const hub = new ChatHub({ clock, schedule });
  const transport = memoryTransport({ protocol: objectProtocol() });
  await hub.listen(transport);
  const endOfTurn = async () => {
    for (const run of runs.splice(0)) run();
    await allElse();
  };
  onTestFinished(async () => {
    const closed = hub.close({ drain: 0, signal: AbortSignal.abort() });
    for (let turn = 0; turn < 10; turn++) await endOfTurn();
    await closed;
  });
  return { hub, transport, endOfTurn, dial: () => testClient(transport.connect()) };
}

/** Whatever goes on without the end of a turn. */
async function allElse(): Promise<void> {
  for (let times = 0; times < 5; times++) await new Promise(setImmediate);
}

/** Few at once, and in the end all of them: how many there were after each turn. */
async function paced(count: () => number, endOfTurn: () => Promise<void>): Promise<void> {
  await allElse();
  let before = count();
  expect(before).toBeLessThan(many / 4);
  for (let turn = 0; count() < many; turn++) {
    expect(turn, `turns for ${count()}`).toBeLessThan(10 * many);
    await endOfTurn();
    expect(count() - before).toBeLessThan(many / 4);
    before = count();
  }
}

async function crowd({ hub, dial, endOfTurn }: Awaited<ReturnType<typeof setUp>>): Promise<readonly TestClient[]> {
  const clients = Array.from({ length: many }, dial);
  for (const client of clients) client.tell({ type: 'hello' });
  await paced(() => hub.metrics().sessions.begun, endOfTurn);
  return clients;
}

test('thousands who come at once are greeted some in each turn', async () => {
  await crowd(await setUp());
});

test('so are they let into a room', async () => {
  const world = await setUp();
  const clients = await crowd(world);
  for (const client of clients) client.tell({ type: 'join', room: 'lobby' });
  await paced(() => world.hub.metrics().rooms.memberships, world.endOfTurn);
});

test('so are their sessions taken up again', async () => {
  const world = await setUp();
  const clients = await crowd(world);
  await world.endOfTurn();
  const secrets = await Promise.all(clients.map(async (client) => (await client.next('welcome')).session));
  for (const { peer } of clients) peer.cut();
  for (const session of secrets) world.dial().tell({ type: 'hello', session });
  await paced(() => world.hub.metrics().sessions.resumed, world.endOfTurn);
});

test('who talks does not wait for them', async () => {
  const world = await setUp();
  const [alice] = await crowd(world);
  if (alice === undefined) throw new Error('Nobody came.');
  alice.tell({ type: 'join', room: 'lobby' });
  while (world.hub.metrics().rooms.memberships === 0) await world.endOfTurn();
  for (let number = 0; number < many; number++) world.dial().tell({ type: 'hello' });
  alice.tell({ type: 'send', room: 'lobby', text: 'still here' });
  await allElse();
  expect(world.hub.metrics()).toMatchObject({ messages: { room: 1 } });
  expect(world.hub.metrics().sessions.begun).toBeLessThan(1.5 * many);
});
