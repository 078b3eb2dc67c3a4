import { setTimeout as sleep } from 'node:timers/promises';

/**
 * One clause of a contract as something to run: a conformance kit is a list of these. It knows no test runner; `run`
 * rejects when the clause does not hold. Each check sets up what it needs and tears it down, so that checks may run in
 * any order, and side by side.
 *
 * @example
 * ```ts
 * import { test } from 'node:test';
 * import { memory } from 'chathub';
 * import { type Check, engineConformance } from 'chathub/testing';
 *
 * const checks: readonly Check[] = engineConformance({ setUp: memory, nodes: 'many' });
 * for (const { name, run } of checks) test(name, run);
 * ```
 */
export interface Check {
  /** A sentence of behaviour, unique in its kit. */
  readonly name: string;
  /** Resolves when the clause holds. */
  run(): Promise<void>;
}

/** Resolves as soon as the condition holds; rejects, naming what did not come, after so many milliseconds of real time. */
export async function until(what: string, condition: () => boolean | Promise<boolean>, ms = 5_000): Promise<void> {
  const deadline = performance.now() + ms;
  // The first looks are free: in one process all has happened after a turn or two.
  for (let wait = 0; !(await condition()); wait = Math.min(wait + 1, 20)) {
    if (performance.now() > deadline) throw new Error(`Waited ${ms} ms in vain: ${what}`);
    await sleep(wait);
  }
}
