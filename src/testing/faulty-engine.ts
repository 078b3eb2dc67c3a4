import { type Engine, OptionError } from '../index.js';
import { unavailable } from './faulty-engine/calls.js';
import { checkCall, checkFaults, checkOptions } from './faulty-engine/check-faults.js';
import type { CallFaults, EngineCall, EngineFaults } from './faulty-engine/faults.js';
import { faultyNode } from './faulty-engine/faulty-node.js';
import type { InjectedFaults } from './faulty-engine/injected-faults.js';
import { Script } from './faulty-engine/script.js';

export type {
  CallFaults,
  DeliveryFaults,
  EngineCall,
  EngineFaults,
  FaultDelay,
  FaultSpan,
  OutageFaults,
  SignalFaults,
  StateFaults,
  WatchFaults,
} from './faulty-engine/faults.js';
export type { InjectedFaults } from './faulty-engine/injected-faults.js';

/**
 * What {@link faultyEngine} begins with.
 *
 * @example
 * ```ts
 * import type { FaultyEngineOptions } from 'chathub/testing';
 *
 * const options: FaultyEngineOptions = { seed: 7, faults: { calls: { 'log.append': { loseReply: 0.1 } } } };
 * ```
 */
export interface FaultyEngineOptions {
  /** Which faults there are: the same seed and the same operations make the same ones. Default 1. */
  readonly seed?: number;
  /** What goes wrong, and how often; by default nothing. */
  readonly faults?: EngineFaults;
}

/**
 * An engine of which things go wrong, and the means to say which.
 *
 * @example
 * ```ts
 * import { ChatHub, memory } from 'chathub';
 * import { type FaultyEngine, faultyEngine } from 'chathub/testing';
 *
 * const engine: FaultyEngine = faultyEngine(memory());
 * const hub = new ChatHub({ engine });
 * engine.once('log.append', { loseReply: 1 });
 * await hub.room('lobby').send('hello').catch((error) => console.log(error.code)); // ENGINE_UNAVAILABLE
 * console.log(engine.injected.repliesLost, await hub.room('lobby').history()); // 1, and it is there
 * ```
 */
export interface FaultyEngine extends Engine {
  /** How often each fault has come about, on all nodes. Tests that mean to meet one assert that it is not 0. */
  readonly injected: InjectedFaults;
  /**
   * Has other things go wrong from now on; without any, nothing. What was delayed and lost before still comes in its time.
   *
   * @throws OptionError
   */
  inject(faults?: EngineFaults): void;
  /**
   * Has this happen to the next such call, in place of what the script says. Of several, each is for one call.
   *
   * @throws OptionError
   */
  once(call: EngineCall, faults: CallFaults): void;
  /**
   * Puts the store out of reach of all nodes that opened this engine, as {@link OutageFaults} says.
   *
   * @returns a function that ends it; of several, all must have ended
   */
  beginOutage(): () => void;
}

/**
 * Puts faults in front of any engine: it drops, delays, reorders and fails as a seed decides, by the clock that it is opened
 * with, and always within the contract of an `Engine`, so that a hub, and what is built on it, must survive all of it. To have nodes
 * fail one by one, give each hub a faulty engine of its own over the same engine.
 *
 * @param engine - what is behind the faults; a call that nothing goes wrong with is handed on as it is
 * @param options - the seed and the faults
 * @throws OptionError when an option is not what it must be
 *
 * @example
 * ```ts
 * import { ChatHub, memory } from 'chathub';
 * import { faultyEngine, virtualClock } from 'chathub/testing';
 *
 * const clock = virtualClock();
 * const engine = faultyEngine(memory(), {
 *   seed: 7,
 *   faults: {
 *     calls: { every: { delay: { rate: 0.5, ms: [1, 50] }, refuse: 0.01, loseReply: 0.01 } },
 *     deliveries: { delay: { rate: 0.3, ms: [1, 200] }, lose: 0.02 },
 *     signals: { drop: 0.1 },
 *     outages: { every: [20_000, 60_000], last: [500, 8_000] },
 *   },
 * });
 * const hub = new ChatHub({ engine, clock });
 * const sending = hub.room('lobby').send('perhaps').catch(() => undefined);
 * await clock.advance(5_000);
 * await sending;
 * console.log(engine.injected);
 * ```
 */
export function faultyEngine(engine: Engine, options: FaultyEngineOptions = {}): FaultyEngine {
  if (typeof engine?.open !== 'function') throw new OptionError('engine', 'an engine, such as memory()', engine);
  checkOptions(options);
  const script = new Script(options.seed ?? 1, options.faults ?? {});
  return {
    name: engine.name,
    async open(context) {
      if (script.outages.now(context.clock)) throw unavailable('the store was opened in an outage');
      return faultyNode(await engine.open(context), script, context);
    },
    get injected() {
      return script.counts;
    },
    inject(faults = {}) {
      checkFaults(faults);
      script.inject(faults);
    },
    once(call, faults) {
      checkCall(call, faults);
      script.once(call, faults);
    },
    beginOutage: () => script.outages.begin(),
  };
}
