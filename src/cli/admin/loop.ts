import type { Overview } from './answers.js';

/** How often it is looked at how late a timer is. */
const everyMs = 20;

/** Nobody has asked for so long: nobody looks, and a process that has nothing to do may sleep. */
const unaskedMs = 30_000;

/**
 * How busy the event loop is, and how late its timers are. Not by `monitorEventLoopDelay()`, which after each reset leaves out the next
 * interval: that in which it was answered.
 */
export class Loop {
  #timer: NodeJS.Timeout | undefined;
  #asked = 0;
  #last = 0;
  #looks = 0;
  #sum = 0;
  #most = 0;
  #before = performance.eventLoopUtilization();

  /** Since the last time that this was asked. */
  take(): Overview['loop'] {
    this.#begin();
    const now = performance.eventLoopUtilization();
    const { utilization: busy } = performance.eventLoopUtilization(now, this.#before);
    this.#before = now;
    const taken = { busy, meanDelay: this.#looks === 0 ? 0 : this.#sum / this.#looks, maxDelay: this.#most };
    this.#looks = this.#sum = this.#most = 0;
    return taken;
  }

  close(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #begin(): void {
    this.#asked = performance.now();
    if (this.#timer !== undefined) return;
    this.#last = this.#asked;
    this.#timer = setInterval(() => this.#look(), everyMs).unref();
  }

  #look(): void {
    const now = performance.now();
    const late = Math.max(0, now - this.#last - everyMs);
    this.#last = now;
    this.#looks++;
    this.#sum += late;
    this.#most = Math.max(this.#most, late);
    if (now - this.#asked > unaskedMs) this.close();
  }
}
