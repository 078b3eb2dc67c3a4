import type { Engine } from 'chathub';
import type { EngineFaults } from 'chathub/testing';
import { beforeEach, vi } from 'vitest';

// Every `memory()` that a test or a hub makes is one behind faults from here on. They are what any engine may do at any time, and
// no call fails: what the hub's tests expect must be so all the same. In turns, since the clocks of these tests stand still.
vi.mock('../../src/engines/memory.js', async (importOriginal) => {
  const { memory } = await importOriginal<typeof import('../../src/engines/memory.js')>();
  return { memory: () => faulty(memory()) };
});

// What is late takes more turns than a clock gives to what is under way.
vi.mock('../../src/testing/clock.js', async (importOriginal) => {
  const { virtualClock } = await importOriginal<typeof import('../../src/testing/clock.js')>();
  const patient = (options?: Parameters<typeof virtualClock>[0]) => {
    const clock = virtualClock(options);
    const advance = clock.advance.bind(clock);
    return Object.assign(clock, {
      async advance(ms: number) {
        await turns();
        await advance(ms);
        await turns();
      },
    });
  };
  return { virtualClock: patient };
});

async function turns(): Promise<void> {
  for (let left = 40; left > 0; left--) await new Promise(setImmediate);
}

/** `CHATHUB_FAULT_SEED`: another seed than 1. */
let seed = Number.parseInt(process.env.CHATHUB_FAULT_SEED ?? '1', 10) * 1_000;

function faulty(inner: Engine): Engine {
  let engine: Promise<Engine> | undefined;
  return {
    name: inner.name,
    async open(context) {
      // Not sooner: what it imports imports `memory()`.
      engine ??= import('../../src/testing/faulty-engine.js').then(({ faultyEngine }) =>
        faultyEngine(inner, { seed: seed++, faults }),
      );
      return (await engine).open(context);
    },
  };
}

const harmless: EngineFaults = {
  calls: { every: { delay: { rate: 0.3, turns: [0, 1] }, answer: { rate: 0.3, turns: [0, 1] } } },
  deliveries: { delay: { rate: 0.3, turns: [0, 2] }, lose: 0.05, repair: { turns: [0, 3] } },
  presence: { delay: { rate: 0.3, turns: [0, 2] } },
  signals: { delay: { rate: 0.3, turns: 1 } },
  state: { delay: { rate: 0.3, turns: [0, 2] } },
};

/** Tests that take for granted what an engine need not do, and what it is. */
const asksForMore: Readonly<Record<string, string>> = {
  'all get all entries, without a hole, on both nodes':
    'edits as they were: a follower that lost them is given their present form',
  'a limit that is off is none': 'that 2,000 appends take no turn',
  'pings in between are no break': 'that all commands have been read when the clock begins to move',
  'at once: one has the session, and the other is told that it is replaced': 'that neither is the faster',
  'at once: the connection that is replaced is closed with 4503': 'that neither is the faster',
  'of two first sessions of one new user are the same':
    'that of two names claimed at once the replies keep their order',
  'a member who is disconnected in mid-burst gets what was said before, and nothing after':
    'that a signal comes at once',
  'holds back no presence: `joined` comes before any event of the room': 'that a signal comes at once',
  'over several rooms and a notice is one write, too': 'that a signal comes at once',
  'ends it with member.leave()': 'that a signal comes at once',
  'of one who gets no echo comes to the others whole, with the answers of others between': 'that appends take no turn',
  'are kept of the latest few senders only': 'that signals keep their order',
  'takes the user out of the room, with a code and a reason, and the others see it leave':
    'that signals keep their order',
};

let faults: EngineFaults = {};

// Not skipped: those run over an engine without faults.
beforeEach(({ task }) => {
  faults = asksForMore[task.name] === undefined ? harmless : {};
});
