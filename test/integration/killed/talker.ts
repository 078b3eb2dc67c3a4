import type { Dice } from '../../hub/model/dice.js';

/** What the server says of a message that it stored. */
export interface Stored {
  readonly id: string;
  readonly offset: number;
  readonly epoch: string;
}

/** What came in a room, as its client understands it. */
export interface Heard {
  readonly id: string;
  readonly offset: number;
  readonly text: string;
}

/** A message, and what became of it; nothing as long as that is not known. */
export interface Said {
  readonly room: string;
  readonly text: string;
  stored?: Stored;
}

/** What came over all connections, whoever it was for. */
export const nothing = () => ({ acks: 0, fresh: 0, resumed: 0, duplicates: 0 });
export type Wire = ReturnType<typeof nothing>;

/** How many messages each has under way. */
const atOnce = 16;

/** Somebody who talks without a pause, and writes down all that happens to it. */
export abstract class Talker {
  readonly name: string;
  readonly said: Said[] = [];
  readonly heard = new Map<string, Heard[]>();
  /** What should not have happened. */
  readonly faults: string[] = [];
  /** Acknowledged since it was last set to 0. */
  acked = 0;
  /** Something that it said was refused: it says no more, since all else would be refused at once, for ever. */
  gaveUp = false;
  protected readonly wire: Wire;
  readonly #changed: () => void;

  /** @param changed - is called whenever there is something new to look at */
  constructor(name: string, wire: Wire, changed: () => void) {
    this.name = name;
    this.wire = wire;
    this.#changed = changed;
  }

  /** It has a connection that was greeted. */
  abstract get online(): boolean;
  /** Comes in, and is in these rooms. */
  abstract enter(rooms: readonly string[]): Promise<void>;
  abstract close(): void;
  /** Resolves when it is stored, over however many connections. */
  protected abstract send(room: string, text: string): Promise<Stored>;

  /** Talks until it is told to stop; resolves when it knows what became of each. */
  async talk(dice: Dice, signal: AbortSignal): Promise<void> {
    const rooms = [...this.heard.keys()];
    const talkers = Array.from({ length: atOnce }, async () => {
      while (!signal.aborted && !this.gaveUp)
        await this.say(dice.pick(rooms) ?? '', `${this.name} ${this.said.length + 1}`);
    });
    await Promise.all(talkers);
  }

  async say(room: string, text: string): Promise<void> {
    const said: Said = { room, text };
    this.said.push(said);
    try {
      said.stored = await this.send(room, text);
    } catch (error) {
      this.gaveUp = true;
      return this.fault(`"${text}" failed with ${String(error)}`);
    }
    this.acked++;
    this.wire.acks++;
    this.#changed();
  }

  /** The last thing that came in each room. */
  get last(): readonly (string | undefined)[] {
    return Array.from(this.heard.values(), (heard) => heard.at(-1)?.text);
  }

  protected hear(room: string, { id, offset, text }: Heard): void {
    this.heard.get(room)?.push({ id, offset, text });
    this.#changed();
  }

  protected fault(what: string): void {
    this.faults.push(`${this.name}: ${what}`);
    this.#changed();
  }

  /** Online, or not any more. */
  protected moved(): void {
    this.#changed();
  }
}
