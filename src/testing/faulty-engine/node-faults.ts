import type { EngineContext } from '../../index.js';
import type { Fates, Lateness } from './fates.js';
import type { EngineCall, FaultDelay } from './faults.js';
import type { Later } from './held.js';
import type { InjectedFaults } from './injected-faults.js';
import type { Plan, Script } from './script.js';
import { Waits } from './waits.js';

/** Followers notice after up to this time, where nothing else is said. */
const withinFiveSeconds: FaultDelay = { ms: [0, 5_000] };

/** What goes wrong on one node: nothing any more once it closes. */
export class NodeFaults {
  readonly script: Script;
  readonly #waits: Waits;
  readonly #fates: Fates;
  readonly #context: EngineContext;
  #closed = false;

  constructor(script: Script, context: EngineContext) {
    this.script = script;
    this.#context = context;
    this.#fates = script.nextFates();
    this.#waits = new Waits(context.clock);
  }

  get isOut(): boolean {
    return this.script.outages.now(this.#context.clock);
  }

  count(kind: keyof InjectedFaults): void {
    this.script.count(kind);
  }

  plan(call: EngineCall): Plan {
    if (this.#closed) return { delay: undefined, answer: undefined, refuse: false, loseReply: false };
    return this.script.plan(call, this.#fates);
  }

  chance(kind: string, rate: number | undefined): boolean {
    return !this.#closed && this.#fates.happens(kind, rate);
  }

  /** When something is told that is late; undefined: at once. */
  late(kind: keyof InjectedFaults, delay: FaultDelay | undefined): Later | undefined {
    const late = this.#closed ? undefined : this.#fates.lateness(kind, delay);
    if (late === undefined) return undefined;
    this.count(kind);
    return (run) => this.#waits.after(late, run);
  }

  /** Undefined while there is no outage. */
  get afterOutage(): Later | undefined {
    return this.isOut ? (run) => this.script.outages.whenOver(this.#context.clock, run) : undefined;
  }

  /** When a loss is noticed: after its time, or when the outage is over. */
  noticed(delay: FaultDelay | undefined): Later {
    const late = this.#fates.lateness('repair', { ...(delay ?? withinFiveSeconds), rate: 1 });
    return this.afterOutage ?? ((run) => this.#waits.after(late ?? { ms: 0, turns: 0 }, run));
  }

  async wait(late: Lateness | undefined): Promise<void> {
    if (late !== undefined) await new Promise<void>((resolve) => void this.#waits.after(late, resolve));
  }

  outageAnswer(): Lateness | undefined {
    const ms = this.script.outages.answer();
    return ms === 0 ? undefined : { ms, turns: 0 };
  }

  /** Calls a handler; what it throws is reported. */
  tell(call: () => void): void {
    if (this.#closed) return;
    try {
      call();
    } catch (error) {
      this.#context.onError(error);
    }
  }

  /** What is under way goes on, without faults and at once. */
  hasten(): void {
    this.#closed = true;
    this.#waits.hasten();
  }
}
