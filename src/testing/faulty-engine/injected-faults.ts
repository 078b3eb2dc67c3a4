/**
 * How often each fault has come about.
 *
 * @example
 * ```ts
 * import type { InjectedFaults } from 'chathub/testing';
 *
 * const failed = ({ callsRefused, repliesLost, callsInOutages }: InjectedFaults) =>
 *   callsRefused + repliesLost + callsInOutages;
 * ```
 */
export interface InjectedFaults {
  /** Calls that took effect later than they were made. */
  readonly callsDelayed: number;
  /** Calls whose reply came later than their effect. */
  readonly answersDelayed: number;
  /** Calls that failed and had no effect. */
  readonly callsRefused: number;
  /** Calls that took effect and failed. */
  readonly repliesLost: number;
  /** Outages that were begun by hand, and those of the script that somebody met. */
  readonly outages: number;
  /** Calls that failed since the store was out of reach. */
  readonly callsInOutages: number;
  /** Deliveries to followers that were late; what waited behind them is not counted. */
  readonly deliveriesDelayed: number;
  /** Entries that were delivered in one call with the entry before. */
  readonly deliveriesBatched: number;
  /** How often a follower lost what came. */
  readonly deliveriesLost: number;
  /** How often that was made good from the log. */
  readonly repairs: number;
  /** How often it was told by `gap` because the script said so. */
  readonly gaps: number;
  /** How often it was told by `reset` because the script said so. */
  readonly resets: number;
  /** Changes of presence that were late; what waited behind them is not counted. */
  readonly presenceDelayed: number;
  /** How often a watcher lost what came. */
  readonly presenceLost: number;
  /** Signals that were late. */
  readonly signalsDelayed: number;
  /** Signals that were lost. */
  readonly signalsDropped: number;
  /** Signals that came twice. */
  readonly signalsDoubled: number;
  /** Changes of shared state that were late; what waited behind them is not counted. */
  readonly stateDelayed: number;
}
