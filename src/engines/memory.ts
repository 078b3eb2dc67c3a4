import type { JsonValue } from '../model/entry.js';
import type { Engine, EngineContext, MessageLog, OpenEngine, SharedState } from '../ports/engine.js';
import { LogStore } from './memory/log.js';
import { StateStore } from './memory/state.js';
import { NodeScope, settled } from './shared/node-scope.js';
import { presencePort, signalsPort } from './shared/ports.js';
import { PresenceStore } from './shared/presence.js';
import { Topics } from './shared/topics.js';

interface Store {
  readonly logs: LogStore;
  readonly presence: PresenceStore;
  readonly signals: Topics<JsonValue>;
  readonly state: StateStore;
}

/**
 * The engine that keeps everything in this process: the default of a {@link ChatHub}. Nothing survives the process; within
 * it, logs outlive the hubs, and hubs that are given the same engine are nodes of one chat. The clock and the limits are those of
 * the first hub that opens it.
 *
 * @example
 * ```ts
 * import { ChatHub, memory } from 'chathub';
 *
 * const engine = memory();
 * const first = new ChatHub({ engine });
 * const second = new ChatHub({ engine });
 * await first.room('lobby').send('seen by both');
 * console.log(await second.room('lobby').history());
 * ```
 */
export function memory(): Engine {
  let store: Store | undefined;
  return {
    name: 'memory',
    open(context) {
      const { clock, limits } = context;
      store ??= {
        logs: new LogStore(clock, limits),
        presence: new PresenceStore(),
        signals: new Topics(),
        state: new StateStore(clock),
      };
      return Promise.resolve(openNode(store, context));
    },
  };
}

function openNode(store: Store, context: EngineContext): OpenEngine {
  const node = new NodeScope(context);
  return {
    durability: 'process',
    log: nodeLog(store, node),
    presence: presencePort(store.presence, node, settled, settled),
    signals: signalsPort(store.signals, node),
    state: nodeState(store, node),
    close() {
      node.close();
      store.presence.endNode(context.node);
      return Promise.resolve();
    },
  };
}

function nodeLog({ logs }: Store, node: NodeScope): MessageLog {
  return {
    append: (log, draft, options) => settled(() => logs.append(log, draft, options?.known)),
    find: (log, user, key, to) => settled(() => logs.find(log, user, key, to)),
    read: (log, range) => settled(() => logs.read(log, range)),
    get: (log, id) => settled(() => logs.get(log, id)),
    count: (log, range) => settled(() => logs.count(log, range)),
    search: (log, search) => settled(() => logs.search(log, search)),
    remove: (log) => settled(() => logs.remove(log)),
    names: () => settled(() => ({ names: logs.names, next: undefined })),
    erase: (log, user) => settled(() => logs.erase(log, user)),
    follow: (log, handler, options) =>
      settled(() => {
        options?.signal?.throwIfAborted();
        return node.own(logs.follow(log, node.follower(handler), options?.after));
      }),
  };
}

function nodeState({ state }: Store, node: NodeScope): SharedState {
  return {
    get: (scope, key) => settled(() => state.get(scope, key)),
    list: (scope) => settled(() => state.list(scope)),
    set: (scope, key, value, options) => settled(() => state.set(scope, key, value, options?.ttl)),
    compareAndSet: (scope, key, expected, value, options) =>
      settled(() => state.compareAndSet(scope, key, expected, value, options?.ttl)),
    onChange: (scope, handler) =>
      settled(() => node.own(state.changes.subscribe(scope, ({ key, value }) => node.tell(() => handler(key, value))))),
  };
}
