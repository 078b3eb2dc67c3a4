import { ChatError } from '../../index.js';
import type { EngineCall } from './faults.js';
import type { NodeFaults } from './node-faults.js';
import type { Plan } from './script.js';

/** What a call needs besides. */
export interface CallOptions {
  /** Calls that name the same take effect in the order in which they were made. */
  readonly lane?: string;
  /** What must have happened before whoever called is told that it worked. */
  told?(): Promise<void>;
}

/** Lets the calls of one node be late, fail and overtake each other. */
export class Calls {
  readonly #faults: NodeFaults;
  /** By lane: when the last of those that wait will have begun. */
  readonly #lanes = new Map<string, Promise<unknown>>();
  readonly #waiting = new Set<Promise<unknown>>();

  constructor(faults: NodeFaults) {
    this.#faults = faults;
  }

  make<T>(call: EngineCall, work: () => Promise<T>, options: CallOptions = {}): Promise<T> {
    const plan = this.#faults.plan(call);
    const { lane } = options;
    const before = lane === undefined ? undefined : this.#lanes.get(lane);
    if (plan.delay === undefined && before === undefined) return this.#begin(call, plan, work, options);
    if (plan.delay !== undefined) this.#faults.count('callsDelayed');
    // Not the promise itself: who waits for the start must not wait for the end.
    const started = Promise.all([before, this.#faults.wait(plan.delay)]).then(() => ({
      result: this.#begin(call, plan, work, options),
    }));
    this.#remember(lane, started);
    return started.then(({ result }) => result);
  }

  /** Resolves when all that wait to take effect have begun to. */
  async begun(): Promise<void> {
    await Promise.all(this.#waiting);
  }

  #remember(lane: string | undefined, started: Promise<unknown>): void {
    this.#waiting.add(started);
    if (lane !== undefined) this.#lanes.set(lane, started);
    void started.then(() => {
      this.#waiting.delete(started);
      if (lane !== undefined && this.#lanes.get(lane) === started) this.#lanes.delete(lane);
    });
  }

  #begin<T>(call: EngineCall, plan: Plan, work: () => Promise<T>, options: CallOptions): Promise<T> {
    if (this.#faults.isOut) return this.#outOfReach(call);
    if (plan.refuse) return this.#refused(call);
    const { answer, loseReply } = plan;
    const plain = answer === undefined && !loseReply && options.told === undefined;
    return plain ? work() : this.#answered(call, plan, work(), options);
  }

  /** The reply, in its own time. */
  async #answered<T>(call: EngineCall, plan: Plan, work: Promise<T>, options: CallOptions): Promise<T> {
    const { answer, loseReply } = plan;
    if (answer !== undefined) this.#faults.count('answersDelayed');
    const [outcome] = await Promise.allSettled([work, this.#faults.wait(answer)]);
    if (loseReply) throw this.#lost(call);
    if (answer !== undefined && this.#faults.isOut) return this.#outOfReach(call);
    if (outcome.status === 'rejected') throw outcome.reason;
    await options.told?.();
    return outcome.value;
  }

  #refused(call: EngineCall): Promise<never> {
    this.#faults.count('callsRefused');
    return Promise.reject(unavailable(`${call} was refused, and had no effect`));
  }

  #lost(call: EngineCall): ChatError {
    this.#faults.count('repliesLost');
    return unavailable(`the reply to ${call} was lost, and it has taken effect`);
  }

  async #outOfReach(call: EngineCall): Promise<never> {
    this.#faults.count('callsInOutages');
    await this.#faults.wait(this.#faults.outageAnswer());
    throw unavailable(`${call} met an outage`);
  }
}

/** The error of the contract; its cause, which clients never see, says what was injected. */
export function unavailable(what: string): ChatError {
  return new ChatError('ENGINE_UNAVAILABLE', undefined, { cause: new Error(`Injected by faultyEngine(): ${what}`) });
}
