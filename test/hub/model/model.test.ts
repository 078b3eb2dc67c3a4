import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { sqlite } from '../../../src/engines/sqlite/index.js';
import { temporaryFolder } from '../../engines/sqlite/set-up.js';
import { drive } from './driver.js';
import type { Profile } from './world.js';

const small = { messageBytes: 4_096, dataBytes: 64, frameBytes: 32_768, outboxBytes: 16_384 };

const profiles: readonly Profile[] = [
  { name: 'wide limits', limited: false, slow: false, limits: { ...small } },
  {
    name: 'tight limits',
    limited: false,
    slow: false,
    limits: {
      ...small,
      roomsPerMember: 2,
      membersPerRoom: 4,
      history: 6,
      historyAge: 60_000,
      keyWindow: 20_000,
      recover: 4,
      recoverBytes: 1_200,
      presenceDetail: 3,
      resumeWindow: 5_000,
      connections: 14,
    },
  },
  {
    name: 'rates',
    limited: true,
    slow: false,
    limits: { ...small, sendsPerSecond: 4, sendBurst: 4, commandsPerSecond: 20, commandBurst: 10, badFrames: 2 },
  },
  {
    name: 'hardly any limits left',
    limited: true,
    slow: false,
    limits: {
      ...small,
      history: 0,
      recover: 0,
      keyWindow: 0,
      presenceDetail: 0,
      resumeWindow: 0,
      rooms: 4,
      commandsBeforeHello: 1,
    },
  },
  {
    name: 'sqlite',
    limited: false,
    slow: true,
    limits: { ...small, history: 200, recoverBytes: 4_000 },
    engine({ history, historyAge = 86_400_000 }) {
      const folder = temporaryFolder();
      onTestFinished(folder.remove);
      return sqlite({ path: path.join(folder.path, 'chat.db'), history, historyAge });
    },
  },
  { name: 'slow engine', limited: false, slow: true, limits: { ...small, recoverBytes: 4_000 } },
];

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
      await drive(seed, profiles[seed % profiles.length]!, operationsPerSeed, counts).catch((e) => failures.push(e));
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
