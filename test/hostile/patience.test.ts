import { describe, expect } from 'vitest';
import {
  frame,
  type RawSocket,
  rawSocket,
  requestHead,
  TEXT,
  upgraded,
  upgradeRequest,
} from '../transports/websocket/raw-frames.js';
import { arena, hush } from './arena.js';
import { fresh, Person, program } from './people.js';
import { Target } from './target.js';

// `chathub serve` that waits for less time than usual, and lets everybody be as fast as they like.

const helloTimeout = 1_000;
const limits = [
  `helloTimeout=${helloTimeout}`,
  'resumeWindow=300',
  ...['sendsPerSecond=off', 'commandsPerSecond=off'],
].flatMap((limit) => ['--limit', limit]);

const { arena: it, attack } = arena('serve with short times', () => Target.serve(...limits));

/** For how many milliseconds a connection was there. Meanwhile it drips: a byte now and then, so that it is never silent. */
async function lifetime(client: RawSocket, drip: Uint8Array = new Uint8Array()): Promise<number> {
  const began = performance.now();
  let next = 0;
  const dripping = setInterval(() => next < drip.length && client.socket.write(drip.subarray(next, ++next)), 100);
  try {
    await client.gone();
    return performance.now() - began;
  } finally {
    clearInterval(dripping);
  }
}

/** As long as it should be, give or take what the server looks at once a second, and a busy machine. */
function expectAbout(ms: number, expected: number): void {
  expect(ms).toBeGreaterThan(expected - 250);
  expect(ms).toBeLessThan(expected + 4_000);
}

describe('who does not greet is closed at helloTimeout', () => {
  for (const [what, drip] of [
    ['is silent', ''],
    ['sends a byte now and then', frame(TEXT, JSON.stringify({ type: 'hello', name: hush.repeat(20) }))],
    ['sends a ping now and then', Buffer.concat(Array.from({ length: 50 }, () => frame(9)))],
  ] as const)
    attack(`and ${what}, with 4003`, async () => {
      const client = await upgraded(it.chat);
      const life = lifetime(client, Buffer.from(drip as Uint8Array));
      const { code, reason } = await client.closing();
      client.socket.end();
      expect([code, reason]).toEqual([4003, 'HELLO_TIMEOUT']);
      expectAbout(await life, helloTimeout);
    });

  attack('but not at a terminal, where a guest needs no greeting', async () => {
    const person = new Person(it.port);
    await person.sees(/^\* Welcome, /);
    const silent = await upgraded(it.chat);
    await silent.closing();
    silent.socket.end();
    person.say('/rooms');
    await person.sees(/^\* lobby 1$/);
  });
});

describe('requests that come to no end', () => {
  // The one case with a time that nobody can change.
  attack('are closed at 10 s, however they drip', async () => {
    const request = requestHead('GET /', { Host: new URL(it.chat).host });
    const stalled = ['', 'GET', request.slice(0, -2), upgradeRequest(it.chat).slice(0, -2)];
    const lives = stalled.map((start, index) => {
      const client = rawSocket(it.chat);
      void client.send(start);
      return lifetime(client, index === 2 ? Buffer.from(`X-Token: ${hush.repeat(50)}`) : undefined);
    });
    for (const life of await Promise.all(lives)) expectAbout(life, 10_000);
  });
});

describe('a reset in the middle of something', () => {
  attack('of a line makes exactly one leave', async () => {
    const [room, name] = [fresh('room'), fresh('mallory')];
    const witness = await Person.enter(it.port, fresh('witness'), room);
    const mallory = await Person.enter(it.port, name, room);
    await new Promise((resolve) => mallory.socket.write(`half a line ${hush}`, resolve));
    mallory.socket.resetAndDestroy();
    await witness.sees(new RegExp(`${name} left `));
    await it.exchange();
    expect((await witness.settled()).slice(1)).toEqual([`[${room}] * ${name} left (1 here)`]);
  });

  attack('of a frame makes exactly one leave', async () => {
    const [room, name] = [fresh('room'), fresh('mallory')];
    const witness = await program(it.chat, fresh('witness'), room);
    const mallory = await upgraded(it.chat);
    mallory.say({ type: 'hello', name });
    mallory.say({ type: 'join', room });
    await witness.find('join', ({ type, joined }) => type === 'presence' && JSON.stringify(joined).includes(name));
    await mallory.send(frame(TEXT, JSON.stringify({ type: 'send', room, text: hush })).subarray(0, -1));
    mallory.socket.resetAndDestroy();
    await witness.find('leave', ({ type, left }) => type === 'presence' && JSON.stringify(left).includes(name));
    await it.exchange();
    const events = (await witness.settled()).filter((event) => event.room === room && event.type !== 'joined');
    expect(events.map(({ joined, left }) => [joined, left])).toEqual([
      [[expect.objectContaining({ name })], []],
      [[], [expect.objectContaining({ name })]],
    ]);
  });
});

attack('200 messages in a segment are told, all of them and in order', async () => {
  const [room, name] = [fresh('room'), fresh('mallory')];
  const witness = await Person.enter(it.port, fresh('witness'), room);
  const mallory = await Person.enter(it.port, name, room);
  const said = Array.from({ length: 200 }, (_, index) => `${hush} ${index}`);
  mallory.say(...said);
  await mallory.settled();
  expect((await witness.settled()).slice(1)).toEqual(said.map((text) => `[${room}] ${name}: ${text}`));
});

attack('a history of 10^9 messages is a page of 200', async () => {
  const room = fresh('room');
  const mallory = await Person.enter(it.port, fresh('mallory'), room);
  mallory.say(...Array.from({ length: 250 }, () => hush));
  await mallory.settled();
  const client = await program(it.chat, fresh('greedy'), room);
  const { messages, more } = await client.request('history', { type: 'history', room, limit: 1e9 });
  expect([(messages as unknown[]).length, more]).toEqual([200, true]);
  const { entries } = await client.request('joined', { type: 'join', room, history: Number.MAX_SAFE_INTEGER });
  expect((entries as unknown[]).length).toBe(200);
  mallory.say('/history 999999999999999999999');
  const shown = (await mallory.settled()).filter((line) => line.startsWith(`[${room}]`) && line.endsWith(hush));
  expect(shown.length).toBeLessThanOrEqual(200);
});
