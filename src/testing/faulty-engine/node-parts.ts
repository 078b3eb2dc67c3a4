import type { Calls } from './calls.js';
import type { NodeFaults } from './node-faults.js';

/** What the parts of a node share. */
export interface NodeParts {
  readonly faults: NodeFaults;
  readonly calls: Calls;
  /** What is closed with the node. */
  readonly open: Set<{ close(): void }>;
}

/** Opens something by a call that may fail in any of its ways: then nothing of it is left open. */
export async function opened<T extends { close(): void }>(
  handle: { close(): void },
  { open }: NodeParts,
  opening: Promise<T>,
): Promise<T> {
  open.add(handle);
  try {
    return await opening;
  } catch (error) {
    handle.close();
    throw error;
  }
}
