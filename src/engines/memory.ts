import type { JsonValue } from '../model/entry.js';
import type {
  Engine,
  EngineContext,
  FollowHandler,
  MessageLog,
  OpenEngine,
  Presence,
  PresenceHandler,
  SharedState,
  Signals,
} from '../ports/engine.js';
import { guarded } from './memory/deliveries.js';
import { LogStore } from './memory/log.js';
import { PresenceStore } from './memory/presence.js';
import { StateStore } from './memory/state.js';
import { Topics } from './memory/topics.js';

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
  const node = new MemoryNode(context);
  return {
    durability: 'process',
    log: nodeLog(store, node),
    presence: nodePresence(store, node),
    signals: nodeSignals(store, node),
    state: nodeState(store, node),
    close() {
      node.close();
      store.presence.endNode(context.node);
      return Promise.resolve();
    },
  };
}

/** What a node opened, and whether its handlers may still be called. */
class MemoryNode {
  readonly #opened = new Set<{ close(): void }>();
  readonly #context: EngineContext;
  #closed = false;

  constructor(context: EngineContext) {
    this.#context = context;
  }

  /** Calls a handler, unless the node has closed; what it throws is reported. */
  tell(call: () => void): void {
    if (!this.#closed) guarded(this.#context.onError, call);
  }

  /** Remembers what was opened, so that closing the node closes it. */
  own<T extends { close(): void }>(resource: T): T {
    const close = resource.close.bind(resource);
    const closing = () => {
      this.#opened.delete(resource);
      close();
    };
    if (this.#closed) close();
    else this.#opened.add(resource);
    return Object.assign(resource, { close: closing });
  }

  close(): void {
    this.#closed = true;
    for (const resource of [...this.#opened]) resource.close();
  }
}

/** Runs the work now, and tells of its result or its error by a promise: memory answers at once, but keeps the contract. */
function settled<T>(work: () => T): Promise<T> {
  try {
    return Promise.resolve(work());
  } catch (error) {
    return Promise.reject(error);
  }
}

function nodeLog({ logs }: Store, node: MemoryNode): MessageLog {
  const safe = (handler: FollowHandler): FollowHandler => ({
    deliver: (entries) => node.tell(() => handler.deliver(entries)),
    gap: (from, to) => node.tell(() => handler.gap(from, to)),
    reset: (position) => node.tell(() => handler.reset(position)),
  });
  return {
    append: (log, draft, options) => settled(() => logs.append(log, draft, options?.known)),
    find: (log, user, key, to) => settled(() => logs.find(log, user, key, to)),
    read: (log, range) => settled(() => logs.read(log, range)),
    remove: (log) => settled(() => logs.remove(log)),
    follow: (log, handler, options) =>
      settled(() => {
        options?.signal?.throwIfAborted();
        return node.own(logs.follow(log, safe(handler), options?.after));
      }),
  };
}

function nodePresence({ presence }: Store, node: MemoryNode): Presence {
  const safe = (handler: PresenceHandler): PresenceHandler => ({
    change: (change) => node.tell(() => handler.change(change)),
    reset: (list) => node.tell(() => handler.reset(list)),
  });
  return {
    openSession: (session) => settled(() => presence.openSession(session)),
    takeSession: (secret, node) => settled(() => presence.takeSession(secret, node)),
    endSession: (fence) => settled(() => presence.endSession(fence)),
    peekSession: (secret) => settled(() => presence.peekSession(secret)),
    claimName: (claim) => settled(() => presence.claimName(claim)),
    findName: (key) => settled(() => presence.findName(key)),
    nameOf: (user) => settled(() => presence.nameOf(user)),
    enter: (room, fence, limit) => settled(() => presence.enter(room, fence, limit)),
    leave: (room, fence) => settled(() => presence.leave(room, fence)),
    list: (room) => settled(() => presence.list(room)),
    watch: (room, handler) => settled(() => node.own(presence.watch(room, safe(handler)))),
    rooms: (page) => settled(() => presence.rooms(page)),
    find: (member) => settled(() => presence.find(member)),
    sessionsOf: (user) => settled(() => presence.sessionsOf(user)),
  };
}

function nodeSignals({ signals }: Store, node: MemoryNode): Signals {
  return {
    publish: (topic, payload) => settled(() => signals.publish(topic, payload)),
    subscribe: (topic, handler) =>
      settled(() => node.own(signals.subscribe(topic, (payload) => node.tell(() => handler(payload))))),
  };
}

function nodeState({ state }: Store, node: MemoryNode): SharedState {
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
