import type { EngineContext, OpenEngine } from '../../index.js';
import { Calls } from './calls.js';
import { faultyLog } from './log-port.js';
import { NodeFaults } from './node-faults.js';
import type { NodeParts } from './node-parts.js';
import { faultyPresence } from './presence-port.js';
import type { Script } from './script.js';
import { faultySignals } from './signals-port.js';
import { faultyState } from './state-port.js';

/** An engine as one node holds it, behind the faults. What nothing can go wrong with is the engine's own. */
export function faultyNode(inner: OpenEngine, script: Script, context: EngineContext): OpenEngine {
  const faults = new NodeFaults(script, context);
  const node: NodeParts = { faults, calls: new Calls(faults), open: new Set() };
  let closing: Promise<void> | undefined;
  return {
    ...inner,
    // By name, too: of an instance of a class a spread has only what is not of the class.
    durability: inner.durability,
    warnings: inner.warnings ?? [],
    facts: () => inner.facts?.() ?? {},
    log: faultyLog(inner.log, node),
    presence: faultyPresence(inner.presence, node),
    signals: faultySignals(inner.signals, node),
    state: faultyState(inner.state, node),
    close: () => (closing ??= close(inner, node)),
  };
}

/** What has been called takes effect; nobody is told of anything any more. */
async function close(inner: OpenEngine, { faults, calls, open }: NodeParts): Promise<void> {
  faults.hasten();
  for (const handle of [...open]) handle.close();
  await calls.begun();
  await inner.close();
}
