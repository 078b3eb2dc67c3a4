import { type Engine, type FoundEvent, type HubOptions, type Message, memory } from 'chathub';
import type { TestClient } from 'chathub/testing';
import { describe, expect, test, vi } from 'vitest';
import { engines, withoutSearch } from './engines.js';
import { byToken, chat, gatedEngine } from './set-up.js';

const policies = { authenticate: byToken };

type Place = { readonly room?: string; readonly limit?: number };

const textsOf = ({ messages }: FoundEvent) => messages.map(({ text }) => text);

const search = (client: TestClient, text: string, place: Place & { readonly before?: number | string } = {}) =>
  client.request({ type: 'search', text, ...place });

/** Alice is in these rooms; the application can say something there. */
async function reader(options: HubOptions = {}, ...rooms: readonly string[]) {
  const chatting = await chat({ policies, ...options });
  const alice = await chatting.connect('alice');
  for (const room of rooms) await alice.join(room);
  const say = (room: string, text: string) => chatting.hub.room(room).send(text);
  return { ...chatting, alice, say };
}

/** All pages, from the newest back; between them happens what a test likes. */
async function pages(client: TestClient, text: string, place: Place, between: (page: number) => unknown = () => {}) {
  const found: FoundEvent[] = [];
  let before: number | string | undefined;
  do {
    const page = await search(client, text, { ...place, ...(before === undefined ? {} : { before }) });
    expect(page.more).toBe(page.next !== undefined);
    found.push(page);
    before = page.next;
    await between(found.length);
    expect(found.length).toBeLessThan(200);
  } while (before !== undefined);
  return found;
}

const idsOf = (found: readonly FoundEvent[]) => found.flatMap(({ messages }) => messages.map(({ id }) => id));

describe.each(engines)('a search on %s', (_name, make) => {
  test('finds in a room what has all the words, oldest first, as it stands in the history', async () => {
    const { alice, hub } = await reader({ engine: make() }, 'lobby', 'garden');
    for (const text of ['lunch at noon', 'dinner', 'Noon? LUNCH!', 'lunch'])
      await alice.say('lobby', text, text === 'dinner' ? {} : { data: { text } });
    await alice.say('garden', 'lunch at noon, too');
    const found = await alice.request({ type: 'search', room: 'LOBBY', text: 'noon lunch', id: 's' });
    const history = await hub.room('lobby').history();
    expect(found).toEqual({ type: 'found', re: 's', room: 'lobby', messages: [history[0], history[2]], more: false });
  });

  test.each([
    ['words apart in any order', 'morning good', ['good morning', 'morning, good man']],
    ['words in quotes, next to each other', '"good morning"', ['good morning']],
    ['how a word begins', 'morn*', ['good morning', 'morning, good man', 'morn']],
    ['whole words otherwise', 'morn', ['morn']],
    ['words without regard to case and accents', 'DEJA vu', ['Déjà-vu']],
    ['accents, where they were typed', 'déjà', ['Déjà-vu']],
    ['any part of a word, without spaces', '京都', ['東京都に行く']],
    ['any part of a word of Korean', '세요', ['안녕하세요']],
    ['a word with signs around', '(man)', ['morning, good man']],
    ['what was typed with operators of a query language', 'man OR NOT NEAR', []],
    ['an asterisk in the middle', 'mo*rn', []],
    ['an open quote', '"good morn', []],
  ])('finds %s: %j', async (_what, text, expected) => {
    const { alice, say } = await reader({ engine: make() }, 'lobby');
    for (const said of ['good morning', 'morning, good man', 'morn', 'Déjà-vu', '東京都に行く', '안녕하세요'])
      await say('lobby', said);
    expect(textsOf(await search(alice, text, { room: 'lobby' }))).toEqual(expected);
  });

  test.each([
    '"',
    "'; DROP TABLE entries; --",
    'a"b',
    '*',
    '^',
    '{col}:x',
    '\u0000x',
    'x'.repeat(4_000),
    'x '.repeat(100),
  ])('may be for any text: %j', async (text) => {
    const { alice, say } = await reader({ engine: make() }, 'lobby');
    await say('lobby', 'nothing of that');
    const reply = await alice.ask({ type: 'search', room: 'lobby', text });
    expect(reply.type === 'error' ? reply.code : reply.type).toMatch(/^(BAD_COMMAND|found)$/);
    if (reply.type === 'found') expect(reply.messages).toEqual([]);
  });

  test('sees the present text, and no deleted message', async () => {
    const { alice } = await reader({ engine: make() }, 'lobby');
    const { message } = await alice.say('lobby', 'apple');
    const gone = await alice.say('lobby', 'apple pie');
    await alice.request({ type: 'edit', room: 'lobby', message, text: 'pear' });
    await alice.request({ type: 'delete', room: 'lobby', message: gone.message });
    expect(textsOf(await search(alice, 'apple'))).toEqual([]);
    const found = await search(alice, 'pear');
    expect(found.messages).toMatchObject([{ type: 'message', id: message, text: 'pear', edited: expect.any(Number) }]);
  });

  test('without a room is of all rooms that the member is in, and no others', async () => {
    const { alice, say, connect, clock } = await reader({ engine: make() }, 'a', 'b');
    for (const room of ['b', 'elsewhere', 'a', 'b']) {
      await say(room, `lunch in ${room}`);
      await clock.advance(10);
    }
    const bob = await connect('bob');
    await bob.request({ type: 'direct', to: 'alice', text: 'lunch, between us' });
    const found = await search(alice, 'lunch');
    expect(textsOf(found)).toEqual(['lunch in b', 'lunch in a', 'lunch in b']);
    expect(found).not.toHaveProperty('room');
    await alice.request({ type: 'leave', room: 'a' });
    expect(textsOf(await search(alice, 'lunch'))).toEqual(['lunch in b', 'lunch in b']);
    expect(textsOf(await search(bob, 'lunch'))).toEqual([]);
  });

  test('of @ is of the user’s own direct messages', async () => {
    const { connect, say } = await reader({ engine: make() });
    const [ali, bob, eve] = [await connect(undefined, { token: 'ali' }), await connect('bob'), await connect('eve')];
    await ali.join('lobby');
    await say('lobby', 'lunch in the lobby');
    await ali.request({ type: 'direct', to: 'bob', text: 'lunch?' });
    await bob.request({ type: 'direct', to: 'ali', text: 'lunch!' });
    await bob.request({ type: 'direct', to: 'eve', text: 'lunch without ali' });
    const found = await search(ali, 'lunch', { room: '@' });
    expect(found).toMatchObject({ room: '@', more: false });
    expect(found.messages).toMatchObject([
      { type: 'direct', text: 'lunch?', offset: 1 },
      { type: 'direct', text: 'lunch!', offset: 2 },
    ]);
    expect(textsOf(await search(eve, 'lunch', { room: '@' }))).toEqual(['lunch without ali']);
    const page = await search(bob, 'lunch', { room: '@', limit: 1 });
    expect(page).toMatchObject({ more: true, messages: [{ text: 'lunch without ali' }], next: 3 });
    expect(textsOf(await search(bob, 'lunch', { room: '@', before: page.next! }))).toEqual(['lunch?', 'lunch!']);
  });

  test('goes back page by page in a room, by offsets', async () => {
    const { alice, say } = await reader({ engine: make() }, 'lobby');
    for (let index = 0; index < 10; index++) await say('lobby', index % 2 === 0 ? `lunch ${index}` : 'other');
    const found = await pages(alice, 'lunch', { room: 'lobby', limit: 2 });
    expect(found.map(textsOf)).toEqual([['lunch 6', 'lunch 8'], ['lunch 2', 'lunch 4'], ['lunch 0']]);
    expect(found.map(({ next }) => next)).toEqual([7, 3, undefined]);
  });

  test.each([1, 2, 3, 7])('neither skips nor repeats while messages arrive, in all rooms (limit %i)', async (limit) => {
    const limits = { sendsPerSecond: Number.POSITIVE_INFINITY };
    const { alice, say, clock, hub } = await reader({ engine: make(), limits }, 'a', 'b', 'c');
    const rooms = ['b', 'a', 'c', 'a', 'a', 'b', 'c', 'c', 'b', 'a'];
    const expected: string[] = [];
    // Several of each millisecond, across rooms.
    for (let index = 0; index < 30; index++) {
      expected.push((await say(rooms[index % rooms.length]!, `lunch ${index}`)).id);
      if (index % 4 === 3) await clock.advance(1);
    }
    const later = new Set<string>();
    const found = await pages(alice, 'lunch', { limit }, async (page) => {
      later.add((await say(rooms[page % rooms.length]!, `lunch, later ${page}`)).id);
      if (page % 2 === 0) await clock.advance(1);
    });
    const ids = idsOf(found);
    expect(new Set(ids).size).toBe(ids.length);
    // What came in the millisecond of the place to go on may be found, too.
    expect(ids.filter((id) => !later.has(id)).sort()).toEqual([...expected].sort());
    // Newest page first, each oldest first: read from the last page on, times never fall.
    const times = [...found].reverse().flatMap(({ messages }) => messages.map(({ at }) => at));
    expect(times).toEqual([...times].sort((one, other) => one - other));
    expect(hub.status().members).toBe(1);
  });

  test('neither skips nor repeats while messages arrive, in one room and in direct messages', async () => {
    const { alice, say, connect, clock } = await reader({ engine: make() }, 'lobby');
    const bob = await connect('bob');
    for (let index = 0; index < 9; index++) {
      await say('lobby', `lunch ${index}`);
      await bob.request({ type: 'direct', to: 'alice', text: `lunch ${index}` });
    }
    for (const room of ['lobby', '@']) {
      const found = await pages(alice, 'lunch', { room, limit: 2 }, async () => {
        await say('lobby', 'lunch, later');
        await clock.advance(1_000);
        await bob.request({ type: 'direct', to: 'alice', text: 'lunch, later' });
      });
      const texts = [...found].reverse().flatMap(textsOf);
      expect(texts.slice(0, 9)).toEqual(Array.from({ length: 9 }, (_, index) => `lunch ${index}`));
      expect(texts).toEqual([...texts.slice(0, 9), ...texts.slice(9).filter((text) => text === 'lunch, later')]);
    }
  });

  test('goes on where messages that were found are edited or deleted meanwhile', async () => {
    const { alice, say, hub } = await reader({ engine: make() }, 'a', 'b');
    const said: Message[] = [];
    for (let index = 0; index < 8; index++) said.push(await say(index % 2 === 0 ? 'a' : 'b', `lunch ${index}`));
    const found = await pages(alice, 'lunch', { limit: 2 }, async (page) => {
      // The very message that the place to go on names.
      if (page === 1) await hub.room('a').delete(said[6]!.id);
      if (page === 2) await hub.room('b').edit(said[5]!.id, 'dinner');
    });
    expect(idsOf(found).length).toBeGreaterThanOrEqual(6);
    expect(new Set(idsOf(found)).size).toBe(idsOf(found).length);
  });

  test('gives 50 at most, 200 where more are asked for, and one at least', async () => {
    const { alice, say } = await reader({ engine: make() }, 'lobby');
    for (let index = 0; index < 205; index++) await say('lobby', `lunch ${index}`);
    for (const place of [{}, { room: 'lobby' }]) {
      const byDefault = await search(alice, 'lunch', place);
      expect(byDefault.messages).toHaveLength(50);
      expect(textsOf(byDefault).at(-1)).toBe('lunch 204');
      const most = await search(alice, 'lunch', { ...place, limit: 1_000 });
      expect(most).toMatchObject({ more: true });
      expect(most.messages).toHaveLength(200);
      expect((await search(alice, 'lunch', { ...place, limit: 1 })).messages).toHaveLength(1);
      const rest = await search(alice, 'lunch', { ...place, before: most.next! });
      expect(rest).toMatchObject({ more: false });
      expect(textsOf(rest)).toEqual(['lunch 0', 'lunch 1', 'lunch 2', 'lunch 3', 'lunch 4']);
    }
  });

  test('that found as many as were asked for, and no more, says at most that there may be some', async () => {
    const { alice, say } = await reader({ engine: make() }, 'lobby');
    for (let index = 0; index < 4; index++) await say('lobby', `lunch ${index}`);
    const found = await pages(alice, 'lunch', { room: 'lobby', limit: 2 });
    expect(idsOf(found)).toHaveLength(4);
    expect((await search(alice, 'lunch', { room: 'lobby', limit: 4 })).more).toBe(false);
  });

  test('of long messages gives pages of recoverBytes, and all of them in the end', async () => {
    const { alice, say } = await reader({ engine: make(), limits: { recoverBytes: 5_000 } }, 'a', 'b');
    for (let index = 0; index < 20; index++) await say(index % 3 === 0 ? 'a' : 'b', `lunch ${'x'.repeat(1_000)}`);
    for (const place of [{}, { room: 'b' }]) {
      const found = await pages(alice, 'lunch', place);
      for (const page of found) expect(JSON.stringify(page.messages).length).toBeLessThan(6_500);
      expect(new Set(idsOf(found)).size).toBe('room' in place ? 13 : 20);
    }
  });

  test('of nobody’s words is found empty', async () => {
    const { alice } = await reader({ engine: make() }, 'lobby');
    for (const room of [undefined, 'lobby', '@']) {
      const found = await search(alice, 'lunch', room === undefined ? {} : { room });
      expect(found).toMatchObject({ messages: [], more: false });
      expect(found).not.toHaveProperty('next');
    }
    const { alice: nowhere } = await reader({ engine: make() });
    expect(await search(nowhere, 'lunch')).toMatchObject({ messages: [], more: false });
  });

  test('goes on from a place in a room that the member has left since', async () => {
    const { alice, say, clock } = await reader({ engine: make() }, 'a', 'b');
    for (let index = 0; index < 6; index++) {
      await say(index % 2 === 0 ? 'a' : 'b', `lunch ${index}`);
      await clock.advance(1);
    }
    const page = await search(alice, 'lunch', { limit: 3 });
    expect(textsOf(page)).toEqual(['lunch 3', 'lunch 4', 'lunch 5']);
    await alice.request({ type: 'leave', room: 'b' });
    expect(textsOf(await search(alice, 'lunch', { before: page.next! }))).toEqual(['lunch 0', 'lunch 2']);
  });

  test('by the application is of the rooms that it names', async () => {
    const { hub, say, clock } = await reader({ engine: make() });
    for (const room of ['a', 'b', 'c']) {
      await say(room, `lunch in ${room}`);
      await clock.advance(1);
    }
    const { messages, next } = await hub.search('lunch', { rooms: ['A', 'c'] });
    expect(messages.map(({ text }) => text)).toEqual(['lunch in a', 'lunch in c']);
    expect(next).toBeUndefined();
    const first = await hub.search('lunch', { rooms: ['a', 'b', 'c'], limit: 2 });
    expect(first.messages.map(({ text }) => text)).toEqual(['lunch in b', 'lunch in c']);
    const second = await hub.search('lunch', { rooms: ['a', 'b', 'c'], limit: 2, before: first.next! });
    expect(second.messages.map(({ text }) => text)).toEqual(['lunch in a']);
    expect(second.next).toBeUndefined();
    expect(await hub.search('lunch', { rooms: [] })).toEqual({ messages: [], next: undefined });
  });
});

describe('a search that is refused', () => {
  test.each(['', ' ', '!?', '""', '*', '"*"'])('has no word in it: %j', async (text) => {
    const { alice, hub } = await reader({}, 'lobby');
    for (const place of [{}, { room: 'lobby' }, { room: '@' }])
      expect(await alice.ask({ type: 'search', text, ...place })).toMatchObject({ type: 'error', code: 'BAD_COMMAND' });
    await expect(hub.search(text, { rooms: ['lobby'] })).rejects.toMatchObject({ code: 'BAD_COMMAND' });
    await expect(hub.room('lobby').search(text)).rejects.toMatchObject({ code: 'BAD_COMMAND' });
  });

  test.each(['x', '', '1:2', '1:2:', 'a:b:lobby', '-1:1:lobby', '1e9:1:lobby', `${'9'.repeat(16)}:1:lobby`, 5, 0])(
    'goes on from no place: %j',
    async (before) => {
      const { alice, hub } = await reader({}, 'lobby');
      expect(await alice.ask({ type: 'search', text: 'x', before })).toMatchObject({
        type: 'error',
        code: 'BAD_COMMAND',
      });
      await expect(hub.search('x', { rooms: ['lobby'], before })).rejects.toMatchObject({ code: 'BAD_COMMAND' });
    },
  );

  test('is of a room that the member is not in', async () => {
    const { alice } = await reader({}, 'lobby');
    const refused = await alice.ask({ type: 'search', text: 'x', room: 'garden' });
    expect(refused).toMatchObject({ type: 'error', code: 'NOT_A_MEMBER', room: 'garden' });
    for (const room of ['a b', '@ali', ''])
      expect(await alice.ask({ type: 'search', text: 'x', room })).toMatchObject({ code: 'BAD_ROOM' });
  });

  test('is not, where the read policy lets the member read there', async () => {
    const read = vi.fn(({ room }: { readonly room: string }) => room === 'garden');
    const { alice, say } = await reader({ policies: { ...policies, read } }, 'lobby');
    for (const room of ['garden', 'ops']) await say(room, 'lunch');
    expect(textsOf(await search(alice, 'lunch', { room: 'Garden' }))).toEqual(['lunch']);
    expect(read).toHaveBeenCalledWith(expect.objectContaining({ room: 'garden' }));
    expect(await alice.ask({ type: 'search', text: 'lunch', room: 'ops' })).toMatchObject({ code: 'NOT_A_MEMBER' });
    // All rooms are those that it is in.
    expect(textsOf(await search(alice, 'lunch'))).toEqual([]);
  });

  test('asks an engine that can’t', async () => {
    const { alice, hub } = await reader({ engine: withoutSearch(memory()) }, 'lobby');
    for (const place of [{}, { room: 'lobby' }, { room: '@' }])
      expect(await alice.ask({ type: 'search', text: 'x', ...place })).toMatchObject({
        type: 'error',
        code: 'BAD_COMMAND',
        retryable: false,
      });
    await expect(hub.search('x', { rooms: ['lobby'] })).rejects.toMatchObject({ code: 'BAD_COMMAND' });
    await expect(hub.room('lobby').search('x')).rejects.toMatchObject({ code: 'BAD_COMMAND' });
    await alice.say('lobby', 'all else works');
  });

  test('fails in the engine, which is told to the application', async () => {
    const { engine, gates } = gatedEngine();
    const { alice, errors } = await reader({ engine: engine as Engine }, 'lobby');
    gates.set('log.search', () => Promise.reject(new Error('corrupt index')));
    expect(await alice.ask({ type: 'search', text: 'x' })).toMatchObject({ code: 'INTERNAL' });
    expect(errors.splice(0)).toHaveLength(1);
  });
});
