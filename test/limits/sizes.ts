import { json } from 'chathub';
import { memoryTransport } from 'chathub/testing';
import { expect } from 'vitest';
import { chat, frameLike, host, stillClock, textsIn } from '../hub/set-up.js';
import { type Pairs, twoInLobby } from './pair.js';

/** A program whose data may be nested three levels deep. */
async function shallow() {
  const transport = memoryTransport({ protocol: json() });
  await host({ clock: stillClock(), limits: { jsonDepth: 3 } }, transport);
  const peer = transport.connect();
  peer.send('{"type":"join","room":"lobby"}');
  await frameLike(peer, /"joined"/);
  return peer;
}

/** How large what somebody says may be. */
export const sizes = {
  messageBytes: {
    at: [
      'a text of as many bytes of UTF-8 is stored',
      async () => {
        const { alice } = await twoInLobby({ messageBytes: 8 });
        for (const text of ['12345678', 'ääää', '🙂🙂']) await alice.say('lobby', text);
        expect(textsIn(alice, 'lobby')).toEqual(['12345678', 'ääää', '🙂🙂']);
      },
    ],
    beyond: [
      'one byte more is TOO_LONG, and nobody is told it, in a room or directly',
      async () => {
        const { alice, bob } = await twoInLobby({ messageBytes: 8 });
        for (const text of ['123456789', 'ääää.', '🙂🙂.']) {
          expect(await alice.ask({ type: 'send', room: 'lobby', text })).toMatchObject({ code: 'TOO_LONG' });
          expect(await alice.ask({ type: 'direct', to: 'bob', text })).toMatchObject({ code: 'TOO_LONG' });
        }
        await alice.say('lobby', '12345678');
        await bob.next('message');
        expect(textsIn(bob, 'lobby')).toEqual(['12345678']);
        expect(bob.events.some(({ type }) => type === 'direct')).toBe(false);
      },
    ],
  },
  topicBytes: {
    at: [
      'a topic of as many bytes of UTF-8 is set',
      async () => {
        const { alice, bob } = await twoInLobby({ topicBytes: 6 });
        await alice.request({ type: 'topic', room: 'lobby', topic: 'äää' });
        expect(await bob.next('topic')).toMatchObject({ text: 'äää' });
      },
    ],
    beyond: [
      'one byte more is TOO_LONG, and the topic stays what it was',
      async () => {
        const { alice, hub } = await twoInLobby({ topicBytes: 6 });
        await alice.request({ type: 'topic', room: 'lobby', topic: 'before' });
        expect(await alice.ask({ type: 'topic', room: 'lobby', topic: 'äää.' })).toMatchObject({ code: 'TOO_LONG' });
        await expect(hub.room('lobby').setTopic('1234567')).rejects.toMatchObject({ code: 'TOO_LONG' });
        expect(await hub.room('lobby').topic()).toBe('before');
      },
    ],
  },
  dataBytes: {
    at: [
      'data of as many bytes of JSON goes with a message, a signal and a request',
      async () => {
        const { alice, bob, hub } = await twoInLobby({ dataBytes: 8 });
        hub.handle('echo', ({ data }) => data);
        await alice.say('lobby', '', { data: 'äää' });
        expect(await bob.next('message')).toMatchObject({ data: 'äää' });
        await alice.request({ type: 'signal', room: 'lobby', name: 'typing', data: '123456' });
        expect(await bob.next('signal')).toMatchObject({ data: '123456' });
        expect(await alice.request({ type: 'request', name: 'echo', data: [1, 2.5] })).toMatchObject({
          data: [1, 2.5],
        });
      },
    ],
    beyond: [
      'one byte more is TOO_LONG with each of them',
      async () => {
        const { alice, bob, hub } = await twoInLobby({ dataBytes: 8 });
        hub.handle('echo', ({ data }) => data);
        const [before, data] = [bob.events.length, '1234567'];
        for (const command of [
          { type: 'send', room: 'lobby', text: '', data },
          { type: 'direct', to: 'bob', text: '', data },
          { type: 'signal', room: 'lobby', name: 'typing', data },
          { type: 'request', name: 'echo', data },
        ] as const) {
          expect(await alice.ask(command), command.type).toMatchObject({ type: 'error', code: 'TOO_LONG' });
        }
        expect(bob.events.slice(before)).toEqual([]);
      },
    ],
  },
  jsonDepth: {
    at: [
      'data that is as deep is stored',
      async () => {
        const peer = await shallow();
        peer.send('{"type":"send","room":"lobby","text":"","data":[{"a":[1]}],"id":1}');
        expect(await frameLike(peer, /"re":1/)).toContain('"sent"');
      },
    ],
    beyond: [
      'one level more is BAD_COMMAND, and the connection stays',
      async () => {
        const peer = await shallow();
        peer.send('{"type":"send","room":"lobby","text":"","data":[{"a":[[]]}],"id":1}');
        expect(await frameLike(peer, /"re":1/)).toContain('"BAD_COMMAND"');
        peer.send('{"type":"ping","id":2}');
        expect(await frameLike(peer, /"re":2/)).toContain('"pong"');
      },
    ],
  },
  blocks: {
    at: [
      'a user blocks as many others, each as often as it likes',
      async () => {
        const { alice, hub } = await twoInLobby({ blocks: 1 });
        for (let turn = 0; turn < 2; turn++) await alice.request({ type: 'block', member: 'bob' });
        const { member } = await alice.next('welcome');
        expect(await hub.user(member.user).blocked()).toMatchObject([{ name: 'bob' }]);
      },
    ],
    beyond: [
      'one more is TOO_LONG, until another is heard again',
      async () => {
        const { alice, connect } = await twoInLobby({ blocks: 1 });
        await connect('carol');
        await alice.request({ type: 'block', member: 'bob' });
        expect(await alice.ask({ type: 'block', member: 'carol' })).toMatchObject({ code: 'TOO_LONG' });
        await alice.request({ type: 'unblock', member: 'bob' });
        await alice.request({ type: 'block', member: 'carol' });
      },
    ],
  },
  reactions: {
    at: [
      'a message has as many different ones, each of any number of people',
      async () => {
        const { alice, bob, hub } = await twoInLobby({ reactions: 2 });
        const { message } = await alice.say('lobby', 'cake?');
        for (const [client, reaction] of [
          [alice, 'yes'],
          [alice, 'no'],
          [bob, 'yes'],
        ] as const)
          await client.request({ type: 'react', room: 'lobby', message, reaction });
        const reactions = (await hub.room('lobby').message(message))?.reactions ?? {};
        expect(Object.entries(reactions).map(([reaction, users]) => [reaction, users.length])).toEqual([
          ['yes', 2],
          ['no', 1],
        ]);
      },
    ],
    beyond: [
      'one more is TOO_LONG, until another is taken back',
      async () => {
        const { alice, bob } = await twoInLobby({ reactions: 2 });
        const { message } = await alice.say('lobby', 'cake?');
        const react = { type: 'react', room: 'lobby', message } as const;
        for (const reaction of ['yes', 'no']) await alice.request({ ...react, reaction });
        expect(await bob.ask({ ...react, reaction: 'maybe' })).toMatchObject({ code: 'TOO_LONG' });
        await alice.request({ ...react, reaction: 'no', remove: true });
        expect(await bob.ask({ ...react, reaction: 'maybe' })).toMatchObject({ type: 'sent' });
      },
    ],
  },
  nameLength: {
    at: [
      'a name of as many code points is taken, of whichever script',
      async () => {
        const { connect } = await chat({ limits: { nameLength: 5 } });
        expect((await (await connect('abcde')).next('welcome')).member.name).toBe('abcde');
        expect((await (await connect('жжжжж')).next('welcome')).member.name).toBe('жжжжж');
        // Beyond the basic plane: five code points, ten units of UTF-16, twenty bytes.
        expect((await (await connect('𐎠𐎡𐎢𐎣𐎤')).next('welcome')).member.name).toBe('𐎠𐎡𐎢𐎣𐎤');
      },
    ],
    beyond: [
      'one more is BAD_NAME, and the old name stays',
      async () => {
        const { connect, dial } = await chat({ limits: { nameLength: 5 } });
        await expect(dial().hello({ name: 'abcdef' })).rejects.toMatchObject({ code: 'BAD_NAME' });
        const alice = await connect('alice');
        // NFKC makes two letters of the ligature.
        for (const name of ['𐎠𐎡𐎢𐎣𐎤𐎥', 'abcdﬁ'])
          expect(await alice.ask({ type: 'nick', name })).toMatchObject({ code: 'BAD_NAME' });
        await expect(dial().hello({ name: 'alice' })).rejects.toMatchObject({ code: 'NAME_TAKEN' });
      },
    ],
  },
  roomNameLength: {
    at: [
      'a room with a name of as many code points is joined',
      async () => {
        const { connect } = await chat({ limits: { roomNameLength: 5 } });
        const alice = await connect('alice');
        for (const room of ['abcde', 'ЖЖЖЖЖ', '𐎠𐎡𐎢𐎣𐎤']) expect((await alice.join(room)).room).toBe(room.toLowerCase());
      },
    ],
    beyond: [
      'one more is BAD_ROOM',
      async () => {
        const { connect, hub } = await chat({ limits: { roomNameLength: 5 } });
        const alice = await connect('alice');
        for (const room of ['abcdef', 'жжжжжж', 'abcdﬁ'])
          expect(await alice.ask({ type: 'join', room })).toMatchObject({ code: 'BAD_ROOM' });
        expect(() => hub.room('abcdef')).toThrow(expect.objectContaining({ code: 'BAD_ROOM' }));
      },
    ],
  },
} as const satisfies Pairs;
