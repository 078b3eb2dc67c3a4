import type { Histogram } from 'prom-client';

/** Often enough to see what people notice, seldom enough to cost nothing. */
const everyMs = 20;

/** Seconds: from the jitter of timers to a process that hangs. */
export const delayBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/**
 * Observes how late a timer is: as late as whatever else waits for its turn. Buckets, since those of several servers and of any
 * time can be added up; `monitorEventLoopDelay()` of Node.js gives quantiles alone, which can't.
 *
 * @returns ends it
 */
export function watchEventLoop(histogram: Histogram): () => void {
  let last = performance.now();
  const timer = setInterval(() => {
    const now = performance.now();
    histogram.observe(Math.max(0, now - last - everyMs) / 1_000);
    last = now;
  }, everyMs);
  timer.unref();
  return () => clearInterval(timer);
}
