/**
 * The engine that keeps rooms in one SQLite file: history that outlives the process.
 *
 * @module chathub/sqlite
 */
import { resolve } from 'node:path';
import type { Engine, EngineContext, FollowHandler, MessageLog, OpenEngine, SharedState } from '../../ports/engine.js';
import { NodeScope } from '../shared/node-scope.js';
import { presencePort, signalsPort } from '../shared/ports.js';
import { findDriver } from './driver.js';
import { checkSqliteOptions, type SqliteOptions } from './options.js';
import { Store } from './store.js';

export { type DriverName, sqliteDriver } from './driver.js';
export type { SqliteOptions } from './options.js';
export { openSqliteFile, type SqliteFile, type SqliteFileOptions } from './reading.js';

/**
 * The engine that keeps rooms in a SQLite file. What was said stays said: a message that was acknowledged is in the file, and
 * synced to the disk. Sessions, names and shared state are there, too, so that a server that is killed and started again
 * has its clients back. One process at a time can use a file; the hubs of that process that are given the same engine are nodes of
 * one chat. Nothing is deleted unless `history` or `historyAge` say so.
 *
 * The driver is Node's own `node:sqlite` where there is one, else the package `better-sqlite3` or `libsql`.
 *
 * @param options - see {@link SqliteOptions}
 * @returns the engine; the file is opened with the first hub, which rejects with `ENGINE_UNAVAILABLE` and a sentence when it can't be
 * @throws OptionError when an option is unknown, or is not what it must be
 *
 * @example
 * ```ts
 * import { ChatHub } from 'chathub';
 * import { sqlite } from 'chathub/sqlite';
 *
 * const hub = new ChatHub({ engine: sqlite({ path: 'chat.db' }) });
 * await hub.room('lobby').send('still here after a restart');
 * await hub.close();
 * ```
 */
export function sqlite(options: SqliteOptions): Engine {
  checkSqliteOptions(options);
  const { history, historyAge, synchronous = 'full' } = options;
  // Wherever the process goes.
  const path = resolve(options.path);
  const unlimited = Number.POSITIVE_INFINITY;
  let store: Store | undefined;
  let nodes = 0;
  return {
    name: 'sqlite',
    async open(context) {
      const retention = { history: history ?? unlimited, historyAge: historyAge ?? unlimited };
      const present = (store ??= new Store(
        { driver: findDriver(options.driver), path, synchronous },
        retention,
        context,
      ));
      nodes++;
      return openNode(present, context, synchronous === 'full', () => {
        if (--nodes > 0) return;
        store = undefined;
        present.close();
      });
    },
  };
}

function openNode(store: Store, context: EngineContext, synced: boolean, onClose: () => void): OpenEngine {
  const node = new NodeScope(context);
  let closed = false;
  store.join(context);
  return {
    durability: synced ? 'synced' : 'stored',
    log: logPort(store, node),
    presence: presencePort(store.presence, node, (work) => store.change(work), reading(store)),
    signals: signalsPort(store.signals, node),
    state: statePort(store, node),
    close() {
      if (!closed) {
        closed = true;
        node.close();
        store.leave(context);
        onClose();
      }
      return Promise.resolve();
    },
  };
}

/** Reads now, and tells of the result or the error by a promise. */
function reading(store: Store): <T>(work: () => T) => Promise<T> {
  return async (work) => store.read(work);
}

function logPort(store: Store, node: NodeScope): MessageLog {
  const { logs, writer } = store;
  const read = reading(store);
  const safe = (handler: FollowHandler): FollowHandler => ({
    deliver: (entries) => node.tell(() => handler.deliver(entries)),
    gap: (from, to) => node.tell(() => handler.gap(from, to)),
    reset: (position) => node.tell(() => handler.reset(position)),
  });
  return {
    append: (log, draft, options) =>
      writer.write((transaction) => logs.append(transaction, log, draft, options?.known)),
    remove: (log) => writer.write((transaction) => logs.remove(transaction, log)),
    names: (page) => read(() => logs.names(page)),
    erase: (log, user) => writer.write(() => logs.erase(log, user)),
    find: (log, user, key, to) => read(() => logs.find(log, user, key, to)),
    read: (log, range) => read(() => logs.read(log, range)),
    get: (log, id) => read(() => logs.get(log, id)),
    count: (log, range) => read(() => logs.count(log, range)),
    search: (log, search) => read(() => logs.search(log, search)),
    async follow(log, handler, options) {
      options?.signal?.throwIfAborted();
      return read(() => node.own(logs.follow(log, safe(handler), options?.after, (work) => store.read(work))));
    },
  };
}

function statePort(store: Store, node: NodeScope): SharedState {
  const { facts, writer } = store;
  const read = reading(store);
  return {
    get: (scope, key) => read(() => facts.get(scope, key)),
    list: (scope) => read(() => facts.list(scope)),
    set: (scope, key, value, options) =>
      writer.write((transaction) => facts.set(transaction, scope, key, value, options?.ttl)),
    compareAndSet: (scope, key, expected, value, options) =>
      writer.write((transaction) => facts.compareAndSet(transaction, scope, key, [expected, value], options?.ttl)),
    onChange: (scope, handler) =>
      read(() => node.own(facts.changes.subscribe(scope, ({ key, value }) => node.tell(() => handler(key, value))))),
  };
}
