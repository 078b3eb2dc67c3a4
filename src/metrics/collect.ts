import {
  type Aggregator,
  Counter,
  Gauge,
  register as globalRegistry,
  Histogram,
  type Metric,
  type OpenMetricsContentType,
  type PrometheusContentType,
  type Registry,
} from 'prom-client';
import { type HubMetrics, type HubStatus, OptionError } from '../index.js';
import { catalogue, type HistogramRow, histograms, type Reading, type Row } from './catalogue.js';
import { delayBuckets, watchEventLoop } from './event-loop.js';
import { HubHistogram } from './hub-histogram.js';

/**
 * What is measured: a `ChatHub`, whatever its users are.
 *
 * @example
 * ```ts
 * import { ChatHub } from 'chathub';
 * import type { MeasuredHub } from 'chathub/metrics';
 *
 * const hub: MeasuredHub = new ChatHub();
 * ```
 */
export interface MeasuredHub {
  /** See `ChatHub.metrics()`. */
  metrics(): HubMetrics;
  /** See `ChatHub.status()`. */
  status(): HubStatus;
}

/**
 * A registry of `prom-client`, for either of its formats.
 *
 * @example
 * ```ts
 * import type { MetricsRegistry } from 'chathub/metrics';
 * import { Registry } from 'prom-client';
 *
 * const register: MetricsRegistry = new Registry();
 * ```
 */
export type MetricsRegistry = Registry<PrometheusContentType> | Registry<OpenMetricsContentType>;

/**
 * Options of {@link collectMetrics}; none is needed.
 *
 * @example
 * ```ts
 * import type { MetricsOptions } from 'chathub/metrics';
 * import { Registry } from 'prom-client';
 *
 * const options: MetricsOptions = { register: new Registry(), prefix: 'shop_chat_' };
 * ```
 */
export interface MetricsOptions {
  /** Where the metrics are registered. Default: the default registry of `prom-client`. A second hub needs one of its own, or another prefix. */
  readonly register?: MetricsRegistry | undefined;
  /** What the names begin with: letters, digits, `_` and `:`, no digit first. Default: `chathub_`. */
  readonly prefix?: string | undefined;
}

/**
 * The metrics of a hub, as long as they are registered.
 *
 * @example
 * ```ts
 * import { ChatHub } from 'chathub';
 * import { collectMetrics } from 'chathub/metrics';
 *
 * const metrics = collectMetrics(new ChatHub());
 * console.log(metrics.names);
 * metrics.close();
 * ```
 */
export interface CollectedMetrics extends Disposable {
  /** Their names, with the prefix. */
  readonly names: readonly string[];
  /** Takes them out of the registry. May be called more than once. */
  close(): void;
}

/**
 * Registers what a hub counts, so that a registry of `prom-client` shows it to Prometheus. All is read when the registry is asked, once for
 * each scrape. No label has a value that those who chat can choose: no room, no name, no address.
 *
 * What concerns the process, such as its memory, is not among it: `collectDefaultMetrics()` of `prom-client` has that.
 *
 * @param hub - a `ChatHub`
 * @param options - see {@link MetricsOptions}
 * @throws OptionError when an option is not what it must be, or the registry has a metric of such a name
 *
 * @example
 * ```ts
 * import { createServer } from 'node:http';
 * import { ChatHub } from 'chathub';
 * import { collectMetrics } from 'chathub/metrics';
 * import { Registry } from 'prom-client';
 *
 * const hub = new ChatHub();
 * const register = new Registry();
 * collectMetrics(hub, { register });
 * const server = createServer(async (_request, response) => {
 *   response.setHeader('Content-Type', register.contentType).end(await register.metrics());
 * });
 * ```
 */
export function collectMetrics(hub: MeasuredHub, options: MetricsOptions = {}): CollectedMetrics {
  const { register = globalRegistry, prefix = 'chathub_' } = checked(hub, options);
  const delayName = `${prefix}event_loop_delay_seconds`;
  const names = [...[...catalogue, ...histograms].map(({ name }) => prefix + name), delayName];
  for (const name of names)
    if (register.getSingleMetric(name) !== undefined)
      throw new OptionError('register', 'one without such metrics, or "prefix" another one', name);
  const read = onceInATurn(() => ({ metrics: hub.metrics(), status: hub.status() }));
  const help = 'How much later than it was due a timer is run: as late as all else in this process.';
  const delay = new Histogram({ name: delayName, help, buckets: delayBuckets, registers: [register] });
  const metrics: readonly Metric<string>[] = [
    ...catalogue.map((row) => metricOf(row, prefix, register, read)),
    ...histograms.map((row) => histogramOf(row, prefix, register, read)),
    delay,
  ];
  const unwatch = watchEventLoop(delay);
  const close = () => {
    unwatch();
    // Who has cleared the registry may have others of these names there now.
    for (const [index, name] of names.entries())
      if (register.getSingleMetric(name) === metrics[index]) register.removeSingleMetric(name);
  };
  return { names, close, [Symbol.dispose]: close };
}

/** `prom-client` asks all metrics of a registry in one go: they are told the same. */
function onceInATurn(read: () => Reading): () => Reading {
  let reading: Reading | undefined;
  return () => {
    if (reading === undefined) queueMicrotask(() => (reading = undefined));
    reading ??= read();
    return reading;
  };
}

/** Counters of `prom-client` can't be set, but begun anew: what the hub has counted only grows, and so does this. */
function metricOf(row: Row, prefix: string, register: MetricsRegistry, read: () => Reading): Metric<string> {
  const { name, help, label } = row;
  const aggregator: Aggregator = row.aggregator ?? 'sum';
  const labelNames = label === undefined ? [] : [label];
  const registers = [register];
  const facts = { name: prefix + name, help, aggregator, labelNames, registers };
  if (row.type === 'counter')
    return new Counter({
      ...facts,
      collect() {
        this.reset();
        for (const [labels, value] of samplesOf(row, read())) this.inc(labels, value);
      },
    });
  return new Gauge({
    ...facts,
    collect() {
      this.reset();
      for (const [labels, value] of samplesOf(row, read())) this.set(labels, value);
    },
  });
}

function samplesOf({ label, read }: Row, reading: Reading): readonly (readonly [Record<string, string>, number])[] {
  const values = read(reading);
  if (typeof values === 'number') return [[{}, values]];
  return Object.entries(values).map(([value, count]) => [label === undefined ? {} : { [label]: value }, count]);
}

/** A registry asks a metric for its name and for `get()`; its type names the four classes that come with it. */
function histogramOf(
  { name, help, read: latencyOf }: HistogramRow,
  prefix: string,
  register: MetricsRegistry,
  read: () => Reading,
): Metric<string> {
  const histogram = new HubHistogram(prefix + name, help, () => latencyOf(read()));
  register.registerMetric(histogram as unknown as Metric<string>);
  return histogram as unknown as Metric<string>;
}

function checked(hub: MeasuredHub, options: MetricsOptions): MetricsOptions {
  if (typeof hub?.metrics !== 'function' || typeof hub.status !== 'function')
    throw new OptionError('hub', 'a ChatHub', hub);
  if (typeof options !== 'object' || options === null) throw new OptionError('options', 'an object', options);
  for (const name of Object.keys(options))
    if (name !== 'register' && name !== 'prefix') throw new OptionError(name, 'register or prefix', name);
  const { register, prefix = '' } = options;
  if (register !== undefined && typeof register?.registerMetric !== 'function')
    throw new OptionError('register', 'a Registry of prom-client', register);
  // The data model of Prometheus: metric names.
  if (typeof prefix !== 'string' || !/^([a-zA-Z_:][a-zA-Z0-9_:]*)?$/.test(prefix))
    throw new OptionError('prefix', 'letters, digits, _ and :, such as "chathub_"', prefix);
  return options;
}
