import { plainText } from 'chathub';
import { memoryTransport } from 'chathub/testing';
import { describe, expect, test } from 'vitest';
import { chat, host, lineChat, stillClock, textsIn } from './set-up.js';

const numbers = (count: number) => Array.from({ length: count }, (_, index) => index);

describe('over sendsPerSecond', () => {
  test('reading is delayed: nothing is refused, nothing lost', async () => {
    const { connect, clock } = await chat();
    const alice = await connect('alice');
    await alice.join('lobby');
    for (const number of numbers(30)) alice.tell({ type: 'send', room: 'lobby', text: `${number}` });
    await clock.advance(0);
    expect(textsIn(alice, 'lobby')).toHaveLength(20);
    expect(alice.peer.paused).toBe(true);
    await clock.advance(99);
    expect(textsIn(alice, 'lobby')).toHaveLength(20);
    await clock.advance(1);
    expect(textsIn(alice, 'lobby')).toHaveLength(21);
    await clock.advance(900);
    expect(textsIn(alice, 'lobby')).toEqual(numbers(30).map(String));
    expect(alice.events.some(({ type }) => type === 'error')).toBe(false);
    expect(alice.peer.paused).toBe(false);
  });

  test('other commands wait behind the message that waits', async () => {
    const { connect, clock } = await chat({ limits: { sendBurst: 1, sendsPerSecond: 1 } });
    const alice = await connect('alice');
    await alice.join('lobby');
    for (const text of ['one', 'two']) alice.tell({ type: 'send', room: 'lobby', text });
    alice.tell({ type: 'leave', room: 'lobby' });
    await clock.advance(999);
    expect(alice.events.some(({ type }) => type === 'left')).toBe(false);
    await clock.advance(1);
    expect(textsIn(alice, 'lobby')).toEqual(['one', 'two']);
    expect(alice.events.at(-1)).toMatchObject({ type: 'left' });
  });

  test('one member does not slow another', async () => {
    const { connect, clock } = await chat();
    const [alice, bob] = [await connect('alice'), await connect('bob')];
    await alice.join('lobby');
    await bob.join('lobby');
    for (const number of numbers(30)) alice.tell({ type: 'send', room: 'lobby', text: `${number}` });
    await bob.say('lobby', 'mine');
    await clock.advance(0);
    expect(textsIn(bob, 'lobby')).toContain('mine');
  });

  test('directs count, joins and pings do not', async () => {
    const { connect, clock } = await chat({ limits: { sendBurst: 2, sendsPerSecond: 1 } });
    const alice = await connect('alice');
    for (const room of ['a', 'b', 'c']) await alice.join(room);
    for (const text of ['1', '2', '3']) alice.tell({ type: 'direct', to: 'alice', text });
    await clock.advance(0);
    expect(alice.events.filter(({ type }) => type === 'direct')).toHaveLength(2);
    await clock.advance(1_000);
    expect(alice.events.filter(({ type }) => type === 'direct')).toHaveLength(3);
  });

  test('for 60 s without a break the connection is closed with 4504', async () => {
    const { connect, clock } = await chat();
    const alice = await connect('alice');
    await alice.join('lobby');
    for (const number of numbers(1_000)) alice.tell({ type: 'send', room: 'lobby', text: `${number}` });
    await clock.advance(59_900);
    expect(alice.peer.isOpen).toBe(true);
    await clock.advance(200);
    expect(await alice.peer.closed).toMatchObject({ reason: { code: 4504, reason: 'ABUSE' } });
    // An acknowledgement that was on its way comes behind it.
    expect(alice.events.findLast(({ type }) => type === 'error')).toMatchObject({
      code: 'ABUSE',
      message: 'Too fast; slow down.',
    });
  });

  test('for 60 s with a break nobody is closed', async () => {
    const { connect, clock } = await chat();
    const alice = await connect('alice');
    await alice.join('lobby');
    for (let round = 0; round < 4; round++) {
      for (const number of numbers(300)) alice.tell({ type: 'send', room: 'lobby', text: `${number}` });
      await clock.advance(35_000);
    }
    expect(alice.peer.isOpen).toBe(true);
    expect(textsIn(alice, 'lobby')).toHaveLength(1_200);
  });

  test('pings in between are no break', async () => {
    const { connect, clock } = await chat();
    const alice = await connect('alice');
    await alice.join('lobby');
    for (const number of numbers(1_000)) {
      alice.tell({ type: 'send', room: 'lobby', text: `${number}` });
      alice.tell({ type: 'ping' });
    }
    await clock.advance(61_000);
    expect(await alice.peer.closed).toMatchObject({ reason: { code: 4504 } });
  });

  test('a limit that is off is none', async () => {
    const off = Number.POSITIVE_INFINITY;
    const { connect, clock } = await chat({ limits: { sendsPerSecond: off, commandsPerSecond: off } });
    const alice = await connect('alice');
    await alice.join('lobby');
    for (const number of numbers(2_000)) alice.tell({ type: 'send', room: 'lobby', text: `${number}` });
    await clock.advance(0);
    expect(textsIn(alice, 'lobby')).toHaveLength(2_000);
  });

  test('the time that a member was silent is credited up to the burst', async () => {
    const { connect, clock } = await chat({ limits: { sendBurst: 5, sendsPerSecond: 10 } });
    const alice = await connect('alice');
    await alice.join('lobby');
    await clock.advance(60_000);
    for (const number of numbers(8)) alice.tell({ type: 'send', room: 'lobby', text: `${number}` });
    await clock.advance(0);
    expect(textsIn(alice, 'lobby')).toHaveLength(5);
  });
});

describe('over commandsPerSecond', () => {
  test('reading is delayed for all commands', async () => {
    const { connect, clock } = await chat();
    const alice = await connect('alice');
    for (const id of numbers(150)) alice.tell({ type: 'ping', id });
    await clock.advance(0);
    const pongs = () => alice.events.flatMap((event) => (event.type === 'pong' ? [event.re] : []));
    // The greeting was a command, too.
    expect(pongs()).toHaveLength(99);
    await clock.advance(1_020);
    expect(pongs()).toEqual(numbers(150));
  });

  test('lines that are no command count, too: 100,000 empty ones are delayed', async () => {
    const { transport, clock } = await lineChat();
    const peer = transport.connect();
    await peer.next();
    for (const _ of numbers(120)) peer.send('');
    peer.send('/rooms');
    await clock.advance(0);
    expect(peer.received).toHaveLength(1);
    expect(peer.paused).toBe(true);
    await clock.advance(1_000);
    expect(peer.received.at(-1)).toBe('* No rooms.');
  });
});

describe('plain text', () => {
  test('has no limits on how much is sent', async () => {
    const transport = memoryTransport({ protocol: plainText() });
    const clock = stillClock();
    const { hub } = await host({ clock }, transport);
    let count = 0;
    hub.on('message', () => count++);
    const peer = transport.connect();
    for (const number of numbers(5_000)) peer.send(`${number}`);
    await clock.advance(0);
    expect(count).toBe(5_000);
    expect(peer.isOpen).toBe(true);
  });

  test('tells lines that could not be read, and never closes for them', async () => {
    const transport = memoryTransport({ protocol: plainText() });
    const clock = stillClock();
    await host({ clock }, transport);
    const peer = transport.connect();
    for (const _ of numbers(50)) peer.send({ bad: 'BAD_UTF8' });
    peer.send({ bad: 'TOO_LONG' });
    await clock.advance(0);
    expect(peer.received.slice(-2)).toEqual(['Invalid UTF-8 detected', 'Line too long']);
    expect(peer.received).toHaveLength(51);
    expect(peer.isOpen).toBe(true);
  });
});

describe('frames that are no command', () => {
  test('are each told what is wrong, and the connection stays', async () => {
    const { connect } = await chat();
    const alice = await connect('alice');
    for (const [frame, code] of [
      ['{', 'BAD_JSON'],
      ['[]', 'BAD_JSON'],
      ['{"type":"nonsense"}', 'BAD_COMMAND'],
      ['{"type":"join"}', 'BAD_COMMAND'],
      [{ bad: 'BAD_UTF8' }, 'BAD_UTF8'],
      [{ bad: 'TOO_LONG' }, 'TOO_LONG'],
      [{ bad: 'BAD_FRAME' }, 'BAD_FRAME'],
    ] as const) {
      alice.peer.send(frame);
      expect(await alice.next('error')).toMatchObject({ code, retryable: false });
    }
    await alice.join('lobby');
  });

  test('are 10 a minute at most, then 4504', async () => {
    const { connect } = await chat();
    const alice = await connect('alice');
    for (const _ of numbers(10)) alice.peer.send('{');
    await alice.join('lobby');
    expect(alice.events.filter(({ type }) => type === 'error')).toHaveLength(10);
    alice.peer.send('{');
    expect(await alice.peer.closed).toMatchObject({ reason: { code: 4504, reason: 'ABUSE' } });
  });

  test('are counted anew after a minute', async () => {
    const { connect, clock } = await chat({ limits: { badFrames: 2 } });
    const alice = await connect('alice');
    for (let round = 0; round < 3; round++) {
      for (const _ of numbers(2)) alice.peer.send('{');
      await clock.advance(60_000);
    }
    expect(alice.peer.isOpen).toBe(true);
  });

  test('refused commands are none of them', async () => {
    const { connect, clock } = await chat({ limits: { badFrames: 2 } });
    const alice = await connect('alice');
    for (const _ of numbers(5)) alice.tell({ type: 'leave', room: 'lobby' });
    await clock.advance(0);
    expect(alice.peer.isOpen).toBe(true);
  });

  test('a session that is closed for abuse is over at once', async () => {
    const { hub, connect, clock } = await chat({ limits: { badFrames: 0 } });
    const alice = await connect('alice');
    alice.peer.send('{');
    await alice.peer.closed;
    await clock.advance(0);
    expect(hub.status()).toMatchObject({ members: 0 });
  });
});
