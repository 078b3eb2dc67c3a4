import { expect, test } from 'vitest';
import { Pace } from '../../src/ports/pace.js';

/** Time stands still but for the work that is done; turns come when they are told to. */
function setUp() {
  let now = 0;
  const runs: (() => void)[] = [];
  const clock = { now: () => now, monotonic: () => now, after: () => () => {} };
  const pace = new Pace(clock, (run) => void runs.push(run));
  const done: number[] = [];
  return {
    pace,
    done,
    runs,
    /** Newcomers, each of so many milliseconds. */
    come(count: number, ms: number) {
      for (let index = 0; index < count; index++) void newcomer(index, ms);
    },
    /** The next turn, to its end. */
    async turn() {
      for (const run of runs.splice(0)) run();
      await new Promise(setImmediate);
    },
  };

  async function newcomer(index: number, ms: number): Promise<void> {
    const turn = pace.wait();
    if (turn !== undefined) await turn;
    done.push(index);
    now += ms;
  }
}

test('few go on at once', () => {
  const { done, come } = setUp();
  come(4, 0.5);
  expect(done).toEqual([0, 1, 2, 3]);
});

test('a crowd goes on in its order, so many in a turn as it has time for', async () => {
  const { done, come, turn } = setUp();
  come(10, 0.5);
  expect(done.length).toBe(4);
  await turn();
  expect(done.length).toBe(8);
  await turn();
  expect(done).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
});

test('one who needs longer than a turn goes on all the same, alone', async () => {
  const { done, come, turn } = setUp();
  come(3, 100);
  expect(done).toEqual([0]);
  await turn();
  expect(done).toEqual([0, 1]);
  await turn();
  expect(done).toEqual([0, 1, 2]);
});

test('nobody overtakes those who wait', async () => {
  const { done, come, turn, pace } = setUp();
  come(5, 1);
  const later = pace.wait();
  expect(later).toBeInstanceOf(Promise);
  void later?.then(() => void done.push(99));
  await turn();
  await turn();
  expect(done).toEqual([0, 1, 2, 3, 4, 99]);
});

test('when nobody comes, no turn is asked for', async () => {
  const { come, turn, runs } = setUp();
  come(1, 1);
  expect(runs.length).toBe(1);
  await turn();
  expect(runs.length).toBe(0);
});
