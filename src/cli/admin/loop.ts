import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Overview } from './answers.js';

/** How often a timer is looked at for how late it is. */
const resolution = 20;

/** How busy the event loop is, and how late its timers are. */
export class Loop {
  readonly #delay = monitorEventLoopDelay({ resolution });
  #before = performance.eventLoopUtilization();

  constructor() {
    this.#delay.enable();
  }

  /** Since the last time that this was asked. */
  take(): Overview['loop'] {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, this.#before);
    this.#before = now;
    const { mean, max, count } = this.#delay;
    this.#delay.reset();
    const none = count === 0;
    return { busy: utilization, meanDelay: none ? 0 : lateness(mean), maxDelay: none ? 0 : lateness(max) };
  }

  close(): void {
    this.#delay.disable();
  }
}

/** What is measured is the time from one look to the next, in nanoseconds. */
function lateness(nanoseconds: number): number {
  return Math.max(0, nanoseconds / 1_000_000 - resolution);
}
