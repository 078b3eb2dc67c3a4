import assert from 'node:assert/strict';
import type { Check } from './checks.js';
import { encodingChecks } from './protocol-kit/encoding.js';
import type { ProtocolConformanceOptions } from './protocol-kit/options.js';
import { receivingChecks } from './protocol-kit/receiving.js';

export type { ProtocolConformanceOptions } from './protocol-kit/options.js';

/**
 * The clauses of the `Protocol` contract as checks, for any test runner: thousands of events and frames, good, hostile
 * and nearly right, and the same ones in each run. Every protocol of ChatHub passes them.
 *
 * @param options - the protocol, and frames that its clients send
 *
 * @example
 * ```ts
 * import { test } from 'node:test';
 * import { lines } from 'chathub';
 * import { protocolConformance } from 'chathub/testing';
 *
 * for (const { name, run } of protocolConformance({ create: lines, frames: ['/join lobby', 'hello'] })) test(name, run);
 * ```
 */
export function protocolConformance(options: ProtocolConformanceOptions): readonly Check[] {
  return [facts(options), ...encodingChecks(options), ...receivingChecks(options)];
}

function facts({ create }: ProtocolConformanceOptions): Check {
  return {
    name: 'a protocol says what it is',
    async run() {
      const protocol = create();
      assert.ok(typeof protocol.name === 'string' && protocol.name !== '', 'it has no name');
      for (const fact of ['echo', 'terminal', 'limited'] as const) assert.equal(typeof protocol[fact], 'boolean', fact);
      assert.ok(
        ['disconnect', 'skip'].includes(protocol.slowConsumer),
        'slowConsumer is neither "disconnect" nor "skip"',
      );
      assert.ok(
        protocol.resumable.every((how) => how === 'ended' || how === 'lost'),
        'resumable holds more than ends',
      );
    },
  };
}
