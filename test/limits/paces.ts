import { expect } from 'vitest';
import { chat, textsIn } from '../hub/set-up.js';
import { type Pairs, texts, twoInLobby } from './pair.js';

/** Ids of the pings that were answered. */
const pongs = ({ events }: Awaited<ReturnType<typeof twoInLobby>>['alice']) =>
  events.flatMap((event) => (event.type === 'pong' ? [event.re] : []));

const ids = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

/** How fast somebody may ask. */
export const paces = {
  sendsPerSecond: {
    at: [
      'who keeps to it is read at once, for as long as it likes',
      async () => {
        const { alice, clock } = await twoInLobby({ sendsPerSecond: 10, sendBurst: 1, history: 1 });
        for (const [index, text] of texts(900).entries()) {
          alice.tell({ type: 'send', room: 'lobby', text });
          await clock.advance(100);
          expect(alice.peer.paused, text).toBe(false);
          expect(textsIn(alice, 'lobby')).toHaveLength(index + 1);
        }
      },
    ],
    beyond: [
      'who does not is read later and not kicked, nobody else notices, and after 60 s without a break it is closed with 4504',
      async () => {
        const { alice, bob, clock } = await twoInLobby({ sendsPerSecond: 10, sendBurst: 1 });
        for (const text of texts(1_000)) alice.tell({ type: 'send', room: 'lobby', text });
        await clock.advance(0);
        expect(alice.peer.paused).toBe(true);
        expect(textsIn(alice, 'lobby')).toHaveLength(1);
        await bob.say('lobby', 'mine');
        await clock.advance(59_900);
        expect(alice.peer.isOpen).toBe(true);
        const said = textsIn(bob, 'lobby').filter((text) => text !== 'mine');
        expect(said).toEqual(texts(600));
        await clock.advance(200);
        expect(await alice.peer.closed).toMatchObject({ reason: { code: 4504, reason: 'ABUSE' } });
        await bob.say('lobby', 'still here');
      },
    ],
  },
  sendBurst: {
    at: [
      'as many messages at once are stored at once',
      async () => {
        const { alice, clock } = await twoInLobby({ sendBurst: 7 });
        for (const text of texts(7)) alice.tell({ type: 'send', room: 'lobby', text });
        await clock.advance(0);
        expect(textsIn(alice, 'lobby')).toEqual(texts(7));
        expect(alice.peer.paused).toBe(false);
      },
    ],
    beyond: [
      'one more waits until sendsPerSecond allows it',
      async () => {
        const { alice, clock } = await twoInLobby({ sendBurst: 7, sendsPerSecond: 10 });
        for (const text of texts(8)) alice.tell({ type: 'send', room: 'lobby', text });
        await clock.advance(99);
        expect(textsIn(alice, 'lobby')).toEqual(texts(7));
        await clock.advance(1);
        expect(textsIn(alice, 'lobby')).toEqual(texts(8));
      },
    ],
  },
  commandsPerSecond: {
    at: [
      'who keeps to it is answered at once, for as long as it likes',
      async () => {
        // Greeting and joining were commands, too.
        const { alice, clock } = await twoInLobby({ commandsPerSecond: 20, commandBurst: 3 });
        for (const id of ids(1_500)) {
          alice.tell({ type: 'ping', id });
          await clock.advance(50);
          expect(alice.peer.paused, `${id}`).toBe(false);
          expect(pongs(alice)).toHaveLength(id);
        }
      },
    ],
    beyond: [
      'who does not is read later and not kicked, nobody else notices, and after 60 s without a break it is closed with 4504',
      async () => {
        const { alice, bob, clock } = await twoInLobby({ commandsPerSecond: 20, commandBurst: 3 });
        for (const id of ids(2_000)) alice.tell({ type: 'ping', id });
        await clock.advance(0);
        expect(alice.peer.paused).toBe(true);
        expect(pongs(alice)).toEqual([1]);
        await bob.request({ type: 'ping' });
        await clock.advance(59_900);
        expect(alice.peer.isOpen).toBe(true);
        expect(pongs(alice)).toEqual(ids(1_199));
        await clock.advance(200);
        expect(await alice.peer.closed).toMatchObject({ reason: { code: 4504, reason: 'ABUSE' } });
        await bob.request({ type: 'ping' });
      },
    ],
  },
  commandBurst: {
    at: [
      'as many commands at once are answered at once',
      async () => {
        const { connect, clock } = await chat({ limits: { commandBurst: 7 } });
        const alice = await connect('alice');
        // The greeting was one.
        for (const id of ids(6)) alice.tell({ type: 'ping', id });
        await clock.advance(0);
        expect(pongs(alice)).toEqual(ids(6));
        expect(alice.peer.paused).toBe(false);
      },
    ],
    beyond: [
      'one more waits until commandsPerSecond allows it',
      async () => {
        const { connect, clock } = await chat({ limits: { commandBurst: 7, commandsPerSecond: 50 } });
        const alice = await connect('alice');
        for (const id of ids(7)) alice.tell({ type: 'ping', id });
        await clock.advance(19);
        expect(pongs(alice)).toEqual(ids(6));
        await clock.advance(1);
        expect(pongs(alice)).toEqual(ids(7));
      },
    ],
  },
  badFrames: {
    at: [
      'as many in a minute are each an error, and the connection stays',
      async () => {
        const { alice, bob, clock } = await twoInLobby({ badFrames: 3 });
        for (let minute = 0; minute < 3; minute++) {
          for (const frame of ['{', '[]', '{"type":"nonsense"}']) alice.peer.send(frame);
          await clock.advance(60_000);
        }
        expect(alice.events.filter(({ type }) => type === 'error')).toHaveLength(9);
        await alice.say('lobby', 'sorry');
        expect(await bob.next('message')).toMatchObject({ text: 'sorry' });
      },
    ],
    beyond: [
      'one more is closed with 4504, and its session is over for everybody',
      async () => {
        const { alice, bob, clock } = await twoInLobby({ badFrames: 3 });
        for (let count = 0; count < 3; count++) alice.peer.send('{');
        await clock.advance(59_999);
        alice.peer.send('{');
        expect(await alice.peer.closed).toMatchObject({ reason: { code: 4504, reason: 'ABUSE' } });
        expect(await bob.next('presence')).toMatchObject({ left: [{ name: 'alice' }], count: 1 });
      },
    ],
  },
} as const satisfies Pairs;
