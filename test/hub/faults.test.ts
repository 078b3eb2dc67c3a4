import type { EngineFaults, InjectedFaults } from 'chathub/testing';
import { afterAll, expect, test } from 'vitest';
import { Village } from './faults/village.js';

const late = { rate: 0.3, ms: [0, 60] } as const;

/** All that an engine may do to a hub. */
const faults: EngineFaults = {
  calls: {
    every: { delay: late, answer: late, refuse: 0.01, loseReply: 0.01 },
    'log.append': { delay: late, answer: late, refuse: 0.04, loseReply: 0.04 },
  },
  deliveries: { delay: { rate: 0.3, ms: [0, 200] }, lose: 0.03, repair: { ms: [0, 5_000] }, gap: 0.3, reset: 0.3 },
  presence: { delay: { rate: 0.3, ms: [0, 200] }, lose: 0.1, repair: { ms: [0, 2_000] } },
  signals: { delay: { rate: 0.3, ms: [0, 200] }, drop: 0.1, double: 0.05 },
  state: { delay: { rate: 0.3, ms: [0, 200] } },
  outages: { every: [5_000, 30_000], last: [100, 8_000], answer: [0, 2_000] },
};

/** `CHATHUB_FAULT_SEED`: one seed, or a range such as `1-50`. */
const { CHATHUB_FAULT_SEED: chosen, CHATHUB_FAULT_COUNTS: shown } = process.env;
const [first = 1, last = first] = (chosen ?? '1-8').split('-').map(Number);
const seeds = Array.from({ length: last - first + 1 }, (_, index) => first + index);
const counts = new Map<string, number>();

test.each(seeds)('two nodes keep what they promise over an engine that fails in every way (seed %i)', async (seed) => {
  const rejections: unknown[] = [];
  const onRejection = (error: unknown) => rejections.push(error);
  process.on('unhandledRejection', onRejection);
  try {
    const village = new Village(seed, faults);
    await village.open();
    for (let done = 0; done < 4_000 && village.failure === undefined; done++) await village.act();
    await village.becomeQuiet();
    if (village.failure === undefined) await village.compare();
    expect(village.failure).toBeUndefined();
    await village.close();
    expect(village.failure).toBeUndefined();
    expect(rejections).toEqual([]);
    add(village);
  } finally {
    process.off('unhandledRejection', onRejection);
  }
});

function add({ counts: seen, engines }: Village): void {
  const injected = engines.flatMap((engine) => Object.entries(engine.injected));
  for (const [what, times] of [...seen, ...injected]) counts.set(what, (counts.get(what) ?? 0) + times);
}

/** Of each at least so many, or these tests show nothing. */
const least: { readonly [what in keyof InjectedFaults]: number } & Readonly<Record<string, number>> = {
  callsDelayed: 5_000,
  answersDelayed: 5_000,
  callsRefused: 400,
  repliesLost: 400,
  outages: 50,
  callsInOutages: 1_000,
  deliveriesDelayed: 3_000,
  deliveriesBatched: 3_000,
  deliveriesLost: 400,
  repairs: 400,
  gaps: 10,
  resets: 10,
  presenceDelayed: 400,
  presenceLost: 200,
  signalsDelayed: 300,
  signalsDropped: 100,
  signalsDoubled: 30,
  stateDelayed: 100,
  acknowledged: 8_000,
  'acknowledged.again': 300,
  'unacknowledged.stored': 2,
  'unacknowledged.not': 50,
  'refused.send.ENGINE_UNAVAILABLE': 1_000,
  resumed: 400,
  recovered: 800,
  'told.gap': 50,
  'told.reset': 50,
  'told.topic': 500,
};

afterAll(() => {
  if (shown !== undefined) console.log(Object.fromEntries([...counts].sort()));
  if (chosen !== undefined) return;
  for (const [what, times] of Object.entries(least)) expect(counts.get(what) ?? 0, what).toBeGreaterThanOrEqual(times);
});
