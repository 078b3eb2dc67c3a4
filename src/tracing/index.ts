/**
 * How commands go through a hub, as spans of OpenTelemetry, by the package `@opentelemetry/api`.
 *
 * @module chathub/tracing
 */
export { type TracingOptions, tracing } from './tracing.js';
