import { expect, test } from 'vitest';
import { drive } from './driver.js';
import type { Profile } from './world.js';

/** No call fails, and nothing that is stored is lost: what a client may be told is the same as of any engine. */
const profile: Profile = {
  name: 'faulty engine',
  limited: false,
  slow: false,
  limits: { messageBytes: 4_096, dataBytes: 64, frameBytes: 32_768, outboxBytes: 16_384, recoverBytes: 4_000 },
  faults: {
    calls: {
      every: {
        delay: { rate: 0.2, ms: [0, 20], turns: [0, 2] },
        answer: { rate: 0.2, ms: [0, 20], turns: [0, 2] },
      },
    },
    deliveries: { delay: { rate: 0.3, ms: [0, 50] }, lose: 0.05, repair: { ms: [0, 500] } },
    presence: { delay: { rate: 0.3, ms: [0, 50] } },
    state: { delay: { rate: 0.3, ms: [0, 50] } },
  },
};

/** `CHATHUB_MODEL_SEED`: one seed, or a range such as `1-200`. */
const [first = 1, last = first] = (process.env.CHATHUB_MODEL_SEED ?? '1-4').split('-').map(Number);
const seeds = Array.from({ length: last - first + 1 }, (_, index) => first + index);
const operationsPerSeed = Number(process.env.CHATHUB_MODEL_OPS ?? 3_000);

test('the hub equals a naive model over an engine that is late, and does things in another order', {
  timeout: 600_000,
}, async () => {
  const counts = new Map<string, number>();
  for (const seed of seeds) await drive(seed, profile, operationsPerSeed, counts);
  for (const kind of ['callsDelayed', 'answersDelayed', 'deliveriesDelayed', 'presenceDelayed'] as const)
    expect(counts.get(`fault.${kind}`), kind).toBeGreaterThan(300);
  expect(counts.get('fault.repairs')).toBeGreaterThan(30);
});
