import { type Engine, type EngineContext, memory, type OpenEngine } from 'chathub';
import { type FaultyEngine, faultyEngine } from 'chathub/testing';
import { expect, onTestFinished, test } from 'vitest';
import { byToken, chat, peopleIn, stillClock, textsIn } from './set-up.js';

// Each of these was found by faults.test.ts, or by the hub's own tests over a faulty engine.

const options = { policies: { authenticate: byToken, moderate: () => true }, lastingMembership: false };

/** A hub over memory, of which a test says what goes wrong. */
async function faulty() {
  const engine = faultyEngine(memory());
  return { engine, ...(await chat({ engine, ...options })) };
}

/** Two nodes over one store, each behind faults of its own. */
async function faultyNodes() {
  const [store, clock] = [memory(), stillClock()];
  const node = async (engine: Engine) => chat({ engine, clock, ...options });
  const engines: readonly [FaultyEngine, FaultyEngine] = [faultyEngine(store), faultyEngine(store)];
  return { engines, clock, first: await node(engines[0]), second: await node(engines[1]) };
}

test('a name that another session of the user has replaced meanwhile is not taken for the name', async () => {
  // The reply to the first claim came after the second claim had taken effect: both sessions, and what they said from then on, had
  // the name that the user had given up, while presence and the name book had the other.
  const { engine, connect, clock, hub } = await faulty();
  const [one, two] = [await connect('ann', { token: 'u1' }), await connect(undefined, { token: 'u1' })];
  await one.join('lobby');
  engine.once('presence.claimName', { answer: { ms: 100 } });
  one.tell({ type: 'nick', name: 'first' });
  await clock.advance(10);
  two.tell({ type: 'nick', name: 'second' });
  await clock.advance(1_000);
  expect(await hub.user('u1').name()).toBe('second');
  await one.say('lobby', 'who am I?');
  expect((await one.next('message')).from.name).toBe('second');
});

test('a message that is sent behind a leave gets its answer in an outage within five seconds', async () => {
  // The leave was stored in the turn of the member, again and again: nothing that the member sent was answered until it had been.
  const { engine, connect, clock, errors, hub } = await faulty();
  const alice = await connect('alice');
  for (const room of ['lobby', 'music']) await alice.join(room);
  const end = engine.beginOutage();
  alice.tell({ type: 'leave', room: 'music' });
  await alice.next('left');
  const before = alice.events.length;
  alice.tell({ type: 'send', room: 'lobby', text: 'x', id: 'x' });
  await clock.advance(5_000);
  const answered = alice.events.slice(before);
  end();
  await clock.advance(60_000);
  errors.length = 0;
  expect(answered).toMatchObject([{ type: 'error', code: 'ENGINE_UNAVAILABLE', re: 'x' }]);
  expect(await hub.room('music').members()).toEqual([]);
});

test('who enters again while its leave could not be stored yet does not leave any more', async () => {
  const { engine, connect, clock, errors, hub } = await faulty();
  const alice = await connect('alice');
  await alice.join('music');
  engine.once('presence.leave', { refuse: 1 });
  alice.tell({ type: 'leave', room: 'music' });
  await alice.next('left');
  await alice.join('music');
  await clock.advance(60_000);
  errors.length = 0;
  expect(await hub.room('music').members()).toHaveLength(1);
  expect(alice.events.filter(({ type }) => type === 'left')).toHaveLength(1);
});

test('who comes back to a node that missed that it had gone is in no room that it has left since', async () => {
  // The node did not hear that another had taken the session up, and the reply of its own taking it up was lost. When the client asked
  // again, the session was "here": the member of long ago was taken up, with a room that it had left on the other node. The client
  // was welcomed without it, and told of all that was said there.
  const { engines, clock, first, second } = await faultyNodes();
  const alice = await first.connect('alice');
  for (const room of ['lobby', 'music']) await alice.join(room);
  const { session } = await alice.next('welcome');
  engines[0].inject({ signals: { drop: 1 } });
  alice.peer.cut();
  const elsewhere = await second.connect(undefined, { session });
  elsewhere.tell({ type: 'leave', room: 'music' });
  await elsewhere.next('left');
  elsewhere.peer.cut();
  engines[0].once('presence.takeSession', { loseReply: 1 });
  await expect(first.connect(undefined, { session })).rejects.toMatchObject({ code: 'ENGINE_UNAVAILABLE' });
  const back = await first.connect(undefined, { session });
  await first.hub.room('music').send('to those who are here');
  await clock.advance(0);
  expect(Object.keys((await back.next('welcome')).rooms)).toEqual(['lobby']);
  expect(textsIn(back, 'music')).toEqual([]);
});

test('a leave that could not be stored is made up for on the node that has the session by then', async () => {
  // The leave was told, and its storing failed. By the time that it was tried again, the session belonged to the other node, which
  // had brought it back into the room, and it was refused for good.
  const { engines, clock, first, second } = await faultyNodes();
  const alice = await first.connect('alice');
  for (const room of ['lobby', 'music']) await alice.join(room);
  const { session } = await alice.next('welcome');
  engines[0].once('presence.leave', { refuse: 1 });
  alice.tell({ type: 'leave', room: 'music' });
  await alice.next('left');
  alice.peer.cut();
  const back = await second.connect(undefined, { session });
  await clock.advance(10_000);
  first.errors.length = 0;
  expect(await back.next('left')).toMatchObject({ room: 'music' });
  expect(await first.hub.room('music').members()).toEqual([]);
  expect(await second.hub.room('lobby').members()).toHaveLength(1);
});

test('a kick that could not be stored is made up for on the node that has the session by then', async () => {
  const { engines, clock, first, second } = await faultyNodes();
  const alice = await first.connect('alice');
  const bob = await second.connect('bob');
  for (const one of [alice, bob]) await one.join('music');
  const { session } = await alice.next('welcome');
  engines[0].inject({ calls: { 'presence.leave': { refuse: 1 } } });
  await bob.request({ type: 'kick', room: 'music', member: 'alice', reason: 'shoo' });
  expect(await alice.next('left')).toMatchObject({ code: 'KICKED', reason: 'shoo' });
  alice.peer.cut();
  const back = await second.connect(undefined, { session });
  engines[0].inject();
  await clock.advance(10_000);
  first.errors.length = 0;
  expect(await back.next('left')).toMatchObject({ room: 'music' });
  expect((await first.hub.room('music').members()).map(({ name }) => name)).toEqual(['bob']);
});

test('who joins while its node is told of a gap misses nothing without being told', async () => {
  // Entries from before and behind the gap were held back until the past had been read, and the gap was not: they were then told one
  // after the other, as if nothing was missing between.
  const { engines, clock, first, second } = await faultyNodes();
  await (await first.connect('alice')).join('lobby');
  const bob = await first.connect('bob');
  engines[0].once('log.read', { answer: { ms: 1_000 } });
  bob.tell({ type: 'join', room: 'lobby', history: 5 });
  await clock.advance(10);
  await second.hub.room('lobby').send('a');
  engines[0].inject({ deliveries: { lose: 1, repair: { ms: 10 }, gap: 1 } });
  await second.hub.room('lobby').send('lost');
  await clock.advance(10);
  engines[0].inject();
  await second.hub.room('lobby').send('c');
  await clock.advance(1_000);
  const told = bob.events.filter(({ type }) => type === 'message' || type === 'gap');
  // The log has it all the same.
  expect(told).toMatchObject([{ text: 'a' }, { text: 'lost' }, { text: 'c' }]);
});

test('whose connection broke while it was coming back is not replaced by that connection when it comes again', async () => {
  // The session was taken up for the client that was gone, after it had been for the one that had come again, which was told REPLACED:
  // an error that can't be retried, and a close code that asks clients not to come back.
  const { engines, clock, first, second } = await faultyNodes();
  const alice = await first.connect('alice');
  await alice.join('lobby');
  const { session } = await alice.next('welcome');
  alice.peer.cut();
  const gone = first.dial();
  engines[0].once('presence.takeSession', { delay: { ms: 100 } });
  gone.tell({ type: 'hello', session });
  await clock.advance(50);
  gone.peer.cut();
  engines[1].once('presence.find', { answer: { ms: 200 } });
  const back = second.dial().ask({ type: 'hello', session });
  await clock.advance(1_000);
  expect(await back).toMatchObject({ type: 'welcome', resumed: true });
});

test('whose connection died unnoticed while it was coming back is not replaced by that connection', async () => {
  // As above, but nobody told the server that the first connection was dead: it was refused by the fence of the second one, looked again, took
  // the session up once more, and the client was closed for good by a connection that it had given up.
  const { engines, clock, first, second } = await faultyNodes();
  const alice = await first.connect('alice');
  await alice.join('lobby');
  const { session } = await alice.next('welcome');
  alice.peer.cut();
  const dead = first.dial();
  engines[0].once('presence.takeSession', { delay: { ms: 100 } });
  const refused = dead.ask({ type: 'hello', session });
  await clock.advance(50);
  const back = second.dial();
  expect(await back.ask({ type: 'hello', session })).toMatchObject({ type: 'welcome', resumed: true });
  await clock.advance(1_000);
  expect(back.peer.isOpen).toBe(true);
  // Should it live, it can ask again, and is the later one then.
  expect(await refused).toMatchObject({ type: 'error', code: 'TIMEOUT', retryable: true });
  expect(await dead.ask({ type: 'hello', session })).toMatchObject({ type: 'welcome', resumed: true });
});

test('a list of who is there that comes before the watch is open is not forgotten for the one that it began with', async () => {
  // The list that the watch had begun with was taken for the present one: who had come meanwhile was in the room for nobody here.
  const { engines, clock, first, second } = await faultyNodes();
  const [alice, bob] = [await first.connect('alice'), await second.connect('bob')];
  engines[0].once('presence.watch', { answer: { ms: 1_000 } });
  engines[0].inject({ presence: { lose: 1, repair: { ms: 10 } } });
  const joining = alice.join('lobby');
  await clock.advance(10);
  await bob.join('lobby');
  await clock.advance(10);
  engines[0].inject();
  await clock.advance(1_000);
  await joining;
  await clock.advance(1_000);
  expect(peopleIn(alice, 'lobby')).toEqual(['alice', 'bob']);
});

test('who could not join a room on one node stays in it on the node that let it in', async () => {
  // The join failed, and so did taking it back. By the time that this was tried again, the session was on another node, where the client had
  // joined: it was taken out of the room there, without a word of why.
  const { engines, clock, first, second } = await faultyNodes();
  const alice = await first.connect('alice');
  const { session } = await alice.next('welcome');
  engines[0].once('presence.enter', { refuse: 1 });
  engines[0].once('presence.leave', { refuse: 1 });
  expect(await alice.ask({ type: 'join', room: 'music' })).toMatchObject({ code: 'ENGINE_UNAVAILABLE' });
  alice.peer.cut();
  const back = await second.connect(undefined, { session });
  await back.join('music');
  await clock.advance(10_000);
  first.errors.length = 0;
  expect(back.events.filter(({ type }) => type === 'left')).toEqual([]);
  expect(await second.hub.room('music').members()).toHaveLength(1);
});

test('many things that could not be stored are not taken for a leak', async () => {
  // Each that was to be tried again listened to one AbortSignal: Node.js wrote a warning to the standard error with the eleventh.
  const warnings: Error[] = [];
  const listener = (warning: Error) => void warnings.push(warning);
  process.on('warning', listener);
  onTestFinished(() => void process.off('warning', listener));
  const { engine, connect, clock, errors } = await faulty();
  const alice = await connect('alice');
  const rooms = Array.from({ length: 12 }, (_, index) => `room${index}`);
  for (const room of rooms) await alice.join(room);
  const end = engine.beginOutage();
  for (const room of rooms) alice.tell({ type: 'leave', room });
  await clock.advance(5_000);
  end();
  await clock.advance(60_000);
  errors.length = 0;
  expect(warnings).toEqual([]);
});

test('a name that the store has lost to somebody else is given up, however long it takes to ask for another one', async () => {
  // The loss was told while the engine was away. Nothing was asked again: the member went by its old name here, and by none elsewhere.
  const inner = faultyEngine(memory());
  let opened: { context: EngineContext; engine: OpenEngine } | undefined;
  const open: Engine['open'] = async (context) => (opened = { context, engine: await inner.open(context) }).engine;
  const { connect, clock, errors } = await chat({ engine: { name: inner.name, open }, ...options });
  const alice = await connect('alice');
  const { id } = (await alice.next('welcome')).member;
  await opened?.engine.presence.claimName({ key: 'al', name: 'al', fence: { member: id, generation: 1 } });
  const end = inner.beginOutage();
  opened?.context.onLoss?.({ lost: 'name', member: id });
  await clock.advance(5_000);
  end();
  await clock.advance(10_000);
  expect(errors.splice(0)).toMatchObject([{ stage: 'name' }]);
  expect(await alice.next('renamed')).toMatchObject({ name: 'al' });
});
