/**
 * Tests without ports and sleeps: a transport in memory, a virtual clock, a client, an engine that fails as it is told, and conformance kits for transports, protocols and engines.
 *
 * @module chathub/testing
 */
export {
  lengthPrefixedFraming,
  type MemoryConnectOptions,
  type MemoryEnding,
  type MemoryPeer,
  type MemoryTransport,
  type MemoryTransportOptions,
  memoryTransport,
} from '../transports/memory.js';
export type { Check } from './checks.js';
export { connectClient, type HelloOptions, type ReplyTo, type TestClient, testClient } from './client.js';
export { type VirtualClock, type VirtualClockOptions, virtualClock } from './clock.js';
export { type EngineConformanceOptions, type EngineSetUp, engineConformance } from './engine-kit.js';
export {
  type CallFaults,
  type DeliveryFaults,
  type EngineCall,
  type EngineFaults,
  type FaultDelay,
  type FaultSpan,
  type FaultyEngine,
  type FaultyEngineOptions,
  faultyEngine,
  type InjectedFaults,
  type OutageFaults,
  type SignalFaults,
  type StateFaults,
  type WatchFaults,
} from './faulty-engine.js';
export { type ObjectProtocolOptions, objectProtocol } from './object-protocol.js';
export { type ProtocolConformanceOptions, protocolConformance } from './protocol-kit.js';
export {
  type RawPeer,
  type TransportConformanceOptions,
  type TransportUnderTest,
  transportConformance,
} from './transport-kit.js';
