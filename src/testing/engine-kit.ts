import type { Check } from './checks.js';
import { amendChecks } from './engine-kit/amend.js';
import { appendChecks } from './engine-kit/append.js';
import { epochChecks } from './engine-kit/epochs.js';
import { eraseChecks } from './engine-kit/erase.js';
import { findingChecks } from './engine-kit/finding.js';
import { followChecks } from './engine-kit/follow.js';
import { handlerChecks } from './engine-kit/handlers.js';
import { type EngineConformanceOptions, Lab, type Need } from './engine-kit/lab.js';
import { logModelChecks } from './engine-kit/log-model.js';
import { nameChecks } from './engine-kit/names.js';
import { nodeChecks } from './engine-kit/nodes.js';
import { presenceModelChecks } from './engine-kit/presence-model.js';
import { readChecks } from './engine-kit/read.js';
import { retentionChecks } from './engine-kit/retention.js';
import { roomChecks } from './engine-kit/rooms.js';
import { sessionChecks } from './engine-kit/sessions.js';
import { signalChecks } from './engine-kit/signals.js';
import { stateChecks } from './engine-kit/state.js';
import { watchChecks } from './engine-kit/watch.js';

export type { EngineConformanceOptions, EngineSetUp } from './engine-kit/lab.js';

/** What is checked of each part of the contract. */
const parts = {
  log: [
    ...[...appendChecks, ...readChecks, ...retentionChecks, ...followChecks, ...handlerChecks],
    ...[...amendChecks, ...findingChecks, ...eraseChecks, ...epochChecks, ...logModelChecks],
  ],
  presence: [...nameChecks, ...sessionChecks, ...roomChecks, ...watchChecks, ...presenceModelChecks],
  signals: signalChecks,
  state: stateChecks,
  node: nodeChecks,
};

/**
 * The contract of an engine as checks: whatever passes them all can be the `engine` of a hub. Checks that need what the
 * engine does not have, such as a clock that can be moved, are not among them.
 *
 * @param options - how to set the engine up, and what it is
 * @returns the checks, each with a store of its own
 *
 * @example
 * ```ts
 * import { test } from 'node:test';
 * import { memory } from 'chathub';
 * import { engineConformance, virtualClock } from 'chathub/testing';
 *
 * for (const { name, run } of engineConformance({ setUp: memory, nodes: 'many', clock: virtualClock })) {
 *   test(name, run);
 * }
 * ```
 */
export function engineConformance(options: EngineConformanceOptions): readonly Check[] {
  const has = possessions(options);
  return Object.entries(parts).flatMap(([part, checks]) =>
    checks
      .filter(({ needs }) => needs.every((need) => has.has(need)))
      .map((check) => ({
        name: `${part}: ${check.name}`,
        run: () => Lab.run(options, (lab) => check.run(lab)),
      })),
  );
}

function possessions({
  nodes,
  clock,
  bounds,
  faults = [],
  search = true,
  erase = true,
}: EngineConformanceOptions): ReadonlySet<Need> {
  const has = new Set<Need>([...(bounds ?? (['history', 'historyAge', 'historyBytes'] as const)), ...faults]);
  if (nodes === 'many') has.add('many');
  if (clock !== undefined) has.add('clock');
  if (search) has.add('search');
  if (erase) has.add('erase');
  return has;
}
