import { Fates, type Lateness } from './fates.js';
import type { CallFaults, EngineCall, EngineFaults } from './faults.js';
import type { InjectedFaults } from './injected-faults.js';
import { Outages } from './outages.js';

const none: { [kind in keyof InjectedFaults]: number } = {
  callsDelayed: 0,
  answersDelayed: 0,
  callsRefused: 0,
  repliesLost: 0,
  outages: 0,
  callsInOutages: 0,
  deliveriesDelayed: 0,
  deliveriesBatched: 0,
  deliveriesLost: 0,
  repairs: 0,
  gaps: 0,
  resets: 0,
  presenceDelayed: 0,
  presenceLost: 0,
  signalsDelayed: 0,
  signalsDropped: 0,
  signalsDoubled: 0,
  stateDelayed: 0,
};

/** What is to become of one call. */
export interface Plan {
  readonly delay: Lateness | undefined;
  readonly answer: Lateness | undefined;
  readonly refuse: boolean;
  readonly loseReply: boolean;
}

/** What goes wrong with all nodes of one faulty engine, and how much of it has. */
export class Script {
  faults: EngineFaults;
  readonly outages: Outages;
  readonly #seed: number;
  readonly #counts = { ...none };
  /** What was asked for by hand, for the next calls. */
  readonly #once = new Map<EngineCall, CallFaults[]>();
  #nodes = 0;

  constructor(seed: number, faults: EngineFaults) {
    this.#seed = seed;
    this.faults = faults;
    this.outages = new Outages(new Fates(`${seed}`), () => this.count('outages'));
    this.outages.follow(faults.outages);
  }

  get counts(): InjectedFaults {
    return { ...this.#counts };
  }

  count(kind: keyof InjectedFaults): void {
    this.#counts[kind]++;
  }

  /** The fates of the next node that opens. */
  nextFates(): Fates {
    return new Fates(`${this.#seed}/${++this.#nodes}`);
  }

  inject(faults: EngineFaults): void {
    this.faults = faults;
    this.outages.follow(faults.outages);
  }

  once(call: EngineCall, faults: CallFaults): void {
    const waiting = this.#once.get(call) ?? [];
    waiting.push(faults);
    this.#once.set(call, waiting);
  }

  /** Chosen when the call is made: what happens to one does not hang on when others end. */
  plan(call: EngineCall, fates: Fates): Plan {
    const { calls = {} } = this.faults;
    const faults = this.#once.get(call)?.shift() ?? calls[call] ?? calls.every ?? {};
    const refuse = fates.happens(`${call} refuse`, faults.refuse);
    return {
      delay: fates.lateness(`${call} delay`, faults.delay),
      answer: fates.lateness(`${call} answer`, faults.answer),
      refuse,
      loseReply: fates.happens(`${call} loseReply`, faults.loseReply) && !refuse,
    };
  }
}
