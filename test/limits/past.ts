import { expect } from 'vitest';
import { type chat, offsetsIn } from '../hub/set-up.js';
import { type Pairs, texts, twoInLobby } from './pair.js';

type Chatting = Awaited<ReturnType<typeof chat>>;

/** What the memory engine counts for a message of so many letters. */
const weightOf = (letters: number) => 256 + 2 * letters;
const letter = (count: number) => 'x'.repeat(count);
const long = texts(7).map((text) => text.padEnd(2_000, 'x'));
/** And something for a log of its own. */
const sixLong = 6 * weightOf(2_000) + 1_000;

async function say({ hub }: Pick<Chatting, 'hub'>, room: string, said: readonly string[]): Promise<void> {
  for (const text of said) await hub.room(room).send(text);
}

const saidIn = async ({ hub }: Pick<Chatting, 'hub'>, room: string) =>
  (await hub.room(room).history({ limit: 200 })).map(({ text }) => text);

/** Alice was in the lobby when her connection broke, and so much was said since. */
async function away(limits: Parameters<typeof twoInLobby>[0], said: readonly string[]) {
  const chatting = await twoInLobby(limits);
  const { session, member } = await chatting.alice.next('welcome');
  const { epoch } = await chatting.alice.next('joined');
  chatting.alice.peer.cut();
  await say(chatting, 'lobby', said);
  const rooms = new Map([['lobby', { epoch, offset: 0 }]]);
  const back = async () => {
    const client = await chatting.connect(undefined, { session, rooms });
    const welcome = await client.next('welcome');
    return { client, welcome, lobby: welcome.rooms.lobby };
  };
  return { ...chatting, member, back };
}

const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

/** How much is kept of what was, and for how long. */
export const past = {
  history: {
    at: [
      'as many entries of a room are kept',
      async () => {
        const chatting = await twoInLobby({ history: 5 });
        await say(chatting, 'lobby', texts(5));
        expect(await saidIn(chatting, 'lobby')).toEqual(texts(5));
      },
    ],
    beyond: [
      'with one more the oldest is gone, in that room alone',
      async () => {
        const chatting = await twoInLobby({ history: 5 });
        await say(chatting, 'den', texts(5));
        await say(chatting, 'lobby', texts(6));
        expect(await saidIn(chatting, 'lobby')).toEqual(texts(6).slice(1));
        expect(await saidIn(chatting, 'den')).toEqual(texts(5));
      },
    ],
  },
  historyAge: {
    at: [
      'an entry is kept until then',
      async () => {
        const chatting = await twoInLobby({ historyAge: 60_000 });
        await say(chatting, 'lobby', ['old']);
        await chatting.clock.advance(59_999);
        await say(chatting, 'lobby', ['new']);
        expect(await saidIn(chatting, 'lobby')).toEqual(['old', 'new']);
      },
    ],
    beyond: [
      'and is gone from then on, whether or not anything else is said',
      async () => {
        const chatting = await twoInLobby({ historyAge: 60_000 });
        await say(chatting, 'lobby', ['old']);
        await chatting.clock.advance(30_000);
        await say(chatting, 'lobby', ['new']);
        await chatting.clock.advance(30_000);
        expect(await saidIn(chatting, 'lobby')).toEqual(['new']);
        await chatting.clock.advance(30_000);
        expect(await saidIn(chatting, 'lobby')).toEqual([]);
      },
    ],
  },
  historyBytes: {
    at: [
      'logs that weigh as much together are kept whole',
      async () => {
        const chatting = await twoInLobby({ historyBytes: sixLong });
        await say(chatting, 'empty', long.slice(0, 3));
        await say(chatting, 'lobby', long.slice(3, 6));
        expect(await saidIn(chatting, 'empty')).toEqual(long.slice(0, 3));
        expect(await saidIn(chatting, 'lobby')).toEqual(long.slice(3, 6));
      },
    ],
    beyond: [
      'with one more the room longest empty goes, then the oldest of those that are not',
      async () => {
        const chatting = await twoInLobby({ historyBytes: sixLong });
        await say(chatting, 'empty', long.slice(0, 3));
        await say(chatting, 'lobby', long.slice(0, 4));
        expect(await saidIn(chatting, 'empty')).toEqual([]);
        await say(chatting, 'lobby', long.slice(4));
        const kept = await saidIn(chatting, 'lobby');
        expect(kept).toEqual(long.slice(-kept.length));
        expect(kept.length).toBeGreaterThan(3);
        expect(kept.length).toBeLessThan(7);
        // Those who are there were told everything all the same.
        await chatting.clock.advance(0);
        expect(offsetsIn(chatting.bob, 'lobby')).toEqual(upTo(7));
      },
    ],
  },
  recover: {
    at: [
      'who missed as many entries is handed them all',
      async () => {
        const { back } = await away({ recover: 7 }, texts(7));
        const { welcome, lobby } = await back();
        expect(welcome.resumed).toBe(true);
        expect(lobby).toMatchObject({ recovered: true, more: false, offset: 7 });
        expect(lobby?.entries.map(({ offset }) => offset)).toEqual(upTo(7));
      },
    ],
    beyond: [
      'who missed one more is told that it is not recovered, and given the newest page',
      async () => {
        const { back } = await away({ recover: 7 }, texts(8));
        const { welcome, lobby } = await back();
        expect(welcome.resumed).toBe(true);
        expect(lobby).toMatchObject({ recovered: false, more: false, offset: 8 });
        expect(lobby?.entries.map(({ offset }) => offset)).toEqual(upTo(8));
      },
    ],
  },
  recoverBytes: {
    at: [
      'entries that weigh as much come in one reply',
      async () => {
        const { back } = await away({ recoverBytes: 10 * weightOf(100) }, Array(10).fill(letter(100)));
        const { lobby } = await back();
        expect(lobby).toMatchObject({ recovered: true, more: false });
        expect(lobby?.entries).toHaveLength(10);
      },
    ],
    beyond: [
      'what is more than that follows as ordinary events, in order and before what is said next',
      async () => {
        const chatting = await away({ recoverBytes: 10 * weightOf(100) }, Array(35).fill(letter(100)));
        const { client, lobby } = await chatting.back();
        await say(chatting, 'lobby', ['next']);
        expect(lobby).toMatchObject({ recovered: true, more: true, offset: 35 });
        expect(lobby?.entries).toHaveLength(10);
        await chatting.clock.advance(0);
        await chatting.clock.advance(0);
        expect(offsetsIn(client, 'lobby')).toEqual(upTo(36));
      },
    ],
  },
  resumeWindow: {
    at: [
      'until then a session waits for its client, and nobody sees it leave',
      async () => {
        const { back, bob, clock, member } = await away({ resumeWindow: 5_000 }, []);
        const before = bob.events.length;
        await clock.advance(4_999);
        const { welcome } = await back();
        expect(welcome).toMatchObject({ resumed: true, member });
        expect(bob.events).toHaveLength(before);
      },
    ],
    beyond: [
      'from then on it is over: everybody sees one leave, and its client gets a fresh one',
      async () => {
        const { back, bob, clock, member } = await away({ resumeWindow: 5_000 }, []);
        await clock.advance(5_000);
        expect(await bob.next('presence')).toMatchObject({ left: [member], count: 1 });
        const { welcome } = await back();
        expect(welcome).toMatchObject({ resumed: false, rooms: {} });
        expect(welcome.member.id).not.toBe(member.id);
      },
    ],
  },
  keyWindow: {
    at: [
      'until then a repeated key stores nothing new',
      async () => {
        const { alice, clock } = await twoInLobby({ keyWindow: 5_000 });
        const first = await alice.say('lobby', 'once', { key: 'k' });
        await clock.advance(4_999);
        const again = await alice.say('lobby', 'once', { key: 'k', repeat: true });
        expect(again).toMatchObject({ message: first.message, offset: 1, duplicate: true });
        expect(offsetsIn(alice, 'lobby')).toEqual([1]);
      },
    ],
    beyond: [
      'from then on it is a message like any other',
      async () => {
        const { alice, clock } = await twoInLobby({ keyWindow: 5_000 });
        await alice.say('lobby', 'once', { key: 'k' });
        await clock.advance(5_000);
        expect(await alice.say('lobby', 'once', { key: 'k' })).toMatchObject({ offset: 2, duplicate: false });
        await clock.advance(0);
        expect(offsetsIn(alice, 'lobby')).toEqual([1, 2]);
      },
    ],
  },
} as const satisfies Pairs;
