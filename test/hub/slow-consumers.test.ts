import type { objectProtocol } from 'chathub/testing';
import { describe, expect, test } from 'vitest';
import { chat, lineChat, offsetsIn, peopleIn, textsIn, typesAfter } from './set-up.js';

const kilobyte = 'x'.repeat(1_000);
const limits = { outboxBytes: 100_000, commandBurst: 10_000, sendBurst: 10_000 };

/** Bob reads nothing any more; alice and carol do. */
async function stalled(
  protocol: Parameters<typeof objectProtocol>[0] = {},
  options: Parameters<typeof chat>[0] = { limits },
) {
  const chatting = await chat(options, { protocol, highWaterMark: 10_000 });
  const [alice, bob, carol] = [
    await chatting.connect('alice'),
    await chatting.connect('bob'),
    await chatting.connect('carol'),
  ];
  for (const member of [alice, bob, carol]) await member.join('lobby');
  await chatting.clock.advance(0);
  bob.peer.stall();
  /** So many messages of a kilobyte, each in a turn of its own. */
  const flood = async (count: number) => {
    for (let number = 0; number < count; number++) {
      await chatting.hub.room('lobby').send(kilobyte);
      await chatting.clock.advance(0);
    }
  };
  return { ...chatting, alice, bob, carol, flood };
}

const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

describe('a member that reads too slowly, and can resume', () => {
  test('is closed with 4001 beyond outboxBytes, and not before', async () => {
    const { bob, flood } = await stalled();
    await flood(80);
    expect(bob.peer.isOpen).toBe(true);
    await flood(30);
    bob.peer.resume();
    expect(await bob.peer.closed).toMatchObject({ reason: { code: 4001, reason: 'SLOW_CONSUMER' } });
    expect(bob.events.at(-1)).toMatchObject({ type: 'error', code: 'SLOW_CONSUMER', retryable: true });
  });

  test('that reads again in time misses nothing, and is not closed', async () => {
    const { bob, flood, clock } = await stalled();
    await flood(80);
    bob.peer.resume();
    await clock.advance(0);
    await flood(80);
    expect(offsetsIn(bob, 'lobby')).toEqual(upTo(160));
    expect(bob.peer.isOpen).toBe(true);
  });

  test('resumes without loss and without repeats', async () => {
    const { bob, flood, connect, clock } = await stalled();
    const { session } = await bob.next('welcome');
    const joined = await bob.next('joined');
    await flood(120);
    bob.peer.resume();
    await bob.peer.closed;
    const had = offsetsIn(bob, 'lobby');
    await flood(10);
    const rooms = new Map([['lobby', { epoch: joined.epoch, offset: had.at(-1) ?? 0 }]]);
    const again = await connect(undefined, { session, rooms });
    await clock.advance(0);
    expect((await again.next('welcome')).resumed).toBe(true);
    expect([...had, ...offsetsIn(again, 'lobby')]).toEqual(upTo(130));
  });

  test('costs the others nothing', async () => {
    const { alice, carol, bob, flood } = await stalled();
    await flood(120);
    for (const member of [alice, carol]) expect(offsetsIn(member, 'lobby')).toEqual(upTo(120));
    const before = alice.events.length;
    bob.peer.resume();
    await bob.peer.closed;
    expect(typesAfter(alice, before)).toEqual([]);
  });

  test('that never reads again is gone after writeDeadline', async () => {
    const { bob, flood, clock, hub } = await stalled();
    await flood(120);
    await clock.advance(10_000);
    expect(await bob.peer.closed).toEqual({ how: 'lost' });
    await clock.advance(30_000);
    expect(hub.status()).toMatchObject({ connections: 2, members: 2 });
  });

  test('of a small outbox is closed beyond that, too', async () => {
    const { bob, flood } = await stalled({}, { limits: { outboxBytes: 20_000 } });
    await flood(15);
    expect(bob.peer.isOpen).toBe(true);
    await flood(15);
    bob.peer.resume();
    expect(await bob.peer.closed).toMatchObject({ reason: { code: 4001 } });
  });

  test('is closed for directs and notices as for messages', async () => {
    const { alice, bob, clock } = await stalled({}, { limits: { ...limits, outboxBytes: 20_000 } });
    for (let count = 0; count < 40; count++) {
      await alice.request({ type: 'direct', to: 'bob', text: kilobyte });
      await clock.advance(0);
    }
    bob.peer.resume();
    expect(await bob.peer.closed).toMatchObject({ reason: { code: 4001 } });
    const { hub, connect, clock: time } = await chat({ limits: { outboxBytes: 20_000 } }, { highWaterMark: 10_000 });
    const members: { send(text: string): void }[] = [];
    hub.on('connect', ({ member }) => members.push(member));
    const client = await connect('dave');
    client.peer.stall();
    for (let count = 0; count < 40; count++) {
      members[0]!.send(kilobyte);
      await time.advance(0);
    }
    client.peer.resume();
    expect(await client.peer.closed).toMatchObject({ reason: { code: 4001 } });
  });
});

describe('a member that reads too slowly, of a protocol that skips', () => {
  const protocol = { slowConsumer: 'skip' } as const;

  test('gets one gap with the offsets that it missed, and then goes on', async () => {
    const { bob, flood, clock } = await stalled(protocol);
    await flood(150);
    bob.peer.resume();
    await clock.advance(0);
    await flood(3);
    expect(bob.peer.isOpen).toBe(true);
    const gaps = bob.events.filter((event) => event.type === 'gap');
    expect(gaps).toMatchObject([{ room: 'lobby', from: expect.any(Number), to: 150 }]);
    const { from, to } = gaps[0]!;
    expect(from).toBeGreaterThan(80);
    expect(from).toBeLessThan(100);
    expect(offsetsIn(bob, 'lobby')).toEqual(upTo(153).filter((offset) => offset < from || offset > to));
    const order = bob.events.flatMap((event) => (event.type === 'message' || event.type === 'gap' ? [event] : []));
    expect(order.indexOf(gaps[0]!)).toBe(from - 1);
    expect(gaps[0]!.epoch).toBe((await bob.next('joined')).epoch);
  });

  test('gets another gap for another stall', async () => {
    const { bob, flood, clock } = await stalled(protocol);
    for (let round = 0; round < 2; round++) {
      bob.peer.stall();
      await flood(150);
      bob.peer.resume();
      await clock.advance(0);
    }
    const gaps = bob.events.filter((event) => event.type === 'gap');
    expect(gaps).toHaveLength(2);
    const missing = gaps.flatMap(({ from, to }) => Array.from({ length: to - from + 1 }, (_, index) => from + index));
    expect([...offsetsIn(bob, 'lobby'), ...missing].sort((a, b) => a - b)).toEqual(upTo(300));
  });

  test('gets a gap for each room, and for its directs', async () => {
    const { alice, bob, flood, hub, clock } = await stalled(protocol);
    bob.peer.resume();
    await bob.join('other');
    await clock.advance(0);
    bob.peer.stall();
    await flood(120);
    await hub.room('other').send('missed');
    await alice.request({ type: 'direct', to: 'bob', text: 'missed' });
    bob.peer.resume();
    await clock.advance(0);
    const gaps = bob.events.filter((event) => event.type === 'gap');
    expect(gaps.map(({ room, to }) => [room, to]).sort()).toEqual([
      ['@', 1],
      ['lobby', 120],
      ['other', 1],
    ]);
  });

  test('is told so by lines: `-- N messages skipped in ROOM --`', async () => {
    const { hub, transport, clock } = await lineChat({ limits }, { highWaterMark: 10_000 });
    const peer = transport.connect();
    peer.send('/join lobby');
    await clock.advance(0);
    peer.stall();
    for (let count = 0; count < 150; count++) {
      await hub.room('lobby').send(kilobyte);
      await clock.advance(0);
    }
    peer.resume();
    await clock.advance(0);
    const shown = peer.received.filter((line) => line.startsWith('[lobby] server:')).length;
    expect(peer.received.at(-1)).toBe(`-- ${150 - shown} messages skipped in lobby --`);
    expect(shown).toBeLessThan(150);
  });

  test('is what the transport says, whatever the protocol does', async () => {
    const chatting = await chat({ limits }, { slowConsumer: 'skip', highWaterMark: 10_000 });
    const bob = await chatting.connect('bob');
    await bob.join('lobby');
    bob.peer.stall();
    for (let count = 0; count < 150; count++) {
      await chatting.hub.room('lobby').send(kilobyte);
      await chatting.clock.advance(0);
    }
    bob.peer.resume();
    await chatting.clock.advance(0);
    expect(bob.events.at(-1)).toMatchObject({ type: 'gap' });
  });
});

describe('a little of a large batch', () => {
  /** Bob, who gets no echo, wrote nearly all of each batch himself, and reads nothing. */
  async function talkative() {
    const stage = await stalled({ echo: false });
    await stage.flood(9);
    // All of that was written, and nothing more will be.
    expect(stage.bob.peer.blocked).toBe(true);
    for (let batch = 0; batch < 3; batch++) {
      for (let count = 0; count < 9; count++) stage.bob.tell({ type: 'send', room: 'lobby', text: `${batch} own` });
      stage.alice.tell({ type: 'send', room: 'lobby', text: `${batch} ${kilobyte}` });
      for (let count = 0; count < 9; count++) stage.bob.tell({ type: 'send', room: 'lobby', text: `${batch} own` });
      await stage.clock.advance(0);
    }
    return stage;
  }

  test('that waits for its reader comes whole', async () => {
    const { bob, clock } = await talkative();
    bob.peer.resume();
    await clock.advance(0);
    expect(textsIn(bob, 'lobby').slice(9)).toEqual([0, 1, 2].map((batch) => `${batch} ${kilobyte}`));
  });

  test('that was never written is not lost for one who goes on from what was', async () => {
    const { bob, clock, connect } = await talkative();
    const { session } = await bob.next('welcome');
    bob.peer.cut();
    const again = await connect(undefined, { session, fromLast: true });
    await clock.advance(0);
    const missed = textsIn(again, 'lobby').filter((text) => !text.endsWith('own'));
    expect(missed).toEqual([0, 1, 2].map((batch) => `${batch} ${kilobyte}`));
  });
});

describe('signals and presence', () => {
  test('are dropped first: the latest signal of each kind and sender is kept', async () => {
    const { alice, carol, bob, flood, clock } = await stalled();
    await flood(60);
    for (const data of [1, 2, 3]) {
      await alice.request({ type: 'signal', room: 'lobby', name: 'typing', data });
      await carol.request({ type: 'signal', room: 'lobby', name: 'typing', data });
    }
    await alice.request({ type: 'signal', room: 'lobby', name: 'read', data: 7 });
    await alice.request({ type: 'signal', room: 'lobby', name: 'typing', data: 4 });
    await flood(10);
    bob.peer.resume();
    await clock.advance(0);
    expect(offsetsIn(bob, 'lobby')).toEqual(upTo(70));
    const signals = bob.events.flatMap((event) =>
      event.type === 'signal' ? [`${event.from.name} ${event.name} ${event.data}`] : [],
    );
    expect(signals).toEqual(['carol typing 3', 'alice read 7', 'alice typing 4']);
  });

  test('are kept of the latest few senders only', async () => {
    const { bob, hub, flood, clock } = await stalled();
    await flood(60);
    for (let number = 0; number < 40; number++) await hub.room('lobby').signal(`kind${number}`);
    bob.peer.resume();
    await clock.advance(0);
    const names = bob.events.flatMap((event) => (event.type === 'signal' ? [event.name] : []));
    expect(names).toEqual(Array.from({ length: 16 }, (_, index) => `kind${index + 24}`));
  });

  test('are dropped first: the whole list comes after', async () => {
    const { alice, carol, bob, flood, clock, connect } = await stalled();
    const known = bob.events.length;
    await flood(60);
    await alice.request({ type: 'leave', room: 'lobby' });
    await carol.request({ type: 'nick', name: 'caroline' });
    await (await connect('dave')).join('lobby');
    bob.peer.resume();
    await clock.advance(0);
    const presence = bob.events.slice(known).filter((event) => event.type === 'presence');
    expect(presence).toMatchObject([{ room: 'lobby', joined: [], left: [], renamed: [], count: 3 }]);
    expect(peopleIn(bob, 'lobby')).toEqual(['bob', 'caroline', 'dave']);
    await alice.join('lobby');
    await clock.advance(0);
    expect(peopleIn(bob, 'lobby')).toEqual(['alice', 'bob', 'caroline', 'dave']);
  });

  test('are told as ever to one who has only a little to read', async () => {
    const { alice, bob, flood, clock } = await stalled();
    await flood(20);
    for (const data of [1, 2]) await alice.request({ type: 'signal', room: 'lobby', name: 'typing', data });
    bob.peer.resume();
    await clock.advance(0);
    expect(bob.events.filter(({ type }) => type === 'signal')).toHaveLength(2);
  });

  test('of a room that was left meanwhile are not told', async () => {
    const { alice, bob, carol, flood, clock, hub } = await stalled();
    await flood(60);
    await alice.request({ type: 'signal', room: 'lobby', name: 'typing' });
    await carol.request({ type: 'leave', room: 'lobby' });
    const { member } = await bob.next('welcome');
    await (await hub.member(member.id))?.leave('lobby');
    await clock.advance(0);
    bob.peer.resume();
    await clock.advance(0);
    expect(bob.events.at(-1)).toMatchObject({ type: 'left' });
    expect(bob.events.some(({ type }) => type === 'signal')).toBe(false);
  });
});

describe('a peer that takes no bytes', () => {
  test('is gone after writeDeadline while some wait', async () => {
    const { bob, flood, clock, hub } = await stalled();
    await flood(20);
    await clock.advance(9_000);
    expect(bob.peer.isOpen).toBe(true);
    await clock.advance(2_000);
    expect(await bob.peer.closed).toEqual({ how: 'lost' });
    // It may come back: nobody sees it leave yet.
    expect(hub.status()).toMatchObject({ connections: 2, members: 3 });
  });

  test('and takes a few now and then stays', async () => {
    const { bob, flood, clock } = await stalled();
    await flood(40);
    for (let count = 0; count < 5; count++) {
      await clock.advance(8_000);
      bob.peer.read(100);
    }
    expect(bob.peer.isOpen).toBe(true);
    bob.peer.resume();
    await clock.advance(60_000);
    expect(offsetsIn(bob, 'lobby')).toEqual(upTo(40));
  });

  test('but that nothing waits for stays', async () => {
    const { bob, clock } = await stalled();
    await clock.advance(120_000);
    expect(bob.peer.isOpen).toBe(true);
  });

  test('is not waited for when the limit is off, and holds no timer', async () => {
    const { bob, flood, clock } = await stalled({}, { limits: { ...limits, writeDeadline: Number.POSITIVE_INFINITY } });
    await flood(20);
    await clock.advance(600_000);
    expect(bob.peer.isOpen).toBe(true);
  });

  test('is not read either, and what it had asked is answered when it reads again', async () => {
    const { bob, flood, clock } = await stalled();
    await flood(70);
    const ids = Array.from({ length: 40 }, (_, index) => index);
    for (const id of ids) bob.tell({ type: 'ping', id });
    await clock.advance(0);
    expect(bob.peer.paused).toBe(true);
    bob.peer.resume();
    await clock.advance(0);
    expect(bob.peer.paused).toBe(false);
    expect(bob.events.flatMap((event) => (event.type === 'pong' ? [event.re] : []))).toEqual(ids);
    expect(offsetsIn(bob, 'lobby')).toEqual(upTo(70));
  });

  test('is told why it is closed by an end in good order, when it reads again', async () => {
    const { bob, flood, clock, hub } = await stalled();
    await flood(20);
    const { member } = await bob.next('welcome');
    await (await hub.member(member.id))!.disconnect('spam');
    await clock.advance(5_000);
    bob.peer.resume();
    expect(await bob.peer.closed).toMatchObject({ reason: { code: 4501 } });
    await clock.advance(0);
    expect(offsetsIn(bob, 'lobby')).toEqual(upTo(20));
    expect(bob.events.at(-1)).toMatchObject({ type: 'error', code: 'KICKED' });
  });
});

describe('replies', () => {
  test('that are large stop further commands until they are read', async () => {
    const { bob, hub, clock } = await stalled();
    for (let count = 0; count < 60; count++) await hub.room('log').send(kilobyte);
    bob.peer.resume();
    await bob.join('log');
    await clock.advance(0);
    bob.peer.stall();
    for (let id = 0; id < 30; id++) bob.tell({ type: 'history', room: 'log', id });
    for (let count = 0; count < 5; count++) await clock.advance(0);
    expect(bob.peer.bufferedBytes).toBeLessThan(200_000);
    bob.peer.resume();
    for (let count = 0; count < 50; count++) await clock.advance(0);
    const answered = bob.events.flatMap((event) => (event.type === 'history' ? [event.re] : []));
    expect(answered).toEqual(Array.from({ length: 30 }, (_, index) => index));
    expect(textsIn(bob, 'lobby')).toEqual([]);
  });
});
