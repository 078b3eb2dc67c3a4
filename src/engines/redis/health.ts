import type { EngineState } from '../../ports/engine.js';

type Trouble = 'connection' | 'lease' | 'answers' | 'ears' | 'memory';

/** What each trouble makes of the whole. */
const outcomes = {
  connection: 'down',
  lease: 'down',
  memory: 'degraded',
  answers: 'degraded',
  ears: 'degraded',
} as const;

/** What is wrong on the way to Redis, told when it becomes another. */
export class Health {
  readonly #troubles = new Map<Trouble, string>();
  readonly #tell: (state: EngineState) => void;
  #told = '';

  constructor(tell: (state: EngineState) => void) {
    this.#tell = tell;
  }

  get state(): EngineState {
    for (const [trouble, state] of Object.entries(outcomes) as [Trouble, 'down' | 'degraded'][]) {
      const reason = this.#troubles.get(trouble);
      if (reason !== undefined) return { state, reason };
    }
    return { state: 'up' };
  }

  has(trouble: Trouble): boolean {
    return this.#troubles.has(trouble);
  }

  begin(trouble: Trouble, reason: string): void {
    this.#troubles.set(trouble, reason);
    this.tell();
  }

  end(...troubles: readonly Trouble[]): void {
    for (const trouble of troubles) this.#troubles.delete(trouble);
    this.tell();
  }

  tell(): void {
    const { state } = this;
    const key = `${state.state} ${state.reason ?? ''}`;
    if (key === this.#told) return;
    this.#told = key;
    this.#tell(state);
  }
}
