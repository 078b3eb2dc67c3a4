// The built library, and the driver that it uses.

import { randomBytes } from 'node:crypto';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const dist = path.resolve(process.env.CHATHUB_DIST ?? path.join(import.meta.dirname, '../../dist'));

export const { ChatHub, limitTable, parseSearch } = /** @type {typeof import('chathub')} */ (await load('index'));
export const { sqlite, sqliteDriver } = /** @type {typeof import('chathub/sqlite')} */ (await load('sqlite'));
export const { webSocket } = /** @type {typeof import('chathub/websocket')} */ (await load('websocket'));
export const { connect } = /** @type {typeof import('chathub/client')} */ (await load('client'));

/**
 * @typedef {import('chathub').OpenEngine} OpenEngine
 * @typedef {import('chathub').EntryDraft} EntryDraft
 * @typedef {{ run(...values: unknown[]): unknown, get(...values: unknown[]): any, all(...values: unknown[]): any[] }} Statement
 * @typedef {{ exec(sql: string): unknown, prepare(sql: string): Statement, close(): unknown }} Database
 */

export const driverName = sqliteDriver() ?? 'none';

/**
 * A database as the engine's driver opens it.
 * @param {string} file
 * @returns {Database}
 */
export function openDatabase(file) {
  const module = createRequire(path.join(dist, 'sqlite.js'))(driverName);
  return new (module.DatabaseSync ?? module.default ?? module)(file);
}

export function sqliteVersion() {
  const database = openDatabase(':memory:');
  const { version } = database.prepare('SELECT sqlite_version() AS version').get();
  database.close();
  return version;
}

/**
 * The engine over a file, as one node.
 * @param {string} file
 * @param {{ now?: () => number, synchronous?: 'full' | 'normal' }} [options]
 * @returns {Promise<OpenEngine>}
 */
export function openEngine(file, { now = Date.now, synchronous = 'full' } = {}) {
  const limits = /** @type {import('chathub').Limits} */ (
    Object.fromEntries(Object.entries(limitTable).map(([name, { value }]) => [name, value]))
  );
  const clock = { now, monotonic: () => performance.now(), after: () => () => undefined };
  const onError = (/** @type {unknown} */ error) => {
    throw error;
  };
  return sqlite({ path: file, synchronous }).open({ node: 'bench', clock, limits, onError });
}

/**
 * @param {string} room
 * @param {string} text
 * @returns {EntryDraft}
 */
export function draft(room, text) {
  const user = `u${Math.trunc(Math.random() * 100)}`;
  const key = randomId();
  return { type: 'message', room, id: key, from: { id: user, user, name: user }, text, key };
}

/** As long as a hub's ids of messages with a key are, and as random. */
export function randomId() {
  return randomBytes(16).toString('base64url');
}

/**
 * @param {number[]} values
 * @param {number} share
 */
export function quantile(values, share) {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

/** @param {string} entry */
function load(entry) {
  return import(pathToFileURL(path.join(dist, `${entry}.js`)).href);
}
