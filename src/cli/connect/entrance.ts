import { Refused, refusal, within } from './chat.js';
import type { LineLink } from './line-link.js';
import { isWelcome, joinedIn, normalRoom, Place, tokenIn } from './place.js';

/** Milliseconds that a greeting may take. */
const greetingMs = 10_000;

/** Milliseconds within which a server that puts people into a room has done so. */
const settlingMs = 1_000;

/** What is wanted of a new connection. */
export interface Wishes {
  readonly token: string | undefined;
  /** What takes up the session before. */
  readonly session: string | undefined;
  readonly name: string | undefined;
  /** The last one is the current one. */
  readonly rooms: readonly string[];
  /** Messages to be shown of each. */
  readonly history: number;
  /** Whatever is refused is the end, and a room that the server chooses is waited for. */
  readonly strict: boolean;
}

/** What came of it. */
export interface Entered {
  /** What is to be told of what came. */
  readonly lines: readonly string[];
  /** The session goes on. */
  readonly resumed: boolean;
}

/**
 * Comes in over a new connection: logs in, takes the session up, or else takes the name and joins the rooms.
 *
 * @throws Refused; Unsure when the connection was lost; Error when nobody greets
 */
export async function enter(link: LineLink, wishes: Wishes): Promise<Entered> {
  const entrance = new Entrance(link, wishes);
  await entrance.greeted();
  if (wishes.token !== undefined) await entrance.logIn(wishes.token);
  if (wishes.session !== undefined && (await entrance.takeUp(wishes.session)))
    return { lines: entrance.lines, resumed: true };
  await entrance.begin();
  return { lines: entrance.lines, resumed: false };
}

/** A person on their way in, and what they are told meanwhile. */
class Entrance {
  lines: string[] = [];
  readonly #place = new Place();
  readonly #link: LineLink;
  readonly #wishes: Wishes;
  #changed: () => unknown = () => undefined;

  constructor(link: LineLink, wishes: Wishes) {
    this.#link = link;
    this.#wishes = wishes;
    link.heard = (line) => {
      this.lines.push(line);
      this.#place.learn(line);
      this.#changed();
    };
  }

  async greeted(): Promise<void> {
    await this.#until(() => this.lines.length > 0, greetingMs);
    const [first] = this.lines;
    if (first === undefined) throw new Error('Nobody greets: that is no chat for people. nc talks to anything.');
    // Where guests are not let in, whoever has a token is.
    if (isWelcome(first) || (this.#wishes.token !== undefined && first.startsWith('! UNAUTHENTICATED '))) return;
    if (first.startsWith('! ')) throw refusal(first);
    throw new Error('That is no chat that speaks lines.');
  }

  /** What the guest was told before is of no interest. */
  async logIn(token: string): Promise<void> {
    const before = this.lines.length;
    const [error] = await this.#link.exchange(`/auth ${token}`);
    if (error !== undefined) throw refusal(error);
    const welcome = this.lines.findLastIndex(isWelcome);
    if (welcome >= before || !isWelcome(this.lines[0] ?? '')) this.lines.splice(0, Math.max(0, welcome));
  }

  /** Takes a session up; false where it is over. Then one goes on as a newcomer, and need not be told so twice. */
  async takeUp(session: string): Promise<boolean> {
    const before = this.lines.length;
    const [error] = await this.#link.exchange(`/resume ${session}`);
    // Another connection of ours was not known to be dead.
    if (error?.startsWith('! TIMEOUT ')) throw new Error('The session is busy.');
    const welcome = this.lines.findIndex((line, index) => index >= before && isWelcome(line));
    if (welcome < 0) return false;
    const resumed = tokenIn(this.lines[welcome] ?? '') === session;
    if (resumed) this.lines.splice(0, welcome);
    else this.lines = this.lines.filter((line, at) => at < welcome || !(isWelcome(line) || joinedIn(line)));
    return resumed;
  }

  async begin(): Promise<void> {
    const { name, rooms, strict, history } = this.#wishes;
    if (name !== undefined && name !== this.#place.name) await this.#ask(`/nick ${name}`);
    if (rooms.length > 0 || strict) await this.#until(() => this.#place.room !== undefined, settlingMs);
    for (const room of rooms) if (!this.#place.rooms.has(normalRoom(room))) await this.#ask(`/join ${room} ${history}`);
    const last = normalRoom(rooms.at(-1) ?? '');
    if (last !== this.#place.room && this.#place.rooms.has(last)) await this.#ask(`/switch ${last}`);
  }

  async #ask(line: string): Promise<void> {
    const [error] = await this.#link.exchange(line);
    if (error !== undefined && this.#wishes.strict) throw new Refused(error);
  }

  /** Resolves when it is so, or when the connection or the patience is at its end. */
  async #until(isSo: () => boolean, patience: number): Promise<void> {
    if (isSo()) return;
    const so = new Promise<void>((resolve) => {
      this.#changed = () => isSo() && resolve();
    });
    await within(patience, so, this.#link.gone);
  }
}
