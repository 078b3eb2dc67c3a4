import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import {
  closeSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type Database, findDriver } from '../../../src/engines/sqlite/driver.js';
import { openSqliteFile, sqlite } from '../../../src/engines/sqlite/index.js';
import { errorCodes } from '../../../src/model/errors.js';
import { parseSearch } from '../../../src/model/search.js';
import type { Appended, OpenEngine } from '../../../src/ports/engine.js';
import { Lab, message, sayAll, session, Tape, textsOf, upTo } from './lab.js';

let lab: Lab;
beforeEach(() => {
  lab = new Lab();
});
afterEach(() => lab.end());

/** What clients are told: neither the file's name nor what the driver says. */
const refusal = { code: 'ENGINE_UNAVAILABLE', message: errorCodes.ENGINE_UNAVAILABLE.text };

/** The error with which the file can't be opened. */
async function refusedWith(file = lab.file): Promise<string> {
  const error = await sqlite({ path: file })
    .open(lab.context())
    .then(String, (reason: unknown) => reason);
  expect(error).toMatchObject({ code: 'ENGINE_UNAVAILABLE' });
  expect((error as Error).message).toContain(`"${file}"`);
  return (error as Error).message;
}

const told = (): string[] => lab.errors.map((error) => (error as Error).message);

/** A small disk; `remove` also when it is in use no more. */
class SmallDisk {
  readonly path = path.join(lab.folder.path, 'disk');
  readonly file = path.join(this.path, 'chat.db');

  constructor() {
    mkdirSync(this.path);
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', this.path], { stdio: 'pipe' });
    } catch (cause) {
      throw new Error(
        'This test mounts a small disk, and may not: run it as root, in a container with CAP_SYS_ADMIN.',
        {
          cause,
        },
      );
    }
  }

  remount(how: 'ro' | 'rw'): void {
    execFileSync('mount', ['-o', `remount,${how}`, this.path]);
  }

  close(): void {
    execFileSync('umount', ['--lazy', this.path]);
  }
}

// As with programs that only root can install: left out elsewhere, and a failure where it must not be left out.
const mayMount = process.getuid?.() === 0 || process.env.CI !== undefined;

describe.skipIf(!mayMount)('a disk', () => {
  let disk: SmallDisk;
  beforeEach(() => {
    disk = lab.closing(new SmallDisk());
  });

  const long = 'x'.repeat(20_000);

  /** Until one is refused; gives what was acknowledged. */
  async function fill(engine: OpenEngine): Promise<number[]> {
    const stored: number[] = [];
    for (;;) {
      const results = await Promise.allSettled(upTo(3).map(() => engine.log.append('lobby', message(long))));
      for (const result of results) if (result.status === 'fulfilled') stored.push(result.value.offset);
      const refused = results.filter((result) => result.status === 'rejected');
      for (const { reason } of refused) expect(reason).toMatchObject(refusal);
      if (refused.length > 0) return stored;
    }
  }

  test('that is full: what was acknowledged is there, what was refused nobody is given, and it heals', async () => {
    const ballast = path.join(disk.path, 'ballast');
    writeFileSync(ballast, Buffer.alloc(1_000_000));
    const engine = await lab.open({ path: disk.file });
    const tape = new Tape();
    await engine.log.follow('lobby', tape);
    const stored = await fill(engine);
    await expect(engine.log.append('lobby', message(long))).rejects.toMatchObject(refusal);
    expect(stored).toEqual(upTo(stored.length));
    expect(tape.offsets).toEqual(stored);
    expect(await textsOf(engine)).toHaveLength(stored.length);
    expect(told()).toEqual([`The database "${disk.file}" can not grow: the disk is full.`]);

    rmSync(ballast);
    const next = await engine.log.append('lobby', message('there is room again'));
    expect(next.offset).toBe(stored.length + 1);
    expect(tape.offsets).toEqual(upTo(next.offset));
    await engine.close();
    const again = await lab.open({ path: disk.file });
    expect(await textsOf(again)).toEqual([...stored.map(() => long), 'there is room again']);
  });

  test('that is full when all closes: what was acknowledged is there, and the lock is free', async () => {
    const engine = await lab.open({ path: disk.file });
    const stored = await fill(engine);
    await engine.presence.openSession(session('m1'));
    await engine.close();
    copyFileSync(disk.file, lab.file);
    if (existsSync(`${disk.file}-wal`)) copyFileSync(`${disk.file}-wal`, `${lab.file}-wal`);
    expect(await textsOf(await lab.open())).toHaveLength(stored.length);
  });

  test('that is full when the file is to be made is told at open', async () => {
    expect(() => writeFileSync(path.join(disk.path, 'ballast'), Buffer.alloc(3_000_000))).toThrowError('ENOSPC');
    expect(await refusedWith(disk.file)).toMatch(/the disk is full|or is full/);
  });

  test('that is read-only is told at open, whether the file is there or not', async () => {
    const engine = await lab.open();
    await engine.log.append('lobby', message('a'));
    await engine.close();
    // Copied: libsql keeps files open for a while, which keeps a disk from becoming read-only.
    copyFileSync(lab.file, disk.file);
    disk.remount('ro');
    const sentence = /is read-only|can not be opened: check that it/;
    expect(await refusedWith(disk.file)).toMatch(sentence);
    expect(await refusedWith(path.join(disk.path, 'other.db'))).toMatch(sentence);
    disk.remount('rw');
    expect(await textsOf(await lab.open({ path: disk.file }))).toEqual(['a']);
  });
});

describe('a file', () => {
  test('in a folder that does not exist is told with a sentence', async () => {
    const file = path.join(lab.folder.path, 'none', 'chat.db');
    const sentence = `The database "${file}" can not be opened: there is no folder "${path.dirname(file)}".`;
    expect(await refusedWith(file)).toBe(sentence);
    expect(() => openSqliteFile({ path: file })).toThrowError(sentence);
    expect(() => openSqliteFile({ path: lab.file })).toThrowError('does not exist');
  });

  test('that is a folder is told with a sentence', async () => {
    mkdirSync(lab.file);
    expect(await refusedWith()).toContain('can not be opened');
  });

  test('of random bytes is refused, and stays as it is', async () => {
    const bytes = randomBytes(20_000);
    writeFileSync(lab.file, bytes);
    expect(await refusedWith()).toContain('is not a database of SQLite, or is damaged');
    expect(readFileSync(lab.file)).toEqual(bytes);
    expect(() => openSqliteFile({ path: lab.file })).toThrowError('is not a database of SQLite');
  });

  test("that is somebody else's database is refused, and stays as it is", async () => {
    lab.run("CREATE TABLE recipes (name TEXT); INSERT INTO recipes VALUES ('soup')");
    const bytes = readFileSync(lab.file);
    expect(await refusedWith()).toContain("is not one of ChatHub's: choose another file");
    expect(readFileSync(lab.file)).toEqual(bytes);
    expect(() => openSqliteFile({ path: lab.file })).toThrowError("not one of ChatHub's");
  });

  test('that a newer version wrote is refused, and stays as it is', async () => {
    await (await lab.open()).close();
    lab.run('PRAGMA user_version = 999');
    const bytes = readFileSync(lab.file);
    expect(await refusedWith()).toContain('newer version of ChatHub (its schema is 999, this one knows 1)');
    expect(() => openSqliteFile({ path: lab.file })).toThrowError('newer version');
    expect(readFileSync(lab.file)).toEqual(bytes);
  });

  test('that is refused can be opened when the cause is mended: nothing is held', async () => {
    writeFileSync(lab.file, randomBytes(5_000));
    const engine = sqlite({ path: lab.file });
    await expect(engine.open(lab.context())).rejects.toMatchObject({ code: 'ENGINE_UNAVAILABLE' });
    rmSync(lab.file);
    const opened = lab.closing(await engine.open(lab.context()));
    expect((await opened.log.append('lobby', message('a'))).offset).toBe(1);
  });
});

describe('a damaged file', () => {
  /** 3,000 messages, closed. */
  async function written(): Promise<void> {
    const engine = await lab.open();
    await sayAll(
      engine,
      upTo(3_000).map((number) => `message number ${number} with some more words to it`),
    );
    await engine.close();
  }

  /** Calls whatever there is to be called; each gives a result, or is refused in the way that clients may see. */
  async function useAll({ log, presence, state }: OpenEngine): Promise<number> {
    const calls = [
      log.read('lobby', { limit: 5_000 }),
      log.read('lobby', { after: 0, limit: 5_000 }),
      log.search?.('lobby', { terms: parseSearch('words'), limit: 50 }),
      log.append('lobby', message('one more')),
      log.get('lobby', 'e1'),
      log.find('lobby', 'ann', 'k'),
      log.count('lobby', { after: 0, limit: 5_000, except: 'bob' }),
      log.remove('lobby'),
      state.set('lobby', 'topic', 'x'),
      state.list('lobby'),
      presence.findName('ann'),
    ];
    const results = await Promise.allSettled(calls);
    const refused = results.filter((result) => result.status === 'rejected');
    for (const { reason } of refused) expect(reason).toMatchObject(refusal);
    return refused.length;
  }

  test('is told at open, or when the damage is met, wherever it was cut off', async () => {
    await written();
    const whole = readFileSync(lab.file);
    for (const part of [0.01, 0.2, 0.5, 0.9, 0.999]) {
      writeFileSync(lab.file, whole);
      truncateSync(lab.file, Math.floor(whole.length * part));
      const engine = await sqlite({ path: lab.file })
        .open(lab.context())
        .catch((error: unknown) => error as Error);
      if (engine instanceof Error) expect(engine.message).toMatch(/is damaged|or is damaged/);
      else {
        // The last pages may be free ones, which nobody misses.
        const refused = await useAll(engine);
        if (part <= 0.5) expect(refused).toBeGreaterThan(0);
        if (refused > 0) expect(told().at(-1)).toContain(lab.file);
        await engine.close();
      }
    }
  });

  test('is told when the damage is met, and closes', async () => {
    await written();
    const engine = await lab.open();
    const tape = new Tape();
    const { epoch } = await engine.log.read('lobby', { limit: 1 });
    await engine.log.follow('lobby', tape);
    await engine.presence.openSession(session('m1', { user: 'u1', guest: false }));
    const file = openSync(lab.file, 'r+');
    writeSync(file, Buffer.alloc(statSync(lab.file).size - 4_096, 0xff), 0, undefined, 4_096);
    closeSync(file);
    expect(await useAll(engine)).toBeGreaterThan(5);
    expect(told()[0]).toBe(`The database "${lab.file}" is damaged: restore it from a backup, or move it away.`);
    // One that begins to follow reads, and tries again: it is told of once more at most, and not each time.
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const follower = await engine.log.follow('lobby', tape, { after: { epoch, offset: 0 } }).catch(() => undefined);
    const before = lab.errors.length;
    await vi.advanceTimersByTimeAsync(10_000);
    vi.useRealTimers();
    expect(lab.errors.length).toBeLessThanOrEqual(before + 1);
    for (const sentence of told()) expect(sentence).toContain(lab.file);
    follower?.close();
    await engine.close();
    rmSync(lab.file);
    // The lock is free.
    await (await lab.open()).close();
  });

  test("whose place somebody else's takes: clients are not told its name", async () => {
    await written();
    const engine = await lab.open();
    const file = openSync(lab.file, 'r+');
    writeSync(file, Buffer.alloc(statSync(lab.file).size - 4_096, 0xff), 0, undefined, 4_096);
    closeSync(file);
    await expect(engine.log.read('lobby', { limit: 5_000 })).rejects.toMatchObject(refusal);
    for (const end of ['', '-wal', '-shm']) rmSync(`${lab.file}${end}`, { force: true });
    lab.run('CREATE TABLE recipes (name TEXT)');
    await expect(engine.log.read('lobby', { limit: 5_000 })).rejects.toMatchObject(refusal);
    await expect(engine.log.append('lobby', message('a'))).rejects.toMatchObject(refusal);
    expect(told().at(-1)).toContain("is not one of ChatHub's");
  });
});

describe('a file that another connection has locked', () => {
  function lock(): Database {
    const other = findDriver(undefined).open(lab.file, false);
    other.exec('BEGIN IMMEDIATE');
    return other;
  }

  /** How long nothing else had its turn, at most, while something went on. */
  async function longestStall(work: Promise<unknown>): Promise<number> {
    let longest = 0;
    let last = performance.now();
    const timer = setInterval(() => {
      longest = Math.max(longest, performance.now() - last);
      last = performance.now();
    }, 10);
    await work.catch(() => undefined);
    clearInterval(timer);
    return longest;
  }

  test('is waited for: appends go through when it is free, in their order, and nothing else waits', async () => {
    const engine = await lab.open();
    const other = lock();
    const first = sayAll(engine, ['a', 'b']);
    const stalled = longestStall(first);
    await new Promise((resolve) => setTimeout(resolve, 300));
    const later = sayAll(engine, ['c', 'd']);
    expect((await engine.log.read('lobby', { limit: 1 })).head).toBe(0);
    await new Promise((resolve) => setTimeout(resolve, 700));
    other.close();
    const offsets = (appended: readonly Appended[]) => appended.map(({ offset }) => offset);
    expect(offsets([...(await first), ...(await later)])).toEqual([1, 2, 3, 4]);
    expect(await textsOf(engine)).toEqual(['a', 'b', 'c', 'd']);
    expect(await stalled).toBeLessThan(700);
    expect(lab.errors).toEqual([]);
  });

  test('is not waited for longer than callers can: within 5 s they are refused', async () => {
    const engine = await lab.open();
    const other = lab.closing(lock());
    const begun = performance.now();
    const refused = sayAll(engine, ['a', 'b']);
    const stalled = longestStall(refused);
    await expect(refused).rejects.toMatchObject(refusal);
    const waited = performance.now() - begun;
    expect(waited).toBeGreaterThan(3_500);
    expect(waited).toBeLessThan(5_000);
    expect(await stalled).toBeLessThan(1_500);
    expect(told()).toEqual([`The database "${lab.file}" is locked by another process.`]);
    other.exec('ROLLBACK');
    expect((await engine.log.append('lobby', message('c'))).offset).toBe(1);
  });
});

describe('a second one on the same file', () => {
  const taken = 'is in use by another process, or another engine of this one: one process at a time can use it';

  test('that is another engine of this process is refused until the first is closed', async () => {
    const first = await lab.open();
    expect(await refusedWith()).toContain(taken);
    expect((await first.log.append('lobby', message('a'))).offset).toBe(1);
    await first.close();
    expect(await textsOf(await lab.open())).toEqual(['a']);
  });

  test('that is a second hub with the same engine is a node like the first', async () => {
    const engine = sqlite({ path: lab.file });
    const [a, b] = [await engine.open(lab.context('a')), await engine.open(lab.context('b'))];
    await a.log.append('lobby', message('a'));
    await a.close();
    expect(await refusedWith()).toContain(taken);
    expect(await textsOf(b)).toEqual(['a']);
    await b.close();
    await (await lab.open()).close();
  });

  /** Another process that has the file, and the lines that it says. */
  function holder(): { child: ChildProcess; next(): Promise<string> } {
    const script = fileURLToPath(new URL('./hold-file.ts', import.meta.url));
    const child = spawn(process.execPath, ['--import', 'tsx', script, lab.file], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    lab.closing({ close: () => child.kill('SIGKILL') });
    const lines = createInterface(child.stdout as NodeJS.ReadableStream)[Symbol.asyncIterator]();
    return { child, next: async () => String((await lines.next()).value) };
  }

  test('that is another process is refused, and may when the first was killed: all that it acknowledged is there', async () => {
    const { child, next } = holder();
    expect(await next()).toBe('open');
    child.stdin?.write('from the first\n');
    expect(await next()).toBe('stored');
    expect(await refusedWith()).toContain(taken);
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(await textsOf(await lab.open())).toEqual(['from the first']);
    // And the other way round.
    expect(await holder().next()).toContain(taken);
  });
});
