import { memory } from 'chathub';
import {
  type Check,
  type EngineFaults,
  type EngineSetUp,
  engineConformance,
  type FaultyEngine,
  faultyEngine,
  virtualClock,
} from 'chathub/testing';
import { afterAll, describe, expect, test } from 'vitest';

/** The checks over memory behind the faults, and the engines that they have had by the end. */
function behind(faults: EngineFaults): { readonly checks: readonly Check[]; readonly engines: FaultyEngine[] } {
  const engines: FaultyEngine[] = [];
  const setUp = (): EngineSetUp => {
    const engine = faultyEngine(memory(), { seed: engines.length, faults });
    engines.push(engine);
    const outage = () => {
      const end = engine.beginOutage();
      return Promise.resolve(() => Promise.resolve(end()));
    };
    return { open: engine.open, outage };
  };
  const checks = engineConformance({ setUp, nodes: 'many', clock: virtualClock, faults: ['outage'] });
  return { checks, engines };
}

describe('without faults it passes engineConformance()', () => {
  for (const { name, run } of behind({}).checks) test(name, run);
});

describe('with calls that are late and overtake each other, and deliveries that are late and lost, it passes, too', () => {
  // In turns, since the clock of the checks stands still.
  const { checks, engines } = behind({
    calls: { every: { delay: { rate: 0.5, turns: [0, 3] }, answer: { rate: 0.5, turns: [0, 3] } } },
    deliveries: { delay: { rate: 0.4, turns: [0, 5] }, lose: 0.1, repair: { turns: [0, 10] } },
    presence: { delay: { rate: 0.4, turns: [0, 5] } },
    state: { delay: { rate: 0.4, turns: [0, 5] } },
  });
  // What is lost with a follower away, they find lost; an engine may do that, and must say so, which is checked elsewhere.
  const losing = [
    'log: all logs together keep no more than `historyBytes`',
    'log: a handler that throws is reported to onError, goes on getting entries, and stops no other',
  ];
  for (const { name, run } of checks.filter((each) => !losing.includes(each.name))) test(name, run);

  afterAll(() => {
    const met = (kind: keyof FaultyEngine['injected']) =>
      engines.reduce((sum, { injected }) => sum + injected[kind], 0);
    for (const kind of ['callsDelayed', 'answersDelayed', 'deliveriesDelayed', 'deliveriesBatched'] as const)
      expect(met(kind), kind).toBeGreaterThan(500);
    for (const kind of ['repairs', 'presenceDelayed'] as const) expect(met(kind), kind).toBeGreaterThan(100);
    expect(met('stateDelayed')).toBeGreaterThan(2);
  });
});
