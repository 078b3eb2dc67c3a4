/** The current room can be seen from lines alone, and so can who is there: the words are those of `docs/lines.md`. */
const name = String.raw`[\p{L}\p{Nd}][\p{L}\p{M}\p{Nd}_.-]*`;

const pattern = (source: string) => new RegExp(`^${source.replaceAll('NAME', `(${name})`)}$`, 'u');

const welcome = pattern(
  String.raw`\* Welcome, NAME\. /help lists the commands\.(?: \(/resume (\S+) takes this session up again\))?`,
);
const joined = pattern(String.raw`\* Joined NAME \(\d+ here\)\.`);
const left = pattern(String.raw`\* Left NAME(?: \(.*\))?\.`);
const nowIn = pattern(String.raw`\* Now in NAME\.`);
const renamed = pattern(String.raw`\* You are now known as NAME\.`);
const came = pattern(String.raw`\[NAME\] \* NAME joined \(\d+ here\)`);
const went = pattern(String.raw`\[NAME\] \* NAME left \(\d+ here\)`);
const other = pattern(String.raw`\[NAME\] \* NAME is now NAME`);
const said = pattern(String.raw`\[NAME\] NAME: .*`);
const told = pattern(String.raw`\(direct\) NAME: .*`);
const listed = pattern(String.raw`\* NAME \d+`);
const names = new RegExp(`^\\* ${name}(?:, ${name})*$`, 'u');

/** Rooms and people that are remembered for completion; the oldest go first. */
const most = 1_000;

/** Where one is, as far as the lines tell that were read. */
export class Place {
  /** One's own name; undefined before the first welcome. */
  name: string | undefined;
  /** Where bare text goes; undefined in no room. */
  room: string | undefined;
  /** Whether the name was asked for, and is to be asked for again. */
  named = false;
  /** The rooms that one is in, in the order of joining, with who is known to be there. */
  readonly rooms = new Map<string, Set<string>>();
  /** Who wrote directly. */
  readonly #friends = new Set<string>();
  /** Rooms that were heard of. */
  readonly #heardOf = new Set<string>();

  /** Who may be meant: those in the current room, and who wrote directly. */
  get people(): readonly string[] {
    const here = this.rooms.get(this.room ?? '') ?? [];
    return [...new Set([...here, ...this.#friends])].filter((name) => name !== this.name);
  }

  /** Rooms that are known of. */
  get knownRooms(): readonly string[] {
    return [...new Set([...this.rooms.keys(), ...this.#heardOf])];
  }

  /** Takes in a line of the chat. */
  learn(line: string): void {
    if (line.startsWith('* ')) this.#learnOwn(line);
    else if (line.startsWith('[')) this.#learnOthers(line);
    else {
      const [, from] = told.exec(line) ?? [];
      if (from !== undefined) remember(this.#friends, from);
    }
  }

  /** Takes in who is in a room. */
  list(room: string, people: readonly string[]): void {
    const here = this.rooms.get(room);
    for (const who of people) if (here !== undefined) remember(here, who);
  }

  /** Whether a line may be the answer to `/who` where one is oneself. */
  isList(line: string): boolean {
    return this.name !== undefined && names.test(line) && line.slice(2).split(', ').includes(this.name);
  }

  #learnOwn(line: string): void {
    const matched = (expression: RegExp) => expression.exec(line)?.[1];
    const me = matched(welcome);
    const entered = matched(joined);
    const switched = matched(nowIn);
    const gone = matched(left);
    const known = matched(renamed);
    if (me !== undefined) this.#begin(me);
    else if (entered !== undefined) this.#enter(entered);
    else if (switched !== undefined) this.room = switched;
    else if (gone !== undefined) this.#leave(gone);
    else if (known !== undefined) Object.assign(this, { name: known, named: true });
    else {
      const room = matched(listed);
      if (room !== undefined) remember(this.#heardOf, room);
    }
  }

  #learnOthers(line: string): void {
    const [, room = '', who = '', as] = came.exec(line) ?? other.exec(line) ?? said.exec(line) ?? went.exec(line) ?? [];
    const here = this.rooms.get(room);
    if (here === undefined) return;
    if (went.test(line)) here.delete(who);
    else if (as !== undefined) {
      here.delete(who);
      remember(here, as);
    } else remember(here, who);
  }

  #begin(name: string): void {
    this.name = name;
    this.rooms.clear();
    this.room = undefined;
  }

  #enter(room: string): void {
    const here = this.rooms.get(room) ?? new Set();
    this.rooms.delete(room);
    this.rooms.set(room, here);
    this.room = room;
    remember(this.#heardOf, room);
  }

  #leave(room: string): void {
    this.rooms.delete(room);
    if (this.room === room) this.room = [...this.rooms.keys()].at(-1);
  }
}

/** Whether a line begins a session. */
export function isWelcome(line: string): boolean {
  return welcome.test(line);
}

/** What takes a session up again that a line tells of. */
export function tokenIn(line: string): string | undefined {
  return welcome.exec(line)?.[2];
}

/** The line without that: it is a secret, and nobody need type it. */
export function withoutToken(line: string): string {
  return line.startsWith('* Welcome, ') ? line.replace(/ \(\/resume \S+ takes this session up again\)$/, '') : line;
}

/** The room of a line that says that one has joined it. */
export function joinedIn(line: string): string | undefined {
  return joined.exec(line)?.[1];
}

/** A room's name as servers write it, as far as that can be known here. */
export function normalRoom(room: string): string {
  return room.normalize('NFKC').toLowerCase();
}

function remember(set: Set<string>, text: string): void {
  set.delete(text);
  set.add(text);
  const [oldest] = set;
  if (set.size > most && oldest !== undefined) set.delete(oldest);
}
