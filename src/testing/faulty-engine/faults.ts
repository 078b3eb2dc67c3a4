import type { MessageLog, Presence, SharedState, Signals } from '../../index.js';

/**
 * How long something is: a number, or the least and the most of one that the seed chooses.
 *
 * @example
 * ```ts
 * import type { FaultSpan } from 'chathub/testing';
 *
 * const milliseconds: FaultSpan = [5, 200];
 * ```
 */
export type FaultSpan = number | readonly [least: number, most: number];

/**
 * How often something is late, and by how much: so long by the engine's clock, then so many turns of the event loop. Turns go by
 * while a virtual clock stands still, and leave no timer. Without either it is late by a microtask.
 *
 * @example
 * ```ts
 * import type { FaultDelay } from 'chathub/testing';
 *
 * const mostlySlow: FaultDelay = { rate: 0.8, ms: [5, 200] };
 * const withoutTime: FaultDelay = { turns: [0, 3] };
 * ```
 */
export interface FaultDelay {
  /** How often, from 0 to 1; default 1. */
  readonly rate?: number;
  /** Milliseconds: 2,500 at most of a call, which has ended in 5 s then whatever becomes of it; else 5,000. */
  readonly ms?: FaultSpan;
  /** Turns of the event loop, 100 at most. */
  readonly turns?: FaultSpan;
}

/**
 * What goes wrong with calls. Those that fail reject with `ENGINE_UNAVAILABLE`.
 *
 * @example
 * ```ts
 * import { memory } from 'chathub';
 * import { type CallFaults, faultyEngine } from 'chathub/testing';
 *
 * const shaky: CallFaults = { delay: { ms: [0, 50] }, refuse: 0.02, loseReply: 0.02 };
 * const engine = faultyEngine(memory(), { faults: { calls: { every: shaky } } });
 * ```
 */
export interface CallFaults {
  /** Before it takes effect. What changes the same thing still does so in the order of the calls. */
  readonly delay?: FaultDelay;
  /** From there to its reply. Replies overtake each other. */
  readonly answer?: FaultDelay;
  /** How often it fails and has no effect, from 0 to 1. */
  readonly refuse?: number;
  /** How often it takes effect and fails, from 0 to 1: whoever called can't know. */
  readonly loseReply?: number;
}

/**
 * A call of an engine, as faults name it.
 *
 * @example
 * ```ts
 * import type { EngineCall } from 'chathub/testing';
 *
 * const call: EngineCall = 'log.append';
 * ```
 */
export type EngineCall =
  | `log.${keyof MessageLog}`
  | `presence.${keyof Presence}`
  | `signals.${keyof Signals}`
  | `state.${keyof SharedState}`;

/**
 * What goes wrong between the log and a follower. Entries still come in the order of their offsets, and nothing is left out or comes
 * twice without being said; an entry that this node appends has come when its `append` resolves.
 *
 * @example
 * ```ts
 * import type { DeliveryFaults } from 'chathub/testing';
 *
 * const lossy: DeliveryFaults = { delay: { rate: 0.5, ms: [0, 100] }, lose: 0.05, repair: { ms: [100, 5_000] }, gap: 0.2 };
 * ```
 */
export interface DeliveryFaults {
  /** What comes meanwhile waits, too, and is delivered with it in one call; beyond 10,000 entries it is lost, and repaired. */
  readonly delay?: FaultDelay;
  /** How often a delivery is lost, with all that come after, until the follower notices. From 0 to 1. */
  readonly lose?: number;
  /** When it notices, and is given what it missed as the log has it by then; default: after up to 5,000 ms. */
  readonly repair?: FaultDelay;
  /** How often it is told by `gap` instead, as if what was lost had been trimmed away. From 0 to 1. */
  readonly gap?: number;
  /** How often it is told by `reset` instead, in the same epoch. From 0 to 1. */
  readonly reset?: number;
}

/**
 * What goes wrong between presence and a watcher. A change that this node makes has come, or is in a list that has, when the call
 * that made it resolves.
 *
 * @example
 * ```ts
 * import type { WatchFaults } from 'chathub/testing';
 *
 * const lossy: WatchFaults = { lose: 0.1, repair: { ms: [100, 5_000] } };
 * ```
 */
export interface WatchFaults {
  /** What comes meanwhile waits, too; beyond 10,000 changes it is lost, and repaired. */
  readonly delay?: FaultDelay;
  /** How often a change is lost, with all that come after, until the watcher is told the whole list by `reset`. From 0 to 1. */
  readonly lose?: number;
  /** When it is told; default: after up to 5,000 ms. */
  readonly repair?: FaultDelay;
}

/**
 * What goes wrong between a signal and a subscription.
 *
 * @example
 * ```ts
 * import type { SignalFaults } from 'chathub/testing';
 *
 * const lossy: SignalFaults = { drop: 0.1, delay: { rate: 0.3, ms: [0, 100] } };
 * ```
 */
export interface SignalFaults {
  /** Others overtake it. Of 1,000 that are late at once, what comes then is lost. */
  readonly delay?: FaultDelay;
  /** How often it is lost, from 0 to 1. */
  readonly drop?: number;
  /** How often it comes twice, from 0 to 1. More than an engine may do: signals come at most once. */
  readonly double?: number;
}

/**
 * What goes wrong between a change of shared state and whoever is told of changes.
 *
 * @example
 * ```ts
 * import type { StateFaults } from 'chathub/testing';
 *
 * const late: StateFaults = { delay: { rate: 0.5, ms: [0, 500] } };
 * ```
 */
export interface StateFaults {
  /** What comes meanwhile waits, too: changes come in their order, and none is lost. Beyond 10,000 they come at once. */
  readonly delay?: FaultDelay;
}

/**
 * When the store is out of reach, by the engine's clock. All calls are rejected then, also those that are under way, whether or
 * not they have taken effect; what was to be told is lost and repaired afterwards, but for signals, which are lost, and changes of
 * shared state, which wait.
 *
 * @example
 * ```ts
 * import type { OutageFaults } from 'chathub/testing';
 *
 * const nowAndThen: OutageFaults = { every: [20_000, 60_000], last: [500, 8_000], answer: [0, 1_000] };
 * ```
 */
export interface OutageFaults {
  /** Milliseconds from the end of one to the begin of the next. */
  readonly every: FaultSpan;
  /** Milliseconds that it lasts. */
  readonly last: FaultSpan;
  /** Milliseconds until a call is rejected, 5,000 at most; default 0: at once. */
  readonly answer?: FaultSpan;
}

/**
 * What goes wrong with an engine. Nothing of what is left out does.
 *
 * @example
 * ```ts
 * import type { EngineFaults } from 'chathub/testing';
 *
 * const faults: EngineFaults = {
 *   calls: { every: { delay: { rate: 0.5, ms: [0, 50] } }, 'log.append': { refuse: 0.05, loseReply: 0.05 } },
 *   deliveries: { lose: 0.02 },
 *   outages: { every: [20_000, 60_000], last: [500, 8_000] },
 * };
 * ```
 */
export interface EngineFaults {
  /** By the name of the call; what stands under `every` is for all that have nothing of their own. */
  readonly calls?: { readonly [name in EngineCall | 'every']?: CallFaults };
  /** To those who follow logs. */
  readonly deliveries?: DeliveryFaults;
  /** To those who watch presence. */
  readonly presence?: WatchFaults;
  /** To those who subscribe to signals. */
  readonly signals?: SignalFaults;
  /** To those who are told of changes of shared state. */
  readonly state?: StateFaults;
  /** When nothing is in reach. */
  readonly outages?: OutageFaults;
}
