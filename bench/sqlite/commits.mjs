// Writing: many in one transaction, one alone, and how long the event loop stands still.

import { ChatHub, draft, openDatabase, openEngine, quantile, randomId, sqlite } from './library.mjs';
import { textOf } from './texts.mjs';

const rounds = 7;
const lone = 300;

/**
 * Appends per second, medians of interleaved rounds.
 * @param {string} file
 */
export async function groupCommit(file) {
  const engine = await openEngine(file);
  const append = (/** @type {number} */ index) => engine.log.append('lobby', draft('lobby', textOf(index)));
  const each = [];
  const grouped = [];
  for (let round = 0; round <= rounds; round++) {
    const began = performance.now();
    for (let index = 0; index < 200; index++) await append(index);
    const between = performance.now();
    for (let turn = 0; turn < 20; turn++) await Promise.all(Array.from({ length: 100 }, (_, index) => append(index)));
    const ended = performance.now();
    // The first round warms up.
    if (round === 0) continue;
    each.push(200_000 / (between - began));
    grouped.push(2_000_000 / (ended - between));
  }
  await engine.close();
  return { each: quantile(each, 0.5), grouped: quantile(grouped, 0.5) };
}

/**
 * Milliseconds of one append, of one send of a hub, and of the transaction by itself: one of each after the other.
 * @param {string} file
 */
export async function loneAppend(file) {
  const [engine, hub, bare] = [await openEngine(file), aHub(`${file}.hub`), await bareAppend(`${file}.bare`)];
  const lobby = hub.room('lobby');
  const ways = {
    engine: () => engine.log.append('lobby', draft('lobby', textOf(1))),
    hub: () => lobby.send(textOf(1), { key: randomId() }),
    bare: bare.append,
  };
  /** @type {Record<'engine' | 'hub' | 'bare', number[]>} */
  const times = { engine: [], hub: [], bare: [] };
  for (let index = 0; index < lone * rounds; index++)
    for (const name of /** @type {const} */ (['engine', 'hub', 'bare'])) {
      // In a turn of its own: the answer to the last one is not waited with.
      await new Promise((resolve) => setImmediate(resolve));
      const began = performance.now();
      await ways[name]();
      if (index >= lone) times[name].push(performance.now() - began);
    }
  bare.close();
  await engine.close();
  await hub.close({ drain: 0 });
  return { engine: summary(times.engine), hub: summary(times.hub), bare: summary(times.bare) };
}

/**
 * How long the event loop stands still while 512 appends are committed.
 * @param {string} file
 */
export async function stall(file) {
  const engine = await openEngine(file);
  const longest = [];
  const began = performance.now();
  for (let round = 0; round < 60; round++) {
    const appends = Array.from({ length: 512 }, (_, index) =>
      engine.log.append('stall', draft('stall', textOf(index))),
    );
    let most = 0;
    let last = performance.now();
    let waiting = true;
    const tick = () => {
      const now = performance.now();
      most = Math.max(most, now - last);
      last = now;
      if (waiting) setImmediate(tick);
    };
    setImmediate(tick);
    await Promise.all(appends);
    await new Promise((resolve) => setImmediate(resolve));
    waiting = false;
    longest.push(most);
  }
  const rate = (60 * 512 * 1_000) / (performance.now() - began);
  await engine.close();
  return { median: quantile(longest, 0.5), longest: Math.max(...longest), rate };
}

/** @param {string} file */
function aHub(file) {
  return new ChatHub({ engine: sqlite({ path: file }) });
}

/**
 * The inserts of an append by the driver alone, in a file that the engine made.
 * @param {string} file
 */
async function bareAppend(file) {
  const engine = await openEngine(file);
  const { epoch } = await engine.log.append('lobby', draft('lobby', textOf(0)));
  await engine.close();
  const database = openDatabase(file);
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = full; PRAGMA secure_delete = ON');
  database.exec('PRAGMA journal_size_limit = 16777216; PRAGMA cache_size = -16384; PRAGMA wal_autocheckpoint = 4000');
  const { id: log } = database.prepare('SELECT id FROM logs').get();
  const entries = database.prepare('INSERT INTO entries VALUES (?, 0, ?, ?, ?, NULL, ?)');
  const words = database.prepare('INSERT INTO words (rowid, text) VALUES (?, ?)');
  const receipts = database.prepare(
    'INSERT INTO receipts (log, name, id, offset, at, stored) VALUES (?, ?, ?, ?, ?, ?)',
  );
  const logs = database.prepare('UPDATE logs SET epoch = ?, head = ?, first = 1, at = ? WHERE id = ?');
  let offset = 1;
  const append = () => {
    const key = log * 2 ** 36 + ++offset;
    const at = Date.now();
    const entry = { ...draft('lobby', textOf(1)), offset, at };
    database.exec('BEGIN IMMEDIATE');
    entries.run(key, JSON.stringify(entry.id), JSON.stringify(entry.from.user), at, JSON.stringify(entry));
    words.run(key, textOf(1));
    receipts.run(log, entry.key, entry.id, offset, at, at);
    logs.run(epoch, offset, at, log);
    database.exec('COMMIT');
  };
  return { append, close: () => database.close() };
}

/** @param {number[]} times */
function summary(times) {
  return { median: quantile(times, 0.5), p99: quantile(times, 0.99) };
}
