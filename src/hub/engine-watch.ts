import type { SafeEmitter } from '../model/emitter.js';
import type { Durability, EngineFacts, EngineState, OpenEngine } from '../ports/engine.js';
import type { AnyUser } from './context.js';
import type { HubEvents } from './hub-events.js';

/**
 * What a hub knows of its engine.
 *
 * @example
 * ```ts
 * import type { EngineStatus } from 'chathub';
 *
 * const isReady = ({ state }: EngineStatus) => state === 'up';
 * ```
 */
export interface EngineStatus {
  /** The engine's name, such as `redis`. */
  readonly name: string;
  /** How much an acknowledged message survives; undefined until the engine is open. */
  readonly durability: Durability | undefined;
  /** Whether things can be stored; undefined until the engine is open. */
  readonly state: EngineState['state'] | undefined;
  /** What is wrong, when it is not `up`. */
  readonly reason: string | undefined;
  /** What operators should know of how the store is set up. */
  readonly warnings: readonly string[];
  /** What the engine counts, by names of its own: calls, what waits, what was repaired. */
  readonly facts: EngineFacts;
}

/** How the engine is, for the hub's status and its `engine` event. */
export class EngineWatch {
  readonly #name: string;
  readonly #events: SafeEmitter<HubEvents<AnyUser>>;
  #engine: OpenEngine | undefined;
  #state: EngineState | undefined;

  constructor(name: string, events: SafeEmitter<HubEvents<AnyUser>>) {
    this.#name = name;
    this.#events = events;
  }

  get status(): EngineStatus {
    return {
      name: this.#name,
      durability: this.#engine?.durability,
      state: this.#state?.state,
      reason: this.#state?.reason,
      warnings: this.#engine?.warnings ?? [],
      facts: this.#engine?.facts?.() ?? {},
    };
  }

  opened(engine: OpenEngine): void {
    this.#engine = engine;
    this.#state ??= { state: 'up' };
    if ((engine.warnings ?? []).length > 0) this.#tell(this.#state);
  }

  is(state: EngineState): void {
    this.#state = state;
    // While it is being opened, whoever opens it is told.
    if (this.#engine !== undefined) this.#tell(state);
  }

  #tell(state: EngineState): void {
    const warnings = this.#engine?.warnings ?? [];
    if (this.#events.has('engine')) this.#events.emit('engine', { ...state, warnings });
    // biome-ignore lint/suspicious/noConsole: what endangers acknowledged messages must not go unsaid because nobody listens
    else if (state.state === 'up') for (const warning of warnings) console.warn(`[chathub] ${warning}`);
  }
}
