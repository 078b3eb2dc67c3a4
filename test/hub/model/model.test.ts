import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { sqlite } from '../../../src/engines/sqlite/index.js';
import { temporaryFolder } from '../../engines/sqlite/set-up.js';
import { drive } from './driver.js';
import { profiles, small } from './profiles.js';
import type { Profile } from './world.js';

const overFile: Profile = {
  name: 'sqlite',
  limited: false,
  slow: true,
  limits: { ...small, history: 200, recoverBytes: 4_000 },
  engine({ history, historyAge = 86_400_000 }) {
    const folder = temporaryFolder();
    onTestFinished(folder.remove);
    return sqlite({ path: path.join(folder.path, 'chat.db'), history, historyAge });
  },
};

const all: readonly Profile[] = [...profiles.slice(0, 4), overFile, ...profiles.slice(4)];

/** `CHATHUB_MODEL_SEED`: one seed, or a range such as `1-200`. */
const [first = 1, last = first] = (process.env.CHATHUB_MODEL_SEED ?? '1-24').split('-').map(Number);
const seeds = Array.from({ length: last - first + 1 }, (_, index) => first + index);
const operationsPerSeed = Number(process.env.CHATHUB_MODEL_OPS ?? 5_000);

test('the hub equals a naive model after every fifty of 120,000 random operations', { timeout: 600_000 }, async () => {
  const rejections: unknown[] = [];
  const onRejection = (error: unknown) => rejections.push(error);
  process.on('unhandledRejection', onRejection);
  const counts = new Map<string, number>();
  try {
    const failures: unknown[] = [];
    for (const seed of seeds) {
      await drive(seed, all[seed % all.length]!, operationsPerSeed, counts).catch((e) => failures.push(e));
    }
    for (const f of failures) if (seeds.length > 1) console.log(String(f).slice(0, 400));
    if (failures.length > 0) throw failures[0];
    expect(rejections).toEqual([]);
  } finally {
    process.off('unhandledRejection', onRejection);
    if (process.env.CHATHUB_MODEL_COUNTS !== undefined) {
      console.log(
        [...counts]
          .sort()
          .map(([what, times]) => `${what} ${times}`)
          .join('\n'),
      );
    }
  }
});
