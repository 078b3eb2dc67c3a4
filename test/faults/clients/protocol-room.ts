import type { Fact } from '../checker/facts.js';
import type { Came, Self } from './person.js';

interface Position {
  readonly epoch: string;
  readonly offset: number;
}

/** What `joined` says of a room, and `welcome` for each. */
export interface Joined extends Position {
  readonly recovered: boolean;
  readonly entries: readonly Came[];
  readonly members?: readonly Member[];
}

interface Member extends Self {
  readonly id: string;
}

interface Moved {
  readonly joined: readonly Member[];
  readonly left: readonly Self[];
  readonly renamed: readonly { readonly id: string; readonly name: string }[];
  readonly members?: readonly Member[];
}

/** A room as docs/protocol.md has a client keep it: up to where it was told, and what it holds. */
export class ProtocolRoom {
  /** What it is called in the store. */
  readonly log: string;
  position: Position | undefined;
  people: readonly Member[] = [];
  /** This connection has been told of it. */
  live = false;
  readonly #who: string;
  readonly #note: (fact: Fact) => void;
  readonly #ids = new Set<string>();

  constructor(who: string, log: string, note: (fact: Fact) => void) {
    this.#who = who;
    this.log = log;
    this.#note = note;
  }

  begin({ epoch, offset, recovered, entries, members }: Joined): void {
    const { position } = this;
    this.people = members ?? [];
    this.live = true;
    // Behind what it has; or before the newest page, where it can't be told of all.
    const newest = (entries[0]?.offset ?? offset + 1) - 1;
    const start = position === undefined ? offset : recovered ? position.offset : newest;
    this.#note({ fact: 'began', who: this.#who, room: this.log, epoch, offset, recovered, start });
    this.position = { epoch, offset: start };
    if (position !== undefined) for (const entry of entries) this.take(entry);
  }

  take({ id, offset, text, at }: Came): void {
    const [who, room, epoch] = [this.#who, this.log, this.position?.epoch ?? ''];
    this.position = { epoch, offset };
    if (this.#ids.has(id)) return this.#note({ fact: 'dropped', who, room, epoch, offset, id, at });
    this.#ids.add(id);
    this.#note({ fact: 'told', who, room, epoch, offset, id, text, at });
  }

  skip({ epoch, from, to }: { readonly epoch: string; readonly from: number; readonly to: number }): void {
    this.#note({ fact: 'gap', who: this.#who, room: this.log, epoch, from, to, exact: true });
    this.position = { epoch, offset: to };
  }

  restart({ epoch, offset }: Position): void {
    this.#note({ fact: 'reset', who: this.#who, room: this.log, epoch, offset });
    this.position = { epoch, offset };
  }

  moved({ joined, left, renamed, members }: Moved): void {
    const gone = new Set(left.map(({ user }) => user));
    const names = new Map(renamed.map(({ id, name }) => [id, name]));
    const others = this.people.filter(({ user }) => !gone.has(user) && !joined.some((one) => one.user === user));
    const all = [...others, ...joined];
    this.people = members ?? all.map((one) => ({ ...one, name: names.get(one.id) ?? one.name }));
  }
}
