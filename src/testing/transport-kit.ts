import type { Check } from './checks.js';
import { endingChecks } from './transport-kit/ending.js';
import type { TransportConformanceOptions } from './transport-kit/options.js';
import { readingChecks } from './transport-kit/reading.js';
import { stallingChecks } from './transport-kit/stalling.js';
import { startingChecks } from './transport-kit/starting.js';
import { writingChecks } from './transport-kit/writing.js';

export type { RawPeer, TransportConformanceOptions, TransportUnderTest } from './transport-kit/options.js';

/**
 * The clauses of the `Transport` contract as checks, for any test runner. Every transport of ChatHub passes them.
 *
 * @example
 * ```ts
 * import { test } from 'node:test';
 * import { memoryTransport, transportConformance } from 'chathub/testing';
 *
 * const checks = transportConformance({
 *   leave: true,
 *   create(protocol) {
 *     const transport = memoryTransport({ protocol });
 *     return { transport, connect: async () => transport.connect() };
 *   },
 * });
 * for (const { name, run } of checks) test(name, run);
 * ```
 */
export function transportConformance(options: TransportConformanceOptions): readonly Check[] {
  return [startingChecks, readingChecks, writingChecks, stallingChecks, endingChecks].flatMap((group) =>
    group(options),
  );
}
