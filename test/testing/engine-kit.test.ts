import {
  type Appended,
  ChatError,
  type EngineContext,
  type JsonValue,
  memory,
  type OpenEngine,
  type SessionRecord,
} from 'chathub';
import { type EngineSetUp, engineConformance, virtualClock } from 'chathub/testing';
import { describe, expect, test } from 'vitest';

type Parts = { readonly [part in 'log' | 'presence' | 'signals' | 'state']?: Partial<OpenEngine[part]> };
type Fault = (right: OpenEngine, context: EngineContext) => Parts & Partial<Pick<OpenEngine, 'close'>>;

/** The memory engine, with something changed on each node. */
function changed(change: Fault): EngineSetUp {
  const engine = memory();
  const open = async (context: EngineContext): Promise<OpenEngine> => {
    const right = await engine.open(context);
    const { log, presence, signals, state, ...rest } = change(right, context);
    return {
      ...right,
      ...rest,
      log: { ...right.log, ...log },
      presence: { ...right.presence, ...presence },
      signals: { ...right.signals, ...signals },
      state: { ...right.state, ...state },
    };
  };
  return { open };
}

const nothing = () => undefined;
const whenDuplicate = (change: (appended: Appended) => Appended) => (appended: Appended) =>
  appended.duplicate ? change(appended) : appended;

/** What is wrong, and a check that has to find it. */
const faults: Record<string, readonly [check: string, fault: Fault]> = {
  'leaves a hole among the offsets': [
    'log: offsets of a log count every entry from 1, whatever its type',
    ({ log }) => ({
      log: {
        append: async (...call) => {
          const appended = await log.append(...call);
          return { ...appended, offset: appended.offset + Number(appended.offset > 3) };
        },
      },
    }),
  ],
  'does not look for duplicates': [
    'log: a key that two nodes append at once is stored once',
    ({ log }) => ({ log: { append: (name, { key: _, ...draft }) => log.append(name, draft) } }),
  ],
  'looks for duplicates before it appends, not while': [
    'log: a key that two nodes append at once is stored once',
    ({ log }) => ({
      log: {
        append: async (name, { key, ...draft }) => {
          const first = key === undefined ? undefined : await log.find(name, draft.from.user, key);
          return first ?? log.append(name, draft);
        },
      },
    }),
  ],
  'does not say that it was a duplicate': [
    'log: an append that is repeated with its key is told the first one, and stores nothing',
    ({ log }) => ({
      log: {
        append: (...call) => log.append(...call).then(whenDuplicate((appended) => ({ ...appended, duplicate: false }))),
      },
    }),
  ],
  'gives its own clock, wherever that is': [
    "log: `at` never goes back, when a node's clock does or is behind another's",
    ({ log }, { clock }) => ({
      log: { append: async (...call) => ({ ...(await log.append(...call)), at: clock.now() }) },
    }),
  ],
  'says that nothing is missing': [
    'log: read says whether something that was asked for has been trimmed away',
    ({ log }) => ({ log: { read: async (...call) => ({ ...(await log.read(...call)), complete: true }) } }),
  ],
  'says that there is no more': [
    'log: pages one after another cover a log once, in both directions, however they are cut',
    ({ log }) => ({ log: { read: async (...call) => ({ ...(await log.read(...call)), more: false }) } }),
  ],
  'keeps more than the limits': [
    'log: a log keeps no more entries than `history`, edits and reactions counted',
    ({ log }) => {
      const all = new Map<string, Appended>();
      const append: typeof log.append = async (...call) => {
        const appended = await log.append(...call);
        all.set(appended.id, appended);
        return appended;
      };
      const read: typeof log.read = async (...call) => ({
        ...(await log.read(...call)),
        entries: [...all.values()].flatMap(({ entry }) => entry ?? []),
      });
      return { log: { append, read } };
    },
  ],
  'delivers after close()': [
    'log: nothing is delivered after close(), which may be called twice',
    ({ log }) => ({
      log: { follow: async (...call) => ({ position: (await log.follow(...call)).position, close: nothing }) },
    }),
  ],
  'swallows a gap': [
    'log: a follower after a position that has been trimmed is told the gap, then gets the rest',
    ({ log }) => ({
      log: { follow: (name, handler, options) => log.follow(name, { ...handler, gap: nothing }, options) },
    }),
  ],
  'swallows a reset': [
    'log: followers on all nodes are reset by remove(), and follow the new epoch',
    ({ log }) => ({
      log: { follow: (name, handler, options) => log.follow(name, { ...handler, reset: nothing }, options) },
    }),
  ],
  'delivers an offset twice': [
    'log: all followers on all nodes see one order, that of the offsets, under concurrent appends',
    ({ log }) => ({
      log: {
        follow: (name, handler, options) =>
          log.follow(
            name,
            {
              ...handler,
              deliver: (entries) =>
                handler.deliver(entries.map((entry) => (entry.offset === 50 ? { ...entry, offset: 49 } : entry))),
            },
            options,
          ),
      },
    }),
  ],
  'delivers too late': [
    "log: followers on a node have an entry before that node's append resolves",
    ({ log }) => ({
      log: {
        follow: (name, handler, options) =>
          log.follow(
            name,
            { ...handler, deliver: (entries) => void setImmediate(() => handler.deliver(entries)) },
            options,
          ),
      },
    }),
  ],
  'lets nobody know of handlers that throw': [
    'log: a handler that throws is reported to onError, goes on getting entries, and stops no other',
    ({ log }) => ({
      log: {
        follow: (name, handler, options) => {
          const deliver: typeof handler.deliver = (entries) => {
            try {
              handler.deliver(entries);
            } catch {}
          };
          return log.follow(name, { ...handler, deliver }, options);
        },
      },
    }),
  ],
  'takes a session up without fencing the old one': [
    'presence: what an older generation writes is refused, and changes nothing',
    ({ presence }) => ({
      presence: {
        takeSession: async (secret) => {
          const session = await presence.peekSession(secret);
          return session && { session, was: session.node };
        },
      },
    }),
  ],
  'lets anybody have any name': [
    "presence: another user's name is refused, and whoever asked keeps the earlier one",
    ({ presence }) => ({ presence: { claimName: async (claim) => (await presence.claimName(claim)) || true } }),
  ],
  'has room for everybody': [
    'presence: a room never holds more than the limit, when many enter at once on two nodes',
    ({ presence }) => ({ presence: { enter: (room, fence) => presence.enter(room, fence, Number.POSITIVE_INFINITY) } }),
  ],
  'tells of each change twice': [
    'presence: a user with sessions on two nodes joins once, leaves once and is counted once',
    ({ presence }) => ({
      presence: {
        watch: (room, handler) =>
          presence.watch(room, {
            ...handler,
            change(change) {
              handler.change(change);
              handler.change(change);
            },
          }),
      },
    }),
  ],
  'begins a watch with an old list': [
    'presence: a watch begins with the truth, and changes go on from there without a hole',
    ({ presence }) => ({
      presence: {
        watch: async (room, handler) => {
          const list = await presence.list(room);
          await new Promise(setImmediate);
          return { ...(await presence.watch(room, handler)), list };
        },
      },
    }),
  ],
  'publishes twice, to be on the safe side': [
    'signals: a signal reaches each subscription on every node once, unchanged',
    ({ signals }) => ({
      signals: {
        publish: async (topic, payload) => {
          await signals.publish(topic, payload);
          await signals.publish(topic, payload);
        },
      },
    }),
  ],
  'compares, then sets': [
    'state: compareAndSet is atomic: of many increments on two nodes at once none is lost',
    ({ state }) => ({
      state: {
        compareAndSet: async (scope, key, expected, value) => {
          const present: JsonValue | undefined = await state.get(scope, key);
          if (present === expected) await state.set(scope, key, value);
          return present === expected;
        },
      },
    }),
  ],
  'leaves its members behind': [
    'node: a node that closes leaves nobody behind, and watchers on other nodes hear it once',
    () => ({ close: async () => undefined }),
  ],
};

// Concurrent: a fault that shows in silence takes the time for which a check waits.
describe.concurrent('an engine that does one thing wrong is found out', () => {
  for (const [what, [name, fault]] of Object.entries(faults)) {
    test(what, async () => {
      const checks = engineConformance({ setUp: () => changed(fault), nodes: 'many', clock: virtualClock });
      await expect(checks.find((check) => check.name === name)?.run()).rejects.toThrow();
    });
  }
});

describe.concurrent('checks of what memory cannot suffer', () => {
  const outage = 'log: while the store is out of reach calls reject with ENGINE_UNAVAILABLE, then all goes on';
  const death = 'presence: a node that dies leaves nobody behind within 20 s, and its sessions can be taken up';

  function check(name: string, setUp: () => EngineSetUp) {
    const checks = engineConformance({ setUp, nodes: 'many', clock: virtualClock, faults: ['outage', 'kill'] });
    return checks.find((one) => one.name === name)?.run();
  }

  /** What a store out of reach answers. */
  function unreachable(error: () => Error): EngineSetUp {
    let away = false;
    const { open } = changed(({ log }) => ({
      log: { append: (...call) => (away ? Promise.reject(error()) : log.append(...call)) },
    }));
    return {
      open,
      async outage() {
        away = true;
        return async () => {
          away = false;
        };
      },
    };
  }

  test('an outage that is told as it should be passes, another error does not', async () => {
    await expect(check(outage, () => unreachable(() => new ChatError('ENGINE_UNAVAILABLE')))).resolves.toBeUndefined();
    await expect(check(outage, () => unreachable(() => new Error('ECONNREFUSED')))).rejects.toThrow();
  });

  /** Nodes whose leases end so long after they were killed. What is left of their sessions is who they were, and their rooms. */
  function mortal(lease: number, keepsSessions: boolean): EngineSetUp {
    const contexts = new Map<OpenEngine, EngineContext>();
    const nodes: OpenEngine[] = [];
    const remembered = new Map<string, SessionRecord>();
    const { open } = changed(({ presence }, context) => ({
      presence: {
        async takeSession(secret) {
          const taken = await presence.takeSession(secret, context.node);
          const before = remembered.get(secret);
          return taken && before ? { ...taken, session: { ...taken.session, rooms: before.rooms } } : taken;
        },
      },
    }));
    const bury = async ({ presence }: OpenEngine) => {
      const session = await presence.peekSession('hash of g1');
      if (session === undefined) return;
      remembered.set(session.secret, session);
      for (const room of session.rooms) await presence.leave(room, session);
      if (!keepsSessions) await presence.endSession(session);
    };
    return {
      async open(context) {
        const node = await open(context);
        contexts.set(node, context);
        nodes.push(node);
        return node;
      },
      async kill(engine) {
        contexts.get(engine)?.clock.after(lease, () => void bury(nodes.at(-1) ?? engine));
      },
    };
  }

  test('a death that is noticed in time passes; one that is not, or that frees the name, does not', async () => {
    await expect(check(death, () => mortal(15_000, true))).resolves.toBeUndefined();
    await expect(check(death, () => mortal(25_000, true))).rejects.toThrow('in vain');
    await expect(check(death, () => mortal(15_000, false))).rejects.toThrow();
  });
});

describe('what the kit asks of an engine', () => {
  const namesOf = (options: Omit<Parameters<typeof engineConformance>[0], 'setUp'>) =>
    engineConformance({ setUp: memory, ...options }).map(({ name }) => name);

  const everything = { nodes: 'many', clock: virtualClock, faults: ['outage', 'kill'] } as const;

  test('each check has a name of its own', () => {
    const names = namesOf(everything);
    expect(new Set(names).size).toBe(names.length);
  });

  test('checks that need what an engine does not have are left out', () => {
    const all = namesOf(everything);
    for (const [options, without] of [
      [{ nodes: 'one' }, 'node: a node that closes leaves nobody behind, and watchers on other nodes hear it once'],
      [{ nodes: 'many' }, 'log: a key is forgotten after keyWindow'],
      [{ nodes: 'many', bounds: ['historyAge'] }, 'log: a key is known longer than the entry is kept'],
    ] as const) {
      expect(all).toContain(without);
      expect(namesOf(options)).not.toContain(without);
    }
  });

  test('an engine that one node alone can open is checked on one', async () => {
    let open = 0;
    const single: Fault = (right) => {
      if (++open > 1) throw new Error('The store is in use');
      let closed = false;
      const close = () => {
        if (!closed) open--;
        closed = true;
        return right.close();
      };
      return { close };
    };
    const checks = engineConformance({ setUp: () => changed(single), nodes: 'one', clock: virtualClock });
    for (const { name, run } of checks) await expect(run(), name).resolves.toBeUndefined();
  });

  test('an engine without a movable clock is checked by the time of the platform', async () => {
    const checks = engineConformance({ setUp: memory, nodes: 'many' });
    for (const { name, run } of checks) await expect(run(), name).resolves.toBeUndefined();
  });

  test('every seed is as good as another', async () => {
    for (let seed = 2; seed <= 6; seed++) {
      const checks = engineConformance({ setUp: memory, nodes: 'many', seed });
      for (const { name, run } of checks)
        if (name.includes('random')) await expect(run(), `${name} ${seed}`).resolves.toBeUndefined();
    }
  });
});
