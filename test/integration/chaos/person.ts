import type { Dice } from '../../hub/model/dice.js';
import type { Heard, Said, Stored } from '../killed/talker.js';
import { resumeWindow } from './settings.js';
import type { Ways } from './ways.js';

/** What all connections together met. */
export const nothing = () => ({
  acks: 0,
  fresh: 0,
  resumed: 0,
  elsewhere: 0,
  lost: 0,
  duplicates: 0,
  unknown: 0,
  reconnects: 0,
});
export type Met = ReturnType<typeof nothing>;

/** Who somebody is, as the server said at last. */
export interface Self {
  readonly user: string;
  readonly name: string;
}

/** Some of the time that a session has is spent on its way: one that was away for nearly as long may be over. */
const slack = 2_000;

/** How many messages each has under way at most. */
const atOnce = 6;

/** One of the crowd: is in some rooms, talks, and writes down all that happens to it. Each connection goes to a node at random. */
export abstract class Person {
  readonly name: string;
  /** Who has a token stays in its rooms, whatever becomes of its session. */
  readonly token: string | undefined;
  readonly rooms: readonly string[];
  readonly said: Said[] = [];
  readonly heard = new Map<string, Heard[]>();
  readonly epochs = new Map<string, Set<string>>();
  /** Who it was, one after the other. */
  readonly selves: Self[] = [];
  /** What should not have happened. */
  readonly faults: string[] = [];
  /** What became of its connections. */
  readonly journal: string[] = [];
  protected readonly ways: Ways;
  protected readonly met: Met;
  #pending = 0;
  #greeted = false;
  #lastHere = 0;
  #node: number | undefined;

  constructor(name: string, token: string | undefined, rooms: readonly string[], ways: Ways, met: Met) {
    this.name = name;
    this.token = token;
    this.rooms = rooms;
    this.ways = ways;
    this.met = met;
    for (const room of rooms) {
      this.heard.set(room, []);
      this.epochs.set(room, new Set());
    }
  }

  /** It has a connection that was greeted. */
  abstract get online(): boolean;
  /** Who it thinks is in a room: users and names. */
  abstract people(room: string): readonly Self[];
  /** Comes in, and is in its rooms. */
  abstract enter(): Promise<void>;
  abstract close(): void;
  /** Resolves when it is stored, over however many connections; undefined: nobody can know any more. */
  protected abstract send(room: string, text: string): Promise<Stored | undefined>;

  get self(): Self {
    return this.selves.at(-1) ?? { user: '', name: '' };
  }

  /** Messages of which it is not known what becomes of them. */
  get pending(): number {
    return this.#pending;
  }

  /** Talks until it is told to stop. Whatever is under way then goes on. */
  async talk(dice: Dice, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      if (this.#pending < atOnce) void this.say(dice.pick(this.rooms) ?? '');
      await new Promise((resolve) => setTimeout(resolve, dice.between(20, 320)));
    }
  }

  async say(room: string): Promise<void> {
    const said: Said = { room, text: `${this.name} ${this.said.length + 1}` };
    this.said.push(said);
    this.#pending++;
    try {
      const stored = await this.send(room, said.text);
      if (stored === undefined) this.met.unknown++;
      else {
        said.stored = stored;
        this.met.acks++;
      }
    } catch (error) {
      this.fault(`"${said.text}" failed with ${String(error)}`);
    } finally {
      this.#pending--;
    }
  }

  protected hear(room: string, { id, offset, text }: Heard): void {
    this.heard.get(room)?.push({ id, offset, text });
  }

  protected begun(room: string, epoch: string): void {
    this.epochs.get(room)?.add(epoch);
  }

  /** A connection was greeted, by this node. */
  protected greeted(node: number, resumed: boolean, self: Self): void {
    const away = performance.now() - this.#lastHere;
    if (resumed) {
      this.met.resumed++;
      if (this.#node !== node) this.met.elsewhere++;
      if (this.self.user !== self.user) this.fault(`resumed, and is ${self.user} instead of ${this.self.user}`);
    } else if (this.#greeted) {
      this.met.lost++;
      if (away < resumeWindow - slack) this.fault(`lost its session, ${Math.round(away)} ms away`);
    } else this.met.fresh++;
    this.note(`greeted by ${node}, ${resumed ? 'resumed' : 'fresh'}`);
    this.#greeted = true;
    this.#node = node;
    if (this.self.user !== self.user || this.self.name !== self.name) this.selves.push(self);
  }

  protected renamed(name: string): void {
    this.selves.push({ user: this.self.user, name });
  }

  /** The connection that was greeted is no more. */
  protected parted(): void {
    this.met.reconnects++;
    this.#lastHere = performance.now();
  }

  protected note(what: string): void {
    this.journal.push(`${new Date().toISOString()} ${this.name} ${what}`);
  }

  protected fault(what: string): void {
    this.faults.push(`${this.name}: ${what} (${new Date().toISOString()})`);
    this.note(`FAULT ${what}`);
  }
}
