import type { LatencyHistogram } from '../index.js';

/** One line of what a registry writes. */
interface Sample {
  readonly metricName: string;
  readonly labels: { le?: number | string };
  readonly value: number;
}

/**
 * A histogram whose buckets are counted elsewhere: that of `prom-client` takes single observations alone. A registry asks a
 * metric for `get()`, and prints what that gives.
 */
export class HubHistogram {
  readonly type = 'histogram';
  readonly aggregator = 'sum';
  readonly name: string;
  readonly help: string;
  readonly #read: () => LatencyHistogram;

  constructor(name: string, help: string, read: () => LatencyHistogram) {
    this.name = name;
    this.help = help;
    this.#read = read;
  }

  async get() {
    const { name, help, type, aggregator } = this;
    return { name, help, type, aggregator, values: samplesOf(name, this.#read()) };
  }

  /** What a hub has counted stays counted. */
  reset(): void {}
}

/** Those of Prometheus are cumulative: each bucket holds those below it. */
function samplesOf(name: string, { bounds, counts, sum, count }: LatencyHistogram): readonly Sample[] {
  let below = 0;
  const buckets = bounds.map((le, index) => {
    below += counts[index] ?? 0;
    return { metricName: `${name}_bucket`, labels: { le }, value: below };
  });
  return [
    ...buckets,
    { metricName: `${name}_bucket`, labels: { le: '+Inf' }, value: count },
    { metricName: `${name}_sum`, labels: {}, value: sum },
    { metricName: `${name}_count`, labels: {}, value: count },
  ];
}
