import type {
  Appended,
  Engine,
  EntryDraft,
  Fence,
  JsonValue,
  MessageLog,
  OpenEngine,
  Presence,
  SessionRecord,
  SharedState,
  Signals,
} from 'chathub';
import type { Pace } from './pace.js';

/** Hears of what changed in an engine, in the order in which it did, before whoever asked for it does. */
export interface EngineTap {
  appended(log: string, draft: EntryDraft, result: Appended): void;
  removed(log: string): void;
  opened(session: SessionRecord): void;
  taken(secret: string, generation: number | undefined, result: { readonly session: SessionRecord } | undefined): void;
  ended(fence: Fence, result: boolean): void;
  claimed(claim: { readonly key: string; readonly name: string; readonly fence: Fence }, result: boolean): void;
  entered(room: string, fence: Fence, limit: number, result: boolean | 'full'): void;
  left(room: string, fence: Fence, result: boolean): void;
  stated(scope: string, key: string, value: JsonValue | undefined, ttl: number | undefined): void;
}

/** How many of each kind are open. */
export interface OpenHandles {
  readonly followers: number;
  readonly watches: number;
  readonly subscriptions: number;
  readonly stateWatches: number;
}

/** An engine whose doings are heard of, whose handles are counted, and which takes the time that it is given. */
export class TappedEngine implements Engine {
  readonly name = 'tapped';
  readonly #inner: Engine;
  readonly #tap: EngineTap;
  readonly #pace: () => Pace;
  #pending = 0;
  readonly #open = { followers: 0, watches: 0, subscriptions: 0, stateWatches: 0 };
  /** As the latest hub opened it. */
  #engine: OpenEngine | undefined;

  /** @param pace - made anew for the log, presence, signals and state: they need not wait for each other */
  constructor(inner: Engine, tap: EngineTap, pace: () => Pace) {
    this.#inner = inner;
    this.#tap = tap;
    this.#pace = pace;
  }

  /** Calls that are under way. */
  get pending(): number {
    return this.#pending;
  }

  get handles(): OpenHandles {
    return { ...this.#open };
  }

  /** The engine itself, past tap and pace. */
  get direct(): OpenEngine {
    if (this.#engine === undefined) throw new Error('No hub has opened the engine');
    return this.#engine;
  }

  async open(context: Parameters<Engine['open']>[0]): Promise<OpenEngine> {
    const inner = await this.#inner.open(context);
    this.#engine = inner;
    return {
      durability: inner.durability,
      log: this.#log(inner.log, this.#counted()),
      presence: this.#presence(inner.presence, this.#counted()),
      signals: this.#signals(inner.signals, this.#counted()),
      state: this.#state(inner.state, this.#counted()),
      close: () => inner.close(),
    };
  }

  /** Without a part in how the answer goes: one tick more or less is another order of things. */
  #counted(): Pace {
    const pace = this.#pace();
    const done = () => void this.#pending--;
    return (work) => {
      this.#pending++;
      const result = pace(work);
      result.then(done, done);
      return result;
    };
  }

  #log(log: MessageLog, pace: Pace): MessageLog {
    return {
      append: (name, draft, options) =>
        pace(() => heard(log.append(name, draft, options), (result) => this.#tap.appended(name, draft, result))),
      find: (name, user, key, to) => pace(() => log.find(name, user, key, to)),
      read: (name, range) => pace(() => log.read(name, range)),
      get: (name, id) => pace(() => log.get(name, id)),
      count: (name, range) => pace(() => log.count(name, range)),
      ...(log.search && { search: (name, search) => pace(() => log.search?.(name, search) ?? Promise.reject()) }),
      follow: (name, handler, options) => pace(() => this.#count('followers', log.follow(name, handler, options))),
      remove: (name) => pace(() => heard(log.remove(name), () => this.#tap.removed(name))),
    };
  }

  #presence(presence: Presence, pace: Pace): Presence {
    const tap = this.#tap;
    return {
      openSession: (record) => pace(() => heard(presence.openSession(record), () => tap.opened(record))),
      takeSession: (secret, node, generation) =>
        pace(() =>
          heard(presence.takeSession(secret, node, generation), (result) => tap.taken(secret, generation, result)),
        ),
      endSession: (fence) => pace(() => heard(presence.endSession(fence), (result) => tap.ended(fence, result))),
      peekSession: (secret) => pace(() => presence.peekSession(secret)),
      claimName: (claim) => pace(() => heard(presence.claimName(claim), (result) => tap.claimed(claim, result))),
      findName: (key) => pace(() => presence.findName(key)),
      nameOf: (user) => pace(() => presence.nameOf(user)),
      enter: (room, fence, limit) =>
        pace(() => heard(presence.enter(room, fence, limit), (result) => tap.entered(room, fence, limit, result))),
      leave: (room, fence) => pace(() => heard(presence.leave(room, fence), (result) => tap.left(room, fence, result))),
      list: (room) => pace(() => presence.list(room)),
      watch: (room, handler) => pace(() => this.#count('watches', presence.watch(room, handler))),
      rooms: (page) => pace(() => presence.rooms(page)),
      find: (member) => pace(() => presence.find(member)),
      sessionsOf: (user) => pace(() => presence.sessionsOf(user)),
    };
  }

  #signals(signals: Signals, pace: Pace): Signals {
    return {
      publish: (topic, payload) => pace(() => signals.publish(topic, payload)),
      subscribe: (topic, handler) => pace(() => this.#count('subscriptions', signals.subscribe(topic, handler))),
    };
  }

  #state(state: SharedState, pace: Pace): SharedState {
    return {
      get: (scope, key) => pace(() => state.get(scope, key)),
      list: (scope) => pace(() => state.list(scope)),
      set: (scope, key, value, options) =>
        pace(() =>
          heard(state.set(scope, key, value, options), () => this.#tap.stated(scope, key, value, options?.ttl)),
        ),
      compareAndSet: (scope, key, expected, value, options) =>
        pace(() => state.compareAndSet(scope, key, expected, value, options)),
      onChange: (scope, handler) => pace(() => this.#count('stateWatches', state.onChange(scope, handler))),
    };
  }

  async #count<T extends { close(): void }>(kind: keyof OpenHandles, opening: Promise<T>): Promise<T> {
    const handle = await opening;
    const close = handle.close.bind(handle);
    let open = true;
    this.#open[kind]++;
    return Object.assign(handle, {
      close: () => {
        if (open) this.#open[kind]--;
        open = false;
        close();
      },
    });
  }
}

async function heard<T>(work: Promise<T>, tell: (result: T) => void): Promise<T> {
  const result = await work;
  tell(result);
  return result;
}
