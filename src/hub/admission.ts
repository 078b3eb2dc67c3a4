import { customerOf, isLoopback } from '../model/addresses.js';
import { ChatError } from '../model/errors.js';
import type { Limits } from '../model/limits.js';
import type { Clock } from '../ports/clock.js';

interface Visitor {
  connections: number;
  connects: number;
  /** When the minute began in which `connects` counts. */
  since: number;
}

const minute = 60_000;

/** Who may connect: the caps on connections, in all and from one address. Loopback is exempt from the latter. */
export class Admission {
  #connections = 0;
  /** By address, the one longest not looked at first. */
  readonly #visitors = new Map<string, Visitor>();
  readonly #limits: Limits;
  readonly #clock: Clock;

  constructor(limits: Limits, clock: Clock) {
    this.#limits = limits;
    this.#clock = clock;
  }

  /** How many addresses are remembered, for tests. */
  get size(): number {
    return this.#visitors.size;
  }

  /** Why the next connection from an address would not be let in; undefined when it would. */
  refusal(address: string | undefined): ChatError | undefined {
    const visitor = this.#visitorAt(address);
    const refusal = this.#refusal(visitor);
    // Who is told before it is connected has tried, all the same.
    if (refusal !== undefined && visitor !== undefined) visitor.connects++;
    return refusal;
  }

  /**
   * Lets a connection in; call what it returns when the connection is gone.
   *
   * @throws ChatError `RATE_LIMITED`
   */
  admit(address: string | undefined): () => void {
    const visitor = this.#visitorAt(address);
    const refusal = this.#refusal(visitor);
    if (visitor !== undefined) visitor.connects++;
    if (refusal !== undefined) throw refusal;
    if (visitor !== undefined) visitor.connections++;
    this.#connections++;
    let inside = true;
    return () => {
      if (!inside) return;
      inside = false;
      this.#connections--;
      if (visitor !== undefined) visitor.connections--;
    };
  }

  #refusal(visitor: Visitor | undefined): ChatError | undefined {
    const { connections, connectionsPerAddress, connectsPerMinute } = this.#limits;
    if (this.#connections >= connections) return new ChatError('RATE_LIMITED', 'This server is full; come back later.');
    if (visitor === undefined) return undefined;
    if (visitor.connects >= connectsPerMinute)
      return new ChatError('RATE_LIMITED', 'Too many connects from your address.');
    return visitor.connections >= connectionsPerAddress
      ? new ChatError('RATE_LIMITED', 'Too many connections from your address.')
      : undefined;
  }

  #visitorAt(address: string | undefined): Visitor | undefined {
    return address === undefined || isLoopback(address) ? undefined : this.#visitor(customerOf(address));
  }

  #visitor(prefix: string): Visitor {
    const now = this.#clock.monotonic();
    this.#forgetSome(now);
    const known = this.#visitors.get(prefix);
    const fresh = known !== undefined && now - known.since < minute;
    const visitor = known ?? { connections: 0, connects: 0, since: now };
    if (!fresh) {
      visitor.connects = 0;
      visitor.since = now;
    }
    this.#visitors.delete(prefix);
    this.#visitors.set(prefix, visitor);
    return visitor;
  }

  /** Those who have gone are forgotten in passing, more of them than come; those who are still there go to the end of the line. */
  #forgetSome(now: number): void {
    for (let looked = 0; looked < 2; looked++) {
      const oldest = this.#visitors.entries().next();
      if (oldest.done || now - oldest.value[1].since < minute) return;
      const [prefix, visitor] = oldest.value;
      this.#visitors.delete(prefix);
      if (visitor.connections > 0) this.#visitors.set(prefix, visitor);
    }
  }
}
