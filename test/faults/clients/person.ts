import type { Dice } from '../../hub/model/dice.js';
import type { Fact } from '../checker/facts.js';
import type { Ledger } from '../checker/ledger.js';
import type { Ways } from '../network/ways.js';

/** What all connections together met. */
export const nothing = () => ({
  acks: 0,
  directs: 0,
  fresh: 0,
  resumed: 0,
  elsewhere: 0,
  /** Sessions that were over when somebody came back. */
  over: 0,
  duplicates: 0,
  unknown: 0,
  refused: 0,
  connectionsLost: 0,
});
export type Met = ReturnType<typeof nothing>;

/** Who somebody is, as the server said at last. */
export interface Self {
  readonly user: string;
  readonly name: string;
}

/** What the server says of a message that it stored. */
interface Stored {
  readonly id: string;
  readonly epoch: string;
  readonly offset: number;
  readonly at: number;
}

/** An entry as it comes. */
export interface Came {
  readonly id: string;
  readonly offset: number;
  readonly text: string;
  readonly at: number;
}

/** What becomes of something that is said: it is stored; it will never be, for that reason; or nobody can know any more. */
export type Outcome = Stored | { readonly refused: string } | 'unknown';

/** Who somebody is to be, and where. */
export interface Role {
  readonly name: string;
  /** Who has a token stays in its rooms, whatever becomes of its session. */
  readonly token: string | undefined;
  readonly rooms: readonly string[];
  /** Users to whom it writes now and then. */
  readonly friends: readonly string[];
  /** Milliseconds between two messages, at least and at most. */
  readonly pace: readonly [number, number];
  /** How many messages it has under way at most. */
  readonly atOnce: number;
}

/** Of what is said, so many percent are direct messages. */
const directly = 6;

/** One of the crowd: is in some rooms, talks, and writes down all that happens to it. Each connection goes to a node at random. */
export abstract class Person {
  readonly role: Role;
  readonly name: string;
  /** Who it was, one after the other. */
  readonly selves: Self[] = [];
  protected readonly ways: Ways;
  protected readonly met: Met;
  readonly #ledger: Ledger;
  #count = 0;
  #pending = 0;
  #lastHere: number | undefined;
  #node: number | undefined;

  constructor(role: Role, ways: Ways, met: Met, ledger: Ledger) {
    this.role = role;
    this.name = role.name;
    this.ways = ways;
    this.met = met;
    this.#ledger = ledger;
  }

  /** It has a connection that was greeted. */
  abstract get online(): boolean;
  /** Who it thinks is in a room: users and names. */
  abstract people(room: string): readonly Self[];
  /** Comes in, and is in its rooms. */
  abstract enter(): Promise<void>;
  abstract close(): void;
  /** Says something in a room, or to a user, and resolves when its outcome is known, over however many connections. */
  protected abstract send(to: { readonly room: string } | { readonly user: string }, text: string): Promise<Outcome>;

  get self(): Self {
    return this.selves.at(-1) ?? { user: '', name: '' };
  }

  /** The log of its direct messages. */
  get inbox(): string {
    return `@user-${this.name}`;
  }

  /** The number of the node that it is connected to, by a way to which nothing is being done. */
  get at(): number | undefined {
    return this.online && this.ways.whole ? this.#node : undefined;
  }

  /** Messages of which it is not known what becomes of them. */
  get pending(): number {
    return this.#pending;
  }

  /** Talks until it is told to stop. Whatever is under way then goes on. */
  async talk(dice: Dice, signal: AbortSignal): Promise<void> {
    const { rooms, friends, pace, atOnce } = this.role;
    while (!signal.aborted) {
      await new Promise((resolve) => setTimeout(resolve, dice.between(...pace)));
      if (this.#pending >= atOnce) continue;
      const user = dice.chance(directly) ? dice.pick(friends) : undefined;
      void this.#say(user === undefined ? { room: dice.pick(rooms)! } : { user });
    }
  }

  protected note(fact: Fact): void {
    this.#ledger.note(fact);
  }

  protected odd(what: string): void {
    this.note({ fact: 'odd', who: this.name, what });
  }

  /** A connection was greeted, by this node. */
  protected greeted(node: number, resumed: boolean, self: Self): void {
    const { name: who } = this;
    if (resumed) {
      this.met.resumed++;
      if (this.#node !== node) this.met.elsewhere++;
      if (this.self.user !== self.user) this.odd(`resumed, and is ${self.user} instead of ${this.self.user}`);
    } else this.met[this.#lastHere === undefined ? 'fresh' : 'over']++;
    if (this.#lastHere !== undefined)
      this.note({ fact: 'back', who, resumed, away: performance.now() - this.#lastHere });
    this.#lastHere = performance.now();
    this.#node = node;
    if (this.self.user !== self.user || this.self.name !== self.name) this.selves.push(self);
  }

  protected renamed(name: string): void {
    this.selves.push({ user: this.self.user, name });
  }

  /** Something came. What the server takes for the end of a connection comes after that, and long before anybody here notices, perhaps. */
  protected heard(): void {
    if (this.#lastHere !== undefined) this.#lastHere = performance.now();
  }

  /** The connection that was greeted is no more. */
  protected parted(): void {
    this.met.connectionsLost++;
  }

  async #say(to: { readonly room: string } | { readonly user: string }): Promise<void> {
    const { name: who } = this;
    const text = `${who} ${++this.#count}`;
    this.note({ fact: 'said', who, room: 'room' in to ? to.room : `@${to.user}`, text });
    this.#pending++;
    try {
      const outcome = await this.send(to, text);
      if (outcome === 'unknown') this.met.unknown++;
      else if ('refused' in outcome) this.#refused('room' in to ? to.room : `@${to.user}`, text, outcome.refused);
      else {
        this.met.acks++;
        if ('user' in to) this.met.directs++;
        const { id, epoch, offset, at } = outcome;
        // Of a direct message, what the sender is told is where it stands in its own inbox.
        this.note({ fact: 'acked', who, room: 'room' in to ? to.room : this.inbox, text, id, epoch, offset, at });
      }
    } catch (error) {
      this.odd(`"${text}" failed with ${String(error)}`);
    } finally {
      this.#pending--;
    }
  }

  #refused(room: string, text: string, code: string): void {
    this.met.refused++;
    this.note({ fact: 'refused', who: this.name, room, text });
    // Of a user whom the store has forgotten, and who has not come back yet.
    if (code !== 'NO_SUCH_MEMBER') this.odd(`"${text}" was refused with ${code}`);
  }
}
