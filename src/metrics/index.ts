/**
 * What a hub counts, for Prometheus, by the package `prom-client`.
 *
 * @module chathub/metrics
 */
export {
  type CollectedMetrics,
  collectMetrics,
  type MeasuredHub,
  type MetricsOptions,
  type MetricsRegistry,
} from './collect.js';
