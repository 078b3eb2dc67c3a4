import { mkdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { findDriver } from '../../../src/engines/sqlite/driver.js';
import { openSqliteFile } from '../../../src/engines/sqlite/index.js';
import { StoreFile } from '../../../src/engines/sqlite/store-file.js';
import { inboxOf } from '../../../src/model/entry.js';
import { parseSearch } from '../../../src/model/search.js';
import type { OpenEngine } from '../../../src/ports/engine.js';
import { deletion, edit, Lab, message, sayAll, session, Tape, textsOf, upTo } from './lab.js';

let lab: Lab;
beforeEach(() => {
  lab = new Lab();
});
afterEach(() => lab.end());

/** The texts of the lobby in which all of these words are. */
async function found({ log }: OpenEngine, words: string): Promise<string[]> {
  const page = await log.search?.('lobby', { terms: parseSearch(words), limit: 10_000 });
  return (page?.entries ?? []).map((entry) => ('text' in entry ? entry.text : ''));
}

describe('when the file is opened again', () => {
  test('history, epochs, keys and shared state are there', async () => {
    const first = await lab.open();
    const said = await first.log.append('lobby', message('hello', { id: 'e-hello', key: 'k1' }));
    await first.log.append('lobby', edit('e-hello', 'hello again'));
    await first.state.set('lobby', 'topic', { text: 'tea' });
    await first.close();
    const again = await lab.open();
    const { entries, epoch, head } = await again.log.read('lobby', { limit: 10 });
    expect([epoch, head]).toEqual([said.epoch, 2]);
    expect(entries[0]).toMatchObject({ id: 'e-hello', text: 'hello again', edited: lab.clock.now() });
    expect(await again.log.append('lobby', message('hello', { key: 'k1' }))).toMatchObject({
      offset: 1,
      duplicate: true,
    });
    expect(await again.log.find('lobby', 'ann', 'k1')).toMatchObject({ id: 'e-hello', offset: 1 });
    expect(await again.state.get('lobby', 'topic')).toEqual({ text: 'tea' });
    expect(await found(again, 'again')).toEqual(['hello again']);
  });

  test('a follower goes on where it was', async () => {
    const first = await lab.open();
    const [, { offset, epoch }] = (await sayAll(first, ['a', 'b', 'c'])) as [
      unknown,
      { offset: number; epoch: string },
    ];
    await first.close();
    const again = await lab.open();
    const tape = new Tape();
    await again.log.follow('lobby', tape, { after: { epoch, offset } });
    await again.log.append('lobby', message('d'));
    expect(tape.offsets).toEqual([3, 4]);
  });

  test('shared state that has run out by its ttl meanwhile is gone', async () => {
    const first = await lab.open();
    await first.state.set('lobby', 'ban', true, { ttl: 1_000 });
    await first.close();
    await lab.clock.advance(1_000);
    expect(await (await lab.open()).state.get('lobby', 'ban')).toBeUndefined();
  });
});

// A process that is killed leaves what it has, and one that closes in peace means its clients to come back, too.
describe.each(['killed', 'closed'] as const)('sessions of a node that was %s', (end) => {
  async function restarted(): Promise<OpenEngine> {
    const engine = await lab.open({}, { resumeWindow: 30_000 });
    const { presence, log } = engine;
    await presence.openSession(session('guest'));
    await presence.openSession(session('m1', { user: 'bob', guest: false, name: 'Bob' }));
    for (const [member, name] of [
      ['guest', 'Gus'],
      ['m1', 'Robert'],
    ] as const) {
      const fence = { member, generation: 1 };
      expect(await presence.claimName({ key: name.toLowerCase(), name, fence })).toBe(true);
      expect(await presence.enter('lobby', fence, 10)).toBe(true);
      expect(await presence.enter('tea', fence, 10)).toBe(true);
      expect(await presence.leave('tea', fence)).toBe(true);
    }
    for (const user of ['guest', 'bob']) await log.append(inboxOf(user), message(`for ${user}`));
    if (end === 'closed') await engine.close();
    const file = end === 'closed' ? lab.file : lab.killed();
    return lab.open({ path: file }, { resumeWindow: 30_000 }, 'b');
  }

  test('are taken up within the window, with their rooms, and are not over after it', async () => {
    const { presence, log } = await restarted();
    expect((await presence.list('lobby')).count).toBe(0);
    await lab.clock.advance(29_000);
    const taken = await presence.takeSession('secret of guest', 'b');
    expect(taken).toMatchObject({ was: 'a', session: { node: 'b', generation: 2, name: 'Gus', rooms: ['lobby'] } });
    expect(await presence.enter('lobby', { member: 'guest', generation: 2 }, 10)).toBe(true);
    await lab.clock.advance(60_000);
    expect((await presence.list('lobby')).members).toMatchObject([{ user: 'guest', name: 'Gus' }]);
    expect(await presence.findName('gus')).toMatchObject({ user: 'guest' });
    expect((await log.read(inboxOf('guest'), { limit: 1 })).head).toBe(1);
    expect(await presence.enter('lobby', { member: 'guest', generation: 1 }, 10)).toBe(false);
  });

  test("are over after the window: a guest's name is free and its inbox gone, a user's are its own", async () => {
    const { presence, log } = await restarted();
    await lab.clock.advance(29_999);
    expect(await presence.findName('gus')).toMatchObject({ user: 'guest' });
    await lab.clock.advance(2);
    expect(lab.errors).toEqual([]);
    await expect.poll(async () => (await log.read(inboxOf('guest'), { limit: 1 })).head).toBe(0);
    expect(await presence.takeSession('secret of guest', 'b')).toBeUndefined();
    expect(await presence.takeSession('secret of m1', 'b')).toBeUndefined();
    expect(await presence.findName('gus')).toBeUndefined();
    expect(await presence.findName('robert')).toEqual({ user: 'bob', name: 'Robert' });
    expect((await log.read(inboxOf('bob'), { limit: 1 })).head).toBe(1);
  });
});

test('sessions that were over stay so, and their names, too', async () => {
  const first = await lab.open();
  await first.presence.openSession(session('guest'));
  await first.presence.claimName({ key: 'gus', name: 'Gus', fence: { member: 'guest', generation: 1 } });
  await first.presence.endSession({ member: 'guest', generation: 1 });
  const again = await lab.open({ path: lab.killed() });
  expect(await again.presence.takeSession('secret of guest', 'b')).toBeUndefined();
  expect(await again.presence.findName('gus')).toBeUndefined();
});

test('users who change names with each other keep them', async () => {
  const { presence } = await lab.open();
  const claim = (member: string, key: string) =>
    presence.claimName({ key, name: key, fence: { member, generation: 1 } });
  for (const member of ['a', 'b']) await presence.openSession(session(member, { guest: false }));
  await Promise.all([claim('a', 'x'), claim('b', 'y')]);
  expect(await Promise.all([claim('a', 'z'), claim('b', 'x'), claim('a', 'y')])).toEqual([true, true, true]);
  const again = await lab.open({ path: lab.killed() });
  expect(await again.presence.findName('x')).toMatchObject({ user: 'b' });
  expect(await again.presence.findName('y')).toMatchObject({ user: 'a' });
  expect(await again.presence.findName('z')).toBeUndefined();
});

describe('an epoch', () => {
  /** What the epoch is before and after an end; `otherBoot`: the machine was started again meanwhile. */
  async function epochs(synchronous: 'full' | 'normal', end: 'killed' | 'closed', otherBoot: boolean) {
    const first = await lab.open({ synchronous });
    const [before] = await sayAll(first, ['a', 'b']);
    await sayAll(first, ['c']);
    if (end === 'closed') await first.close();
    const file = end === 'closed' ? lab.file : lab.killed();
    if (otherBoot) lab.run("UPDATE runs SET boot = 'another'", file);
    const again = await lab.open({ path: file, synchronous });
    expect(await textsOf(again)).toEqual(['a', 'b', 'c']);
    const { offset, epoch } = await again.log.append('lobby', message('d'));
    expect(offset).toBe(4);
    return { before: before?.epoch, after: epoch };
  }

  test('is another one when the machine lost power and stored may not have been synced', async () => {
    const { before, after } = await epochs('normal', 'killed', true);
    expect(after).not.toBe(before);
  });

  test.each([
    ['full', 'killed', true],
    ['normal', 'killed', false],
    ['normal', 'closed', true],
  ] as const)('is the same with "%s" after it was %s (another boot: %s)', async (synchronous, end, otherBoot) => {
    const { before, after } = await epochs(synchronous, end, otherBoot);
    expect(after).toBe(before);
  });

  test('is one of its own for each log, new ones, too', async () => {
    const first = await lab.open({ synchronous: 'normal' });
    for (const room of ['one', 'two']) await first.log.append(room, message('a'));
    const file = lab.killed();
    lab.run("UPDATE runs SET boot = 'another'", file);
    const again = await lab.open({ path: file, synchronous: 'normal' });
    const pages = await Promise.all(['one', 'two'].map((room) => again.log.read(room, { limit: 1 })));
    expect(new Set(pages.map(({ epoch }) => epoch)).size).toBe(2);
  });

  test('says how durable the engine is', async () => {
    expect((await lab.open()).durability).toBe('synced');
    const normal = await lab.open({ path: path.join(lab.folder.path, 'normal.db'), synchronous: 'normal' });
    expect(normal.durability).toBe('stored');
  });
});

describe('what is kept no longer', () => {
  test('by its count is deleted from the file', async () => {
    const engine = await lab.open({ history: 10 });
    await sayAll(
      engine,
      upTo(40).map((number) => `no ${number} ${number <= 30 ? 'old' : 'new'}`),
    );
    expect(lab.sql('SELECT count(*) FROM entries')).toBe(10);
    expect(await found(engine, 'old')).toEqual([]);
    expect(await found(engine, 'new')).toHaveLength(10);
    expect((await engine.log.read('lobby', { limit: 100 })).entries.map(({ offset }) => offset)).toEqual(
      upTo(40).slice(30),
    );
  });

  test('by a smaller count than before is given no more at once, and deleted a few at a time', async () => {
    const first = await lab.open();
    await sayAll(
      first,
      upTo(500).map((number) => `old ${number}`),
    );
    await first.close();
    const again = await lab.open({ history: 5 });
    expect(await textsOf(again)).toEqual(
      upTo(500)
        .slice(495)
        .map((number) => `old ${number}`),
    );
    expect(await found(again, 'old')).toHaveLength(5);
    expect((await again.log.read('lobby', { after: 100, limit: 10 })).complete).toBe(false);
    // A transaction that deletes all of a great deal would keep everybody waiting.
    await again.log.append('lobby', message('new'));
    expect(lab.sql('SELECT count(*) FROM entries')).toBeGreaterThan(400);
    for (const _ of upTo(60)) await again.log.append('lobby', message('new'));
    expect(lab.sql('SELECT count(*) FROM entries')).toBe(5);
    expect(await found(again, 'old')).toEqual([]);
  });

  test('by its age is given no more at once, and deleted with what is said next', async () => {
    const engine = await lab.open({ historyAge: 10_000 });
    await sayAll(
      engine,
      upTo(30).map((number) => `old ${number}`),
    );
    await lab.clock.advance(10_001);
    expect(await textsOf(engine)).toEqual([]);
    expect(await found(engine, 'old')).toEqual([]);
    await sayAll(engine, ['new', 'new', 'new']);
    expect(lab.sql('SELECT count(*) FROM entries')).toBe(3);
    expect(await found(engine, 'new')).toHaveLength(3);
  });

  test('by its age is deleted where nobody says anything, too, as is what has run out of shared state', async () => {
    vi.useFakeTimers({ toFake: ['setInterval'] });
    try {
      const engine = await lab.open({ historyAge: 10_000 });
      await sayAll(engine, ['a', 'b']);
      await engine.log.append('tea', message('c'));
      await engine.state.set('lobby', 'ban', true, { ttl: 10_000 });
      await lab.clock.advance(10_001);
      vi.advanceTimersByTime(60_000);
      await expect.poll(() => lab.sql('SELECT count(*) FROM entries')).toBe(0);
      expect(lab.sql('SELECT count(*) FROM facts')).toBe(0);
      expect(await engine.log.append('lobby', message('d'))).toMatchObject({ offset: 3 });
    } finally {
      vi.useRealTimers();
    }
  });

  test('the index agrees with the messages after edits, deletions and trims', async () => {
    const engine = await lab.open({ history: 60 });
    for (const number of upTo(100)) {
      await engine.log.append('lobby', message(`word${number % 7} common`, { id: `w${number}` }));
      if (number % 3 === 0) await engine.log.append('lobby', edit(`w${number}`, `word${number % 5} changed`));
      if (number % 5 === 0) await engine.log.append('lobby', deletion(`w${number}`));
    }
    const texts = await textsOf(engine);
    for (const word of ['common', 'changed', ...upTo(7).map((number) => `word${number}`)])
      expect(await found(engine, word)).toEqual(texts.filter((text) => text.split(' ').includes(word)));
    await engine.log.remove('lobby');
    expect(await found(engine, 'common')).toEqual([]);
    await engine.close();
    expect(lab.sql('SELECT count(*) FROM entries')).toBe(0);
    lab.run('CREATE VIRTUAL TABLE vocabulary USING fts5vocab (words, row)');
    expect(lab.sql('SELECT count(*) FROM vocabulary')).toBe(0);
  });

  test('the receipt of a key is known all through its window, and dropped after it', async () => {
    const engine = await lab.open({ history: 1 }, { keyWindow: 60_000 });
    for (const number of upTo(20)) await engine.log.append('lobby', message('a', { key: `k${number}` }));
    await lab.clock.advance(59_999);
    expect(await engine.log.find('lobby', 'ann', 'k1')).toMatchObject({ offset: 1, duplicate: true, entry: undefined });
    await lab.clock.advance(1);
    expect(await engine.log.find('lobby', 'ann', 'k1')).toBeUndefined();
    expect(await engine.log.append('lobby', message('a', { key: 'k1' }))).toMatchObject({ offset: 21 });
    // Not with each, but more at a time than come.
    for (const number of upTo(29)) await engine.log.append('lobby', message('a', { key: `later ${number}` }));
    expect(lab.sql('SELECT count(*) FROM receipts')).toBe(30);
  });
});

describe('the bytes of the files', () => {
  // Words of which no other begins with the same letters: the index leaves out what a word has in common with the one before.
  const erased = ['qzplummet', 'qykestrel', 'qxwalrus', 'qwtadpole', 'qvmongoose', 'qugecko'];
  const inIndex = (word: string) => word.slice(2);
  const everywhere = (word: string) => lab.occurrences(inIndex(word));

  async function say(engine: OpenEngine): Promise<void> {
    const { log } = engine;
    await log.append('trimmed', message('qwtadpole'));
    await log.append('removed', message('qvmongoose', { id: 'e-removed' }));
    const data = { note: 'qugecko' };
    await log.append('lobby', { ...message('qzplummet', { id: 'e-deleted' }), data } as never);
    await log.append('lobby', message('qykestrel', { id: 'e-edited' }));
    await log.append('lobby', edit('e-edited', 'qxwalrus'));
    await sayAll(
      engine,
      upTo(1_500).map((number) => `filler${number} some other words ${number * 7}`),
    );
  }

  async function erase({ log }: OpenEngine): Promise<void> {
    await log.append('lobby', deletion('e-deleted'));
    await log.append('lobby', edit('e-edited', 'harmless'));
    await log.remove('removed');
  }

  test('hold nothing that was deleted, edited away, trimmed or removed, when the engine is closed', async () => {
    const engine = await lab.open({ history: 2_000 });
    await say(engine);
    await engine.close();
    // In the message and in the index; data is not indexed.
    for (const word of erased) expect([word, everywhere(word) > 0]).toEqual([word, word !== 'qykestrel']);
    expect(everywhere('qzplummet')).toBeGreaterThan(1);
    const again = await lab.open({ history: 2_000 });
    await erase(again);
    await again.close();
    const trimming = await lab.open({ history: 1 });
    await trimming.log.append('trimmed', message('x'));
    await trimming.close();
    for (const word of erased) expect([word, everywhere(word)]).toEqual([word, 0]);
  });

  test('hold nothing of it when both happened in one go, and a reader has the file open at the end', async () => {
    const engine = await lab.open({ history: 2_000 });
    await say(engine);
    const reader = lab.closing(openSqliteFile({ path: lab.file }));
    expect(reader.read('lobby', { limit: 1 }).entries).toHaveLength(1);
    await erase(engine);
    await engine.close();
    for (const word of erased.filter((word) => word !== 'qwtadpole'))
      expect([word, everywhere(word)]).toEqual([word, 0]);
    reader.close();
    for (const word of erased.filter((word) => word !== 'qwtadpole'))
      expect([word, everywhere(word)]).toEqual([word, 0]);
  });

  test("are nobody else's to read", async () => {
    const engine = await lab.open();
    await engine.log.append('lobby', message('a'));
    for (const end of ['', '-wal', '-shm']) expect(statSync(`${lab.file}${end}`).mode & 0o777).toBe(0o600);
  });
});

describe('openSqliteFile()', () => {
  const first = { limit: 10 };

  test('reads while the engine has the file open, each time what is there then', async () => {
    const engine = await lab.open();
    await sayAll(engine, ['one fish', 'two fish']);
    await engine.log.append(inboxOf('bob'), message('psst'));
    using file = openSqliteFile({ path: lab.file });
    expect(file.logs()).toEqual(['@bob', 'lobby']);
    expect(file.read('lobby', first).entries).toMatchObject([{ text: 'one fish' }, { text: 'two fish' }]);
    await engine.log.append('lobby', message('red fish'));
    expect(file.read('lobby', first).head).toBe(3);
    expect(file.search('lobby', { terms: parseSearch('fish two'), limit: 5 }).entries).toMatchObject([{ offset: 2 }]);
    expect(file.read('nowhere', first)).toMatchObject({ entries: [], head: 0 });
  });

  test('reads when the engine is closed, and changes nothing', async () => {
    const engine = await lab.open();
    await sayAll(engine, ['a', 'b']);
    await engine.close();
    const bytes = readFileSync(lab.file);
    const file = openSqliteFile({ path: lab.file });
    expect(file.read('lobby', first).entries).toHaveLength(2);
    file.close();
    file.close();
    expect(readFileSync(lab.file)).toEqual(bytes);
    expect(() => file.read('lobby', first)).toThrowError(expect.objectContaining({ code: 'ENGINE_UNAVAILABLE' }));
  });

  test('has no way to write', async () => {
    await (await lab.open()).close();
    const driver = findDriver(undefined);
    const file = lab.closing(new StoreFile({ driver, path: lab.file, synchronous: 'full' }, true));
    file.open();
    expect(() => file.run('DELETE FROM runs')).toThrowError(/read-?only/i);
    expect(lab.sql('SELECT count(*) FROM runs')).toBe(1);
  });

  test('makes no file, and takes no empty one for one of ours', async () => {
    expect(() => openSqliteFile({ path: lab.file })).toThrowError('does not exist');
    expect(() => statSync(lab.file)).toThrowError('ENOENT');
    lab.run('VACUUM');
    expect(() => openSqliteFile({ path: lab.file })).toThrowError("is not one of ChatHub's");
  });

  test('keeps nobody from opening the file, and the engine does not close it for a reader', async () => {
    await (await lab.open()).close();
    using file = openSqliteFile({ path: lab.file });
    const engine = await lab.open();
    await engine.log.append('lobby', message('a'));
    await engine.close();
    expect(file.read('lobby', first).entries).toHaveLength(1);
    const again = await lab.open();
    await again.log.append('lobby', message('b'));
    expect(file.read('lobby', first).entries).toHaveLength(2);
  });
});

describe('a follower that begins far back', () => {
  async function written(count: number, options = {}): Promise<{ engine: OpenEngine; epoch: string }> {
    const engine = await lab.open(options);
    await sayAll(
      engine,
      upTo(count).map((number) => `no ${number}`),
    );
    return { engine, epoch: (await engine.log.read('lobby', { limit: 1 })).epoch };
  }

  test('is given all in pages, in order, while more is said', async () => {
    const { engine, epoch } = await written(3_000);
    const tapes = [new Tape(), new Tape()];
    for (const tape of tapes) await engine.log.follow('lobby', tape, { after: { epoch, offset: 0 } });
    for (const number of upTo(50)) await sayAll(engine, [`more ${number}`, `and more ${number}`]);
    for (const tape of tapes) {
      await expect.poll(() => tape.offsets.length).toBe(3_100);
      expect(tape.offsets).toEqual(upTo(3_100));
      expect(Math.max(...tape.pages)).toBeLessThanOrEqual(500);
      expect(tape.gaps).toEqual([]);
    }
  });

  test('is told what is trimmed away before it comes to that, and stands above it', async () => {
    const { engine, epoch } = await written(2_000, { historyAge: 60_000 });
    const tape = new Tape();
    const follower = await engine.log.follow('lobby', tape, { after: { epoch, offset: 0 } });
    // After the first page, before the second.
    lab.clock.setWall(lab.clock.now() + 61_000);
    await expect.poll(() => tape.gaps).toEqual([[501, 2_000]]);
    expect(tape.offsets).toEqual(upTo(500));
    expect(follower.position).toEqual({ epoch, offset: 2_000 });
    await engine.log.append('lobby', message('next'));
    expect(tape.offsets.at(-1)).toBe(2_001);
  });

  test('that is closed in the middle is given nothing more', async () => {
    const { engine, epoch } = await written(2_000);
    const tape = new Tape();
    const follower = await engine.log.follow('lobby', tape, { after: { epoch, offset: 0 } });
    follower.close();
    await engine.log.append('lobby', message('next'));
    expect(tape.offsets).toEqual(upTo(500));
  });
});

test('a path may hold spaces, signs of SQL and what is no letter', async () => {
  const folder = path.join(lab.folder.path, "a 'b' % ? #é");
  mkdirSync(folder);
  const file = path.join(folder, 'chat #1?.db');
  await (await lab.open({ path: file })).close();
  expect(statSync(file).isFile()).toBe(true);
});
