import type { Protocol } from '../../index.js';

/**
 * What `protocolConformance()` is told of a protocol.
 *
 * @example
 * ```ts
 * import { lines } from 'chathub';
 * import type { ProtocolConformanceOptions } from 'chathub/testing';
 *
 * const options: ProtocolConformanceOptions = { create: lines, frames: ['/join lobby', 'hello', '/quit'] };
 * ```
 */
export interface ProtocolConformanceOptions {
  /** Makes the protocol; called more than once for some checks. */
  create(): Protocol;
  /** Frames as clients send them that are in the room `lobby`, one of each kind: hostile ones are made of these too. */
  readonly frames?: readonly string[];
  /** How many frames to make for each check that makes some; default 3,000. */
  readonly runs?: number;
  /** Where the generator begins, to make the same frames again; default 1. */
  readonly seed?: number;
}
