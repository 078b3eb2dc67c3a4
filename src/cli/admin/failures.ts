import { customerOf } from '../../transports/shared/addresses.js';

/** Wrong tokens of one customer, until it has to wait. */
const most = 10;

/** For how long they count. */
const windowMs = 60_000;

/** Customers that are remembered; beyond, whoever failed first is forgotten. */
const mostRemembered = 10_000;

interface Tries {
  count: number;
  /** When they are forgotten. */
  until: number;
}

/** How often who showed a wrong token lately. */
export class Failures {
  readonly #tries = new Map<string, Tries>();
  readonly #now: () => number;

  /** @param now - milliseconds that only grow */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** Milliseconds for which nothing of this address is looked at any more, not even the right token; 0: it is. */
  wait(address: string | undefined): number {
    const tries = this.#tries.get(customer(address));
    if (tries === undefined || tries.count < most) return 0;
    return Math.max(0, tries.until - this.#now());
  }

  /**
   * Another one.
   *
   * @returns whether it is the one from which on the address has to wait
   */
  add(address: string | undefined): boolean {
    const who = customer(address);
    const now = this.#now();
    const known = this.#tries.get(who);
    const tries = known !== undefined && known.until > now ? known : { count: 0, until: now + windowMs };
    tries.count++;
    // Those that are to be forgotten first stand first.
    if (tries !== known) this.#tries.delete(who);
    this.#tries.set(who, tries);
    this.#forgetSome(now);
    return tries.count === most;
  }

  /** How many are remembered, for tests. */
  get size(): number {
    return this.#tries.size;
  }

  #forgetSome(now: number): void {
    for (const [who, { until }] of this.#tries) {
      if (until > now && this.#tries.size <= mostRemembered) return;
      this.#tries.delete(who);
    }
  }
}

/** The peers of a Unix socket, which have no address, are one. */
function customer(address: string | undefined): string {
  return address === undefined ? 'unix' : customerOf(address);
}
